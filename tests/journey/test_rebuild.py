"""A rebuild reads little, and ends where a full run would."""

from __future__ import annotations

import duckdb
import pytest
from support.journey_database import load, rows_of
from support.journey_organizations import text
from support.journey_runs import events_after_runs, upserted
from support.oracle_timelines import Organization, Rules, timeline_events

from tap_genesys_journey.store.journey import SOURCES, JourneyRules, assemble_timeline_events
from tap_genesys_journey.store.store import open_store

HOME, WORK = "+12025550101", "+12025550102"


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        yield connection


def interaction(conversation_id, contact_id, address, start_ms=0):
    """One minute long."""
    return {
        "conversation_id": conversation_id,
        "participant_id": "p",
        "contact_id": contact_id,
        "address": address,
        "channel_type": "VOICE",
        "state": "TERMINATED",
        "is_open": False,
        "start_time_utc": text(start_ms),
        "customer_end_utc": text(start_ms + 60_000),
        "end_time_utc": text(start_ms + 60_000),
        "updated_time_utc": text(start_ms + 60_000),
        "duration_seconds": 60,
        "routing_queue": None,
        "agent_id": None,
        "wrap_up_code": None,
        "ended_in_transfer": False,
        "originating_direction": "inbound",
        "participant_kind": "customer",
    }


def merged(contact_id, canonical_contact_id):
    return {
        "contact_id": contact_id,
        "canonical_contact_id": canonical_contact_id,
        "merged_to_id": canonical_contact_id,
        "detected_at_utc": text(0),
    }


def held(database, *runs):
    """Contact by conversation after the runs, which are compared with a full run over all of them."""
    organization = runs[0]
    for run in runs[1:]:
        organization = upserted(organization, run)
    events = events_after_runs(database, runs, JourneyRules())
    assert events == timeline_events(organization, Rules())
    return {event["conversation_id"]: event["contact_id"] for event in events}


def test_an_orphan_that_gets_a_contact_leaves_the_one_who_had_adopted_it(database):
    first = Organization([interaction("v1", "ann", HOME), interaction("v2", None, HOME, 60_000)])

    later = Organization([interaction("v2", "bob", HOME, 60_000)])

    assert held(database, first) == {"v1": "ann", "v2": "ann"}
    assert held(database, first, later) == {"v1": "ann", "v2": "bob"}


def test_a_second_holder_of_an_address_takes_an_orphan_from_the_first(database):
    first = Organization([interaction("v1", "ann", HOME), interaction("v2", None, HOME, 60_000)])

    later = Organization([interaction("v3", "bob", HOME)])

    assert held(database, first, later) == {"v1": "ann", "v3": "bob"}


def test_an_address_that_one_gives_up_leaves_the_orphan_to_the_other(database):
    first = Organization(
        [
            interaction("v1", "ann", HOME),
            interaction("v2", None, HOME, 60_000),
            interaction("v3", "bob", HOME),
        ]
    )

    later = Organization([interaction("v3", "bob", WORK)])

    assert held(database, first) == {"v1": "ann", "v3": "bob"}
    assert held(database, first, later) == {"v1": "ann", "v2": "ann", "v3": "bob"}


def test_a_rival_whom_nothing_touched_still_decides_what_a_rebuilt_contact_adopts(database):
    first = Organization(
        [
            interaction("v1", "bob", HOME),
            interaction("v2", "bob", WORK),
            interaction("v3", "cyd", WORK),
            interaction("v4", None, HOME, 60_000),
            interaction("v5", None, WORK, 60_000),
        ]
    )

    later = Organization([interaction("v6", "ann", HOME, 3_600_000)])

    assert "v5" not in held(database, first, later)


def test_a_merge_moves_every_row_and_leaves_none_behind(database):
    first = Organization([interaction("v1", "ann", HOME), interaction("v2", "bob", WORK, 90_000)])

    later = Organization(contact_aliases=[merged("ann", "cyd"), merged("bob", "cyd")])

    assert held(database, first, later) == {"v1": "cyd", "v2": "cyd"}


def test_a_merge_that_is_taken_back_moves_the_rows_back(database):
    first = Organization([interaction("v1", "ann", HOME)], [merged("ann", "bob"), merged("bob", "bob")])

    later = Organization(contact_aliases=[merged("ann", "ann")])

    assert held(database, first, later) == {"v1": "ann"}


def test_contacts_that_share_nothing_with_a_touched_one_are_left_alone(database):
    load(database, Organization([interaction("v1", "ann", HOME), interaction("v2", "bob", WORK)]))
    database.execute("create temporary table touched as select 'ann' as contact_id, null::varchar as address")

    assembly = assemble_timeline_events(
        database, {name: name for name in SOURCES}, JourneyRules(), touched="touched"
    )

    assert database.table(assembly.events.rpartition(".")[2]).fetchall()[0][0] == "v1"
    for relation in (assembly.replaced_contacts, assembly.scope_contacts):
        assert database.table(relation.rpartition(".")[2]).fetchall() == [("ann",)]


def test_rows_changed_since_the_last_checkpoint_are_rebuilt_with_those_before_it(tmp_path):
    first = [interaction(f"v{n:04}", f"contact-{n % 300}", f"+1202555{n % 300:04}", n) for n in range(5000)]
    orphans = [interaction(f"o{n}", None, f"+1202555{n:04}", 60_000 + n) for n in range(300)]
    with open_store(tmp_path / "store.duckdb") as store:
        store.upsert_source("interactions", first + orphans)
        store.checkpoint()

        store.upsert_source("interactions", [row | {"state": "MERGED"} for row in first[100:150]])
        store.upsert_source("interactions", [interaction("v", "contact-149", "+12025550250", 60_000)])

        touched = store.touched_since(1)
        sources = {name: name for name in SOURCES}
        assembly = assemble_timeline_events(store.connection, sources, JourneyRules(), touched=touched)
        rebuilt = rows_of(store.connection, assembly.events)
        assembly = assemble_timeline_events(store.connection, sources, JourneyRules())
        events = rows_of(store.connection, assembly.events)
    touched = {f"contact-{n}" for n in (*range(100, 150), 250)}
    assert rebuilt == [event for event in events if event["contact_id"] in touched]


def test_an_endless_chain_of_calls_is_one_node_whose_handoff_names_a_hundred_legs(database):
    load(database, Organization([interaction(f"v{n:04}", "ann", HOME, 90_000 * n) for n in range(1500)]))

    assembly = assemble_timeline_events(database, {name: name for name in SOURCES}, JourneyRules())

    events = rows_of(database, assembly.events)
    assert {event["journey_node_id"] for event in events} == {events[0]["journey_node_id"]}
    assert [event["node_leg"] for event in events] == list(range(1, 1501))
    assert {event["handoff_type"] for event in events} == {"_TO_".join(["VOICE"] * 100)}
