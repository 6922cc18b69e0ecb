"""The tap's timelines and those that dbt builds of what the tap loaded are the same, in real warehouses.

Each warehouse is loaded by a pipe of its own, of the tap's process into the target's: DuckDB by runs that
keep a store, PostgreSQL by runs that do not. As both end in the same rows, a warehouse's kind and a store
make no difference.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest
from support.journey_parity import SCHEMA, DbtBuild, ordered, postgres_server
from support.odd_input import add_circular_contacts, add_odd_conversations
from support.targets import load, target_duckdb, target_postgres

from genesys_sandbox import Sandbox, SandboxOptions

WAREHOUSES = ("duckdb", "postgres")
LOADED = f"{SCHEMA}.timeline_events"
HOUR = 3600

# dbt's unit tests know nothing of what was loaded; test_warehouses runs them.
OPTIONS = ("--also", "timeline_events", "--without-unit-tests")

ORGANIZATION = SandboxOptions(contacts=60, conversations=150, days=6, job_polls=0, requests_per_minute=0)


class Pipelines:
    """The tap, a target and a warehouse, twice; both read the same organization."""

    def __init__(self, config, folder, postgres):
        self._folder = folder
        self._configs = {"duckdb": config | {"store_path": str(folder / "store.duckdb")}, "postgres": config}
        self._file = folder / "warehouse.duckdb"
        self._targets = {"duckdb": target_duckdb(self._file), "postgres": target_postgres(postgres)}
        # dbt gets a copy: what a later DuckDB has written in, the target's may not open again.
        self._databases = {"duckdb": str(folder / "copy.duckdb"), "postgres": postgres}
        self._states = dict.fromkeys(WAREHOUSES)

    def run(self):
        """Load what is new, and build; gives the marts and the loaded events by warehouse."""
        for name in WAREHOUSES:
            target, state = self._targets[name], self._states[name]
            self._states[name] = load(self._folder / name, self._configs[name], target, state)
        shutil.copy(self._file, self._databases["duckdb"])
        with ExitStack() as stack:
            builds = {
                name: stack.enter_context(
                    DbtBuild(name, self._folder / name, database=self._databases[name], options=OPTIONS)
                )
                for name in WAREHOUSES
            }
            return {name: build.marts() for name, build in builds.items()}


def change(sandbox, first):
    """What happens between two runs: conversations come, end, are reopened and find their contact; merges."""
    control = sandbox.control
    conversations = list(sandbox.truth.conversations())
    is_open = next(row["conversationId"] for row in conversations if "conversationEnd" not in row)
    ended = next(row["conversationId"] for row in conversations if "conversationEnd" in row)
    adopted, *_ = [event for event in first if event["is_adopted"]]
    other, *merged = sorted({event["contact_id"] for event in first} - {adopted["contact_id"]})[:3]
    control.advance(HOUR)
    control.end_conversation(is_open, wrap_up_code="late")
    control.reopen_conversation(ended)
    control.link_conversation(adopted["conversation_id"], other)
    survivor = control.merge_contacts(merged)
    add_circular_contacts(sandbox)
    control.add_conversation(media="chat", contact_id=merged[0], disconnect_type="transfer")
    control.add_conversation(media="voice", contact_id=survivor)
    control.add_conversation(media="email", contact_id=other, open=True)
    control.advance(HOUR)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """Marts and loaded events of each warehouse, after a first run and after a second."""
    folder = tmp_path_factory.mktemp("parity")
    with Sandbox(ORGANIZATION) as sandbox, postgres_server() as postgres:
        pipelines = Pipelines(sandbox.config, folder, postgres)
        add_odd_conversations(sandbox)
        first = pipelines.run()
        change(sandbox, first["duckdb"]["timeline_events"])
        yield first, pipelines.run()


def loaded_events(tables):
    """Events as the tap said them, without what only a load knows, and without those that are nobody's."""
    return ordered(
        {
            name: value
            for name, value in row.items()
            if name != "extraction_timestamp_utc" and not name.startswith("_sdc_")
        }
        for row in tables[LOADED]
        if row["contact_id"] is not None
    )


@pytest.mark.parametrize("number", [0, 1], ids=["first run", "second run"])
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_dbt_builds_row_for_row_and_column_for_column_what_the_tap_loaded(rounds, warehouse, number):
    tables = rounds[number][warehouse]

    assert tables["timeline_events"] == loaded_events(tables)


@pytest.mark.parametrize("number", [0, 1], ids=["first run", "second run"])
def test_neither_the_warehouse_nor_a_store_makes_a_difference(rounds, number):
    in_duckdb, in_postgres = (rounds[number][warehouse] for warehouse in WAREHOUSES)

    assert loaded_events(in_duckdb) == loaded_events(in_postgres)
    for mart in ("timeline_events", "timeline_nodes", "journeys"):
        assert in_duckdb[mart] == in_postgres[mart]


def test_what_is_compared_holds_merges_adoptions_handoffs_chains_and_filtered_events(rounds):
    for tables in (tables for warehouses in rounds for tables in warehouses.values()):
        events = tables["timeline_events"]
        assert any(event["source_contact_id"] not in {None, event["contact_id"]} for event in events)
        assert any(event["is_adopted"] for event in events)
        assert any(event["handoff_type"] == "CHAT_TO_VOICE" for event in events)
        assert any(event["node_legs"] == 3 for event in events)
        assert not all(event["on_timeline"] for event in events)
        assert not all(event["start_time_utc"] for event in events)


def test_the_second_run_moved_what_the_changes_were_about(rounds):
    first, second = (
        {row["conversation_id"]: row for row in each["duckdb"]["timeline_events"]} for each in rounds
    )

    moved = [
        name for name in first if name in second and first[name]["contact_id"] != second[name]["contact_id"]
    ]
    assert len(moved) >= 3
    assert any(first[name]["is_adopted"] and not second[name]["is_adopted"] for name in moved)
    assert any(first[name]["on_timeline"] != second[name]["on_timeline"] for name in first if name in second)
    assert len(second.keys() - first.keys()) >= 3
