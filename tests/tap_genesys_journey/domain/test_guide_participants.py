from __future__ import annotations

import json

import pytest

from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.guide import read_guide_conversation
from tap_genesys_journey.domain.oddities import Oddities


def person(name, purpose=None, contact=None, **fields):
    known = {"participantId": name, "purpose": purpose, "externalContactId": contact, **fields}
    return {key: value for key, value in known.items() if value is not None}


def read(*participants, **options):
    payload = {
        "id": "conversation-1",
        "state": "TERMINATED",
        "type": "VOICE",
        "createdTime": "2024-08-12T14:00:00",
        "updatedTime": "2024-08-12T14:10:00+00:00",
        "participants": list(participants),
    }
    raw, oddities = json.dumps(payload).encode(), Oddities()
    facts = read_guide_conversation(raw, oddities, **options)
    return facts.row, interaction_rows(facts), oddities.counts()


def who(*participants, **options):
    return [(row["participant_id"], row["contact_id"]) for row in read(*participants, **options)[1]]


@pytest.mark.parametrize(
    "customer", [person("a", "customer"), person("a", contact="c"), person("a", "External", "c")]
)
def test_an_external_beside_a_customer_was_called_in(customer):
    assert who(person("x", "external"), customer) == [("a", customer.get("externalContactId"))]


def test_externals_are_the_customers_where_no_customer_is():
    assert who(person("x", "EXTERNAL"), person("y", "agent"), person("z", "external")) == [("x", None)]


def test_an_external_with_a_contact_of_its_own_is_a_customer():
    assert who(person("a", "customer"), person("x", "external", "c")) == [("a", None), ("x", "c")]


@pytest.mark.parametrize("purpose", ["agent", "bot", "supervisor", "something_new"])
def test_a_contact_written_on_others_too_is_one_interaction_of_the_customer(purpose):
    other = person("o", purpose, "c", address="+14155550100", routing={"queueId": "queue-9"})
    customer = person("a", None, "c", address="+14155550142", routing={"queueId": "queue-1"})

    row, (only,), _ = read(other, customer)

    assert (only["participant_id"], only["contact_id"]) == ("a", "c")
    assert (only["address"], only["routing_queue"]) == ("+14155550142", "queue-1")
    assert (row["contact_ids"], row["routing_queue"]) == (["c"], "queue-1")


def test_a_contact_written_on_an_agent_alone_is_not_lost_and_the_agent_remains_the_agent():
    row, (only,), _ = read(person("b", "agent", "c", userId="agent-1"))

    assert (only["participant_id"], only["contact_id"]) == ("b", "c")
    assert (row["agent_id"], only["agent_id"]) == ("agent-1", "agent-1")


def test_a_bot_that_carries_the_customer_s_contact_is_kept_on_request_too():
    kept = read(person("a", contact="c"), person("o", "bot", "c"), include_system_participants=True)[1]

    assert [(row["participant_id"], row["participant_kind"]) for row in kept] == [
        ("a", "customer"),
        ("o", "bot"),
    ]


def test_the_queue_is_that_of_the_first_participant_of_a_contact_that_names_one():
    first = person("a", contact="c")
    second = person("b", contact="c", routing={"queueId": "queue-1"})

    row, (only,), _ = read(first, second)

    assert (row["routing_queue"], only["routing_queue"]) == ("queue-1", "queue-1")


def test_two_contacts_have_queues_of_their_own():
    first = person("a", contact="c", routing={"queueId": "queue-1"})
    second = person("b", contact="d", routing={"queueId": "queue-2"})

    row, interactions, _ = read(first, second)

    assert [each["routing_queue"] for each in interactions] == ["queue-1", "queue-2"]
    assert (row["routing_queue"], row["queue_ids"]) == ("queue-1", ["queue-1", "queue-2"])


@pytest.mark.parametrize("include_system_participants", [False, True])
def test_an_unknown_purpose_is_counted_whether_it_is_kept_or_not(include_system_participants):
    odd = read(
        person("a", contact="c"),
        person("o", "hologram"),
        person("p"),
        include_system_participants=include_system_participants,
    )[2]

    assert odd == {("unknown value", "participants[].purpose"): 2}
