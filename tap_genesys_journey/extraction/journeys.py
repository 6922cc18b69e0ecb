"""Timelines: what the run reads goes into the store as well, and is assembled there at its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.contacts import is_changed_since
from tap_genesys_journey.extraction.history import History, Sought
from tap_genesys_journey.extraction.membership import ADDRESS, CONTACT, Membership, begins_again
from tap_genesys_journey.extraction.memory import NEVER, acknowledged, mark_of
from tap_genesys_journey.extraction.sinks import Row, Sink, update
from tap_genesys_journey.extraction.terms import begin_history, history_begins
from tap_genesys_journey.extraction.windows import Span, behind_lookback
from tap_genesys_journey.store.emissions import Emission, emit_documents, emit_events
from tap_genesys_journey.store.journey import Assembly, JourneyRules, assemble_timeline_events
from tap_genesys_journey.store.journey_followed import concerned_contacts, name_followed
from tap_genesys_journey.store.store import Store
from tap_genesys_journey.store.tables import SOURCES

JOURNEY_STREAMS = ("timeline_events", "timelines")

MAX_ROUNDS = 5
"""Whose history decides on a timeline is found out by reading; people who share addresses are few."""


class StoreSink:
    """Takes the rows of one source of the journey models into the store."""

    is_stream = False

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

    is_stream = False

    def __init__(self, store: Store, bookmark: Bookmark) -> None:
        """Begin where the bookmark stands."""
        self._store = store
        self._since = bookmark.contacts_modified_since_utc
        self.name = self.kind = "touched_contacts"
        self.bookmark = bookmark

    def write(self, rows: Iterable[Row]) -> None:
        """Note the contacts that changed."""
        self._store.note_touched(
            row["contact_id"] for row in rows if is_changed_since(self._since, row["modify_date"])
        )

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
        self, store: Store, sinks: list[Sink], rules: JourneyRules, span: Span, extracted_at: datetime
    ) -> None:
        """Keep the parts; nothing is read yet.

        Args:
            store: The store of the run.
            sinks: The selected ones of `JOURNEY_STREAMS`.
            rules: The settings that shape a timeline.
            span: What the run reads.
            extracted_at: Start of the run.
        """
        self._store = store
        self._sinks = sinks
        self._rules = rules
        self._span = span
        self._extracted_at = format_timestamp(extracted_at)
        self._rules_text = f"{rules.correlation_window_seconds} {','.join(rules.timeline_states)}"
        # Timelines of other rules are all assembled anew; what a durable store emitted stays remembered.
        bookmarks = [sink.bookmark for sink in sinks]
        self._are_rules_kept = all(mark.rules == self._rules_text for mark in bookmarks)
        if not self._are_rules_kept:
            bookmarks = [Bookmark()]
        self._settled_until = _least(mark.settled_until_utc for mark in bookmarks)
        self._recent = Bookmark(
            settled_until_utc=self._settled_until,
            members=_common(mark.members for mark in bookmarks),
            addresses=_common(mark.addresses for mark in bookmarks),
        )
        self._contacts_modified_since = _least(mark.contacts_modified_since_utc for mark in bookmarks)
        self.feeds = self._durable_feeds() if store.is_durable else self._temporary_feeds()

    def _durable_feeds(self) -> list[Sink]:
        feeds: list[Sink] = []
        is_of_another_start = self._hold_start_date()
        for kind in SOURCES:
            kept = msgspec.convert(self._store.load_bookmark(kind), Bookmark)
            begins = begins_again(kept, follows=self._span.followed is not None) or (
                is_of_another_start and kind == "interactions"
            )
            sink = StoreSink(self._store, kind, kept, is_noted=True)
            if begins:  # written beside what was emptied: a run that ends early must not leave the old one
                sink.save(Bookmark())
            feeds.append(sink)
        return feeds

    def _hold_start_date(self) -> bool:
        """Whether the store's history has to be read again, for a stream is filled from another start date.

        Streams that are not filled anew stay as they are, as with any tap, and the store with them.
        """
        held, start = history_begins(self._store), self._span.start
        fed = [sink for sink in self._sinks if sink.bookmark.settled_until_utc]
        is_lacking = held is not None and (held != start if not fed else start < held)
        is_lacking = is_lacking and len(fed) < len(self._sinks)
        if is_lacking and not fed:
            self._store.clear_source("interactions")
        if is_lacking or held is None:
            begin_history(self._store, start)
        return is_lacking

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

    def finish(self, history: History | None, membership: Membership | None = None) -> None:
        """Assemble the timelines that changed, emit them, and let the bookmarks follow.

        Args:
            history: Reads what the store lacks; None where the surface gives every contact whole.
            membership: The customers followed; None for the whole organization.

        Raises:
            ForbiddenError: Conversations may not be read.
        """
        since = NEVER
        if self._are_rules_kept:
            since = min(acknowledged(sink.bookmark, self._store) for sink in self._sinks)
        assembly, only = (
            self._assemble_followed(membership, history, since)
            if membership
            else (self._assemble(history, since), None)
        )
        orphans_read = self._orphans_read(assembly)
        for sink in self._sinks:
            emission = Emission(assembly, acknowledged(sink.bookmark, self._store), self._extracted_at, only)
            batches = (
                emit_events(self._store, emission, orphans_read)
                if sink.kind == "timeline_events"
                else emit_documents(self._store, emission, self._rules)
            )
            for batch in batches:
                sink.write(batch)
        self._store.compact_changes()
        for sink in self._sinks:
            update(
                sink,
                settled_until_utc=self._fed("interactions").settled_until_utc,
                contacts_modified_since_utc=self._fed("contact_aliases").contacts_modified_since_utc,
                members=self._fed("interactions").members,
                addresses=self._fed("interactions").addresses,
                rules=self._rules_text,
                store=mark_of(self._store),
            )

    def _fed(self, kind: str) -> Bookmark:
        return next(feed.bookmark for feed in self.feeds if feed.kind == kind)

    def _assemble(self, history: History | None, since: int) -> Assembly:
        """Everybody's timelines that changed; a durable store has their history."""
        is_whole = since == NEVER if self._store.is_durable else self._settled_until is None
        if is_whole:
            return self._assemble_touched(None)
        touched = self._store.touched_since(since)
        assembly = self._assemble_touched(touched)
        for _ in range(0 if self._store.is_durable else MAX_ROUNDS):
            contacts = self._contacts_of(assembly.scope_contacts)
            addresses = self._addresses_of(assembly.replaced_contacts)
            sought = Sought(contacts, addresses, self._windows_begin)
            if not history or not history.read_for(self._store, sought):
                break
            assembly = self._assemble_touched(touched)
        return assembly

    def _assemble_followed(
        self, membership: Membership, history: History | None, since: int
    ) -> tuple[Assembly, set[str]]:
        """Timelines of the followed customers that changed, and whose these are."""
        touched = self._store.touched_since(since)
        name_followed(self._store.connection, membership.followed.canonical_ids)
        for rounds_left in range(MAX_ROUNDS, -1, -1):
            concerned = concerned_contacts(self._store.connection, touched)
            assembly = self._assemble_touched(concerned)
            if not (history and rounds_left and self._read_history(history, membership, assembly, concerned)):
                break
        return assembly, self._contacts_of(concerned)

    def _read_history(
        self, history: History, membership: Membership, assembly: Assembly, concerned: str
    ) -> bool:
        """Read what decides on these timelines and is not in the store; tells whether there was anything.

        Whoever the windows are asked for lacks what was before them, and nothing in a durable store or
        where it was read just now; of the others, with whom they share addresses, all is lacking.
        """
        contacts = self._contacts_of(assembly.replaced_contacts)
        addresses = self._addresses_of(concerned)
        asked, asked_at = membership.asked(CONTACT), membership.asked(ADDRESS)
        settled = self._fed("interactions").settled_until_utc or self._span.start
        others = Sought(contacts - asked, addresses - asked_at, settled)
        if self._store.is_durable:
            is_read = history.read_for(self._store, others)
            membership.cover_neighbours(others.contacts, others.addresses)
            return is_read
        before_windows = Sought(
            (contacts & asked) - membership.joined_contacts,
            (addresses & asked_at) - membership.joined_addresses,
            self._windows_begin,
        )
        return history.read_for(self._store, before_windows, others)

    def _assemble_touched(self, touched: str | None) -> Assembly:
        sources = {name: name for name in SOURCES}
        return assemble_timeline_events(self._store.connection, sources, self._rules, touched=touched)

    def _contacts_of(self, relation: str | None) -> set[str]:
        return self._column(_CONTACTS.format(contacts=relation))

    def _addresses_of(self, contacts: str | None) -> set[str]:
        return self._column(_ADDRESSES.format(contacts=contacts))

    def _column(self, query: str) -> set[str]:
        return {value for (value,) in self._store.connection.execute(query).fetchall()}

    @property
    def _windows_begin(self) -> datetime:
        """Where the run's own windows begin, of which the store holds everything."""
        return behind_lookback(self._recent, self._span.start, self._span.lookback)

    def _orphans_read(self, assembly: Assembly) -> str:
        """Interactions without a contact on which an assembly decided, where it was not the first run.

        Whether one of them was on a timeline before, a temporary store does not know, only the target.
        """
        was_fed = any(
            sink.bookmark.settled_until_utc for sink in self._sinks if sink.kind == "timeline_events"
        )
        orphans = assembly.decided_orphans
        is_decided = _IS_DECIDED.format(orphans=orphans) if orphans else "true"
        self._store.connection.execute(
            _ORPHANS.format(is_decided=is_decided), {"is_needed": was_fed and not self._store.is_durable}
        )
        return "temp.main.orphans_read"


_ORPHANS = """
    create or replace temporary table orphans_read as
    select conversation_id, participant_id from interactions
    where $is_needed and contact_id is null and participant_kind = 'customer' and {is_decided}
"""
_IS_DECIDED = "(address is null or rowid in (select row_number from {orphans}))"
_CONTACTS = "select contact_id from {contacts}"
_ADDRESSES = """
    select address from contact_addresses where contact_id in (select contact_id from {contacts})
    union
    select address from interactions
    where contact_id in (select contact_id from {contacts}) and address is not null
"""


def _least(values: Iterable[datetime | None]) -> datetime | None:
    """The least value; None where one is None."""
    found = list(values)
    return None if None in found else min(filter(None, found))


def _common(values: Iterable[str | None]) -> str | None:
    """The value that all have; None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
