"""Temporary tables of texts that the statements of the store join with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_AT_ONCE: Final = 10_000
"""There may be a million rows: followed customers are the user's to name."""


def fill_temporary(
    connection: DuckDBPyConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Put rows into a temporary table made anew.

    Args:
        connection: Gets the table.
        table: Its name.
        columns: Of texts.
        rows: A text for each column.
    """
    kinds = ", ".join(f"{column} varchar" for column in columns)
    connection.execute(f"create or replace temporary table {table} ({kinds})")
    taken = ", ".join("unnest(?::varchar[])" for _ in columns)
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        texts = [list(column) for column in zip(*some, strict=True)]
        connection.execute(f"insert into {table} select {taken}", texts)
