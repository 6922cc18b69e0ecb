from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
import pytest
from requests.structures import CaseInsensitiveDict
from support.virtual_time import VirtualTime

from tap_genesys_journey.exceptions import (
    ApiError,
    CredentialsError,
    ForbiddenError,
    GoneError,
    RetryError,
    TooLargeError,
)
from tap_genesys_journey.http.auth import OAuthClient, TokenSource, client_credentials, given_token
from tap_genesys_journey.http.client import ApiClient
from tap_genesys_journey.http.messages import Answer, Call
from tap_genesys_journey.http.pacing import Pace, Pacer
from tap_genesys_journey.http.retry import Patience, Retrier
from tap_genesys_journey.http.transport import Request

LOGGER = logging.getLogger("test")
SECRET = "hush-hush"
CALL = Call("GET", "/api/v2/things", params={"externalId": "CRM-1"}, permission="things:view")
OK = b'{"things": [1, 2]}'


class Body(msgspec.Struct):
    things: list[int]


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CaseInsensitiveDict({"ININ-Correlation-Id": "c-1"} | named), body)


class Script:
    """A transport that gives the answers of a list; tokens t1, t2, … for every login."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.logins = 0

    def send(self, request: Request) -> Answer:
        if request.url.endswith("/oauth/token"):
            self.logins += 1
            return answer(200, b'{"access_token": "t%d", "expires_in": 300}' % self.logins)
        self.requests.append(request)
        following = self.answers.pop(0)
        if isinstance(following, Exception):
            raise following
        return following


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def client(time: VirtualTime) -> Callable[..., ApiClient]:
    def make(script: Script, *, token: str | None = None, max_retries: int = 3) -> ApiClient:
        retrier = Retrier(Patience(max_retries, 900), time, LOGGER)
        login = OAuthClient("https://login.example", "id", SECRET)
        fetch = given_token(token) if token else client_credentials(login, script, retrier)
        return ApiClient(
            "https://api.example", script, TokenSource(fetch, time), Pacer(Pace(), time, LOGGER), retrier
        )

    return make


def test_a_good_answer_is_decoded(client):
    script = Script(answer(200, OK))

    assert client(script).call(CALL, Body) == Body([1, 2])
    assert script.requests[0].headers["Authorization"] == "Bearer t1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_failures_are_tried_again(client, status):
    script = Script(answer(status), answer(status), answer(200, OK))

    assert client(script).call(CALL, Body) == Body([1, 2])


@pytest.mark.parametrize("body", [b'{"things": [1', b"<html>busy</html>", b"", b"\xff\xfe"])
def test_truncated_and_non_json_bodies_are_tried_again(client, body):
    script = Script(answer(200, body), answer(200, OK))

    assert client(script).call(CALL, Body) == Body([1, 2])


def test_a_budget_that_comes_back_beyond_all_patience_ends_the_call_at_once(client, time):
    used_up = {"inin-ratelimit-allowed": "300", "inin-ratelimit-count": "300", "inin-ratelimit-reset": "9999"}
    script = Script(answer(200, OK, **used_up), answer(200, OK))
    caller = client(script)
    caller.call(CALL, Body)

    with pytest.raises(ApiError, match=r"^GET /api/v2/things failed once: rate limit: 0 calls left"):
        caller.call(CALL, Body)

    assert time.pauses == []


def test_a_lost_connection_is_tried_again(client):
    script = Script(RetryError("connection lost"), answer(200, OK))

    assert client(script).call(CALL, Body) == Body([1, 2])


def test_retry_after_wins_plus_one_second(client, time):
    script = Script(answer(429, Retry_After="7"), answer(200, OK))

    client(script).call(CALL, Body)

    assert time.monotonic() == pytest.approx(8)


def test_patience_ends_with_method_path_status_and_correlation_id(client):
    script = Script(*[answer(503) for _ in range(9)])

    with pytest.raises(ApiError) as caught:
        client(script, max_retries=2).call(CALL, Body)

    assert str(caught.value) == ("GET /api/v2/things failed 3 times: status 503, correlation id c-1")


def test_waiting_for_one_call_has_a_limit(client, time):
    script = Script(answer(429, Retry_After="901"), answer(200, OK))

    with pytest.raises(ApiError, match="failed once"):
        client(script).call(CALL, Body)
    assert time.monotonic() == 0


def test_a_refused_token_is_replaced_once(client):
    script = Script(answer(401), answer(200, OK))

    client(script).call(CALL, Body)

    assert [request.headers["Authorization"] for request in script.requests] == ["Bearer t1", "Bearer t2"]


def test_a_fresh_token_that_is_refused_is_a_matter_of_credentials(client):
    script = Script(answer(401), answer(401))

    with pytest.raises(CredentialsError, match="check client_id, client_secret and region"):
        client(script).call(CALL, Body)


def test_a_given_token_that_is_refused_is_not_renewed(client):
    script = Script(answer(401))

    with pytest.raises(CredentialsError, match="access_token was refused or has ended"):
        client(script, token="ready").call(CALL, Body)
    assert script.logins == 0


def test_a_token_is_renewed_before_it_ends(client, time):
    script = Script(answer(200, OK), answer(200, OK))
    api = client(script)
    api.call(CALL, Body)
    time.pass_by(250)

    api.call(CALL, Body)

    assert script.logins == 2


def test_one_token_serves_all_calls_while_it_lives(client, time):
    script = Script(*[answer(200, OK) for _ in range(5)])
    api = client(script)

    for _ in range(5):
        api.call(CALL, Body)
        time.pass_by(40)

    assert script.logins == 1


def test_a_missing_permission_is_named(client):
    with pytest.raises(
        ForbiddenError, match="GET /api/v2/things: the OAuth client lacks the permission things:view"
    ):
        client(Script(answer(403))).call(CALL, Body)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(404), GoneError),
        (answer(400, b'{"code": "response.entity.too.large"}'), TooLargeError),
        (answer(400, b'{"code": "bad.request"}'), ApiError),
        (answer(418), ApiError),
    ],
)
def test_other_refusals_end_the_call_at_once(client, reply, error):
    script = Script(reply)

    with pytest.raises(error):
        client(script).call(CALL, Body)
    assert len(script.requests) == 1


def test_an_answer_of_another_shape_is_an_error_not_a_retry(client):
    with pytest.raises(ApiError, match="not of the expected shape"):
        client(Script(answer(200, b'{"things": "none"}'))).call(CALL, Body)


def test_a_check_can_ask_for_another_try(client):
    script = Script(answer(200, b'{"things": []}'), answer(200, OK))

    def is_filled(body: Body) -> None:
        if not body.things:
            raise RetryError("empty")

    assert client(script).call(CALL, Body, is_filled) == Body([1, 2])


def test_a_wait_that_is_not_begun_holds_no_other_call_up(client, time):
    called = client(Script(answer(429, Retry_After="3600"), answer(200, OK)))

    with pytest.raises(ApiError):
        called.call(CALL, Body)
    called.call(CALL, Body)

    assert time.pauses == []


def test_errors_hold_neither_secret_nor_query_nor_body(client):
    replies = [answer(s, b'{"message": "Elena", "code": "x"}') for s in (400, 401, 403, 404, 500)]
    for reply in replies:
        with pytest.raises(Exception, match="/api/v2/things") as caught:
            client(Script(reply, reply), max_retries=0).call(CALL, Body)
        assert not {SECRET, "CRM-1", "Elena"} & set(str(caught.value).split())
        assert not any(word in str(caught.value) for word in (SECRET, "CRM-1", "Elena"))


class RefusingLogin(Script):
    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        return answer(400, b'{"error": "invalid_client", "description": "authentication failed"}')


def test_a_refused_login_fails_at_once_and_says_what_to_check(client):
    script = RefusingLogin()

    with pytest.raises(CredentialsError) as caught:
        client(script).call(CALL, Body)

    assert len(script.requests) == 1
    assert str(caught.value) == (
        "https://login.example refused the login (invalid_client); check client_id, client_secret and region"
    )


def test_printing_parts_shows_no_secret():
    login = OAuthClient("https://login.example", "id", SECRET)
    request = Request("POST", "https://x", {"Authorization": SECRET}, json={"a": SECRET}, form={"b": SECRET})

    assert SECRET not in f"{login!r} {request!r}"


@pytest.mark.parametrize(
    "code", ["Elena Planted", "elena@example.com", "+12015550142", "planted", "a" * 3 + " 7", 7, None, ["x"]]
)
def test_a_code_that_is_no_word_of_the_api_is_not_shown(client, code):
    body = msgspec.json.encode({"code": code})

    with pytest.raises(ApiError, match=r"^GET /api/v2/things: status 400, correlation id c-1$"):
        client(Script(answer(400, body))).call(CALL, Body)


def test_an_error_body_that_is_nested_without_an_end_has_no_code(client):
    with pytest.raises(ApiError, match="status 400"):
        client(Script(answer(400, b"[" * 200_000))).call(CALL, Body)


@pytest.mark.parametrize("given", ["Elena Planted", "+12015550142", "elena@example.com", "a" * 65, ""])
def test_a_correlation_id_that_is_none_is_not_shown(client, given):
    with pytest.raises(ApiError, match="correlation id none"):
        client(Script(answer(400, ININ_Correlation_Id=given))).call(CALL, Body)


def test_an_answer_that_is_nested_without_an_end_is_named_and_not_tried_again(client):
    script = Script(answer(200, b"[" * 200_000))

    with pytest.raises(
        ApiError, match=r"^GET /api/v2/things: the answer is nested deeper than it can be read$"
    ):
        client(script).call(CALL, msgspec.Raw)

    assert len(script.requests) == 1
