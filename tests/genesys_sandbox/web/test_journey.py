from __future__ import annotations

from support.sandbox_client import CONTACTS
from support.wire_facts import contacts, media

SESSIONS = "/api/v2/journey/sessions"


def listed(client, path, **query):
    """Every entity of a listing that names its next page by `nextUri` alone."""
    found, page = [], client.get(path, **query).json()
    while True:
        found += page["entities"]
        if "nextUri" not in page:
            return found
        page = client.get(page["nextUri"]).json()


def sessions_of(client, contact, **query):
    return listed(client, f"{CONTACTS}/contacts/{contact}/journey/sessions", **query)


def known(sandbox, kind):
    return next(row for row in sandbox.truth.conversations() if media(row) == kind and contacts(row))


def test_a_conversation_of_a_contact_is_a_session_named_on_its_analytics_session(client, sandbox):
    row = known(sandbox, "voice")
    session = client.get(
        f"{SESSIONS}/{row['participants'][0]['sessions'][0]['journeyCustomerSessionId']}"
    ).json()
    assert session["conversation"]["id"] == row["conversationId"]
    assert session["externalContact"]["id"] == contacts(row)[0]
    assert session["endedDate"] == row["conversationEnd"]


def test_a_chat_was_preceded_by_a_visit_with_events(client, sandbox):
    row = known(sandbox, "chat")
    visit = next(
        each
        for each in sessions_of(client, contacts(row)[0])
        if each["type"] == "web" and each["endedDate"] == row["conversationStart"]
    )
    events = listed(client, f"{SESSIONS}/{visit['id']}/events", pageSize=2)
    assert len(events) == visit["eventCount"] == 5
    viewed = listed(client, f"{SESSIONS}/{visit['id']}/events", eventType="com.genesys.journey.WebEvent")
    assert [event["webEvent"]["eventName"] for event in viewed] == ["page_viewed"] * 4


def test_sessions_of_a_merged_contact_are_its_own_or_those_of_the_whole_set(client, sandbox):
    merged = next(
        record
        for record in sandbox.truth.contacts()
        if "mergedTo" in record and sessions_of(client, record["id"])
    )
    own = {each["id"] for each in sessions_of(client, merged["id"])}
    whole = {
        each["id"] for each in sessions_of(client, merged["canonicalContact"]["id"], includeMerged="true")
    }
    assert own <= whole
    assert whole == {
        each["id"] for member in merged["mergeSet"] for each in sessions_of(client, member["id"])
    }


def test_sessions_are_paged(client, sandbox):
    contact = contacts(known(sandbox, "chat"))[0]
    assert sessions_of(client, contact, pageSize=1) == sessions_of(client, contact)


def test_unknown_contacts_and_sessions_are_not_found(client):
    assert client.get(f"{CONTACTS}/contacts/nobody/journey/sessions").status_code == 404
    assert client.get(f"{SESSIONS}/nothing").status_code == 404


def test_a_conversation_session_has_no_events_of_its_own(client, sandbox):
    row = known(sandbox, "voice")
    session = row["participants"][0]["sessions"][0]["journeyCustomerSessionId"]
    assert listed(client, f"{SESSIONS}/{session}/events") == []
