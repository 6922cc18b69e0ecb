"""A store that takes in an organization in several runs, and rebuilds what each run touched."""

# ruff: noqa: S608 - the names in the statements are the test's own

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
from support.journey_database import COLUMNS, append, load, rows_of
from support.oracle_timelines import Organization, Row

from tap_genesys_journey.store.journey import SOURCES, JourneyRules, assemble_timeline_events

KEYS = {
    "interactions": ("conversation_id", "participant_id"),
    "contact_aliases": ("contact_id",),
    "contact_addresses": ("contact_id", "address"),
}


def upserted(stored: Organization, arrived: Organization) -> Organization:
    """What is stored once new rows took the places of those with their keys."""
    return Organization(*(_upserted(table, stored, arrived) for table in COLUMNS))


def _upserted(table: str, stored: Organization, arrived: Organization) -> list[Row]:
    rows = [*getattr(stored, table), *getattr(arrived, table)]
    return list({tuple(row[column] for column in KEYS[table]): row for row in rows}.values())


def events_after_runs(
    connection: duckdb.DuckDBPyConnection, runs: Sequence[Organization], rules: JourneyRules
) -> list[Row]:
    """The rows of `timeline_events` that a target holds after a first full run and the rebuilds after it."""
    stored = runs[0]
    load(connection, stored)
    sources = {name: name for name in SOURCES}
    assembly = assemble_timeline_events(connection, sources, rules)
    connection.execute(f"create or replace temporary table held as select * from {assembly.events}")
    for arrived in runs[1:]:
        before, stored = stored, upserted(stored, arrived)
        load(connection, stored)
        _note_touched(connection, before, stored)
        assembly = assemble_timeline_events(connection, sources, rules, touched="touched")
        connection.execute(
            f"delete from held where contact_id in (select contact_id from {assembly.replaced_contacts})"
        )
        connection.execute(f"insert into held select * from {assembly.events}")
    return rows_of(connection, "held")


def _note_touched(connection: duckdb.DuckDBPyConnection, before: Organization, after: Organization) -> None:
    columns = {"contact_id": "varchar", "address": "varchar"}
    connection.execute("create or replace temporary table touched (contact_id varchar, address varchar)")
    append(connection, "touched", columns, _touched(before, after))


def _touched(before: Organization, after: Organization) -> Iterator[Row]:
    """What the rows that changed named before, and what they name now."""
    for table in COLUMNS:
        old, new = getattr(before, table), getattr(after, table)
        for row in [row for row in old if row not in new] + [row for row in new if row not in old]:
            yield {"contact_id": row["contact_id"], "address": row.get("address")}
            if "canonical_contact_id" in row:
                yield {"contact_id": row["canonical_contact_id"], "address": None}
                yield {"contact_id": row["merged_to_id"], "address": None}
