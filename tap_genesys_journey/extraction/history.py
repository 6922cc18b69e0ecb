"""The history of some people, read again where the store does not hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.privacy import Privacy
from tap_genesys_journey.extraction.following import people_of
from tap_genesys_journey.extraction.jobs import JobPage, JobReader, JobStep, page_bytes
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Row
from tap_genesys_journey.extraction.windows import Span, split
from tap_genesys_journey.store.store import Store


@dataclass(frozen=True)
class Sought:
    """Whose history to read, and up to where.

    Attributes:
        contacts: Contact ids.
        addresses: In the form in which the store holds them.
        until: Exclusive; aware UTC.
    """

    contacts: set[str]
    addresses: set[str]
    until: datetime


class History:
    """Reads the history of some people again, as far as it was not read yet."""

    def __init__(
        self, reader: JobReader, oddities: Oddities, span: Span, privacy: Privacy, progress: Progress
    ) -> None:
        """Keep the parts; nothing is sent yet.

        Args:
            reader: Reads windows.
            oddities: Takes what is strange in a payload.
            span: The run's span; its start is where history begins.
            privacy: Knows the form in which the store holds addresses.
            progress: Tells how far it is.
        """
        self._reader = reader
        self._oddities = oddities
        self._span = span
        self._privacy = privacy
        self._progress = progress
        self._change = privacy.for_store("interactions")
        self._contacts: set[str] = set()
        self._addresses: set[str] = set()

    def read_for(self, store: Store, *sought: Sought) -> bool:
        """Read the history of everybody who was not read yet, into the store.

        Args:
            store: Takes the interactions.
            sought: Whose; nobody in two of them.

        Returns:
            Whether anything was read.
        """
        steps = [step for each in sought for step in self._steps(each)]
        if not steps:
            return False
        with (
            self._progress.part("History of customers that changed", "jobs", len(steps)),
            ReadAhead(steps, self._reader.read, page_bytes, threads=self._span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read):
                self._progress.reach(number, f"reading {step.window}")
                for page in pages:
                    store.upsert_source("interactions", self._rows(page), is_noted=False)
        return True

    def _steps(self, sought: Sought) -> list[JobStep]:
        contacts, addresses = sought.contacts - self._contacts, sought.addresses - self._addresses
        self._contacts |= contacts
        self._addresses |= addresses
        people = people_of(contacts, map(self._privacy.open_address, addresses))
        windows = split(self._span.start, sought.until, self._span.history_window)
        return [JobStep(window, people=each) for window, each in product(windows, people)]

    def _rows(self, page: JobPage) -> Iterator[Row]:
        odd = Oddities()  # of one payload: what comes again, for another customer too, is counted once
        for raw in page.page.conversations.whole():
            try:
                facts = self._reader.source.read_conversation(raw, odd)
            except UnreadableError:
                continue
            finally:
                self._oddities.take_once(odd, raw)
            rows = interaction_rows(facts)
            yield from map(self._change, rows) if self._change else rows
