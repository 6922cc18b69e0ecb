"""Which spans of time a run reads; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tap_genesys_journey.api.surface import Window
from tap_genesys_journey.domain.time import LATEST
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


def behind_lookback(bookmark: Bookmark, start_date: datetime, lookback: timedelta) -> datetime:
    """Where a stream whose last run was finished begins to read, aware UTC.

    It goes back by the lookback, because Genesys changes settled history; a stream without a bookmark
    begins at the start date.
    """
    settled_until = bookmark.settled_until_utc
    return max(start_date, settled_until - lookback) if settled_until else start_date


def going_on_from(bookmark: Bookmark, start_date: datetime, lookback: timedelta) -> datetime:
    """Where a stream goes on, aware UTC: where it was cut off, or behind the lookback."""
    position = bookmark.window.start_utc if bookmark.window else bookmark.reading_from_utc
    return position or behind_lookback(bookmark, start_date, lookback)


def stale_from(bookmark: Bookmark, lookback: timedelta, settled_until: datetime) -> datetime:
    """Since when what a run that was cut off had read can have changed, aware UTC.

    Genesys changes settled history as far back as the lookback; where no more is settled now than was when
    that run began, nothing has changed, and the instant is the end of all time.
    """
    begun = bookmark.begun_at_utc
    return begun - lookback if begun and begun < settled_until else LATEST


def starting_point(
    bookmark: Bookmark, start_date: datetime, lookback: timedelta, settled_until: datetime
) -> datetime:
    """Where a stream begins to read, aware UTC: where it goes on, or before that, where things are stale.

    Args:
        bookmark: The stream's.
        start_date: The user's.
        lookback: How far to go back.
        settled_until: How far the data is settled now.
    """
    stale = max(start_date, stale_from(bookmark, lookback, settled_until))
    return min(going_on_from(bookmark, start_date, lookback), stale)


def split(start: datetime, end: datetime, length: timedelta) -> Iterator[Window]:
    """Windows of `length` from `start` to `end`, the last one shorter; none where the span is empty."""
    while start < end:
        following = min(start + length, end)
        yield Window(start, following)
        start = following
