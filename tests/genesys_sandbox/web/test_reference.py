from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/api/v2/routing/queues", 10),
        ("/api/v2/routing/wrapupcodes", 8),
        ("/api/v2/routing/skills", 5),
        ("/api/v2/routing/languages", 3),
        ("/api/v2/authorization/divisions", 3),
        ("/api/v2/flows", 8),
    ],
)
def test_a_list_is_read_page_by_page_to_its_end(client, path, count):
    found, number = [], 1
    while True:
        page = client.get(path, pageSize=3, pageNumber=number).json()
        found += [entity["id"] for entity in page["entities"]]
        if "nextUri" not in page:
            break
        number += 1
    assert len(set(found)) == len(found) == page["total"] == count


def test_users_who_left_are_listed_when_asked_for(client):
    active = client.get("/api/v2/users", pageSize=500).json()
    everybody = client.get("/api/v2/users", pageSize=500, state="any").json()
    assert (active["total"], everybody["total"]) == (41, 43)


def test_deleted_flows_are_listed_when_asked_for(client):
    flows = client.get("/api/v2/flows", deleted="true").json()["entities"]
    assert [flow["name"] for flow in flows if flow["deleted"]] == ["Old Menu"]


def test_teams_are_paged_by_after(client):
    first = client.get("/api/v2/teams", pageSize=2).json()
    second = client.get(first["nextUri"]).json()
    assert (len(first["entities"]), len(second["entities"])) == (2, 1)
    assert "nextUri" not in second


def test_agents_queues_and_codes_of_conversations_are_in_the_lists(client, sandbox):
    def listed(path):
        page = client.get(path, pageSize=500, state="any").json()
        return {entity["id"] for entity in page["entities"]}

    participants = [part for row in sandbox.truth.conversations() for part in row["participants"]]
    segments = [segment for part in participants for each in part["sessions"] for segment in each["segments"]]
    users = {part["userId"] for part in participants if "userId" in part}
    codes = {segment["wrapUpCode"] for segment in segments if "wrapUpCode" in segment}
    assert users <= listed("/api/v2/users")
    assert {segment["queueId"] for segment in segments if "queueId" in segment} <= listed(
        "/api/v2/routing/queues"
    )
    assert {code for code in codes if not code.startswith("ININ-")} <= listed("/api/v2/routing/wrapupcodes")


def test_organization_and_token_tell_who_is_asking(client):
    organization = client.get("/api/v2/organizations/me").json()
    token = client.get("/api/v2/tokens/me").json()
    assert token["organization"]["id"] == organization["id"]
    assert token["OAuthClient"]["id"] == client.sandbox.options.client_id
