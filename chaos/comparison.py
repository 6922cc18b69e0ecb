"""What a DuckDB file holds, and in what it differs from what it should hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from chaos.pipeline import SCHEMA

Key = tuple[str, ...]
Row = dict[str, Any]
Tables = dict[str, dict[Key, Row]]

TIMES_OF_READING = {"detected_at_utc", "extraction_timestamp_utc", "extractionTimestampUTC"}

OF_TARGET = "_sdc_"
"""How the columns begin that the target adds."""


@dataclass(frozen=True)
class Differences:
    """Rows of all tables that are too many, too few, or not what they should be.

    Attributes:
        extra: Rows that should not be there.
        missing: Rows that should.
        wrong: Rows with another value.
        examples: Table and key of some of them.
    """

    extra: int = 0
    missing: int = 0
    wrong: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is a difference."""
        return bool(self.extra or self.missing or self.wrong)

    def __add__(self, other: Differences) -> Differences:
        """Both together."""
        return Differences(
            self.extra + other.extra,
            self.missing + other.missing,
            self.wrong + other.wrong,
            (self.examples + other.examples)[:8],
        )


def tables(database: Path) -> Tables:
    """Every table of a DuckDB file, by the columns of its key in the order of the alphabet.

    When a row was read is left out; so are events that belong to nobody, and documents that were emptied:
    they say what no row says.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = ? order by all", [SCHEMA]
        ).fetchall()
        found = {name: _rows(connection, name) for (name,) in names}
    return _without_what_was_taken_back(found)


def emitted(messages: Iterable[Mapping[str, Any]]) -> Tables:
    """The same tables of what a tap wrote, as no target has touched it."""
    keys: dict[str, list[str]] = {}
    found: Tables = {}
    for message in messages:
        if message["type"] == "SCHEMA":
            keys[message["stream"]] = sorted(message["key_properties"])
            found.setdefault(message["stream"], {})
        if message["type"] == "RECORD":
            record = message["record"]
            key = tuple(str(record[name]) for name in keys[message["stream"]])
            found[message["stream"]][key] = {
                name.lower(): _plain(value) for name, value in record.items() if name not in TIMES_OF_READING
            }
    return _without_what_was_taken_back(found)


def _without_what_was_taken_back(found: Tables) -> Tables:
    _drop(found, "timeline_events", lambda row: row["contact_id"] is None)
    _drop(found, "timelines", lambda row: not row["metadata"]["totalInteractions"])
    return found


def _drop(found: Tables, table: str, is_dropped: Any) -> None:  # noqa: ANN401  # a function of a row
    found[table] = {key: row for key, row in found.get(table, {}).items() if not is_dropped(row)}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> dict[Key, Row]:
    columns = connection.execute(
        f"select name, type, pk from pragma_table_info('{SCHEMA}.{table}')"
    ).fetchall()
    names = [name for name, _, _ in columns]
    keys = [name for name, _, is_key in columns if is_key]
    documents = {name for name, kind, _ in columns if kind == "JSON"}
    rows: dict[Key, Row] = {}
    for values in connection.execute(f"select * from {SCHEMA}.{table}").fetchall():
        row = {
            name: _plain(json.loads(value) if name in documents and value is not None else value)
            for name, value in zip(names, values, strict=True)
            if name not in TIMES_OF_READING and not name.startswith(OF_TARGET)
        }
        rows[tuple(str(row[key]) for key in keys)] = row
    return rows


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever a column can hold
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in TIMES_OF_READING}
    return value


def differences(
    found: Mapping[str, Mapping[Key, Row]], expected: Mapping[str, Mapping[Key, Row]]
) -> Differences:
    """In what the tables that are expected differ; of a row only the columns that are expected count."""
    total = Differences()
    for table, rows in expected.items():
        held = found.get(table, {})
        extra, missing = held.keys() - rows.keys(), rows.keys() - held.keys()
        wrong = [key for key in held.keys() & rows.keys() if not _fits(held[key], rows[key])]
        total += Differences(
            len(extra),
            len(missing),
            len(wrong),
            tuple(
                _named(table, "extra", extra)
                + _named(table, "missing", missing)
                + _named(table, "wrong", wrong)
            ),
        )
    return total


def _fits(row: Row, expected: Row) -> bool:
    return all(_same(row.get(name), value) for name, value in expected.items())


def _same(value: Any, expected: Any) -> bool:  # noqa: ANN401  # whatever a column can hold
    """Whether a value arrived; target-duckdb loads an empty text as null."""
    return bool(value == expected or (value is None and expected == ""))


def _named(table: str, what: str, keys: Iterable[Key]) -> list[str]:
    return [f"{what}: {table} {' '.join(key)}" for key in sorted(keys)[:3]]
