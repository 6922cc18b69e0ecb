"""Faults on request: each looks as it does in the field, and happens as often as it was asked to."""

from __future__ import annotations

import socket
import time
from collections import Counter

import pytest
import requests
from support.sandbox_client import CONTACTS, EVERYTHING, JOBS

from genesys_sandbox import Faults
from genesys_sandbox.client import RefusedError

ME = "/api/v2/organizations/me"


@pytest.fixture
def client(start):
    return start()


@pytest.fixture
def control(client):
    return client.sandbox.control


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("status_408", 408, "request.timeout"),
        ("status_429", 429, "too.many.requests"),
        ("status_429_without_retry_after", 429, "too.many.requests"),
        ("status_500", 500, "internal.server.error"),
        ("status_502", 502, "bad.gateway"),
        ("status_503", 503, "service.unavailable"),
        ("status_504", 504, "gateway.timeout"),
    ],
)
def test_a_planned_status_comes_once_with_its_envelope(client, control, kind, status, code):
    control.plan_faults(kind)
    answers = [client.get(ME) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, 200]
    assert answers[0].json()["code"] == code
    assert ("Retry-After" in answers[0].headers) == (kind == "status_429")


@pytest.mark.parametrize("kind", ["cut_before", "cut_inside"])
def test_a_cut_connection_is_an_error_of_the_connection(client, control, kind):
    control.plan_faults(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.get(ME)
    assert client.get(ME).status_code == 200


def test_a_client_that_leaves_in_the_middle_of_its_request_is_no_error(client, caplog):
    host, port = client.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST {JOBS} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{".encode())
    assert client.get(ME).status_code == 200
    assert caplog.records == []


def test_a_slow_answer_is_over_when_nobody_waits_for_it_any_more(client, control):
    control.set_faults(slow=1.0, slow_seconds=3600, only=ME)
    with pytest.raises(requests.ReadTimeout):
        client.session.get(client.sandbox.url + ME, timeout=0.1)

    deadline = time.monotonic() + 10
    while not any(entry.path == ME for entry in client.sandbox.requests()):
        assert time.monotonic() < deadline


@pytest.mark.parametrize("kind", ["truncated_json", "wrong_length", "html"])
def test_a_spoiled_body_comes_with_a_good_status_and_cannot_be_read(client, control, kind):
    control.plan_faults(kind)
    answer = client.get(ME)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    client.session.close()
    assert client.get(ME).json()["name"] == "Sandbox Organization"


def test_a_slow_answer_holds_nobody_else_up(client, control):
    control.set_faults(slow_seconds=5)
    control.plan_faults("slow", path=ME)
    with pytest.raises(requests.Timeout):
        client.session.get(client.sandbox.url + ME, timeout=0.2)
    began = time.monotonic()
    assert client.get("/api/v2/users").status_code == 200
    assert time.monotonic() - began < 2


def test_planned_faults_wait_for_their_path_and_end_after_their_count(client, control):
    control.plan_faults("status_503", count=2, path=f"{CONTACTS}/scan")
    assert client.get(ME).status_code == 200
    statuses = [client.get(f"{CONTACTS}/scan/contacts").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


def test_an_unknown_fault_is_refused(control):
    with pytest.raises(RefusedError, match="no fault"):
        control.plan_faults("rain")
    with pytest.raises(RefusedError, match="rain"):
        control.set_faults(rain=0.5)


def statuses(client, count=200):
    return [client.get(ME).status_code for _ in range(count)]


def test_rates_are_met_about_and_the_same_each_time(start):
    faults = Faults(status_500=0.1, status_429=0.2)
    first, second = (statuses(start(faults=faults)) for _ in range(2))
    assert first == second
    found = Counter(first)
    assert 25 <= found[429] <= 55
    assert 8 <= found[500] <= 34


def test_rates_can_be_changed_while_it_runs_and_keep_to_a_path(client, control):
    control.set_faults(status_500=1, only=CONTACTS)
    assert client.get(ME).status_code == 200
    assert client.get(f"{CONTACTS}/externalsources").status_code == 500
    control.set_faults()
    assert client.get(f"{CONTACTS}/externalsources").status_code == 200


def login(client):
    options = client.sandbox.options
    data = {"grant_type": "client_credentials"}
    url = f"{client.sandbox.url}/oauth/token"
    return requests.post(
        url, data=data, auth=(options.client_id, options.client_secret), timeout=5
    ).status_code


def test_the_login_is_spared_unless_it_is_asked_for(client, control):
    control.set_faults(status_503=1)
    assert login(client) == 200
    control.set_faults(status_503=1, token=True)
    assert login(client) == 503


def test_tokens_expire_in_the_middle(client, control):
    control.set_faults(expired_token=1)
    assert client.get(ME).status_code == 200, "a token has been issued to be used"
    answer = client.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials.expired")
    control.set_faults()
    assert client.get(ME).status_code == 401


def test_scan_cursors_expire_and_a_new_scan_gets_others(client, control):
    control.set_faults(expired_cursor=0.5)
    ends = []
    for _ in range(60):
        query, answer = {"limit": 10}, None
        while answer is None or answer.status_code == 200:
            answer = client.get(f"{CONTACTS}/scan/contacts", **query)
            cursor = answer.json().get("cursors", {}).get("after")
            if cursor is None:
                break
            query["cursor"] = cursor
        again = client.get(f"{CONTACTS}/scan/contacts", **query).status_code
        ends.append((answer.status_code, again))
    assert set(ends) == {(400, 400), (200, 200)}


def test_jobs_fail_are_cancelled_or_stay_pending(client, control):
    def states(polls):
        job = client.post(JOBS, {"interval": EVERYTHING}).json()["jobId"]
        return [client.get(f"{JOBS}/{job}").json()["state"] for _ in range(polls)]

    control.set_faults(job_failed=1)
    assert states(2)[-1] == "FAILED"
    control.set_faults(job_cancelled=1)
    assert states(2)[-1] == "CANCELLED"
    control.set_faults(job_extra_polls=3)
    assert states(5) == ["QUEUED", "QUEUED", "QUEUED", "PENDING", "FULFILLED"]


def test_jobs_expire_while_they_are_read(client, control):
    job = client.job()
    control.set_faults(expired_job=1)
    assert client.get(f"{JOBS}/{job}/results").status_code == 404
    assert client.get(f"{JOBS}/{job}").json()["state"] == "EXPIRED"


def test_rows_are_repeated_across_pages_and_none_is_lost(client, control):
    control.set_faults(repeated_rows=1)
    rows = [row["conversationId"] for row in client.results(client.job(), 20)]
    assert len(rows) > len(set(rows)) == 100
    listed = [each["id"] for page in client.scan(limit=10) for each in page]
    control.set_faults()
    assert len(listed) > len(set(listed))
    assert set(listed) == {each["id"] for page in client.scan() for each in page}


def test_the_availability_date_goes_back(client, control):
    control.set_faults(availability_goes_back=1)
    assert client.get(f"{JOBS}/availability").json()["dataAvailabilityDate"] == "2026-03-16T11:00:00.000Z"


def test_a_run_through_many_faults_still_reads_everything(client, control):
    """What a patient client gets is whole: no fault of an answer eats a row."""
    control.set_faults(
        status_500=0.1, cut_before=0.1, cut_inside=0.1, truncated_json=0.1, html=0.1, repeated_rows=0.3
    )

    def patient(method, path, **query):
        for _ in range(50):
            try:
                answer = client.session.request(method, client.sandbox.url + path, timeout=5, **query)
                if answer.status_code < 300:
                    return answer.json()
            except requests.RequestException:
                continue
        raise AssertionError("no answer")

    job = patient("POST", JOBS, json={"interval": EVERYTHING})["jobId"]
    while patient("GET", f"{JOBS}/{job}")["state"] != "FULFILLED":
        pass
    found, cursor = {}, None
    while cursor or not found:
        params = {"pageSize": 10, "cursor": cursor}
        page = patient("GET", f"{JOBS}/{job}/results", params=params)
        found |= {row["conversationId"]: row for row in page["conversations"]}
        cursor = page.get("cursor")
    assert list(found.values()) == list(client.sandbox.truth.conversations())
