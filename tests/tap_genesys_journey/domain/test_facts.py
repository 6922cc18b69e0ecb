from __future__ import annotations

import json

import msgspec
import pytest
from support.platform_builder import at, conversation, customer, participant, read, segment, session

from tap_genesys_journey.domain.facts import InteractionFacts, interaction_rows, with_ids
from tap_genesys_journey.domain.guide import read_guide_conversation
from tap_genesys_journey.domain.oddities import MISSING_ID, REPEATED_ID, Oddities
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.domain.schemas import SCHEMAS

ID_PATH = "participants[].participantId"
GUIDE = {
    "id": "conversation-1",
    "state": "TERMINATED",
    "participants": [{"participantId": "a", "externalContactId": "contact-1"}],
}


def interaction(participant_id, kind="customer"):
    return InteractionFacts(participant_id, kind, None, None, None, None, None)


@pytest.mark.parametrize(
    ("reader", "payload"), [(read_conversation, conversation(customer())), (read_guide_conversation, GUIDE)]
)
def test_both_surfaces_end_in_the_columns_of_the_schemas_in_their_order(reader, payload):
    raw = json.dumps(payload).encode()
    facts = reader(raw, Oddities())

    assert list(facts.row) == list(SCHEMAS["conversations"]["properties"])
    (row,) = interaction_rows(facts)
    assert list(row) == list(SCHEMAS["interactions"]["properties"])


@pytest.mark.parametrize(
    ("times", "last_instant"),
    [
        ({"updatedTime": at(2), "wrapUpTime": at(3)}, at(3)),
        ({"updatedTime": at(3), "wrapUpTime": at(2)}, at(3)),
        ({"updatedTime": at(2), "wrapUpTime": None}, at(2)),
        ({}, None),
    ],
)
def test_the_last_instant_of_a_conversation_of_the_guide_may_be_its_wrap_up(times, last_instant):
    facts = read_guide_conversation(json.dumps(GUIDE | times).encode(), Oddities())

    assert facts.last_instant_utc == last_instant


def test_the_payload_stands_in_the_row_untouched():
    raw = b'{ "conversationId":"a",\n"x": 1.0e2, "y":"\\u00e9" }'

    for given in (raw, msgspec.Raw(raw)):
        row = read_conversation(given, Oddities()).row
        assert msgspec.json.encode(row).endswith(b'"raw":' + raw + b"}")


def test_rows_of_interactions_are_new_ones_each_time():
    facts = read_conversation(json.dumps(conversation(customer())).encode(), Oddities())
    interaction_rows(facts)[0]["state"] = "changed"

    assert facts.row["state"] == "TERMINATED"
    assert interaction_rows(facts)[0]["state"] == "TERMINATED"


@pytest.mark.parametrize(
    ("given", "names", "counted"),
    [
        ([], [], {}),
        ([("a", "customer"), ("b", "ivr")], ["a", "b"], {}),
        ([("", "customer")], ["customer"], {(MISSING_ID, ID_PATH): 1}),
        ([("", "ivr"), ("", "ivr")], ["ivr", "ivr-2"], {(MISSING_ID, ID_PATH): 2}),
        ([("a", "customer"), ("a", "customer")], ["a", "a-2"], {(REPEATED_ID, ID_PATH): 1}),
        ([("ivr", "customer"), ("", "ivr")], ["ivr", "ivr-2"], {(MISSING_ID, ID_PATH): 1}),
        (
            [("a", "customer"), ("a-2", "customer"), ("a", "customer")],
            ["a", "a-2", "a-3"],
            {(REPEATED_ID, ID_PATH): 1},
        ),
    ],
)
def test_each_interaction_has_an_id_of_its_own(given, names, counted):
    oddities = Oddities()

    named = with_ids([interaction(*each) for each in given], ID_PATH, oddities)

    assert [each.participant_id for each in named] == names
    assert oddities.counts() == counted


def test_customers_without_an_id_stay_apart_and_are_counted():
    first = customer(session(segment("interact", 0, 50), direction="inbound"))
    second = customer(
        session(segment("interact", 10, 90), direction="inbound"), externalContactId="contact-2"
    )
    for each in (first, second):
        del each["participantId"]

    reading = read(conversation(first, second))

    assert [(row["participant_id"], row["contact_id"]) for row in reading.interactions] == [
        ("customer", "contact-1"),
        ("customer-2", "contact-2"),
    ]
    assert reading.odd == {(MISSING_ID, ID_PATH): 2}


def test_a_system_participant_that_is_kept_has_the_times_of_its_own_sessions():
    flow = participant("ivr", session(segment("ivr", 0, 20)), name="flow")

    rows = read(conversation(customer(), flow), include_system_participants=True).interactions

    assert [(row["participant_id"], row["participant_kind"], row["customer_end_utc"]) for row in rows] == [
        ("customer", "customer", at(100)),
        ("flow", "ivr", at(20)),
    ]
