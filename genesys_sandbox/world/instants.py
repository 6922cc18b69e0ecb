"""Instants as whole milliseconds since 1970 (UTC), and their text on the wire."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d\d:?\d\d)?"
)


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%dT")


@lru_cache(maxsize=1024)
def to_text(instant: int) -> str:
    """`2026-03-16T12:00:00.000Z` for milliseconds since 1970."""
    day, rest = divmod(instant, DAY)
    hour, rest = divmod(rest, HOUR)
    minute, rest = divmod(rest, MINUTE)
    second, milli = divmod(rest, SECOND)
    return f"{_day_text(day)}{hour:02}:{minute:02}:{second:02}.{milli:03}Z"


def from_text(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 date or date-time; without an offset it is UTC.

    Raises:
        ValueError: The text is not such an instant.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an ISO 8601 instant: {text!r}")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    moment = datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=timezone.utc,
    )
    millis = int((fraction or "0").ljust(3, "0")[:3])
    return (moment - _EPOCH) // timedelta(milliseconds=1) + millis - _offset(offset)


def _offset(text: str | None) -> int:
    if text is None or text in {"Z", "z"}:
        return 0
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return sign * (int(digits[:2]) * HOUR + int(digits[2:]) * MINUTE)


def http_date(instant: int) -> str:
    """The instant as an HTTP `Date` header says it."""
    return (_EPOCH + timedelta(milliseconds=instant)).strftime("%a, %d %b %Y %H:%M:%S GMT")
