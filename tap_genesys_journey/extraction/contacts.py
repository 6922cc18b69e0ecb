"""Contacts: a scan over all of them, and those met on conversations that no scan returns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tap_genesys_journey.api.surface import ContactPage, ContactSource
from tap_genesys_journey.api.trail import Trail
from tap_genesys_journey.domain.contacts import (
    Contact,
    address_rows,
    alias_rows,
    contact_row,
    related_ids,
)
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.merges import Merges
from tap_genesys_journey.domain.oddities import ANOTHER_ID, Oddities
from tap_genesys_journey.exceptions import ApiError, ForbiddenError, GoneError
from tap_genesys_journey.extraction.bookmarks import ScanPosition
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Output, Row, Sink, update
from tap_genesys_journey.http.waiting import Waiting

CURSOR_LIFE = timedelta(hours=23)
"""A scan cursor lives 24 hours (fact sheet, section 3.1); one is kept back for the clocks."""

CLOCK_MARGIN = timedelta(minutes=5)
"""Contacts changed this long before a scan began are emitted again by the next one: the change may have
become visible only after the scan had passed it."""

MAX_SCANS = 5
"""A cursor that is lost this often in one run points to a fault that beginning again does not mend."""

_Rows = Callable[[Contact, msgspec.Raw, datetime], list[Row]]

CONTACT_ROWS: Mapping[str, _Rows] = {
    "external_contacts": lambda contact, raw, _: [contact_row(contact, raw)],
    "contact_aliases": lambda contact, _, detected_at: alias_rows(contact, detected_at),
    "contact_addresses": lambda contact, _, __: address_rows(contact),
    "touched_contacts": lambda contact, _, __: [
        {"contact_id": contact.id, "modify_date": contact.modify_date}
    ],
    "heard_contacts": lambda _, __, ___: [],
}
"""How a contact's payload becomes the rows of each kind of sink."""


class FoundContact(NamedTuple):
    """A contact as read, and the sinks that take its rows."""

    contact: Contact
    raw: msgspec.Raw
    sinks: list[Sink]


class ContactExtraction:
    """Feeds the contact streams of one run.

    Attributes:
        sinks: Those that take contacts.
        gone: Contact ids met that the API no longer knows.
        is_refused: Whether contacts met may not be fetched.
        on_contact: Hears of every contact of a scan.
        on_fetched: Hears of every contact that was fetched by its id.
        sift: Takes the sinks that are to get no row from contacts that were fetched.
        on_page: Hears how many contacts a scan has read so far.
    """

    def __init__(
        self, source: ContactSource, output: Output, waiting: Waiting, oddities: Oddities, bulk_size: int
    ) -> None:
        """Keep the parts; nothing is sent yet.

        Args:
            source: The surface.
            output: The run's sinks; those that take contacts are fed.
            waiting: The clock.
            oddities: Takes what is strange in a payload.
            bulk_size: Contact ids in one bulk request.
        """
        self._source = source
        self._output = output
        self._waiting = waiting
        self._oddities = oddities
        self._bulk_size = bulk_size
        self._logger = logging.getLogger(__name__)
        self._detected_at = waiting.now()
        self._followed_since: datetime | None = None
        self._merges = Merges()
        self._known: set[int] = set()
        self._fetched: set[int] = set()
        self.sinks = output.taking(CONTACT_ROWS)
        # A stream behind the others would meet their contacts when these are known already: all get them.
        met = [contact_id for sink in self.sinks for contact_id in sink.bookmark.contacts_to_fetch]
        self._wanted = {sink.name: dict.fromkeys(met) for sink in self.sinks}
        self.on_contact: Callable[[Contact], None] = lambda _: None
        self.on_fetched: Callable[[Contact], None] = lambda _: None
        self.sift: Callable[[list[FoundContact]], list[FoundContact]] = lambda found: found
        self.on_page: Callable[[int], None] = lambda _: None
        self.gone = 0
        self.is_refused = False

    def scan(self, *, from_first: bool = False) -> None:
        """Read all contacts and emit those changed since each stream's last scan.

        Args:
            from_first: Do not go on where a run was cut off, for `on_contact` has to hear of all.

        Raises:
            ForbiddenError: Contacts may not be read.
            ApiError: The scan's cursor was lost too often.
        """
        position = None if from_first else self._resumable()
        for _ in range(MAX_SCANS):
            try:
                self._scan_from(position)
            except GoneError as error:
                self._logger.info("%s; the contact scan begins again", error)
                position = None
            else:
                return
        raise ApiError(f"the cursor of the contact scan was lost {MAX_SCANS} times")

    def follow(self, contact_ids: Iterable[str]) -> None:
        """Read these contacts and whatever they were merged with, and emit them.

        Raises:
            ForbiddenError: Contacts may not be read.
        """
        began = self._waiting.monotonic()
        self.meet(contact_ids, self.sinks)
        self.fetch_met(at_least=1)
        if self._followed_since is None:  # by the server's clock, when the first of them was asked for
            passed = timedelta(seconds=self._waiting.monotonic() - began)
            self._followed_since = (self._source.served_at or self._waiting.now()) - passed
        self._output.checkpoint()

    def finish_following(self, rest: Iterable[FoundContact], *, members: str, rules: str) -> None:
        """All customers were read: what changes from here on, a later run has to tell apart.

        Args:
            rest: Contacts that `sift` had held back.
            members: What the bookmarks of contacts say of whom their sinks follow.
            rules: What they say of the settings that shape rows.
        """
        for each in rest:
            self._write([each])
        since = (self._followed_since or self._waiting.now()) - CLOCK_MARGIN
        for sink in self.sinks:
            update(sink, contacts_modified_since_utc=since, members=members, rules=rules)

    def meet(self, contact_ids: Iterable[str], sinks: Iterable[Sink]) -> None:
        """Note contacts seen on a conversation; unknown ones are fetched for these sinks."""
        known = self._known
        for contact_id in contact_ids:
            if hash(contact_id) not in known:
                known.add(hash(contact_id))
                self._want(contact_id, sinks)

    def fetch_met(self, *, at_least: int | None = None) -> None:
        """Fetch and emit the contacts wanted, in bulk.

        Args:
            at_least: Leave them waiting while there are fewer; by default while they do not fill a request.

        Raises:
            ForbiddenError: Contacts may not be read.
        """
        threshold = at_least or self._bulk_size
        while len(wanted := dict.fromkeys(i for ids in self._wanted.values() for i in ids)) >= threshold:
            self._fetch_chunk(list(wanted)[: self._bulk_size])

    def skip(self) -> None:
        """Feed nobody from here on: contacts may not be read."""
        self.sinks.clear()
        self._wanted.clear()
        self.is_refused = False

    def count_odd_merges(self) -> None:
        """Count what is odd about the merges met; once a run, at its end."""
        self._merges.count_odd(self._oddities)

    def save_waiting(self, sinks: Iterable[Sink]) -> None:
        """Put the contact ids that these sinks still wait for into their bookmarks."""
        for sink in sinks:
            if sink in self.sinks:
                update(sink, contacts_to_fetch=tuple(self._wanted[sink.name]))

    def _resumable(self) -> ScanPosition | None:
        """Position that all sinks share and whose cursor still lives."""
        positions = {sink.bookmark.scan for sink in self.sinks}
        position = positions.pop() if len(positions) == 1 else None
        if position and self._waiting.now() - position.issued_at_utc < CURSOR_LIFE:
            return position
        return None

    def _scan_from(self, position: ScanPosition | None) -> None:
        cursor = position.cursor if position else None
        with ReadAhead([cursor], self._pages, _page_bytes, threads=1) as windows:
            for _, pages in windows:
                for page in pages:
                    position = self._take(page, position)

    def _pages(self, cursor: str | None) -> Iterator[ContactPage]:
        trail = Trail("the listing of contacts", cursor)
        while True:
            page = self._source.fetch_contact_page(cursor)
            yield page
            if page.cursor is None:
                return
            cursor = trail.follow(page.cursor)

    def _take(self, page: ContactPage, position: ScanPosition | None) -> ScanPosition | None:
        """Emit a page and let the bookmarks follow; gives the position of the next page."""
        started = position.started_at_utc if position else page.served_at or self._waiting.now()
        read = (position.contacts_read if position else 0) + len(page.contacts)
        self._emit_scanned(page.contacts)
        self.on_page(read)
        self.fetch_met(at_least=None if page.cursor else 1)
        following = page.cursor and ScanPosition(page.cursor, self._waiting.now(), started, read)
        for sink in self.sinks:
            since = started - CLOCK_MARGIN if not following else sink.bookmark.contacts_modified_since_utc
            update(sink, scan=following or None, contacts_modified_since_utc=since)
        self.save_waiting(self.sinks)
        self._output.checkpoint()
        return following or None

    def _emit_scanned(self, payloads: Sequence[msgspec.Raw]) -> None:
        found: list[FoundContact] = []
        for raw in payloads:
            try:
                contact = self._source.decode_contact(raw, self._oddities)
            except UnreadableError:  # counted by the reader, reported at the end of the run
                continue
            self._known.add(hash(contact.id))
            self._merges.note(contact)
            self.on_contact(contact)
            sinks = [
                sink
                for sink in self.sinks
                if is_changed_since(sink.bookmark.contacts_modified_since_utc, contact.modify_date)
            ]
            for related in related_ids(contact) if sinks else ():
                if hash(related) not in self._fetched:  # a merge changes its ancestors without a trace
                    self._want(related, sinks)
            found.append(FoundContact(contact, raw, sinks))
        self._write(found)

    def _fetch_chunk(self, contact_ids: list[str]) -> None:
        try:
            payloads = self._source.fetch_contacts_as_stored(contact_ids)
        except ForbiddenError:
            self.is_refused = True
            raise
        found: list[FoundContact] = []
        unanswered, unreadable = set(contact_ids), 0
        for raw in payloads:
            try:
                contact = self._source.decode_contact(raw, self._oddities)
            except UnreadableError:
                unreadable += 1
                continue
            found.append(FoundContact(contact, raw, self._wanting(contact, contact_ids)))
            unanswered.discard(contact.id or "")
            self._merges.note(contact)
            self.on_fetched(contact)
        self.gone += max(0, len(unanswered) - unreadable)
        for contact_id in contact_ids:
            self._known.add(hash(contact_id))
            self._fetched.add(hash(contact_id))
            for wanted in self._wanted.values():
                wanted.pop(contact_id, None)
        for contact, _, sinks in found:
            self.meet(related_ids(contact), sinks)
        self._write(self.sift(found))

    def _wanting(self, contact: Contact, asked: Sequence[str]) -> list[Sink]:
        """Who gets a contact that was fetched; one not asked for, whoever waits for one of the asked."""
        ids = [contact.id] if contact.id in asked else asked
        if contact.id not in asked:
            self._oddities.count(ANOTHER_ID, "id")
        return [sink for sink in self.sinks if any(each in self._wanted[sink.name] for each in ids)]

    def _want(self, contact_id: str, sinks: Iterable[Sink]) -> None:
        for sink in sinks:
            self._wanted[sink.name][contact_id] = None

    def _write(self, found: Sequence[FoundContact]) -> None:
        for sink in self.sinks:
            rows = CONTACT_ROWS[sink.kind]
            sink.write(
                row
                for contact, raw, sinks in found
                if sink in sinks
                for row in rows(contact, raw, self._detected_at)
            )


def is_changed_since(since: datetime | None, modified: datetime | None) -> bool:
    """Whether a contact last modified then has to be taken as changed since; unknown instants may mean it."""
    return since is None or modified is None or modified >= since


def _page_bytes(page: ContactPage) -> int:
    return sum(len(memoryview(raw)) for raw in page.contacts)
