"""Instants: wire timestamps to aware datetimes, datetimes to the one format rows carry."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

import msgspec

UTC: Final = timezone.utc
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)

_LENGTH_WITH_FRACTION: Final = len("2024-08-12T14:23:11.123456Z")
_LENGTH_WITHOUT_FRACTION: Final = len("2024-08-12T14:23:11Z")
_MICROSECONDS_IN_LAST_MILLISECOND: Final = 999_000


def to_utc(instant: datetime) -> datetime:
    """Give the same instant in UTC; a datetime without an offset is UTC already.

    An offset that would lead out of the years 1 to 9999 gives the edge of the calendar.
    """
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return EARLIEST if instant.year == 1 else LATEST


def parse_timestamp(value: object) -> datetime | None:
    """Read a wire timestamp.

    Args:
        value: What the payload holds. RFC 3339 text with any offset, or with none (then it is UTC);
            digits beyond the microsecond are rounded.

    Returns:
        The instant in UTC; None for anything that is no such text.
    """
    if not isinstance(value, str):
        return None
    try:
        return to_utc(msgspec.convert(value, datetime))
    except msgspec.ValidationError:
        return None


def format_timestamp(instant: datetime) -> str:
    """Write an instant as rows carry it: `YYYY-MM-DDTHH:MM:SS.mmmZ`, cut at the millisecond.

    The text comes from `msgspec`, about five times as fast as `datetime.isoformat`; it has six
    decimals or none.
    """
    text: str = msgspec.to_builtins(instant)
    if len(text) == _LENGTH_WITH_FRACTION:
        return text[:23] + "Z"
    if len(text) == _LENGTH_WITHOUT_FRACTION:
        return text[:19] + ".000Z"
    return format_timestamp(to_utc(instant))


def seconds_between(start: datetime, end: datetime) -> int:
    """Give the whole seconds from start to end, rounded down; negative where end is earlier.

    Both count as rows carry them, cut at the millisecond, so that a duration is what a reader of the
    row computes from its two timestamps.
    """
    delta = end - start
    seconds = delta.days * 86_400 + delta.seconds
    if delta.microseconds > _MICROSECONDS_IN_LAST_MILLISECOND and (
        start.microsecond % 1_000 > end.microsecond % 1_000
    ):
        return seconds + 1
    return seconds
