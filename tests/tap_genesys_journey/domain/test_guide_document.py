"""The payloads and the document that the guide prints, byte for byte, in and out."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tap_genesys_journey.domain.contacts import (
    address_rows,
    alias_rows,
    canonical_id,
    contact_row,
    related_ids,
)
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.guide import read_guide_conversation
from tap_genesys_journey.domain.guide_contacts import decode_guide_contact
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.time import parse_timestamp
from tap_genesys_journey.domain.timelines import (
    Timeline,
    TimelineNode,
    assemble_document,
    assemble_emptied_document,
)

PRINTED = Path(__file__).parent / "guide"
CONTACT_ID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
EXTRACTED_AT = "2024-08-15T09:00:00.000Z"


class Page(msgspec.Struct):
    entities: list[msgspec.Raw]


@pytest.fixture
def document():
    return json.loads((PRINTED / "document.json").read_bytes())


@pytest.fixture
def conversation():
    """The one conversation of the printed page, as its bytes."""
    (only,) = msgspec.json.decode((PRINTED / "conversations.json").read_bytes(), type=Page).entities
    return bytes(only)


def node_of(raw: bytes) -> TimelineNode:
    """The node that a conversation is alone, in the columns of the journey models."""
    oddities = Oddities()
    (row,) = interaction_rows(read_guide_conversation(raw, oddities))
    assert row["contact_id"] == CONTACT_ID
    assert oddities.total == 0
    return TimelineNode(
        conversation_id=row["conversation_id"],
        channel_type=row["channel_type"],
        state=row["state"],
        start_time_utc=row["start_time_utc"],
        end_time_utc=row["end_time_utc"],
        duration_seconds=row["duration_seconds"],
        routing_queue=row["routing_queue"],
        agent_id=row["agent_id"],
        wrap_up_code=row["wrap_up_code"],
        journey_node_id="node-1",
        node_legs=1,
        handoff_type=None,
        conversation_ids=row["conversation_id"],
    )


def test_the_printed_conversation_gives_the_printed_node_but_for_the_agent_it_does_not_name(
    conversation, document
):
    (node,) = assemble_document(Timeline(CONTACT_ID, [node_of(conversation)], 1, 0, ()), EXTRACTED_AT)[
        "timeline"
    ]

    (printed,) = document["timeline"]
    assert node == {**printed, "agentId": None, "wrapUpCode": None, "nodeId": "node-1"}
    assert node["durationSeconds"] == 1379


@pytest.mark.parametrize(
    ("fields", "code_of_conversation"),
    [
        ({"userId": "agent-778899", "wrapUpCode": "issue_resolved"}, None),
        ({"agentId": "agent-778899"}, "issue_resolved"),
    ],
)
def test_with_the_agent_of_the_printed_document_it_gives_that_document(
    conversation, document, fields, code_of_conversation
):
    """Agent and code stand in the printed document and not in the printed payload: here both are added."""
    payload = json.loads(conversation)
    payload["participants"].append({"participantId": "part-445566", "purpose": "agent", **fields})
    payload["wrapUpCode"] = code_of_conversation

    node = node_of(json.dumps(payload).encode())
    found = assemble_document(Timeline(CONTACT_ID, [node], 1450, 42, ()), EXTRACTED_AT)

    (printed,) = document["timeline"]
    assert found == {
        "contactId": document["contactId"],
        "timeline": [{**printed, "nodeId": "node-1"}],
        "metadata": {**document["metadata"], "mergedFromIds": []},
    }
    assert list(found["timeline"][0])[: len(printed)] == list(printed)


def test_the_printed_payloads_stand_in_the_rows_byte_for_byte(conversation):
    contact = (PRINTED / "contact.json").read_bytes()

    kept = read_guide_conversation(conversation, Oddities()).row["raw"]

    assert bytes(kept) == conversation
    assert bytes(contact_row(decode_guide_contact(contact, Oddities()), contact)["raw"]) == contact


def test_the_printed_contact_is_its_own_canonical_contact():
    oddities = Oddities()
    contact = decode_guide_contact((PRINTED / "contact.json").read_bytes(), oddities)

    row = contact_row(contact, b"{}")

    assert (row["external_id"], row["work_email"], row["cell_phone"]) == (
        "CRM-8842-ALPHA",
        "elena.vargas@example.com",
        "+14155550199",
    )
    assert alias_rows(contact, parse_timestamp(EXTRACTED_AT)) == [
        {
            "contact_id": CONTACT_ID,
            "canonical_contact_id": CONTACT_ID,
            "merged_to_id": None,
            "detected_at_utc": EXTRACTED_AT,
        }
    ]
    assert [each["address"] for each in address_rows(contact)] == ["+14155550199", "elena.vargas@example.com"]
    assert oddities.total == 0


# --- merges in every spelling


def read_contact(**fields):
    oddities = Oddities()
    contact = decode_guide_contact(json.dumps({"id": "a", **fields}).encode(), oddities)
    return contact, oddities.counts()


@pytest.mark.parametrize(
    "fields",
    [
        {"mergedTo": {"id": "b", "selfUri": "/api/v2/external-contacts/b"}},
        {"mergedTo": "b"},
        {"mergedToId": "b"},
        {"mergedTo": None, "mergedToId": "b"},
        {"canonicalContact": {"id": "b"}},
        {"canonicalContact": "b"},
        {"canonicalContactId": "b"},
        {"mergedTo": "c", "canonicalContact": {"id": "b"}},
    ],
)
def test_a_contact_that_was_merged_away_names_its_canonical_contact_in_any_spelling(fields):
    contact, odd = read_contact(**fields)

    assert canonical_id(contact) == "b"
    assert odd == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"mergedFrom": [{"id": "b"}, {"id": "c"}]},
        {"mergedFrom": ["b", "c"]},
        {"mergedFromIds": ["b", "c"]},
        {"mergedFrom": [{"id": "b"}], "mergedFromIds": ["b", "c"]},
        {"mergeSet": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
        {"mergeSet": ["a", "b", "c"]},
        {"mergeSetIds": ["a", "b", "c", "b"]},
    ],
)
def test_a_survivor_names_whom_it_took_in_in_any_spelling(fields):
    contact, odd = read_contact(**fields)

    assert related_ids(contact) == ["b", "c"]
    assert canonical_id(contact) == "a"
    assert odd == {}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"mergedTo": 7}, "mergedTo"),
        ({"mergedTo": {"id": 7}}, "mergedTo.id"),
        ({"mergedFrom": "b"}, "mergedFrom"),
        ({"mergeSet": ["b", 7]}, "mergeSet[]"),
    ],
)
def test_merge_metadata_of_a_wrong_type_is_counted(fields, path):
    contact, odd = read_contact(**fields)

    assert canonical_id(contact) == "a"
    assert odd == {("wrong type", path): 1}


def test_numbers_of_a_kind_take_their_place_before_those_of_none():
    numbers = [
        {"value": "+14155550142"},
        {"value": "+14155550143", "type": "fax"},
        {"value": "+14155550144", "type": "MOBILE"},
        {"value": ""},
        {"value": "+14155550145", "type": "home"},
        {"value": "+14155550146", "type": "home"},
    ]
    row = contact_row(read_contact(phoneNumbers=numbers)[0], b"{}")

    assert [row[name] for name in ("cell_phone", "home_phone", "other_phone", "work_phone")] == [
        "+14155550144",
        "+14155550145",
        "+14155550142",
        "+14155550143",
    ]


# --- documents


def test_a_node_of_several_legs_names_the_handoff_and_each_conversation_once(conversation):
    alone = node_of(conversation)
    legs = alone._replace(node_legs=3, handoff_type="CHAT_TO_VOICE", conversation_ids="conv-1,conv-2,conv-1")

    nodes = assemble_document(Timeline(CONTACT_ID, [legs, alone], 4, 0, ("b", "c")), EXTRACTED_AT)

    assert nodes["timeline"][0]["handoffType"] == "CHAT_TO_VOICE"
    assert nodes["timeline"][0]["conversationIds"] == ["conv-1", "conv-2"]
    assert not {"handoffType", "conversationIds"} & set(nodes["timeline"][1])
    assert nodes["metadata"]["mergedFromIds"] == ["b", "c"]


def test_the_emptied_document_of_a_merged_contact_names_the_survivor():
    assert assemble_emptied_document("a", "b", EXTRACTED_AT) == {
        "contactId": "a",
        "timeline": [],
        "metadata": {
            "extractionTimestampUTC": EXTRACTED_AT,
            "totalInteractions": 0,
            "filteredOut": 0,
            "mergedFromIds": [],
            "mergedInto": "b",
        },
    }
