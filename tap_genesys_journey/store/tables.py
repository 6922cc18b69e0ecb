"""The store's tables, and the statements that follow from their columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final


def key_of(text: str) -> str:
    """Expression for the number that stands for a text where few rows are looked for among all.

    DuckDB's own `hash` is quicker, but a later DuckDB gives other numbers.
    """
    return f"md5_number_lower({text})"


@dataclass(frozen=True)
class Table:
    """One table: its columns with their types, its key, and the columns that make a row another row.

    Attributes:
        name: As in the database.
        columns: Type by column, in order.
        key: Columns that name a row.
        ignored: Columns whose change alone does not count.
        plain: Columns by which few rows are looked for among all: kept as they are, for it is unpacking
            texts that takes the time, and packed ones are a third smaller.
        keyed: By further column, the one whose texts have their keys in it (`key_of`): numbers of eight
            bytes are looked through in a fraction of the time.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    keyed: Mapping[str, str] = field(default_factory=dict)

    @property
    def create_statement(self) -> str:
        """Makes the table, empty."""
        definitions = [self._definition(column) for column in self.columns]
        body = ", ".join(definitions + [f"{name} ubigint" for name in self.keyed])
        return f"create table {self.name} ({body})"

    @cached_property
    def json_shape(self) -> str:
        """Shape of a batch of rows, as `from_json` takes it."""
        return json.dumps([dict(self.columns)])

    @cached_property
    def load_statement(self) -> str:
        """Makes the temporary table `batch` of a JSON array of rows; parameters: the array, its shape."""
        return "create or replace temporary table batch as " + self.with_keys(
            "select unnest(from_json(?, ?), recursive := true)"
        )

    @cached_property
    def stored_statement(self) -> str:
        """Makes the temporary table `stored` of the rows that may have the key of one of the batch."""
        names = ", ".join([key for key, column in self.keyed.items() if column in self.key] or self.key)
        # Their numbers first, by the narrow columns alone: whole rows are read where they lie.
        return (
            f"create or replace temporary table stored as select rowid as row_number, * from {self.name}"
            f" where rowid in (select rowid from {self.name} semi join batch using ({names}))"
        )

    @cached_property
    def changed_statement(self) -> str:
        """Makes the temporary table `changed` of the batch's rows that are new or differ from the stored."""
        compared = [column for column in self.columns if column not in self.key + self.ignored]
        differs = " or ".join(f"stored.{column} is distinct from batch.{column}" for column in compared)
        return (
            f"create or replace temporary table changed as select batch.* from batch"
            f" left join stored on {self._same_key('stored', 'batch')}"
            f" where stored.{self.key[0]} is null" + (f" or {differs}" if differs else "")
        )

    @cached_property
    def replace_statements(self) -> tuple[str, str]:
        """Put the rows of `changed` in the place of those stored under the same keys."""
        replaced = f"select row_number from stored join changed on {self._same_key('stored', 'changed')}"
        return (
            f"delete from {self.name} where rowid in ({replaced})",
            f"insert into {self.name} select * from changed",
        )

    def before_and_after(self, *columns: str) -> str:
        """Query for the distinct values of some columns in the changed rows, as they were and as they are."""
        stored, changed = (
            ", ".join(f"{side}.{column}" for column in columns) for side in ("stored", "changed")
        )
        return (
            f"select {stored} from stored join changed on {self._same_key('stored', 'changed')}"
            f" union select {changed} from changed"
        )

    def with_keys(self, query: str) -> str:
        """Rows of a query that gives the columns, with the keys behind them."""
        return f"select *{self._keys('rows')} from ({query}) as rows ({', '.join(self.columns)})"

    def _keys(self, relation: str) -> str:
        return "".join(f", {key_of(f'{relation}.{column}')} as {key}" for key, column in self.keyed.items())

    def _definition(self, column: str) -> str:
        kind = self.columns[column]
        is_plain = column in self.plain and kind == "varchar"
        return f"{column} {kind} using compression uncompressed" if is_plain else f"{column} {kind}"

    def _same_key(self, left: str, right: str) -> str:
        return " and ".join(f"{left}.{column} = {right}.{column}" for column in self.key)


INTERACTIONS: Final = Table(
    "interactions",
    {
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
    key=("conversation_id", "participant_id"),
    plain=("conversation_id", "participant_id", "contact_id", "address"),
    keyed={"conversation_key": "conversation_id", "contact_key": "contact_id", "address_key": "address"},
)
CONTACT_ALIASES: Final = Table(
    "contact_aliases",
    {
        "contact_id": "varchar",
        "canonical_contact_id": "varchar",
        "merged_to_id": "varchar",
        "detected_at_utc": "timestamp",
    },
    key=("contact_id",),
    ignored=("detected_at_utc",),
    plain=("contact_id", "canonical_contact_id", "merged_to_id"),
)
CONTACT_ADDRESSES: Final = Table(
    "contact_addresses",
    {"contact_id": "varchar", "address": "varchar", "kind": "varchar"},
    key=("contact_id", "address"),
    plain=("contact_id", "address"),
    keyed={"contact_key": "contact_id", "address_key": "address"},
)
SOURCES: Final = {table.name: table for table in (INTERACTIONS, CONTACT_ALIASES, CONTACT_ADDRESSES)}
"""What the journey models read; columns as in the streams of the same names."""

CHANGES: Final = Table(
    "changes",
    {"contact_id": "varchar", "address": "varchar", "revision": "bigint"},
    key=("contact_id", "address"),
)
"""What changed rows named before and after the change, and under which revision they changed."""

SEEN: Final = Table(
    "seen",
    {"stream": "varchar", "record_id": "varchar", "fingerprint": "bigint", "revision": "bigint"},
    key=("stream", "record_id"),
)
"""Conversations and contacts that a stream emitted: by which payload, under which revision."""

EMITTED_EVENTS: Final = Table(
    "emitted_events",
    {
        "conversation_id": "varchar",
        "participant_id": "varchar",
        "contact_id": "varchar",
        "fingerprint": "ubigint",
        "revision": "bigint",
    },
    key=("conversation_id", "participant_id"),
)
"""Rows of `timeline_events` emitted, so that an unchanged one is not emitted again and a lost one is."""

EMITTED_DOCUMENTS: Final = Table(
    "emitted_documents",
    {"contact_id": "varchar", "fingerprint": "varchar", "revision": "bigint"},
    key=("contact_id",),
)
"""Documents of `timelines` emitted."""

BOOKMARKS: Final = Table("bookmarks", {"name": "varchar", "body": "varchar"}, key=("name",))
"""How far the store itself was filled."""

RESOLVED_IDS: Final = Table(
    "resolved_ids",
    {"key": "varchar", "contact_id": "varchar", "resolved_at_utc": "timestamp"},
    key=("key",),
)
"""Contact that an external id led to, null where to none; the key tells nobody which id it was."""

COVERED: Final = Table(
    "covered",
    {"taker": "varchar", "kind": "varchar", "member": "varchar", "revision": "bigint"},
    key=("taker", "kind", "member"),
)
"""Contacts and addresses (`kind`) whose whole history a taker has got, up to where its bookmark stands."""

TABLES: Final = (
    *SOURCES.values(), CHANGES, SEEN, EMITTED_EVENTS, EMITTED_DOCUMENTS, BOOKMARKS, RESOLVED_IDS, COVERED,
)  # fmt: skip
