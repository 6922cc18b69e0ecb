"""What can be done to an organization while it is served."""

from __future__ import annotations

import pytest
from support.sandbox_client import CONTACTS
from support.wire_facts import contacts, disconnects, kinds, open_kinds

from genesys_sandbox.client import RefusedError


@pytest.fixture
def client(start):
    return start()


@pytest.fixture
def control(client):
    return client.sandbox.control


def row_of(client, identity):
    return next(row for row in client.conversations() if row["conversationId"] == identity)


def test_a_conversation_is_added_in_a_few_words(client, control):
    contact = next(iter(client.sandbox.truth.contacts()))["id"]
    identity = control.add_conversation(
        media="message", message_type="sms", contact_id=contact, address="+12015550199"
    )
    row = row_of(client, identity)
    assert contacts(row) == [contact]
    assert row["participants"][0]["sessions"][0]["addressFrom"] == "+12015550199"
    assert kinds(row, "agent") == ["alert", "interact", "wrapup"]
    assert row["conversationEnd"] < "2026-03-16T12:00:00.000Z"


def test_a_conversation_is_added_at_an_instant_without_anybody_answering(client, control):
    identity = control.add_conversation(
        media="voice", start="2026-03-10T00:00:00Z", duration_seconds=60, agent=None
    )
    row = row_of(client, identity)
    assert (row["conversationStart"], row["conversationEnd"]) == (
        "2026-03-10T00:00:00.000Z",
        "2026-03-10T00:01:00.000Z",
    )
    assert not kinds(row, "agent")


def test_a_payload_is_served_word_for_word(client, control):
    payload = {
        "conversationId": "planted",
        "conversationStart": "2026-03-10T00:00:00.000Z",
        "surprise": [1, {"deep": None}],
        "participants": "nobody",
    }
    control.add_conversation(payload=payload)
    assert row_of(client, "planted") == payload
    assert payload in list(client.sandbox.truth.conversations())


def test_an_open_conversation_ends_with_a_wrap_up_code_and_is_opened_again(client, control):
    identity = control.add_conversation(media="chat", open=True)
    assert open_kinds(row_of(client, identity), "agent") == ["interact"]
    control.end_conversation(identity, wrap_up_code="done", disconnect_type="transfer")
    ended = row_of(client, identity)
    assert ended["conversationEnd"] == "2026-03-16T12:00:00.000Z"
    assert "transfer" in disconnects(ended)
    assert ended["participants"][-1]["sessions"][0]["segments"][-1]["wrapUpCode"] == "done"
    control.advance(3600)
    control.reopen_conversation(identity)
    reopened = row_of(client, identity)
    assert "conversationEnd" not in reopened
    assert open_kinds(reopened, "customer") == ["interact"]


def test_a_generated_conversation_ends_before_its_time(client, control):
    identity = next(row["conversationId"] for row in client.conversations() if "conversationEnd" not in row)
    control.end_conversation(identity)
    assert row_of(client, identity)["conversationEnd"] == "2026-03-16T12:00:00.000Z"
    control.advance(86_400)
    assert row_of(client, identity)["conversationEnd"] == "2026-03-16T12:00:00.000Z"


def test_a_reopened_conversation_is_found_in_windows_after_its_first_end(client, control):
    row = client.conversations()[0]
    control.reopen_conversation(row["conversationId"])
    control.advance(7200)
    found = client.conversations("2026-03-16T12:30:00Z/2026-03-16T13:00:00Z")
    assert row["conversationId"] in [each["conversationId"] for each in found]


def test_a_conversation_is_linked_to_a_contact_later(client, control):
    row = next(row for row in client.conversations() if not contacts(row) and "customer" in str(row))
    control.link_conversation(row["conversationId"], "somebody")
    assert contacts(row_of(client, row["conversationId"])) == ["somebody"]


def test_a_wrap_up_turns_up_late(client, control):
    identity = control.add_conversation(media="voice", wrap_up_seconds=0)
    before = row_of(client, identity)
    control.wrap_up_conversation(identity, "late")
    after = row_of(client, identity)
    assert kinds(before, "agent") == ["alert", "interact"]
    assert kinds(after, "agent") == ["alert", "interact", "wrapup"]
    assert after["conversationEnd"] > before["conversationEnd"]


def test_contacts_are_added_changed_and_removed(client, control):
    identity = control.add_contact(firstName="Added", lastName="Example")
    control.advance(60)
    control.modify_contact(identity, title="Changed")
    record = client.get(f"{CONTACTS}/contacts/{identity}").json()
    assert (record["firstName"], record["title"], record["type"]) == ("Added", "Changed", "Curated")
    assert record["modifyDate"] > record["createDate"]
    assert identity in [each["id"] for page in client.scan() for each in page]
    control.remove_contact(identity)
    assert client.get(f"{CONTACTS}/contacts/{identity}").status_code == 404


def test_a_merge_makes_a_new_canonical_contact_and_merges_nest(client, control):
    first, second, third = (control.add_contact(firstName=name) for name in ("One", "Two", "Three"))
    pair = control.merge_contacts([first, second])
    whole = control.merge_contacts([pair, third])
    resolved = client.get(f"{CONTACTS}/contacts/{first}").json()
    assert resolved["id"] == whole
    assert [each["id"] for each in resolved["mergeSet"]] == [whole, pair, third, first, second]
    stored = client.get(f"{CONTACTS}/contacts/{first}/unresolved").json()
    assert (stored["mergedTo"]["id"], stored["canonicalContact"]["id"]) == (pair, whole)
    listed = [each["id"] for page in client.scan() for each in page]
    assert whole in listed
    assert not {first, second, third, pair} & set(listed)


def test_a_contact_that_was_merged_away_changes_no_more(client, control):
    members = [control.add_contact(firstName=name) for name in ("One", "Two")]
    control.merge_contacts(members)
    with pytest.raises(RefusedError, match="merged away"):
        control.modify_contact(members[0], title="Changed")
    control.advance(20 * 86_400)
    stored = {record["id"]: record for record in client.sandbox.truth.contacts()}
    merged_away = [record for record in stored.values() if "mergedTo" in record]
    assert len(merged_away) > len(members)
    for record in merged_away:
        assert record["modifyDate"] <= stored[record["mergedTo"]["id"]]["createDate"]


def test_after_a_merge_only_new_conversations_carry_the_new_contact(client, control):
    everybody = [
        each for each, canonical in client.sandbox.truth.canonical_ids().items() if each == canonical
    ]
    before = client.conversations()
    merged = control.merge_contacts(everybody[:2])
    assert client.conversations() == before
    control.advance(20 * 86_400)
    carried = {each for row in client.conversations() for each in contacts(row)}
    assert merged in carried


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("end_conversation", ["unknown"]),
        ("modify_contact", ["unknown"]),
        ("merge_contacts", [["only one"]]),
        ("merge_contacts", [["unknown", "unknown too"]]),
        ("set_clock", ["yesterday"]),
    ],
)
def test_what_makes_no_sense_is_refused(control, operation, arguments):
    with pytest.raises(RefusedError):
        getattr(control, operation)(*arguments)


def test_a_misspelt_wish_is_refused(control):
    with pytest.raises(RefusedError, match="colour"):
        control.add_conversation(colour="red")


def test_a_merged_contact_cannot_be_merged_again(control):
    first, second, third = (control.add_contact(firstName=name) for name in ("One", "Two", "Three"))
    control.merge_contacts([first, second])
    with pytest.raises(RefusedError, match="merged away"):
        control.merge_contacts([first, third])


def test_the_clock_goes_forward_and_back(client, control):
    before = client.conversations()
    assert control.advance(86_400) == "2026-03-17T12:00:00.000Z"
    assert len(client.conversations()) > len(before)
    assert control.set_clock("2026-03-16T12:00:00Z") == "2026-03-16T12:00:00.000Z"
    assert client.conversations() == before


def test_cursors_expire_when_told_or_after_their_life(client, control):
    scan = f"{CONTACTS}/scan/contacts"

    def cursor():
        return client.get(scan, limit=10).json()["cursors"]["after"]

    first = cursor()
    assert client.get(scan, cursor=first).status_code == 200
    control.expire_cursors()
    assert client.get(scan, cursor=first).status_code == 400
    second = cursor()
    control.advance(86_401)
    assert client.get(scan, cursor=second).status_code == 400


def test_jobs_expire_when_told(client, control):
    job = client.job()
    control.expire_jobs()
    assert client.get(f"/api/v2/analytics/conversations/details/jobs/{job}").json()["state"] == "EXPIRED"
