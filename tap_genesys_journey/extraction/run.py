"""One run: contacts first, then conversations, timelines last; what may not be read is skipped, and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tap_genesys_journey.api.guide import GuideSurface
from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.domain.contacts import Contact, related_ids
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.privacy import KEEP, Privacy
from tap_genesys_journey.exceptions import ForbiddenError, IncompleteError
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.by_contact import ContactReading
from tap_genesys_journey.extraction.by_window import WindowReading
from tap_genesys_journey.extraction.contacts import CONTACT_ROWS, ContactExtraction
from tap_genesys_journey.extraction.conversations import CONVERSATION_ROWS, ConversationFeed
from tap_genesys_journey.extraction.followed_contacts import sieve_for, standings_digest
from tap_genesys_journey.extraction.following import Followed
from tap_genesys_journey.extraction.history import History
from tap_genesys_journey.extraction.jobs import JobReader
from tap_genesys_journey.extraction.journeys import JOURNEY_STREAMS, JourneyExtraction
from tap_genesys_journey.extraction.membership import Membership, begins_again
from tap_genesys_journey.extraction.memory import Memory, NoMemory, StoreMemory, mark_of
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.protected import hold_seal, protected
from tap_genesys_journey.extraction.resolving import ResolvedIds, Resolver, follow
from tap_genesys_journey.extraction.sinks import HeardContacts, Output, Sink, update
from tap_genesys_journey.extraction.terms import hold_source
from tap_genesys_journey.extraction.windows import Span
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.settings import Settings
from tap_genesys_journey.store.journey import JourneyRules
from tap_genesys_journey.store.store import Store, open_store

_logger = logging.getLogger(__name__)


def extract(
    surface: PlatformSurface | GuideSurface,
    output: Output,
    settings: Settings,
    waiting: Waiting,
    progress: Progress | None = None,
) -> None:
    """Feed all selected streams in one pass over the source.

    Args:
        surface: The source.
        output: The selected streams.
        settings: The user's.
        waiting: The clock.
        progress: Tells how far the run is; by default one that knows neither rows nor budget.

    Raises:
        IncompleteError: A permission is missing; every stream that needs none was still fed.
        ApiError: The API failed for good; the state stands at the last checkpoint.
        CredentialsError: The login or the token was refused.
        StoreError: The store cannot be used.
    """
    with ExitStack() as stack:
        store = None
        if settings.store_path or settings.follows_customers or output.taking(JOURNEY_STREAMS):
            store = stack.enter_context(open_store(settings.store_path))
        run = _Run(surface, output, settings, progress or Progress(waiting), store)
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
        surface: PlatformSurface | GuideSurface,
        output: Output,
        settings: Settings,
        progress: Progress,
        store: Store | None,
    ) -> None:
        self.missing: list[str] = []
        self._settings = settings
        self._privacy = _privacy(settings)
        output = Output(protected(output.sinks, self._privacy), output.checkpoint)
        self._output = output
        self._waiting = waiting = progress.waiting
        self._progress = progress
        self._store = store
        self._followed = Followed() if settings.follows_customers else None
        self._membership: Membership | None = None
        self._span = _span(settings, self._followed)
        self._oddities = Oddities()
        if store:
            _tell_copies_apart(store, output.sinks)
        for sink in output.sinks:
            if begins_again(sink.bookmark, follows=settings.follows_customers):
                sink.save(Bookmark())
        if store:
            hold_source(store, settings)
            hold_seal(store, self._privacy)
        self._journeys = self._make_journeys(store) if store and output.taking(JOURNEY_STREAMS) else None
        feeds = protected(self._journeys.feeds, self._privacy) if self._journeys else []
        takes_conversations = bool(Output([*output.sinks, *feeds]).taking(CONVERSATION_ROWS))
        is_listening = self._followed is not None or (
            isinstance(surface, GuideSurface) and takes_conversations
        )
        self._heard: list[Sink] = [HeardContacts()] if is_listening else []
        fed = Output([*output.sinks, *feeds, *self._heard], self._checkpoint)
        self._contacts = ContactExtraction(surface, fed, waiting, self._oddities, settings.bulk_contacts_size)
        self._memory = self._make_memory()
        self._feed = ConversationFeed(
            surface.read_conversation, fed, self._contacts, self._oddities, self._memory
        )
        self._fed = fed
        self._surface = surface
        self._ids = dict[str, None]()
        self._fetched_ids = dict[str, None]()

    def go(self) -> None:
        """Read everything, then assemble."""
        if self._span.start > self._waiting.now():
            _logger.warning("start_date: %s is still to come; there is nothing to read", self._span.start)
        is_contact_by_contact = isinstance(self._surface, GuideSurface) or self._followed is not None
        if (self._contacts.sinks or is_contact_by_contact) and not self._is_allowed(self._read_contacts):
            self._contacts.skip()
        if self._feed.sinks and not (is_contact_by_contact and self.missing):
            self._try_conversations()
        if self._journeys and not self.missing:
            self._assemble(self._journeys)

    def _assemble(self, journeys: JourneyExtraction) -> None:
        with self._progress.part("Timelines"):
            self._progress.reach(0, "assembling")
            journeys.finish(self._history(), self._membership)
            self._checkpoint()

    def _try_conversations(self) -> None:
        """Read conversations; without the contacts met on them where these may not be fetched."""
        if not self._is_allowed(self._read_conversations) and self._contacts.is_refused:
            self._contacts.skip()
            self._is_allowed(self._read_conversations)

    def _read_contacts(self) -> None:
        if self._followed and self._store:
            self._follow(self._followed, self._store)
            return
        if isinstance(self._surface, GuideSurface):
            self._contacts.on_contact = partial(_note_ids, self._ids)
            self._contacts.on_fetched = partial(_note_ids, self._fetched_ids)
        self._contacts.on_page = self._progress.reach
        with self._progress.part("Contacts", "read"):
            # On the guide's surface conversations are asked for contact by contact: it takes all of them.
            needs_all = isinstance(self._surface, GuideSurface) and bool(self._feed.sinks)
            self._contacts.scan(from_first=needs_all)
            if needs_all:  # records that no listing shows may name more of them
                self._contacts.meet(list(self._ids), self._heard)
                self._contacts.fetch_met(at_least=1)

    def _follow(self, followed: Followed, store: Store) -> None:
        """Find the customers and read their contacts."""
        settings, rules = self._settings, self._privacy.fingerprint
        scope = f"{settings.api} {settings.api_url} {settings.external_source}"
        if not self._are_external_ids_kept:
            scope += f" {rules}"  # so that nobody without the key can try out ids
        life = timedelta(hours=settings.contact_id_ttl_hours)
        resolver = Resolver(self._surface, ResolvedIds(store, scope, life), self._waiting, self._oddities)
        resolver.on_id = self._progress.reach
        sieve = sieve_for(self._surface, followed, self._memory, rules)
        self._contacts.sift = sieve.sift
        with self._progress.part("Customers", "external ids looked up", len(settings.external_ids)):
            follow(self._contacts, followed, resolver, settings)
        self._contacts.finish_following(sieve.rest(), members=standings_digest(followed), rules=rules)
        self._report_missed(resolver)
        with_addresses = self._journeys is not None and not isinstance(self._surface, GuideSurface)
        self._membership = Membership(followed, store, self._privacy, with_addresses=with_addresses)

    def _read_conversations(self) -> None:
        if isinstance(self._surface, GuideSurface):
            self._read_by_contact(ContactReading(self._surface, self._fed, self._feed, self._progress))
            return
        reading = WindowReading(self._job_reader(self._surface), self._fed, self._feed, self._progress)
        if self._membership:
            span = replace(self._span, window=self._span.history_window)
            self._catch_up(reading, self._membership, span)
            reading.run(span, self._membership.people())
        else:
            reading.run(self._span)

    def _read_by_contact(self, reading: ContactReading) -> None:
        if self._membership:
            for sink in self._membership.behind(self._feed.sinks):
                update(sink, contact=None)  # whoever joined may stand before the contact under way
            self._catch_up(reading, self._membership, self._span)
        if self._followed:
            reading.run(self._span, self._followed.contact_ids)
        else:
            fetched = [each for each in self._fetched_ids if each not in self._ids]
            reading.run(self._span, list(self._ids), fetched)

    def _catch_up(self, reading: WindowReading | ContactReading, membership: Membership, span: Span) -> None:
        """Bring the history of those who joined to every sink that lacks it; then all have the same."""
        has_all = isinstance(reading, ContactReading)  # which gives the store everything on every run
        lacking = [sink for sink in self._feed.sinks if sink.is_stream or not has_all]
        for joined, sinks in membership.joined(lacking, span):
            reading.catch_up(span, joined, sinks)
        membership.settle(self._feed.sinks)

    def _history(self) -> History | None:
        """Reads what the store lacks; the guide's surface gives every contact whole."""
        if isinstance(self._surface, GuideSurface):
            return None
        return History(
            self._job_reader(self._surface), self._oddities, self._span, self._privacy, self._progress
        )

    def _job_reader(self, source: PlatformSurface) -> JobReader:
        longest = self._settings.pace.max_wait_seconds
        return JobReader(source, self._waiting, _logger, longest_wait_seconds=longest)

    def _report_missed(self, resolver: Resolver) -> None:
        """Say how many external ids lead nowhere; which ones, only a file beside the store tells."""
        listed_in = self._list_missed(resolver.missed)
        if not resolver.missed:
            return
        several = f" ({resolver.ambiguous} of them held by several)" if resolver.ambiguous else ""
        where = f"; they are listed in {listed_in}" if listed_in else ""
        _logger.warning("External ids that lead to no contact: %d%s%s", len(resolver.missed), several, where)

    def _list_missed(self, missed: list[str]) -> Path | None:
        """Write the ids down where they may be shown; a list of an earlier run does not stay."""
        if not self._settings.store_path:
            return None
        store_path = self._settings.store_path
        path = store_path.with_name(f"{store_path.name}.unresolved.txt")
        if not missed or not self._are_external_ids_kept:
            path.unlink(missing_ok=True)
            return None
        path.write_text("".join(f"{external_id}\n" for external_id in missed), encoding="utf-8")
        return path

    @property
    def _are_external_ids_kept(self) -> bool:
        return self._privacy.policies.of_column("external_ids") == KEEP

    def _make_memory(self) -> Memory:
        if self._store and self._store.is_durable:
            return StoreMemory(self._store, self._output.sinks, self._row_rules)
        return NoMemory()

    @property
    def _row_rules(self) -> str:
        """Settings that shape rows; of the key of pseudonyms only a digest."""
        return f"{self._settings.include_system_participants} {self._privacy.fingerprint}"

    def report(self) -> None:
        """Say once what was odd."""
        self._contacts.count_odd_merges()
        self._progress.odd = self._oddities.total
        for line in self._oddities.summary():
            _logger.warning("Odd in the source: %s", line)
        if self._contacts.gone:
            _logger.warning("Contacts that the API does not know: %d", self._contacts.gone)

    def _make_journeys(self, store: Store) -> JourneyExtraction:
        settings = self._settings
        rules = JourneyRules(settings.correlation_window_seconds, sorted(settings.timeline_states))
        sinks = self._output.taking(JOURNEY_STREAMS)
        return JourneyExtraction(store, sinks, rules, self._span, self._waiting.now())

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
            of_contacts = part == self._read_contacts or self._contacts.is_refused
            kinds = [*(CONTACT_ROWS if of_contacts else CONVERSATION_ROWS), *JOURNEY_STREAMS]
            streams = ", ".join(sink.name for sink in self._output.taking(kinds))
            line = f"{streams} incomplete: {error}" if streams else str(error)
            _logger.warning("Skipped: %s", line)
            self.missing.append(line)
            return False
        return True


def _note_ids(ids: dict[str, None], contact: Contact) -> None:
    ids.update(dict.fromkeys([contact.id or "", *related_ids(contact)]))


def _privacy(settings: Settings) -> Privacy:
    """The policies; where `redact` has no key of its own, the login's secret stands in for it."""
    credentials = settings.credentials
    secret = credentials.client_secret if credentials else settings.access_token
    given = settings.privacy
    return Privacy(given.policy, given.key, given.fields, stand_in_key=secret or "")


def _tell_copies_apart(store: Store, sinks: list[Sink]) -> None:
    """A store that is behind a bookmark is an old copy, and what either counts means another thing."""
    marks = [sink.bookmark.store for sink in sinks]
    if any(mark and mark.id == store.id and mark.revision >= store.revision for mark in marks):
        store.rename()


def _span(settings: Settings, followed: Followed | None) -> Span:
    return Span(
        start=settings.start_date,
        end=settings.end_date,
        window=timedelta(days=settings.window_days),
        history_window=timedelta(days=settings.history_window_days),
        lookback=timedelta(days=settings.lookback_days),
        include_system_participants=settings.include_system_participants,
        concurrency=settings.pace.concurrency,
        followed=followed,
    )
