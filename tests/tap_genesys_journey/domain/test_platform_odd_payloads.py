from __future__ import annotations

import copy
import json

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.platform_builder import agent, at, conversation, customer, participant, read, segment, session
from support.platform_payloads import conversations

from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.domain.schemas import SCHEMAS

SEGMENTS = "participants[].sessions[].segments[]"


# --- unknown values


@pytest.mark.parametrize(
    ("odd_one", "path"),
    [
        (participant("hologram", session(segment("system", 0, 9))), "participants[].purpose"),
        (participant("agent", session(media="hologram")), "participants[].sessions[].mediaType"),
        (participant("agent", session(segment("hologram", 0, 9))), f"{SEGMENTS}.segmentType"),
        (
            participant("agent", session(segment("hold", 0, 9, disconnectType="hologram"))),
            f"{SEGMENTS}.disconnectType",
        ),
    ],
)
def test_an_unknown_value_is_counted_once_with_its_path_and_changes_nothing_else(odd_one, path):
    reading = read(conversation(customer(), odd_one, agent(10, 90, name="a")))

    assert reading.odd == {("unknown value", path): 1}
    assert reading.row == read(conversation(customer(), agent(10, 90, name="a"))).row


def test_an_unknown_medium_of_the_customer_is_counted_once_and_kept():
    reading = read(conversation(customer(media="hologram"), agent(10, 90)))

    assert reading.row["channel_type"] == reading.interaction["channel_type"] == "HOLOGRAM"
    assert reading.odd == {("unknown value", "participants[].sessions[].mediaType"): 1}


# --- wrong types


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"conversationEnd": 1_709_283_700}, "conversationEnd"),
        ({"originatingDirection": ["inbound"]}, "originatingDirection"),
        ({"divisionIds": "division-1"}, "divisionIds"),
        ({"divisionIds": ["division-1", 2]}, "divisionIds[]"),
        ({"participants": {"0": {}}}, "participants"),
        ({"participants": [None, "x", 7]}, "participants[]"),
        ({"participants": [{"participantId": "p", "sessions": "none"}]}, "participants[].sessions"),
        ({"participants": [{"participantId": 7, "purpose": "customer"}]}, "participants[].participantId"),
        ({"evaluations": [{"eventTime": "yesterday"}]}, "evaluations[].eventTime"),
    ],
)
def test_a_field_of_a_wrong_type_is_counted_by_its_path_and_the_row_is_kept(fields, path):
    reading = read(conversation(customer(), **fields))

    assert ("wrong type", path) in reading.odd
    assert reading.row["conversation_id"] == "conversation-1"
    assert reading.row["start_time_utc"] == at(0)


@st.composite
def spoiled(draw):
    """A payload in which one value has another type, and the same payload without that value."""
    payload = draw(conversations())
    spoiled, pruned = copy.deepcopy(payload), copy.deepcopy(payload)
    place = draw(st.sampled_from(list(places(payload))))
    value = reach(payload, place)
    other_types = [junk for junk in (7, 1.5, True, "soon", [], {}, [[]]) if type(junk) is not type(value)]
    reach(spoiled, place[:-1])[place[-1]] = draw(st.sampled_from(other_types))
    del reach(pruned, place[:-1])[place[-1]]
    return spoiled, pruned


def places(value, above=()):
    """Ways to every value of a payload but its id."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        if step != "conversationId":
            yield (*above, step)
            yield from places(inner, (*above, step))


def reach(payload, place):
    for step in place:
        payload = payload[step]
    return payload


@settings(max_examples=150)
@given(spoiled())
def test_a_value_of_a_wrong_type_reads_like_one_that_is_missing(payloads):
    spoiled, pruned = payloads

    reading, expected = (
        read(spoiled, include_system_participants=True),
        read(pruned, include_system_participants=True),
    )

    assert reading.row == expected.row
    assert reading.interactions == expected.interactions


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(at(3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.data())
def test_no_junk_crashes_the_reader_or_breaks_the_schemas(data):
    payload = data.draw(conversations())
    for place in data.draw(st.lists(st.sampled_from(list(places(payload))), max_size=6)):
        try:
            reach(payload, place[:-1])[place[-1]] = data.draw(JUNK)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier piece of junk stands there
    raw = json.dumps(payload).encode()

    facts = read_conversation(raw, Oddities(), include_system_participants=True)

    valid("conversations", facts.row)
    rows = interaction_rows(facts)
    for row in rows:
        valid("interactions", row)
    assert len({row["participant_id"] for row in rows}) == len(rows)


VALIDATORS = {
    stream: jsonschema.Draft7Validator(SCHEMAS[stream]) for stream in ("conversations", "interactions")
}


def valid(stream, row):
    VALIDATORS[stream].validate(json.loads(msgspec.json.encode(row)))
    assert list(row) == list(SCHEMAS[stream]["properties"])


# --- text and numbers that are no JSON of every day


def test_lone_surrogates_are_replaced():
    raw = json.dumps(conversation(customer(), agent(10, 90, wrapUpCode="x"))).encode()

    reading = read(raw.replace(b'"agent"', rb'"\ud800gent"').replace(b"queue-1", rb"\udfff"))

    assert reading.row["conversation_id"] == "conversation-1"
    assert reading.odd == {("unknown value", "participants[].purpose"): 1}


@pytest.mark.parametrize("number", [b"1e999", b"-" + b"9" * 5_000, b"0.1" + b"0" * 5_000])
def test_huge_numbers_are_taken_wherever_they_stand(number):
    raw = json.dumps(conversation(customer(), selfServed="HERE", conferenceStart="HERE")).encode()

    reading = read(raw.replace(b'"HERE"', number))

    assert reading.row == read(conversation(customer())).row
    assert reading.odd == {("wrong type", "conferenceStart"): 1}


def test_deep_nesting_in_a_field_that_is_not_needed_is_skipped():
    attributes = b"[" * 400 + b"]" * 400
    raw = json.dumps(conversation(customer(attributes="HERE"))).encode().replace(b'"HERE"', attributes)

    assert read(raw).row == read(conversation(customer())).row


def test_nesting_without_an_end_is_signalled_and_not_a_crash():
    oddities = Oddities()

    with pytest.raises(UnreadableError):
        read_conversation(b'{"conversationId":"c","participants":' + b"[" * 200_000, oddities)
    assert oddities.counts() == {("unreadable", "Conversation"): 1}


@pytest.mark.parametrize("fields", [{}, {"participants": None}, {"participants": []}])
def test_a_conversation_without_participants_is_a_row(fields):
    payload = {
        "conversationId": "conversation-1",
        "conversationStart": at(0),
        "conversationEnd": at(60),
        **fields,
    }

    reading = read(payload)

    assert reading.row["state"] == "TERMINATED"
    assert reading.row["duration_seconds"] == 60
    assert reading.interactions == []


def test_a_conversation_of_which_nothing_is_known_is_open():
    row = read({"conversationId": "conversation-1"}).row

    assert (row["state"], row["is_open"], row["updated_time_utc"]) == ("CONNECTED", True, None)


# --- order


@settings(max_examples=150)
@given(conversations(), st.randoms(use_true_random=False))
def test_the_order_of_participants_sessions_and_segments_never_matters(payload, random):
    shuffled = copy.deepcopy(payload)
    random.shuffle(shuffled["participants"])
    for each in shuffled["participants"]:
        random.shuffle(each["sessions"])
        for one in each["sessions"]:
            random.shuffle(one["segments"])

    reading, expected = (
        read(shuffled, include_system_participants=True),
        read(payload, include_system_participants=True),
    )

    assert reading == expected


@given(conversations())
def test_the_row_carries_the_payload_byte_for_byte(payload):
    raw = json.dumps(payload, indent=3).encode()

    row = read_conversation(raw, Oddities()).row

    assert bytes(row["raw"]) == raw
