"""One run: contacts first, then conversations, timelines last; what may not be read is skipped, and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.exceptions import ForbiddenError, IncompleteError
from tap_genesys_journey.extraction.by_window import WindowReading
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.conversations import ConversationFeed
from tap_genesys_journey.extraction.history import History
from tap_genesys_journey.extraction.jobs import JobReader
from tap_genesys_journey.extraction.journeys import JOURNEY_STREAMS, JourneyExtraction
from tap_genesys_journey.extraction.memory import NoMemory, StoreMemory, mark_of
from tap_genesys_journey.extraction.sinks import Output, update
from tap_genesys_journey.extraction.windows import Span
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.settings import Settings
from tap_genesys_journey.store.journey import JourneyRules
from tap_genesys_journey.store.store import Store, open_store

_logger = logging.getLogger(__name__)


def extract(surface: PlatformSurface, output: Output, settings: Settings, waiting: Waiting) -> None:
    """Feed all selected streams in one pass over the source.

    Raises:
        IncompleteError: A permission is missing; every stream that needs none was still fed.
        ApiError: The API failed for good; the state stands at the last checkpoint.
        CredentialsError: The login or the token was refused.
        StoreError: The store cannot be used.
    """
    with ExitStack() as stack:
        store = None
        if settings.store_path or output.taking(JOURNEY_STREAMS):
            store = stack.enter_context(open_store(settings.store_path))
        run = _Run(surface, output, settings, waiting, store)
        try:
            run.go()
        finally:
            run.report()
    if run.missing:
        raise IncompleteError("; ".join(run.missing))


class _Run:
    """The parts of a run, put together.

    Attributes:
        missing: What could not be read for lack of a permission, one line each.
    """

    def __init__(
        self,
        surface: PlatformSurface,
        output: Output,
        settings: Settings,
        waiting: Waiting,
        store: Store | None,
    ) -> None:
        self.missing: list[str] = []
        self._output = output
        self._waiting = waiting
        self._reader = JobReader(surface, waiting, _logger)
        self._store = store
        self._span = _span(settings)
        self._oddities = Oddities()
        is_asked_for = bool(output.taking(JOURNEY_STREAMS))
        self._journeys = self._make_journeys(settings, store) if store and is_asked_for else None
        fed = Output([*output.sinks, *(self._journeys.feeds if self._journeys else ())], self._checkpoint)
        is_remembered = store is not None and store.is_durable
        memory = (
            StoreMemory(store, output.sinks, _row_rules(settings)) if store and is_remembered else NoMemory()
        )
        self._contacts = ContactExtraction(surface, fed, waiting, self._oddities, settings.bulk_contacts_size)
        self._feed = ConversationFeed(surface.read_conversation, fed, self._contacts, self._oddities, memory)
        self._reading = WindowReading(self._reader, fed, self._feed)

    def go(self) -> None:
        """Read everything, then assemble."""
        if self._contacts.sinks and not self._is_allowed(self._contacts.scan):
            self._contacts.sinks.clear()
        if self._feed.sinks:
            self._is_allowed(lambda: self._reading.run(self._span))
        if self._journeys and not self.missing:
            self._journeys.finish(History(self._reader, self._oddities, self._span))
            self._checkpoint()

    def report(self) -> None:
        """Say once what was odd."""
        for line in self._oddities.summary():
            _logger.warning("Odd in the source: %s", line)
        if self._contacts.gone:
            _logger.warning("Contacts on conversations that the API no longer knows: %d", self._contacts.gone)

    def _make_journeys(self, settings: Settings, store: Store) -> JourneyExtraction:
        rules = JourneyRules(settings.correlation_window_seconds, sorted(settings.timeline_states))
        sinks = self._output.taking(JOURNEY_STREAMS)
        return JourneyExtraction(store, sinks, rules, self._span, self._waiting)

    def _checkpoint(self) -> None:
        """The store first: it may know more than the state, never less."""
        if self._store:
            for sink in self._output.sinks:
                if sink.kind not in JOURNEY_STREAMS:  # theirs moves when they were assembled
                    update(sink, store=mark_of(self._store))
            self._store.checkpoint()
        self._output.checkpoint()

    def _is_allowed(self, part: Callable[[], None]) -> bool:
        try:
            part()
        except ForbiddenError as error:
            _logger.error("Skipped: %s", error)  # noqa: TRY400  # one line, no trace
            self.missing.append(str(error))
            return False
        return True


def _span(settings: Settings) -> Span:
    return Span(
        start=settings.start_date,
        end=settings.end_date,
        window=timedelta(days=settings.window_days),
        history_window=timedelta(days=settings.history_window_days),
        lookback=timedelta(days=settings.lookback_days),
        include_system_participants=settings.include_system_participants,
        concurrency=settings.pace.concurrency,
    )


def _row_rules(settings: Settings) -> str:
    """Settings that shape rows."""
    return f"{settings.include_system_participants} {settings.privacy}"
