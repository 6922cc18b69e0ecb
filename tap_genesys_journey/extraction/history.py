"""The history of some people, read again where the store does not hold it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from tap_genesys_journey.api.surface import People
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.privacy import Privacy
from tap_genesys_journey.extraction.following import chunks
from tap_genesys_journey.extraction.jobs import JobPage, JobReader, JobStep, page_bytes
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Row
from tap_genesys_journey.extraction.windows import Span, split
from tap_genesys_journey.store.journey import Assembly
from tap_genesys_journey.store.store import Store


class History:
    """Reads the history of some people again, up to where the run's own windows begin."""

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

    def read_for(self, store: Store, assembly: Assembly, until: datetime) -> bool:
        """Read the history of everybody who decides on the assembly and was not read yet, into the store.

        Args:
            store: Takes the interactions.
            assembly: Made of what the store holds so far.
            until: Where the run's own windows begin.

        Returns:
            Whether there was anybody.
        """
        contacts = _column(store, f"select contact_id from {assembly.scope_contacts}") - self._contacts
        addresses = _column(store, _ADDRESSES.format(contacts=assembly.replaced_contacts)) - self._addresses
        if not (contacts or addresses):
            return False
        self._contacts |= contacts
        self._addresses |= addresses
        windows = list(split(self._span.start, until, self._span.history_window))
        people = [People(contact_ids=chunk) for chunk in chunks(sorted(contacts))]
        opened = sorted(map(self._privacy.open_address, addresses))
        people += [People(addresses=chunk) for chunk in chunks(opened)]
        steps = [JobStep(window, people=each) for window, each in product(windows, people)]
        with (
            self._progress.part("History of customers that changed", "jobs", len(steps)),
            ReadAhead(steps, self._reader.read, page_bytes, threads=self._span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read):
                self._progress.reach(number, f"reading {step.window}")
                for page in pages:
                    store.upsert_source("interactions", self._rows(page), is_noted=False)
        return True

    def _rows(self, page: JobPage) -> Iterator[Row]:
        for raw in page.page.conversations:
            try:
                facts = self._reader.source.read_conversation(raw, self._oddities)
            except UnreadableError:
                continue
            rows = interaction_rows(facts)
            yield from map(self._change, rows) if self._change else rows


_ADDRESSES = """
    select address from contact_addresses where contact_id in (select contact_id from {contacts})
    union
    select address from interactions
    where contact_id in (select contact_id from {contacts}) and address is not null
"""


def _column(store: Store, query: str) -> set[str]:
    return {value for (value,) in store.connection.execute(query).fetchall()}
