"""Conversations: windows of time read through jobs, each payload once, for every stream that needs it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tap_genesys_journey.api.surface import Window
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import ConversationFacts, conversation_row, interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.extraction.bookmarks import WindowPosition
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.jobs import JobPage, JobReader, JobStep, page_bytes
from tap_genesys_journey.extraction.memory import Found, Memory
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Output, Row, Sink, update
from tap_genesys_journey.extraction.windows import Span, split, starting_point

_Rows = Callable[[ConversationFacts, msgspec.Raw], list[Row]]

CONVERSATION_ROWS: Mapping[str, _Rows] = {
    "conversations": lambda facts, raw: [conversation_row(facts, raw)],
    "interactions": lambda facts, _: interaction_rows(facts),
}
"""How a conversation becomes the rows of each conversation stream."""


class Seen:
    """Payloads emitted in this run, as far as they can come again.

    A conversation comes again in the next window only when its life reaches beyond this one, so what
    is remembered does not grow with the history.
    """

    def __init__(self) -> None:
        """Nothing seen."""
        self._here: set[int] = set()
        self._carried: set[int] = set()

    def is_new(self, key: int) -> bool:
        """Whether a payload with this hash has not come before; it has from now on."""
        if key in self._here:
            self._carried.add(key)  # it was carried here, so it may reach into the next window too
            return False
        self._here.add(key)
        return True

    def carry(self, key: int) -> None:
        """Remember a payload for the next window as well."""
        self._carried.add(key)

    def next_window(self) -> None:
        """Forget what cannot come again."""
        self._here, self._carried = self._carried, set()


class ConversationExtraction:
    """Feeds the conversation streams of one run, and the contact streams with the contacts met."""

    def __init__(
        self,
        reader: JobReader,
        output: Output,
        contacts: ContactExtraction,
        oddities: Oddities,
        memory: Memory,
    ) -> None:
        """Keep the parts; nothing is sent yet."""
        self._reader = reader
        self._output = output
        self._contacts = contacts
        self._oddities = oddities
        self._memory = memory
        self._logger = logging.getLogger(__name__)
        self.sinks = output.taking(CONVERSATION_ROWS)
        self._seen = Seen()

    def run(self, span: Span) -> None:
        """Read every window that some stream still needs, in order.

        Raises:
            ForbiddenError: Conversations may not be read.
            ApiError: A window could not be read in the end.
        """
        self._settled_until = self._reader.source.fetch_settled_until()
        end = min(self._settled_until, span.end) if span.end else self._settled_until
        sinks = [*self.sinks, *self._contacts.sinks]
        starts = {sink.name: starting_point(sink.bookmark, span.start, span.lookback) for sink in sinks}
        steps = _steps(sinks, min(starts.values()), end, span.window)
        needing: list[Sink] = []
        with ReadAhead(steps, self._reader.read, page_bytes, threads=span.concurrency) as windows:
            for number, (step, pages) in enumerate(windows, 1):
                self._logger.info("Window %d of %d: %s", number, len(steps), step.window)
                if needing != (needing := [sink for sink in sinks if starts[sink.name] < step.window.end]):
                    self._seen = Seen()  # a sink that joins here has not got what was carried here
                self._read_window(span, step.window, pages, needing)
        for sink in sinks:
            update(sink, reading_from_utc=None, window=None)
        self._output.checkpoint()

    def _read_window(
        self, span: Span, window: Window, pages: Iterator[JobPage], sinks: Sequence[Sink]
    ) -> None:
        for job_page in pages:
            page = job_page.page
            self._emit(span, window, page.conversations, sinks)
            if page.settled_until:
                self._settled_until = min(self._settled_until, page.settled_until)
            if page.cursor:
                self._contacts.fetch_met()
                following = WindowPosition(window.start, window.end, job_page.job_id, page.cursor)
                self._save(sinks, window=following)
        self._seen.next_window()
        self._contacts.fetch_met(at_least=1)
        settled = min(window.end, self._settled_until)
        for sink in sinks:
            before = sink.bookmark.settled_until_utc
            update(sink, settled_until_utc=max(before, settled) if before else settled)
        self._save(sinks, window=None, reading_from_utc=window.end)

    def _save(self, sinks: Sequence[Sink], **changes: Any) -> None:  # noqa: ANN401  # fields of a bookmark
        for sink in sinks:
            if sink in self._contacts.sinks:
                update(sink, contacts_to_fetch=self._contacts.waiting_for(sink))
            update(sink, **changes)
        self._output.checkpoint()

    def _emit(
        self, span: Span, window: Window, payloads: Sequence[msgspec.Raw], sinks: Sequence[Sink]
    ) -> None:
        """Write the rows of the payloads that are new; note the contacts on them."""
        found = list(self._read_new(span, window, payloads))
        for sink in sinks:
            if sink in self.sinks:
                rows = CONVERSATION_ROWS[sink.kind]
                fresh = self._memory.unknown_to(sink, found)
                sink.write(row for facts, raw in fresh for row in rows(facts, raw))
        contact_sinks = [sink for sink in sinks if sink in self._contacts.sinks]
        if contact_sinks:
            for facts, _ in found:
                self._contacts.meet(facts.contact_ids, contact_sinks)

    def _read_new(self, span: Span, window: Window, payloads: Sequence[msgspec.Raw]) -> Iterator[Found]:
        start, end = format_timestamp(span.start), format_timestamp(window.end)
        for raw in payloads:
            key = hash(bytes(raw))
            if not self._seen.is_new(key):
                continue
            try:
                facts = read_conversation(
                    raw, self._oddities, include_system_participants=span.include_system_participants
                )
            except UnreadableError:  # counted by the reader, reported at the end of the run
                continue
            last_instant = facts.updated_time_utc or end
            if facts.is_open or last_instant >= end:
                self._seen.carry(key)
            if facts.is_open or last_instant >= start:
                yield facts, raw


def _steps(sinks: Sequence[Sink], start: datetime, end: datetime, length: timedelta) -> list[JobStep]:
    """Windows to read; the first goes on within a job of an earlier run where all streams stand in it."""
    positions = {sink.bookmark.window for sink in sinks}
    position = positions.pop() if len(positions) == 1 else None
    first = []
    if position and position.end_utc <= end:
        window = Window(position.start_utc, position.end_utc)
        first = [JobStep(window, position.job_id, position.cursor)]
        start = window.end
    return first + [JobStep(window) for window in split(start, end, length)]
