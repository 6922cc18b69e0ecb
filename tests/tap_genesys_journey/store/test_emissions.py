"""Documents reach their sink in batches that memory bears."""

from __future__ import annotations

from support.journey_organizations import text

from tap_genesys_journey.domain.schemas import SCHEMAS
from tap_genesys_journey.store import journey_documents
from tap_genesys_journey.store.emissions import NODES_PER_BATCH, Emission, emit_documents
from tap_genesys_journey.store.journey import JourneyRules, assemble_documents, assemble_timeline_events
from tap_genesys_journey.store.store import open_store
from tap_genesys_journey.store.tables import SOURCES

HOUR = 3_600_000
CONTACTS, LEGS = 5, 4000


def leg(contact, number):
    start, end = text(number * HOUR), text(number * HOUR + 60_000)
    known = {
        "conversation_id": f"c{contact}-{number:05}",
        "participant_id": "p",
        "contact_id": f"contact-{contact}",
        "channel_type": "VOICE",
        "state": "TERMINATED",
        "is_open": False,
        "start_time_utc": start,
        "customer_end_utc": end,
        "end_time_utc": end,
        "updated_time_utc": end,
        "duration_seconds": 60,
        "ended_in_transfer": False,
        "participant_kind": "customer",
    }
    return dict.fromkeys(SCHEMAS["interactions"]["properties"]) | known


def test_documents_are_the_same_however_few_contacts_are_looked_at_together(monkeypatch):
    sources, rules = {name: name for name in SOURCES}, JourneyRules()
    with open_store(None) as store:
        rows = [leg(contact, number) for contact in range(CONTACTS) for number in range(LEGS)]
        store.upsert_source("interactions", rows)
        assembly = assemble_timeline_events(store.connection, sources, rules)
        together = list(assemble_documents(store.connection, assembly, rules, text(0)))

        monkeypatch.setattr(journey_documents, "PAGES_PER_CHAPTER", 1)
        apart = list(assemble_documents(store.connection, assembly, rules, text(0)))

    assert len(together) == CONTACTS
    assert apart == together


def test_long_timelines_come_few_to_a_batch_and_each_of_them_whole():
    rules = JourneyRules()
    with open_store(None) as store:
        rows = [leg(contact, number) for contact in range(CONTACTS) for number in range(LEGS)]
        store.upsert_source("interactions", rows)
        assembly = assemble_timeline_events(store.connection, {name: name for name in SOURCES}, rules)
        emission = Emission(assembly, store.revision, text(0))

        batches = list(emit_documents(store, emission, rules))

    assert [len(each["timeline"]) for batch in batches for each in batch] == [LEGS] * CONTACTS
    assert max(sum(len(each["timeline"]) for each in batch) for batch in batches) <= NODES_PER_BATCH
