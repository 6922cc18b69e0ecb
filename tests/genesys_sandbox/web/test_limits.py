from __future__ import annotations

import requests
from support.sandbox_client import JOBS

ME = "/api/v2/organizations/me"


def test_every_answer_tells_the_budget_and_a_correlation_id(start):
    client = start(requests_per_minute=300)
    answers = [client.get(ME), client.get("/api/v2/nowhere")]
    assert [answer.headers["inin-ratelimit-count"] for answer in answers] == ["1", "2"]
    assert {answer.headers["inin-ratelimit-allowed"] for answer in answers} == {"300"}
    assert all(0 < int(answer.headers["inin-ratelimit-reset"]) <= 60 for answer in answers)
    assert len({answer.headers["ININ-Correlation-Id"] for answer in answers}) == 2
    assert answers[1].json()["contextId"] == answers[1].headers["ININ-Correlation-Id"]


def test_a_call_too_many_is_refused_with_the_wait(start):
    client = start(requests_per_minute=2)
    statuses = [client.get(ME).status_code for _ in range(3)]
    refused = client.get(ME)
    body = refused.json()
    assert statuses == [200, 200, 429]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (body["code"], body["limit"]["value"]) == ("too.many.requests", 2)
    assert f"[{refused.headers['Retry-After']}]" in body["message"]


def test_the_budget_hangs_on_the_token(start):
    client = start(requests_per_minute=1)
    assert [client.get(ME).status_code for _ in range(2)] == [200, 429]
    client.session.headers["Authorization"] = f"Bearer {client.new_token()}"
    assert client.get(ME).status_code == 200


def test_no_budget_is_told_as_a_huge_one(client):
    assert int(client.get(ME).headers["inin-ratelimit-allowed"]) > 100_000_000


def test_the_budget_can_change_while_it_runs(start):
    client = start(requests_per_minute=0)
    client.get(ME)
    client.sandbox.control.set_requests_per_minute(1)
    assert client.get(ME).status_code == 429


def test_the_date_is_that_of_the_sandbox(client):
    assert client.get(ME).headers["Date"] == "Mon, 16 Mar 2026 12:00:00 GMT"


def test_wrong_credentials_are_an_invalid_client(sandbox):
    answer = requests.post(
        f"{sandbox.url}/oauth/token", data={"grant_type": "client_credentials"}, auth=("x", "y"), timeout=10
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_client",
        "description": "authentication failed",
        "error_description": "authentication failed",
    }


def test_a_token_tells_its_life(start):
    client = start(token_life_seconds=300)
    options = client.sandbox.options
    answer = requests.post(
        f"{client.sandbox.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(options.client_id, options.client_secret),
        timeout=10,
    )
    assert answer.json()["expires_in"] == 300
    assert answer.json()["token_type"] == "bearer"


def test_no_token_a_wrong_one_and_an_expired_one_are_told_apart(start):
    client = start()
    codes = []
    for authorization in ("", "Bearer wrong"):
        answer = requests.get(client.sandbox.url + ME, headers={"Authorization": authorization}, timeout=10)
        codes.append((answer.status_code, answer.json()["code"]))
    client.sandbox.control.expire_tokens()
    codes.append((client.get(ME).status_code, client.get(ME).json()["code"]))
    assert codes == [(401, "authentication.required"), (401, "bad.credentials"), (401, "credentials.expired")]


def test_a_missing_permission_is_named_where_none_of_the_sufficient_ones_is_left(start):
    client = start()
    client.sandbox.control.deny_permission("analytics:conversationDetail:view")
    assert client.post(JOBS, {"interval": "2026-01-01/2026-02-01"}).status_code == 202
    refused = client.get(f"{JOBS}/availability")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing.permissions")
    assert "analytics:conversationDetail:view" in refused.json()["message"]
    client.sandbox.control.deny_permission("analytics:agentConversationDetail:view")
    assert (
        client.post(JOBS, {"interval": "2026-01-01/2026-02-01"}).json()["code"] == "missing.any.permissions"
    )
    client.sandbox.control.allow_permission("analytics:conversationDetail:view")
    assert client.get(f"{JOBS}/availability").status_code == 200


def test_a_body_that_is_no_json_object_is_a_bad_request(client):
    url = client.sandbox.url + JOBS
    for body in (b"{", b"[]"):
        answer = client.session.post(url, data=body, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad.request")


def test_latency_is_added_without_holding_others_up(start):
    client = start(latency_ms=30)
    client.get(ME)
    log = client.sandbox.requests()
    assert log[-1].time - log[-2].time >= 0.03
