"""Timelines: what the run reads goes into the store as well, and is assembled there at its end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.history import History
from tap_genesys_journey.extraction.memory import NEVER, acknowledged, mark_of
from tap_genesys_journey.extraction.sinks import Row, Sink, update
from tap_genesys_journey.extraction.windows import Span, starting_point
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.store.emissions import emit_documents, emit_events
from tap_genesys_journey.store.journey import Assembly, JourneyRules, assemble_timeline_events
from tap_genesys_journey.store.store import Store
from tap_genesys_journey.store.tables import SOURCES

JOURNEY_STREAMS = ("timeline_events", "timelines")

MAX_ROUNDS = 5
"""Whose history decides on a timeline is found out by reading; people who share addresses are few."""


class StoreSink:
    """Takes the rows of one source of the journey models into the store."""

    def __init__(self, store: Store, kind: str, bookmark: Bookmark, *, is_noted: bool) -> None:
        """Begin where the bookmark stands.

        Args:
            store: Takes the rows.
            kind: `interactions`, `contact_aliases` or `contact_addresses`.
            bookmark: How far the store has come in this source.
            is_noted: Whether a changed row touches the timelines of whom it names.
        """
        self._store = store
        self._is_noted = is_noted
        self.name = f"store.{kind}"
        self.kind = kind
        self.bookmark = bookmark

    def write(self, rows: Iterable[Row]) -> None:
        """Take rows in."""
        self._store.upsert_source(self.kind, rows, is_noted=self._is_noted)

    def save(self, bookmark: Bookmark) -> None:
        """Keep the bookmark beside the rows: they hold or are lost together."""
        self.bookmark = bookmark
        self._store.save_bookmark(self.kind, msgspec.to_builtins(bookmark))


class TouchedContactsSink:
    """Notes contacts that changed since a bookmark, where the store cannot tell by itself."""

    def __init__(self, store: Store, bookmark: Bookmark) -> None:
        """Begin where the bookmark stands."""
        self._store = store
        self.name = self.kind = "touched_contacts"
        self.bookmark = bookmark

    def write(self, rows: Iterable[Row]) -> None:
        """Note the contacts."""
        self._store.note_touched([row["contact_id"] for row in rows])

    def save(self, bookmark: Bookmark) -> None:
        """Remember for this run; the next one has a store of its own."""
        self.bookmark = bookmark


class JourneyExtraction:
    """Fills the store beside the streams, and feeds `timeline_events` and `timelines` from it.

    A durable store holds the history and knows what changed. A temporary one holds what this run read:
    all of it on a first run; later the recent windows, and then the history of the contacts they touch
    is read again, so that the rows are the same.
    """

    def __init__(
        self, store: Store, sinks: list[Sink], rules: JourneyRules, span: Span, waiting: Waiting
    ) -> None:
        """Keep the parts; nothing is read yet.

        Args:
            store: The store of the run.
            sinks: The selected ones of `JOURNEY_STREAMS`.
            rules: The settings that shape a timeline.
            span: What the run reads.
            waiting: The clock.
        """
        self._store = store
        self._sinks = sinks
        self._rules = rules
        self._span = span
        self._extracted_at = format_timestamp(waiting.now())
        settled = [sink.bookmark.settled_until_utc for sink in sinks]
        changed = [sink.bookmark.contacts_modified_since_utc for sink in sinks]
        self._settled_until = None if None in settled else min(filter(None, settled))
        self._recent = Bookmark(settled_until_utc=self._settled_until)
        self._contacts_modified_since = None if None in changed else min(filter(None, changed))
        self.feeds = self._durable_feeds() if store.is_durable else self._temporary_feeds()

    def _durable_feeds(self) -> list[Sink]:
        return [
            StoreSink(
                self._store, kind, msgspec.convert(self._store.load_bookmark(kind), Bookmark), is_noted=True
            )
            for kind in SOURCES
        ]

    def _temporary_feeds(self) -> list[Sink]:
        """Identities are read whole, for they decide who else could own an address."""
        recent = self._recent
        changed = msgspec.structs.replace(recent, contacts_modified_since_utc=self._contacts_modified_since)
        return [
            StoreSink(self._store, "interactions", recent, is_noted=True),
            StoreSink(self._store, "contact_aliases", recent, is_noted=False),
            StoreSink(self._store, "contact_addresses", recent, is_noted=False),
            TouchedContactsSink(self._store, changed),
        ]

    def finish(self, history: History) -> None:
        """Assemble the timelines that changed, emit them, and let the bookmarks follow.

        Args:
            history: Reads what a temporary store lacks.

        Raises:
            ForbiddenError: Conversations may not be read.
        """
        orphans_read = self._orphans_read()
        assembly = self._assemble(history)
        for sink in self._sinks:
            since = acknowledged(sink.bookmark, self._store)
            batches = (
                emit_events(self._store, assembly, since, self._extracted_at, orphans_read)
                if sink.kind == "timeline_events"
                else emit_documents(self._store, assembly, self._rules, since, self._extracted_at)
            )
            for batch in batches:
                sink.write(batch)
        self._store.compact_changes()
        for sink in self._sinks:
            update(
                sink,
                settled_until_utc=self._fed("interactions").settled_until_utc,
                contacts_modified_since_utc=self._fed("contact_aliases").contacts_modified_since_utc,
                store=mark_of(self._store),
            )

    def _fed(self, kind: str) -> Bookmark:
        return next(feed.bookmark for feed in self.feeds if feed.kind == kind)

    def _assemble(self, history: History) -> Assembly:
        sources = {name: name for name in SOURCES}
        since = min(acknowledged(sink.bookmark, self._store) for sink in self._sinks)
        is_whole = since == NEVER if self._store.is_durable else self._settled_until is None
        if is_whole:
            return assemble_timeline_events(self._store.connection, sources, self._rules)
        touched = self._store.touched_since(since)
        assembly = assemble_timeline_events(self._store.connection, sources, self._rules, touched=touched)
        until = starting_point(self._recent, self._span.start, self._span.lookback)
        for _ in range(0 if self._store.is_durable else MAX_ROUNDS):
            if not history.read_for(self._store, assembly, until):
                break
            assembly = assemble_timeline_events(self._store.connection, sources, self._rules, touched=touched)
        return assembly

    def _orphans_read(self) -> str:
        """Interactions without a contact that a temporary store read although it was not the first run.

        Whether one of them was on a timeline before, only the target knows.
        """
        is_needed = not self._store.is_durable and self._settled_until is not None
        self._store.connection.execute(
            "create or replace temporary table orphans_read as"
            " select conversation_id, participant_id from interactions"
            " where $is_needed and contact_id is null and participant_kind = 'customer'",
            {"is_needed": is_needed},
        )
        return "temp.main.orphans_read"
