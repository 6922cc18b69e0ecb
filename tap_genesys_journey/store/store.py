"""What the store keeps and how it answers: rows by key, what changed since when, what was emitted.

A *revision* is a number that grows with every checkpoint and stands in the streams' bookmarks. Whatever
was written under a revision later than the one that came back in a stream's bookmark is not known to
have reached the target, and counts as not emitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.store.database import open_database
from tap_genesys_journey.store.tables import CONTACT_ALIASES, RESOLVED_IDS, SEEN, SOURCES, Table
from tap_genesys_journey.store.temporary import fill_temporary

Row = dict[str, Any]


@contextmanager
def open_store(path: Path | None) -> Iterator[Store]:
    """The store, for one run; without a path a temporary one.

    Raises:
        StoreError: In use by another process, damaged, or of another layout; left as it is.
    """
    with open_database(path) as connection:
        yield Store(connection, is_durable=path is not None)


class Store:
    """One open store. Everything between two checkpoints is one transaction.

    Attributes:
        connection: The database, for the journey models.
        is_durable: Whether it outlives the run.
        id: Names this store in bookmarks, so that another one is not taken for it.
        revision: What is written now belongs to; one more than at the last checkpoint.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, is_durable: bool) -> None:
        """Go on where the file stands."""
        self.connection = connection
        self.is_durable = is_durable
        ((identity, revision),) = connection.execute("select store_id, revision from layout").fetchall()
        self.id = str(identity)
        self.revision: int = revision + 1
        self.connection.execute("begin")

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever made durable in it."""
        return self.revision == 1

    def checkpoint(self) -> None:
        """Make everything so far durable, under a revision of its own."""
        self.connection.execute("update layout set revision = ?", [self.revision])
        self.connection.execute("commit")
        self.connection.execute("begin")
        self.revision += 1

    def rename(self) -> None:
        """Be another store than the bookmarks speak of."""
        ((identity,),) = self.connection.execute(
            "update layout set store_id = uuid() returning store_id"
        ).fetchall()
        self.id = str(identity)

    def upsert(self, table: Table, rows: Iterable[Row]) -> bool:
        """Put rows in the place of those with the same keys; of rows with one key the last counts.

        The rows that are new or differ stand in the temporary table `changed` afterwards.

        Returns:
            Whether any did.
        """
        latest = {tuple(row[column] for column in table.key): row for row in rows}
        if not latest:
            return False
        body = msgspec.json.encode(list(latest.values())).decode()
        self.connection.execute(table.load_statement, [body, table.json_shape])
        self.connection.execute(table.stored_statement)
        self.connection.execute(table.changed_statement)
        ((count,),) = self.connection.execute("select count(*) from changed").fetchall()
        return bool(count)

    def replace(self, table: Table) -> None:
        """Take the rows of `changed` into the table."""
        for statement in table.replace_statements:
            self.connection.execute(statement)

    def upsert_source(self, name: str, rows: Iterable[Row], *, is_noted: bool = True) -> None:
        """Take in rows of one of the sources of the journey models.

        Args:
            name: `interactions`, `contact_aliases` or `contact_addresses`.
            rows: As emitted by the stream of that name.
            is_noted: Whether what changed is remembered for `touched_since`.
        """
        table = SOURCES[name]
        if self.upsert(table, rows):
            if is_noted:
                self._note_changes(table)
            self.replace(table)

    def clear_source(self, name: str) -> None:
        """Forget all rows of one of the sources."""
        self.connection.execute(f"delete from {SOURCES[name].name}")

    def note_touched(self, contact_ids: Iterable[str]) -> None:
        """Remember contacts whose timelines may have changed for a reason that no row shows."""
        self.connection.execute(
            "insert into changes select unnest(?::varchar[]), null, ?", [list(contact_ids), self.revision]
        )

    def touched_since(self, revision: int) -> str:
        """Relation of `contact_id`, `address`: what rows named that changed later than a revision."""
        self.connection.execute(
            "create or replace temporary table touched as"
            " select distinct contact_id, address from changes where revision > ?",
            [revision],
        )
        return "temp.main.touched"

    def compact_changes(self) -> None:
        """Keep the latest revision alone of everything that changed more than once."""
        self.connection.execute(
            "create or replace temporary table latest_changes as"
            " select contact_id, address, max(revision) as revision from changes group by all"
        )
        self.connection.execute("delete from changes")
        self.connection.execute("insert into changes select * from latest_changes")

    def _note_changes(self, table: Table) -> None:
        if table is CONTACT_ALIASES:
            ids = (
                f"select contact_id from ({table.before_and_after('contact_id')})"
                f" union select canonical_contact_id from ({table.before_and_after('canonical_contact_id')})"
            )
            named = f"select contact_id, null as address from ({ids})"
        else:
            named = table.before_and_after("contact_id", "address")
        self.connection.execute(
            f"insert into changes select contact_id, address, ? from ({named})", [self.revision]
        )

    # --- which payloads were emitted

    def forget_emitted(self, stream: str, revision: int) -> None:
        """Take back what a stream emitted later than a revision: it is not known to have arrived."""
        self.connection.execute("delete from seen where stream = ? and revision > ?", [stream, revision])

    def emitted(self, stream: str, fingerprints: Mapping[str, int]) -> set[str]:
        """Conversations or contacts that a stream emitted with these very payloads.

        Args:
            stream: Name of the stream.
            fingerprints: Fingerprint of the payload by id.
        """
        rows = self.connection.execute(
            "select record_id, fingerprint from seen where stream = ?"
            " and record_id in (select unnest(?::varchar[]))",
            [stream, list(fingerprints)],
        ).fetchall()
        return {name for name, known in rows if fingerprints[name] == known}

    def note_emitted(self, stream: str, fingerprints: Mapping[str, int]) -> None:
        """Remember that a stream emits these payloads, under the present revision."""
        rows = (
            {"stream": stream, "record_id": name, "fingerprint": known, "revision": self.revision}
            for name, known in fingerprints.items()
        )
        if self.upsert(SEEN, rows):
            self.replace(SEEN)

    # --- whose history is complete

    def covered(self, taker: str, kind: str, revision: int | None = None) -> set[str]:
        """Members whose whole history a taker has got.

        Args:
            taker: As given to `cover`.
            kind: Of the members.
            revision: Leave out those that were covered later than that.
        """
        rows = self.connection.execute(
            "select member from covered where taker = $taker and kind = $kind"
            " and ($revision is null or revision <= $revision)",
            {"taker": taker, "kind": kind, "revision": revision},
        ).fetchall()
        return {member for (member,) in rows}

    def cover(self, taker: str, kind: str, members: Iterable[str]) -> None:
        """Remember members whose history is complete, under the present revision if they are new."""
        self._name_members(members)
        self.connection.execute(
            "insert into covered select ?, ?, member, ? from named_members"
            " where member not in (select member from covered where taker = ? and kind = ?)",
            [taker, kind, self.revision, taker, kind],
        )

    def cover_only(self, taker: str, kind: str, members: Iterable[str]) -> None:
        """Remember these members and nobody else."""
        self.cover(taker, kind, members)
        self.connection.execute(
            "delete from covered where taker = ? and kind = ?"
            " and member not in (select member from named_members)",
            [taker, kind],
        )

    def uncover(self, taker: str, kind: str, members: Iterable[str]) -> None:
        """Forget members: their history is not complete."""
        self._name_members(members)
        self.connection.execute(
            "delete from covered where taker = ? and kind = ?"
            " and member in (select member from named_members)",
            [taker, kind],
        )

    def _name_members(self, members: Iterable[str]) -> None:
        """Put them into the temporary table `named_members`."""
        fill_temporary(self.connection, "named_members", ["member"], ((each,) for each in members))

    # --- external ids

    def resolved_since(
        self, keys: Sequence[str], found_since: datetime, missed_since: datetime
    ) -> dict[str, str | None]:
        """Contacts that external ids led to, as far as it was asked lately.

        Args:
            keys: Of the external ids.
            found_since: Contacts found before this instant are left out.
            missed_since: Misses before this instant are left out.

        Returns:
            Contact id by key, None for a miss.
        """
        rows = self.connection.execute(
            "select key, contact_id from resolved_ids where key in (select unnest(?::varchar[]))"
            " and resolved_at_utc >= case when contact_id is null then ? else ? end",
            [list(keys), *(each.replace(tzinfo=None) for each in (missed_since, found_since))],
        ).fetchall()
        return dict(rows)

    def keep_resolved(self, contacts: Mapping[str, str | None], at: datetime) -> None:
        """Remember where external ids led to, in the place of what was known before."""
        moment = format_timestamp(at)
        rows = (
            {"key": key, "contact_id": value, "resolved_at_utc": moment} for key, value in contacts.items()
        )
        if self.upsert(RESOLVED_IDS, rows):
            self.replace(RESOLVED_IDS)

    # --- how far the store itself was filled

    def load_bookmark(self, name: str) -> dict[str, Any]:
        """Bookmark of one of the sources, empty where the store is new."""
        rows = self.connection.execute("select body from bookmarks where name = ?", [name]).fetchall()
        return msgspec.json.decode(rows[0][0]) if rows else {}

    def save_bookmark(self, name: str, body: Mapping[str, Any]) -> None:
        """Keep how far one of the sources has come; holds from the next checkpoint on."""
        self.connection.execute("delete from bookmarks where name = ?", [name])
        text = msgspec.json.encode(body).decode()
        self.connection.execute("insert into bookmarks values (?, ?)", [name, text])
