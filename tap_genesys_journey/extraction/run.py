"""One run: contacts first, then conversations; what may not be read is skipped, and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.exceptions import ForbiddenError, IncompleteError
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.conversations import ConversationExtraction, Span
from tap_genesys_journey.extraction.sinks import Output
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.settings import Settings

_logger = logging.getLogger(__name__)


def extract(surface: PlatformSurface, output: Output, settings: Settings, waiting: Waiting) -> None:
    """Feed all selected streams in one pass over the source.

    Raises:
        IncompleteError: A permission is missing; every stream that needs none was still fed.
        ApiError: The API failed for good; the state stands at the last checkpoint.
        CredentialsError: The login or the token was refused.
    """
    oddities = Oddities()
    contacts = ContactExtraction(surface, output, waiting, oddities, settings.bulk_contacts_size)
    conversations = ConversationExtraction(surface, output, contacts, waiting, oddities)
    missing: list[str] = []
    try:
        if contacts.sinks and not _is_allowed(contacts.scan, missing):
            contacts.sinks.clear()
        if conversations.sinks:
            _is_allowed(lambda: conversations.run(_span(settings)), missing)
    finally:
        _report(oddities, contacts)
    if missing:
        raise IncompleteError("; ".join(missing))


def _is_allowed(part: Callable[[], None], missing: list[str]) -> bool:
    try:
        part()
    except ForbiddenError as error:
        _logger.error("Skipped: %s", error)  # noqa: TRY400  # one line, no trace
        missing.append(str(error))
        return False
    return True


def _span(settings: Settings) -> Span:
    return Span(
        start=settings.start_date,
        end=settings.end_date,
        window=timedelta(days=settings.window_days),
        lookback=timedelta(days=settings.lookback_days),
        include_system_participants=settings.include_system_participants,
        concurrency=settings.pace.concurrency,
    )


def _report(oddities: Oddities, contacts: ContactExtraction) -> None:
    for line in oddities.summary():
        _logger.warning("Odd in the source: %s", line)
    if contacts.gone:
        _logger.warning("Contacts on conversations that the API no longer knows: %d", contacts.gone)
