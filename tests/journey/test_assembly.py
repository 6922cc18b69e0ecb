"""The journey models on DuckDB against a plain reading of the contract."""

from __future__ import annotations

from functools import reduce

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.journey_database import load, rows_of
from support.journey_organizations import histories, organizations, side_by_side
from support.journey_runs import events_after_runs, upserted
from support.oracle_documents import documents
from support.oracle_timelines import Organization, Rules, timeline_events

from tap_genesys_journey.store import journey, tables
from tap_genesys_journey.store.journey import (
    SOURCES,
    JourneyRules,
    assemble_documents,
    assemble_timeline_events,
)
from tap_genesys_journey.store.journey_scope import SCOPE_QUERIES

TABLES = {name: name for name in SOURCES}
EXTRACTED_AT = "2024-04-01T00:00:00.000Z"

several_organizations = st.lists(organizations(), min_size=1, max_size=10).map(side_by_side)
windows = st.sampled_from((0, 1, 60, 61, 3600))
slow = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        yield connection


def assembled(database, organization: Organization, rules: Rules):
    load(database, organization)
    return assemble_timeline_events(database, TABLES, JourneyRules(rules.window_seconds, tuple(rules.states)))


@slow
@given(several_organizations, windows)
def test_events_are_those_of_the_oracle(database, organization, window):
    rules = Rules(window)

    assembly = assembled(database, organization, rules)

    assert rows_of(database, assembly.events) == timeline_events(organization, rules)


@slow
@given(several_organizations, st.integers(1, 50))
def test_events_are_the_same_however_few_contacts_are_looked_at_together(database, organization, size):
    rules = Rules()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey, "INTERACTIONS_PER_SLICE", size)
        assembly = assembled(database, organization, rules)

    assert rows_of(database, assembly.events) == timeline_events(organization, rules)


@slow
@given(several_organizations, st.sampled_from((("TERMINATED",), ("CONNECTED", "TRANSFERRED"))))
def test_documents_are_those_of_the_oracle(database, organization, states):
    rules = Rules(states=states)

    assembly = assembled(database, organization, rules)

    expected = documents(timeline_events(organization, rules), organization, EXTRACTED_AT)
    found = list(assemble_documents(database, assembly, JourneyRules(60, states), EXTRACTED_AT))
    assert found == expected


@slow
@given(
    st.lists(histories(), min_size=1, max_size=10).map(
        lambda several: list(map(side_by_side, zip(*several, strict=True)))
    )
)
def test_any_split_into_runs_ends_in_the_same_events(database, runs):
    rules = Rules()

    held = events_after_runs(database, runs, JourneyRules())

    assert held == timeline_events(reduce(upserted, runs), rules)


@slow
@given(
    st.lists(histories(), min_size=1, max_size=10).map(
        lambda several: list(map(side_by_side, zip(*several, strict=True)))
    ),
    st.sampled_from((1, 3, 10)),
)
def test_addresses_that_share_a_key_change_nothing(database, runs, keys):
    rules = Rules()

    with pytest.MonkeyPatch.context() as patch:
        share_address_keys(patch, keys)
        held = events_after_runs(database, runs, JourneyRules())

    assert held == timeline_events(reduce(upserted, runs), rules)


def share_address_keys(patch, keys):
    """Leave so many keys to all addresses."""
    key_of = tables.key_of

    def few(text):
        return f"{key_of(text)} % {keys}" if text.endswith("address") else key_of(text)

    queries = {
        name: query.replace(key_of("address"), few("address")) for name, query in SCOPE_QUERIES.items()
    }
    patch.setattr(tables, "key_of", few)
    patch.setattr(journey, "SCOPE_QUERIES", queries)
