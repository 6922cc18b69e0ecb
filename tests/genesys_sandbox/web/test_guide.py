"""The surface that the guide describes, over the same organization."""

from __future__ import annotations

from collections import Counter

import pytest
from support.sandbox_client import SandboxClient

ROOT = "/api/v2/external-contacts"
CONVERSATIONS = "/api/v2/conversations"


def pages(client, path, **query):
    """The pages of a listing, until the token is absent or null."""
    found, token = [], None
    while True:
        page = client.get(path, **query, **({"pageToken": token} if token else {})).json()
        found.append(page)
        token = page.get("nextPageToken")
        if token is None:
            return found


def entities(client, path, **query):
    return [entity for page in pages(client, path, **query) for entity in page["entities"]]


@pytest.fixture(scope="module")
def history(sandbox):
    """The conversations of every canonical contact."""
    client = SandboxClient(sandbox)
    canonical = set(sandbox.truth.canonical_ids().values())
    return {each: entities(client, CONVERSATIONS, externalContactId=each, pageSize=200) for each in canonical}


@pytest.fixture(scope="module")
def rows(history):
    return [row for rows in history.values() for row in rows]


def test_contacts_are_listed_by_token_in_the_guides_shape(client):
    listed = entities(client, ROOT, pageSize=50)
    scanned = [each["id"] for page in client.scan() for each in page]
    assert [each["id"] for each in listed] == scanned
    contact = next(each for each in listed if "externalId" in each)
    assert contact["type"] == "PERSON"
    assert contact["selfUri"] == f"{ROOT}/{contact['id']}"
    assert contact["phoneNumbers"][0]["value"].startswith("+1")
    assert {email["type"] for email in contact["emails"]} <= {"work", "personal", "other"}


def test_an_external_id_answers_the_contact_itself(client):
    contact = client.get(ROOT, externalId="CRM-000001", pageSize=1).json()
    assert contact["externalId"] == "CRM-000001"
    assert client.get(ROOT, externalId="CRM-999999", pageSize=1).status_code == 404


def test_an_external_id_answers_a_list_where_the_option_says_so(start):
    client = start(guide_bare_contact=False)
    found = client.get(ROOT, externalId="CRM-000001", pageSize=1).json()
    assert [each["externalId"] for each in found["entities"]] == ["CRM-000001"]
    assert client.get(ROOT, externalId="CRM-999999", pageSize=1).json()["entities"] == []


def test_an_external_id_of_two_contacts_tells_that_there_are_two(start):
    client = start()
    source = client.get("/api/v2/externalcontacts/externalsources").json()["entities"][1]
    external = [{"externalSource": {"id": source["id"]}, "value": "CRM-000001"}]
    client.sandbox.control.add_contact(firstName="Double", externalIds=external)
    found = client.get(ROOT, externalId="CRM-000001", pageSize=1).json()
    assert (found["total"], len(found["entities"])) == (2, 1)


def merged(sandbox):
    return next(record for record in sandbox.truth.contacts() if "mergedTo" in record)


def test_a_merged_id_answers_the_canonical_contact_with_its_merge_metadata(client, sandbox):
    record = merged(sandbox)
    found = client.get(f"{ROOT}/{record['id']}").json()
    assert found["id"] == record["canonicalContact"]["id"]
    assert record["id"] in [each["id"] for each in found["mergeSet"]]
    assert "mergeOperation" not in found
    assert (
        client.get(f"{ROOT}/{record['id']}/unresolved").json()["mergedTo"]["id"] == record["mergedTo"]["id"]
    )


def test_a_merged_id_redirects_or_answers_itself_by_option(start):
    redirecting, stored = start(guide_merged="redirect"), start(guide_merged="stored")
    record = merged(redirecting.sandbox)
    url = f"{redirecting.sandbox.url}{ROOT}/{record['id']}"
    answer = redirecting.session.get(url, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{ROOT}/{record['canonicalContact']['id']}",
    )
    assert redirecting.get(f"{ROOT}/{record['id']}").json()["id"] == record["canonicalContact"]["id"]
    assert stored.get(f"{ROOT}/{record['id']}").json()["mergedTo"]["id"] == record["mergedTo"]["id"]


def test_conversations_come_latest_first_page_by_page(client, history):
    contact = max(history, key=lambda each: len(history[each]))
    expected = [row["id"] for row in history[contact]]
    found = pages(client, CONVERSATIONS, externalContactId=contact, pageSize=5, sortOrder="DESC")
    assert [row["id"] for page in found for row in page["entities"]] == expected
    assert [page["pageNumber"] for page in found] == list(range(1, len(found) + 1))
    assert {page["total"] for page in found} == {len(expected)}
    ascending = entities(client, CONVERSATIONS, externalContactId=contact, sortOrder="ASC")
    assert [row["id"] for row in ascending] == expected[::-1]


def test_a_token_keeps_to_the_listing_as_it_was_at_its_first_page(start):
    client = start(conversations=300)
    contact = client.sandbox.control.add_contact(firstName="Busy")
    for _ in range(4):
        client.sandbox.control.add_conversation(media="chat", contact_id=contact)
    query = {"externalContactId": contact, "pageSize": 2}
    first = client.get(CONVERSATIONS, **query).json()
    client.sandbox.control.add_conversation(media="chat", contact_id=contact, start="2026-03-05T00:00:00Z")
    second = client.get(CONVERSATIONS, **query, pageToken=first["nextPageToken"]).json()
    assert (second["total"], len(second["entities"]), "nextPageToken" in second) == (4, 2, False)
    assert client.get(CONVERSATIONS, **query).json()["total"] == 5


def test_the_last_page_says_null_where_the_option_says_so(start):
    client = start(guide_null_token=True)
    assert client.get(ROOT, pageSize=200).json()["nextPageToken"] is None


def test_the_history_of_a_merged_contact_is_found_under_its_canonical_id(history, sandbox):
    record = next(
        each
        for each in sandbox.truth.contacts()
        if "mergedTo" in each and history[each["canonicalContact"]["id"]]
    )
    members = {each["id"] for each in record["mergeSet"]}
    expected = [
        row["conversationId"]
        for row in sandbox.truth.conversations()
        if members & {part.get("externalContactId") for part in row["participants"]}
    ]
    found = history[record["canonicalContact"]["id"]]
    assert sorted(row["id"] for row in found) == sorted(expected)


def test_the_history_is_split_by_id_where_the_option_says_so(start):
    client = start(conversations=300, guide_redirects_history=False)
    for record in client.sandbox.truth.contacts():
        for row in entities(client, CONVERSATIONS, externalContactId=record["id"]):
            assert record["id"] in [part.get("externalContactId") for part in row["participants"]]


def test_every_conversation_with_a_contact_is_found_and_no_other(rows, sandbox):
    expected = {
        row["conversationId"]
        for row in sandbox.truth.conversations()
        if any("externalContactId" in part for part in row["participants"])
    }
    assert {row["id"] for row in rows} == expected


def test_every_state_of_the_guide_occurs(rows):
    assert set(Counter(row["state"] for row in rows)) == {
        "TERMINATED",
        "TRANSFERRED",
        "MERGED",
        "DRAFT",
        "ARCHIVED",
        "QUEUED",
        "RINGING",
        "CONNECTED",
        "WRAPUP",
    }


def test_media_states_contradict_the_state(rows):
    pairs = {(row["state"], row["mediaState"]) for row in rows}
    assert {("WRAPUP", "TERMINATED"), ("TERMINATED", "CONNECTED"), ("TERMINATED", "TERMINATED")} <= pairs


def test_wrap_up_is_missing_null_or_later_than_the_update(rows):
    plain = [row for row in rows if row["updatedTime"].endswith("Z")]
    assert any("wrapUpTime" not in row for row in plain)
    assert any(row.get("wrapUpTime", "") is None for row in plain)
    assert any((row.get("wrapUpTime") or "") > row["updatedTime"] for row in plain)


def test_instants_have_a_z_another_offset_or_none(rows):
    endings = Counter(row["createdTime"][23:] for row in rows)
    assert set(endings) == {"Z", "+02:00", ""}
    assert endings["Z"] > len(rows) / 2


def test_participants_are_customers_agents_bots_and_supervisors(rows):
    purposes = Counter(part.get("purpose", "").lower() for row in rows for part in row["participants"])
    assert {
        "",
        "customer",
        "agent",
        "bot",
        "acd",
        "ivr",
        "supervisor",
        "monitor",
        "external",
        "system",
    } <= set(purposes)
    agents = [
        part for row in rows for part in row["participants"] if part.get("purpose", "").lower() == "agent"
    ]
    assert {"userId", "agentId"} <= {name for part in agents for name in part}
    assert any("wrapUpCode" in part for part in agents)
    assert any("wrapUpCode" in row for row in rows)


def test_customers_carry_queue_and_address(rows):
    customers = [part for row in rows for part in row["participants"] if "externalContactId" in part]
    assert any(part["routing"]["queueId"] for part in customers if "routing" in part)
    assert any("address" in part for part in customers)
    assert any("ani" in part for part in customers)


def test_the_budget_is_told_by_what_remains(start):
    client = start(requests_per_minute=2)
    answers = [client.get(ROOT, pageSize=1) for _ in range(3)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "inin-ratelimit-count" not in answers[0].headers
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"externalContactId": "x", "sortOrder": "UP"},
        {"externalContactId": "x", "pageSize": 201},
        {"externalContactId": "x", "pageNumber": 2},
        {"externalContactId": "x", "pageToken": "?"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(client, query):
    assert client.get(CONVERSATIONS, **query).status_code == 400


def test_permissions_guard_this_surface_too(start):
    client = start(denied_permissions=("conversation:communication:view",))
    assert client.get(CONVERSATIONS, externalContactId="x").status_code == 403
    assert client.get(ROOT).status_code == 200


def test_a_payload_given_for_this_surface_is_served_word_for_word(start):
    client = start()
    contact = client.sandbox.control.add_contact(firstName="Given")
    payload = {"id": "conv-99887766", "state": "TERMINATED", "odd": [None]}
    client.sandbox.control.add_conversation(media="chat", contact_id=contact, guide_payload=payload)
    assert entities(client, CONVERSATIONS, externalContactId=contact) == [payload]
    planted = {
        "conversationId": "x",
        "conversationStart": "2026-03-10",
        "participants": [{"externalContactId": contact}, 7],
    }
    client.sandbox.control.add_conversation(payload=planted)
    assert planted in entities(client, CONVERSATIONS, externalContactId=contact)


def test_tokens_expire_repeat_rows_or_lead_to_themselves_on_request(start):
    client = start()
    control = client.sandbox.control
    first = client.get(ROOT, pageSize=10).json()["nextPageToken"]
    control.set_faults(endless_token=1)
    assert client.get(ROOT, pageSize=10, pageToken=first).json()["nextPageToken"] == first
    control.set_faults(expired_cursor=1)
    assert client.get(ROOT, pageSize=10, pageToken=first).status_code == 400
    contact = control.add_contact(firstName="Busy")
    for _ in range(9):
        control.add_conversation(media="chat", contact_id=contact)
    control.set_faults(repeated_rows=1)
    found = [row["id"] for row in entities(client, CONVERSATIONS, externalContactId=contact, pageSize=5)]
    assert len(found) > len(set(found)) == 9


def test_a_phone_number_is_printed_however_it_was_given(start):
    client = start()
    contact_id = client.sandbox.control.add_contact(workPhone={"e164": "+12015550123"})

    printed = client.get(f"{ROOT}/{contact_id}").json()

    assert [each["value"] for each in printed["phoneNumbers"]] == ["+12015550123"]
