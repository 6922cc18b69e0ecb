from __future__ import annotations

import gzip
import json
import random
import socket

import pytest
from support.loopback import SELF_SIGNED, Loopback, reply

from tap_genesys_journey.exceptions import ApiError, RetryError
from tap_genesys_journey.http.transport import MAX_REDIRECTS, Request, RequestsTransport


def transport(timeout_seconds=5.0):
    return RequestsTransport(timeout_seconds=timeout_seconds, connections=2, user_agent="tap/1")


def get(server, path="/things", **more):
    return Request("GET", server.url + path, {"Authorization": "Bearer made-up"}, **more)


def test_status_headers_and_every_byte_of_the_body_come_back():
    with Loopback(lambda _: reply(b'{"n":1.10}', 418, ININ_Correlation_Id="c-1")) as server:
        answer = transport().send(get(server))

    assert (answer.status, answer.body, answer.correlation_id) == (418, b'{"n":1.10}', "c-1")


def test_query_and_json_body_and_form_are_sent_as_such():
    with Loopback(lambda _: reply()) as server:
        transport().send(get(server, params={"cursor": "a/b=", "limit": 200}))
        transport().send(Request("POST", server.url, {}, json={"a": [1]}))
        transport().send(Request("POST", server.url, {}, form={"grant_type": "client_credentials"}))

    first, second, third = server.asked
    assert first.query == {"cursor": "a/b=", "limit": "200"}
    assert first.headers["user-agent"] == "tap/1"
    assert json.loads(second.body) == {"a": [1]}
    assert third.body == b"grant_type=client_credentials"


def test_a_compressed_body_is_unpacked():
    with Loopback(lambda _: reply(gzip.compress(b'{"a":1}'), Content_Encoding="gzip")) as server:
        assert transport().send(get(server)).body == b'{"a":1}'


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        reply(b'{"entities":[', Content_Length="1000"),
        reply(b"no gzip at all", Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"gibberish\r\n\r\n",
    ],
    ids=["cut before", "too short", "no gzip", "no last chunk", "bad chunk", "no HTTP"],
)
def test_an_answer_that_is_not_whole_asks_for_another_try(answer):
    with Loopback(lambda _: answer) as server, pytest.raises(RetryError):
        transport().send(get(server))


def test_a_body_longer_than_its_announced_length_is_cut_there_and_spoils_no_later_answer():
    with Loopback(lambda _: reply(b'{"a":1}', Content_Length="3")) as server:
        sender = transport()

        assert [sender.send(get(server)).body for _ in range(3)] == [b'{"a'] * 3


def test_no_answer_within_the_limit_asks_for_another_try():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = Request("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/things", {})

        with pytest.raises(RetryError, match=r"no answer within 0\.05 s"):
            transport(0.05).send(request)


def test_a_body_that_stops_coming_asks_for_another_try():
    with (
        Loopback(lambda _: reply(b"{", Content_Length="100"), hold_open=True) as server,
        pytest.raises(RetryError, match=r"no answer within 0\.2 s"),
    ):
        transport(0.2).send(get(server))


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize(
    "answer",
    [
        reply(bytes(100)),
        reply(gzip.compress(random.Random(1).randbytes(100)), Content_Encoding="gzip"),  # noqa: S311
        reply(b"", X_Header=100 * "x"),
    ],
    ids=["body", "compressed body", "headers"],
)
def test_an_answer_that_comes_a_byte_at_a_time_asks_for_another_try(monkeypatch, answer, is_encrypted):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(SELF_SIGNED))
    with (
        Loopback(lambda _: answer, is_self_signed=is_encrypted, drips_every_seconds=0.01) as server,
        pytest.raises(RetryError, match=r"no answer within 0\.2 s"),
    ):
        transport(0.2).send(get(server))


def test_a_large_body_comes_whole():
    body = bytes(range(256)) * 20_000
    with Loopback(lambda _: reply(body)) as server:
        assert transport().send(get(server)).body == body


def test_nobody_there_asks_for_another_try_and_names_the_host():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(RetryError, match=rf"connection lost or refused \({host}\)"):
        transport().send(Request("GET", f"http://{host}/things", {}))


def test_a_host_that_does_not_exist_is_told_from_one_that_does_not_answer(monkeypatch):
    def resolve(*_arguments):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(RetryError, match=r"^no such host \(nowhere\.invalid\); check region, api_url"):
        transport().send(Request("GET", "https://nowhere.invalid/things", {}))


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirect_within_the_host_is_followed_with_the_token(status, method):
    def answer(asked):
        return reply(b"there") if asked.path == "/new" else reply(b"", status, Location="/new")

    with Loopback(answer) as server:
        request = Request(
            "POST", f"{server.url}/old", {"Authorization": "Bearer t"}, params={"a": "1"}, json={"b": 2}
        )
        result = transport().send(request)

    assert result.body == b"there"
    assert [(asked.method, asked.path) for asked in server.asked] == [("POST", "/old"), (method, "/new")]
    assert server.asked[1].headers["authorization"] == "Bearer t"
    assert server.asked[1].query == {}
    assert server.asked[1].body == (b"" if method == "GET" else server.asked[0].body)


@pytest.mark.parametrize(
    "target", ["http://other.example/x", "https://127.0.0.1/x", "//other.example/x", "ftp:/x"]
)
def test_a_redirect_anywhere_else_is_refused_and_the_token_goes_nowhere(target):
    with (
        Loopback(lambda _: reply(b"", 302, Location=target)) as server,
        pytest.raises(ApiError, match="redirected to another host"),
    ):
        transport().send(get(server, params={"externalId": "CRM-1"}))

    assert len(server.asked) == 1


@pytest.mark.parametrize("target", ["", "/things", "things"])
def test_a_redirect_to_the_address_that_was_asked_is_told_as_such(target):
    with (
        Loopback(lambda _: reply(b"", 302, Location=target)) as server,
        pytest.raises(ApiError, match=r"^/things: redirected to itself, or to no address at all$"),
    ):
        transport().send(get(server))

    assert len(server.asked) == 1


def test_a_redirect_to_another_port_is_refused():
    with (
        Loopback(lambda _: reply()) as other,
        Loopback(lambda _: reply(b"", 302, Location=f"{other.url}/x")) as server,
        pytest.raises(ApiError, match="redirected to another host"),
    ):
        transport().send(get(server))

    assert other.asked == []


def test_redirects_in_a_circle_end():
    def answer(asked):
        return reply(b"", 307, Location="/b" if asked.path == "/a" else "/a")

    with (
        Loopback(answer) as server,
        pytest.raises(ApiError, match=r"GET /[ab]: redirected more than 5 times"),
    ):
        transport().send(get(server, "/a"))

    assert len(server.asked) == MAX_REDIRECTS


def test_errors_name_no_query():
    with Loopback(lambda _: b"") as server, pytest.raises(RetryError) as caught:
        transport().send(get(server, params={"externalId": "CRM-1"}))

    assert "CRM-1" not in str(caught.value)


def test_a_login_kept_for_the_host_in_the_user_s_netrc_does_not_take_the_token_s_place(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))

    with Loopback(lambda _: reply()) as server:
        transport().send(get(server))

    assert server.asked[0].headers["authorization"] == "Bearer made-up"


def test_a_certificate_that_nobody_vouches_for_is_refused_and_not_tried_again():
    with (
        Loopback(lambda _: reply(), is_self_signed=True) as server,
        pytest.raises(ApiError, match=r"the certificate of 127\.0\.0\.1:\d+ is not trusted \(self-signed"),
    ):
        transport().send(get(server))

    assert server.asked == []


@pytest.mark.parametrize("spelling", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_plain_http_goes_through_no_proxy_of_the_environment(monkeypatch, spelling):
    with Loopback(lambda _: reply(b"proxy")) as proxy, Loopback(lambda _: reply(b"host")) as server:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv(spelling, proxy.url)

        assert transport().send(get(server)).body == b"host"

    assert proxy.asked == []


def test_a_redirect_that_carries_a_login_shows_the_host_alone():
    with (
        Loopback(lambda _: reply(b"", 302, Location="https://elena:hush@other.example/x")) as server,
        pytest.raises(ApiError, match=r"redirected to another host \(other\.example\)"),
    ):
        transport().send(get(server))
