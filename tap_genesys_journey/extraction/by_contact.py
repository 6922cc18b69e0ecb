"""Conversations contact by contact: the guide's way, for it offers no other."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tap_genesys_journey.api.surface import ContactHistorySource, ConversationPage
from tap_genesys_journey.api.trail import Trail
from tap_genesys_journey.domain.contacts import related_ids
from tap_genesys_journey.exceptions import GoneError
from tap_genesys_journey.extraction.bookmarks import ContactPosition
from tap_genesys_journey.extraction.conversations import ConversationFeed, FeedPage, Seen
from tap_genesys_journey.extraction.following import Followed
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Output, Sink, update
from tap_genesys_journey.extraction.windows import Span, behind_lookback

CONTACTS_PER_CHECKPOINT = 20


@dataclass(frozen=True)
class ContactStep:
    """A contact, and where in its conversations to begin."""

    contact_id: str
    page_token: str | None = None


class ContactReading:
    """Feeds the conversation sinks, contact by contact.

    A contact's whole history is read on every run, for this surface cannot be asked for changes; rows
    go only to sinks that have not got them.
    """

    def __init__(
        self, source: ContactHistorySource, output: Output, feed: ConversationFeed, progress: Progress
    ) -> None:
        """Keep the parts; nothing is sent yet."""
        self._source = source
        self._output = output
        self._feed = feed
        self._progress = progress
        self._seen: dict[datetime, Seen] = {}
        self._settled_until: datetime | None = None
        self._caught_up: set[str] = set()
        self._known: set[str] = set()
        self._met: dict[str, None] = {}
        self._logger = logging.getLogger(__name__)

    def run(self, span: Span, contact_ids: Sequence[str], fetched_ids: Sequence[str] = ()) -> None:
        """Read the conversations of these contacts, in order, and of those met on them whom no listing shows.

        Those whom `catch_up` read are left out.

        Args:
            span: What to read.
            contact_ids: Contacts whom every run finds, so that a later one can go on between them.
            fetched_ids: Contacts whom this run alone may know of. They are read last, and where they are met
                as well, for a run that goes on behind that place does not meet them again.

        Raises:
            ForbiddenError: Conversations may not be read.
            ApiError: A page could not be read in the end.
        """
        settled_until = self._fetch_settled_until(span)
        sinks = self._feed.sinks
        starts = {sink.name: _start(sink, span) for sink in sinks}
        position = _resumable(sinks, contact_ids)
        steps = [*_steps(position, contact_ids), *map(ContactStep, fetched_ids)]
        steps = [step for step in steps if step.contact_id not in self._caught_up]
        # What changed meanwhile behind the position the next run finds, for its lookback begins here.
        self._begun_at = _begun_at(sinks, settled_until) if position else settled_until
        self._known = set(contact_ids)
        if not span.followed:
            self._feed.on_read = lambda facts: self._note_met(facts.contact_ids)
            self._feed.contacts.on_fetched = lambda contact: self._note_met(related_ids(contact))
        with (
            self._progress.part("Conversations", "contacts", len(steps)),
            ReadAhead(steps, self._pages, _page_bytes, threads=span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read, 1):
                self._progress.reach(number - 1)
                self._seen = _nothing_seen(starts)
                for page in pages:
                    self._emit(
                        span, starts, FeedPage(page.conversations, step.contact_id, span.start, settled_until)
                    )
                    self._read_met(span, starts, settled_until)
                    if page.cursor:
                        self._save(ContactPosition(step.contact_id, page.cursor))
                if number % CONTACTS_PER_CHECKPOINT == 0 and number < len(steps):
                    self._save(ContactPosition(steps[number].contact_id))
        # Before a start date in the future nothing is settled, for it may be put right.
        settled = {"settled_until_utc": self._begun_at} if self._begun_at > span.start else {}
        for sink in [*sinks, *self._feed.contacts.sinks]:
            update(sink, contact=None, begun_at_utc=None, **settled)
        self._output.checkpoint()

    def catch_up(self, span: Span, joined: Followed, sinks: Sequence[Sink]) -> None:
        """Read the whole history of contacts who joined, and what the sinks that had it lack of late.

        Args:
            span: What to read.
            joined: Of whom.
            sinks: Who lacks all of it.

        Raises:
            ForbiddenError: Conversations may not be read.
            ApiError: A page could not be read in the end.
        """
        settled_until = self._fetch_settled_until(span)
        of_all = {sink.name: span.start for sink in sinks}
        of_late = {sink.name: _start(sink, span) for sink in self._feed.sinks}
        span = replace(span, followed=joined)
        steps = [ContactStep(each) for each in joined.contact_ids]
        with (
            self._progress.part("History of customers who joined", "contacts", len(steps)),
            ReadAhead(steps, self._pages, _page_bytes, threads=span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read):
                self._progress.reach(number)
                starts = of_all if step.contact_id in self._caught_up else of_late | of_all
                self._seen = _nothing_seen(starts)
                for page in pages:
                    rows = FeedPage(page.conversations, step.contact_id, span.start, settled_until)
                    self._emit(span, starts, rows)
                self._caught_up.add(step.contact_id)
        self._output.checkpoint()

    def _fetch_settled_until(self, span: Span) -> datetime:
        """How far conversations were settled when the first were asked for; no further than is asked for."""
        if self._settled_until is None:
            settled_until = self._source.fetch_settled_until()
            self._settled_until = min(settled_until, span.end) if span.end else settled_until
        return self._settled_until

    def _note_met(self, contact_ids: Iterable[str]) -> None:
        self._met.update(dict.fromkeys(each for each in contact_ids if each not in self._known))

    def _read_met(self, span: Span, starts: Mapping[str, datetime], settled_until: datetime) -> None:
        """Read the contacts met, before a bookmark passes the page that carried them; they are few.

        Their records are read at once, too: they may name others.
        """
        outer = self._seen
        contacts = self._feed.contacts
        contacts.fetch_met(at_least=1)
        while self._met:
            contact_id = self._met.popitem()[0]
            self._known.add(contact_id)
            self._seen = _nothing_seen(starts)
            for page in self._pages(ContactStep(contact_id)):
                self._emit(span, starts, FeedPage(page.conversations, contact_id, span.start, settled_until))
            if not self._met:
                contacts.fetch_met(at_least=1)
        self._seen = outer

    def _pages(self, step: ContactStep) -> Iterator[ConversationPage]:
        """Pages of a contact; a token that has ended begins the contact again, a contact gone has none."""
        token = step.page_token
        what = f"conversations of contact {step.contact_id}"
        trail = Trail(what, token)
        while True:
            try:
                page = self._source.fetch_conversation_page(step.contact_id, token)
            except GoneError as error:
                if token is None:
                    return
                self._logger.info("%s; the contact is read again", error)
                token, trail = None, Trail(what)
                continue
            yield page
            if page.cursor is None:
                return
            token = trail.follow(page.cursor)

    def _emit(self, span: Span, starts: Mapping[str, datetime], page: FeedPage) -> None:
        others = self._feed.contacts.sinks
        for start, seen in self._seen.items():
            sinks = [sink for sink in self._feed.sinks if starts.get(sink.name) == start]
            self._feed.emit(replace(span, start=start), page, [*sinks, *others], seen)
            others = []

    def _save(self, position: ContactPosition) -> None:
        for sink in self._feed.sinks:
            update(sink, contact=position, begun_at_utc=self._begun_at)
        self._output.checkpoint()


def _nothing_seen(starts: Mapping[str, datetime]) -> dict[datetime, Seen]:
    return {start: Seen() for start in sorted(set(starts.values()))}


def _start(sink: Sink, span: Span) -> datetime:
    """Since when a sink wants conversations: a stream since it was settled, the store always all."""
    return behind_lookback(sink.bookmark, span.start, span.lookback) if sink.is_stream else span.start


def _resumable(sinks: Sequence[Sink], contact_ids: Sequence[str]) -> ContactPosition | None:
    """Where all sinks stand if an earlier run was cut off there."""
    positions = {sink.bookmark.contact for sink in sinks}
    position = positions.pop() if len(positions) == 1 else None
    return position if position and position.contact_id in contact_ids else None


def _begun_at(sinks: Sequence[Sink], now: datetime) -> datetime:
    return min(sink.bookmark.begun_at_utc or now for sink in sinks)


def _steps(position: ContactPosition | None, contact_ids: Sequence[str]) -> list[ContactStep]:
    """Contacts to read, from the position on."""
    if position is None:
        return [ContactStep(contact_id) for contact_id in contact_ids]
    first = contact_ids.index(position.contact_id)
    rest = [ContactStep(contact_id) for contact_id in contact_ids[first + 1 :]]
    return [ContactStep(position.contact_id, position.page_token), *rest]


def _page_bytes(page: ConversationPage) -> int:
    return page.size_bytes
