from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.guide import read_guide_conversation
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.schemas import SCHEMAS

PRINTED = b"""{
      "id": "conv-99887766",
      "state": "TERMINATED",
      "type": "CHAT",
      "createdTime": "2024-08-12T14:23:11.000Z",
      "updatedTime": "2024-08-12T14:45:02.000Z",
      "wrapUpTime": "2024-08-12T14:46:10.000Z",
      "participants": [
        {
          "externalContactId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
          "participantId": "part-112233",
          "routing": {
            "queueId": "queue-abc123",
            "skill": "billing_support"
          }
        }
      ],
      "mediaState": "TERMINATED",
      "selfUri": "/api/v2/conversations/conv-99887766"
    }"""
"""The conversation that the guide prints, byte for byte."""

CUSTOMER = {"participantId": "a", "externalContactId": "contact-1", "purpose": "customer"}
AGENT = {"participantId": "b", "purpose": "agent", "userId": "agent-1"}


def payload(*participants, **fields):
    return {
        "id": "conversation-1",
        "state": "TERMINATED",
        "type": "CHAT",
        "createdTime": "2024-08-12T14:00:00.000Z",
        "updatedTime": "2024-08-12T14:10:00.000Z",
        "participants": [dict(each) for each in participants],
        **fields,
    }


def read(given, **options):
    oddities = Oddities()
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    facts = read_guide_conversation(raw, oddities, **options)
    row = {name: value for name, value in facts.row.items() if name != "raw"}
    return row, interaction_rows(facts), oddities.counts()


def test_the_printed_conversation_gives_the_printed_values():
    row, (interaction,), odd = read(PRINTED)

    assert {
        "conversation_id": "conv-99887766",
        "channel_type": "CHAT",
        "state": "TERMINATED",
        "start_time_utc": "2024-08-12T14:23:11.000Z",
        "end_time_utc": "2024-08-12T14:46:10.000Z",
        "wrap_up_time_utc": "2024-08-12T14:46:10.000Z",
        "updated_time_utc": "2024-08-12T14:45:02.000Z",
        "duration_seconds": 1379,
        "routing_queue": "queue-abc123",
        "contact_ids": ["a1b2c3d4-e5f6-7890-abcd-ef1234567890"],
    }.items() <= row.items()
    assert {
        "participant_id": "part-112233",
        "contact_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        "customer_end_utc": "2024-08-12T14:45:02.000Z",
        "duration_seconds": 1379,
        "participant_kind": "customer",
        "is_open": False,
    }.items() <= interaction.items()
    assert odd == {}


@pytest.mark.parametrize("media_state", ["CONNECTED", "TERMINATED", None, 7])
def test_the_media_state_is_never_the_state(media_state):
    row, _, odd = read(payload(CUSTOMER, state="WRAPUP", mediaState=media_state))

    assert (row["state"], row["is_open"]) == ("WRAPUP", True)
    assert odd == {}


@pytest.mark.parametrize("state", ["QUEUED", "RINGING", "CONNECTED", "WRAPUP"])
def test_an_open_conversation_has_neither_end_nor_duration(state):
    row, (interaction,), _ = read(payload(CUSTOMER, state=state, wrapUpTime="2024-08-12T14:11:00Z"))

    assert row["is_open"]
    assert row["end_time_utc"] is row["duration_seconds"] is None
    assert interaction["end_time_utc"] is interaction["duration_seconds"] is None


@pytest.mark.parametrize("state", ["TERMINATED", "TRANSFERRED", "MERGED", "DRAFT", "ARCHIVED"])
def test_an_ended_conversation_lasts_until_its_update_where_nothing_was_wrapped_up(state):
    row, _, odd = read(payload(CUSTOMER, state=state))

    assert (row["state"], row["is_open"], row["duration_seconds"]) == (state, False, 600)
    assert row["end_time_utc"] == row["updated_time_utc"]
    assert odd == {}


def test_an_unknown_state_is_kept_counted_and_ended():
    row, _, odd = read(payload(CUSTOMER, state="DREAMING"))

    assert (row["state"], row["is_open"], row["duration_seconds"]) == ("DREAMING", False, 600)
    assert odd == {("unknown value", "state"): 1}


@pytest.mark.parametrize(
    ("wrap_up", "customer_end"),
    [
        ("2024-08-12T14:12:00Z", "2024-08-12T14:10:00.000Z"),
        ("2024-08-12T14:08:00Z", "2024-08-12T14:08:00.000Z"),
        (None, "2024-08-12T14:10:00.000Z"),
    ],
)
def test_the_customer_left_with_the_update_or_the_earlier_wrap_up(wrap_up, customer_end):
    _, (interaction,), _ = read(payload(CUSTOMER, wrapUpTime=wrap_up))

    assert interaction["customer_end_utc"] == customer_end


def test_offsets_are_converted_and_a_negative_duration_is_kept_as_0():
    row, _, odd = read(payload(CUSTOMER, createdTime="2024-08-12T16:30:00+02:00"))

    assert row["start_time_utc"] == "2024-08-12T14:30:00.000Z"
    assert row["duration_seconds"] == 0
    assert list(odd) == [("negative duration", "createdTime")]


@pytest.mark.parametrize(
    ("times", "path"),
    [
        ({"updatedTime": "2024-08-12T13:00:00Z", "wrapUpTime": "2024-08-12T14:12:00Z"}, "updatedTime"),
        ({"updatedTime": "2024-08-12T13:00:00Z", "state": "CONNECTED"}, "updatedTime"),
        ({"wrapUpTime": "2024-08-12T13:00:00Z", "state": "CONNECTED"}, "wrapUpTime"),
    ],
)
def test_an_end_before_the_start_is_counted_although_no_duration_shows_it(times, path):
    row, _, odd = read(payload(CUSTOMER, **times))

    assert row["duration_seconds"] in {None, 720}
    assert odd == {("end before start", path): 1}


@pytest.mark.parametrize(("kind", "channel", "counted"), [("Hologram", "HOLOGRAM", 1), ("voice", "VOICE", 0)])
def test_an_unknown_type_is_kept_as_the_channel_and_counted(kind, channel, counted):
    row, (interaction,), odd = read(payload(CUSTOMER, type=kind))

    assert row["channel_type"] == interaction["channel_type"] == channel
    assert odd == ({("unknown value", "type"): counted} if counted else {})


def test_a_missing_start_is_null_and_counted():
    row, _, odd = read(payload(CUSTOMER, createdTime=None))

    assert row["start_time_utc"] is row["duration_seconds"] is None
    assert odd == {("missing start", "createdTime"): 1}


@pytest.mark.parametrize(
    "participant",
    [
        {"participantId": "a", "externalContactId": "contact-1"},
        {"participantId": "a", "purpose": "CUSTOMER"},
        {"participantId": "a", "purpose": "External"},
    ],
)
def test_who_carries_a_contact_or_is_called_a_customer_faces_us(participant):
    _, (interaction,), _ = read(payload(AGENT, participant))

    assert interaction["participant_id"] == "a"
    assert interaction["contact_id"] == participant.get("externalContactId")


def test_participants_of_one_contact_are_one_interaction_and_two_contacts_are_two():
    again = {**CUSTOMER, "participantId": "c"}
    other = {**CUSTOMER, "participantId": "d", "externalContactId": "contact-2"}

    row, interactions, _ = read(payload(CUSTOMER, again, other))

    assert [each["participant_id"] for each in interactions] == ["a", "d"]
    assert row["contact_ids"] == ["contact-1", "contact-2"]


def test_the_agent_is_the_last_one_with_its_code_before_the_conversation_s():
    second = {"participantId": "c", "purpose": "Agent", "agentId": "agent-2", "wrapUpCode": "solved"}

    row, (interaction,), _ = read(payload(CUSTOMER, AGENT, second, wrapUpCode="other"))

    assert (row["agent_id"], row["wrap_up_code"]) == ("agent-2", "solved")
    assert (interaction["agent_id"], interaction["wrap_up_code"]) == ("agent-2", "solved")
    assert row["agent_ids"] == ["agent-1", "agent-2"]


def test_the_conversation_s_code_stands_in_for_the_agent_s():
    row, _, _ = read(payload(CUSTOMER, AGENT, wrapUpCode="other"))

    assert (row["agent_id"], row["wrap_up_code"]) == ("agent-1", "other")


@pytest.mark.parametrize("purpose", ["bot", "Supervisor", "MONITOR", "system", "hologram"])
def test_system_participants_are_kept_only_on_request_and_are_no_agents(purpose):
    given = payload(CUSTOMER, {"participantId": "s", "purpose": purpose, "userId": "x"})

    row, dropped, _ = read(given)
    _, kept, _ = read(given, include_system_participants=True)

    assert row["agent_id"] is None
    assert [each["participant_kind"] for each in dropped] == ["customer"]
    assert [each["participant_kind"] for each in kept] == ["customer", purpose.lower()]


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"address": "tel:+14155550142", "ani": "tel:+14155550143"}, "+14155550142"),
        ({"ani": "(415) 555-0143"}, "+14155550143"),
        ({"address": "Riley@Example.com"}, "riley@example.com"),
        ({"address": "anonymous"}, None),
        ({}, None),
    ],
)
def test_the_address_is_the_participant_s_else_its_ani(fields, address):
    _, (interaction,), _ = read(payload({**CUSTOMER, **fields}))

    assert interaction["address"] == address


def test_only_a_transferred_conversation_ended_in_a_transfer():
    for state in ("TRANSFERRED", "TERMINATED"):
        _, (interaction,), _ = read(payload(CUSTOMER, state=state))
        assert interaction["ended_in_transfer"] is (state == "TRANSFERRED")


@pytest.mark.parametrize("given", [b"[]", b"{", b"{}", b'{"id":""}', b'{"id":7}'])
def test_what_is_no_conversation_is_signalled(given):
    with pytest.raises(UnreadableError):
        read(given)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


@given(st.data())
def test_no_junk_crashes_the_reader_or_breaks_the_schemas(data):
    given = payload(CUSTOMER, {**AGENT, "routing": {"queueId": "queue-1"}}, wrapUpCode="other")
    holders = [given, *given["participants"]]
    for _ in range(data.draw(st.integers(1, 4))):
        holder = data.draw(st.sampled_from(holders))
        holder[data.draw(st.sampled_from(sorted(set(holder) - {"id"})))] = data.draw(JUNK)

    row, interactions, _ = read(given, include_system_participants=True)

    jsonschema.validate({**row, "raw": {}}, SCHEMAS["conversations"])
    for interaction in interactions:
        jsonschema.validate(interaction, SCHEMAS["interactions"])
    assert len({each["participant_id"] for each in interactions}) == len(interactions)
