"""A DuckDB database that holds an organization, as the tap's store holds it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
from support.oracle_timelines import Organization, Row

from tap_genesys_journey.store.tables import SOURCES

COLUMNS = {
    "interactions": {
        "conversation_id": "varchar",
        "participant_id": "varchar",
        "contact_id": "varchar",
        "address": "varchar",
        "channel_type": "varchar",
        "state": "varchar",
        "is_open": "boolean",
        "start_time_utc": "timestamp",
        "customer_end_utc": "timestamp",
        "end_time_utc": "timestamp",
        "updated_time_utc": "timestamp",
        "duration_seconds": "bigint",
        "routing_queue": "varchar",
        "agent_id": "varchar",
        "wrap_up_code": "varchar",
        "ended_in_transfer": "boolean",
        "originating_direction": "varchar",
        "participant_kind": "varchar",
    },
    "contact_aliases": {
        "contact_id": "varchar",
        "canonical_contact_id": "varchar",
        "merged_to_id": "varchar",
        "detected_at_utc": "timestamp",
    },
    "contact_addresses": {"contact_id": "varchar", "address": "varchar", "kind": "varchar"},
}


def create_tables(connection: Any, *, schema: str = "main") -> None:
    """Make the three tables anew, empty; the statements are those of DuckDB, PostgreSQL and Snowflake."""
    for table, columns in COLUMNS.items():
        body = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"drop table if exists {schema}.{table}")
        connection.execute(f"create table {schema}.{table} ({body})")


def load(connection: duckdb.DuckDBPyConnection, organization: Organization, *, schema: str = "main") -> None:
    """Put an organization in the place of whatever the tables hold."""
    create_tables(connection, schema=schema)
    for table, columns in COLUMNS.items():
        append(connection, f"{schema}.{table}", columns, getattr(organization, table))
    for table in ("interactions", "contact_addresses"):
        rows = SOURCES[table].with_keys(f"from {schema}.{table}")
        connection.execute(f"create or replace table {schema}.{table} as {rows}")


def append(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Iterable[Row]
) -> None:
    """Add rows to a table; one JSON text in one statement, for a statement a row is far slower."""
    values = [{column: row[column] for column in columns} for row in rows]
    connection.execute(
        f"insert into {table} select unnest(from_json(?, ?), recursive := true)",
        [json.dumps(values), json.dumps([dict(columns)])],
    )


def rows_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Row]:
    """The rows of `timeline_events` as the oracle gives them: by key, timestamps as text."""
    cursor = connection.execute(f"select * from {relation}")  # noqa: S608 - the test's own
    names = [column[0] for column in cursor.description]
    return plain_rows(names, cursor.fetchall())


def plain_rows(names: Sequence[str], values: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows as dicts, by conversation and participant, timestamps as text."""
    rows = [dict(zip((name.lower() for name in names), map(_plain, row), strict=True)) for row in values]
    return sorted(rows, key=lambda row: (row["conversation_id"], row["participant_id"]))


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return value
