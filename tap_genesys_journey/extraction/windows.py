"""Which spans of time a run reads; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tap_genesys_journey.api.surface import Window
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.following import Followed


@dataclass(frozen=True)
class Span:
    """What to read of the history.

    Attributes:
        start: Nothing that ended before it is extracted; aware UTC.
        end: Exclusive; None for as far as the data is settled.
        window: Length of one window.
        history_window: Length of one window where the history of some people is read again.
        lookback: How far settled history is read again.
        include_system_participants: Keep bots, supervisors and monitors as interactions of their kind.
        concurrency: Windows read at once.
        followed: The customers to whom streams narrow; None for the whole organization.
    """

    start: datetime
    end: datetime | None
    window: timedelta
    history_window: timedelta
    lookback: timedelta
    include_system_participants: bool
    concurrency: int
    followed: Followed | None = None


def starting_point(bookmark: Bookmark, start_date: datetime, lookback: timedelta) -> datetime:
    """Where a stream begins to read, aware UTC.

    A run that was cut off goes on where it was; a finished one goes back by the lookback, because
    Genesys changes settled history; a stream without a bookmark begins at the start date.
    """
    if bookmark.window:
        return bookmark.window.start_utc
    if bookmark.reading_from_utc:
        return bookmark.reading_from_utc
    if bookmark.settled_until_utc:
        return max(start_date, bookmark.settled_until_utc - lookback)
    return start_date


def split(start: datetime, end: datetime, length: timedelta) -> Iterator[Window]:
    """Windows of `length` from `start` to `end`, the last one shorter; none where the span is empty."""
    while start < end:
        following = min(start + length, end)
        yield Window(start, following)
        start = following
