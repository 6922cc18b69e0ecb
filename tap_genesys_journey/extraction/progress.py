"""How far a run is, told so that a person can read along: at first, then now and then, and at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from tap_genesys_journey.http.waiting import Waiting

TELL_EVERY_SECONDS = 10.0
"""A part of the run is told of when it begins, when it is over, and no more often than this between."""

_TENTHS_MATTER, _MINUTE, _HOUR = 9.95, 60, 3600

_logger = logging.getLogger(__name__)


@dataclass
class _Part:
    """A part of the run.

    Attributes:
        what: Its name.
        units: What it goes through.
        total: How many of them; None where nobody knows.
        began: Monotonic seconds.
        told_at: When it was last told of; None before the first time.
        rows_told: Rows of all streams then.
        done: Units done.
        doing: What is in hand.
    """

    what: str
    units: str
    total: int | None
    began: float
    rows_told: int
    told_at: float | None = None
    done: int = 0
    doing: str = ""

    @property
    def share(self) -> str:
        """How much is done; empty where nothing is counted."""
        if not self.units:
            return ""
        of_all = "" if self.total is None else f" of {self.total:,}"
        return f"{self.done:,}{of_all} {self.units}"


class Progress:
    """Tells at INFO what the run is reading, how much is done, how fast, and how long it may still take.

    Only the thread that processes tells.

    Attributes:
        waiting: The clock.
        odd: Fields of payloads that were reported as odd.
    """

    def __init__(
        self,
        waiting: Waiting,
        rows_written: Callable[[], int] = lambda: 0,
        calls_left: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Begin the run's clock.

        Args:
            waiting: The clock.
            rows_written: Rows of all streams so far.
            calls_left: Calls the server says are left in its window; None where it does not tell.
        """
        self.waiting = waiting
        self._rows_written = rows_written
        self._calls_left = calls_left
        self._began = waiting.monotonic()
        self._parts: list[_Part] = []
        self.odd = 0

    @contextmanager
    def part(self, what: str, units: str = "", total: int | None = None) -> Iterator[None]:
        """A part of the run, or a part within one; it is told of when it comes to its end.

        Args:
            what: Names it.
            units: What it goes through, e.g. "windows".
            total: How many of them; None where nobody knows.
        """
        part = _Part(what, units, total, self.waiting.monotonic(), self._rows_written())
        self._parts.append(part)
        try:
            yield
            part.done = part.done if total is None else total
            took = in_words(self.waiting.monotonic() - part.began)
            _logger.info("%s: %s in %s", what, part.share or "done", took)
        finally:
            self._parts.pop()

    def reach(self, done: int, doing: str = "") -> None:
        """Note how many units of the part under way are done, and tell if it is time to.

        Args:
            done: Since the part began.
            doing: What is in hand now.
        """
        self._parts[-1].done, self._parts[-1].doing = done, doing
        self.tell()

    def tell(self) -> None:
        """Tell of the part under way if it is time to."""
        part, now = self._parts[-1], self.waiting.monotonic()
        if part.told_at is not None and now - part.told_at < TELL_EVERY_SECONDS:
            return
        told = [part.share, part.doing, *self._pace(part, now), self._time_left(part, now)]
        _logger.info("%s: %s", part.what, "; ".join(filter(None, told)))
        part.told_at, part.rows_told = now, self._rows_written()

    def summarise(self, rows: Mapping[str, int], *, requests: int, retries: int, is_complete: bool) -> None:
        """Tell once what the run came to; structured logs carry the figures as fields.

        Args:
            rows: Rows by stream.
            requests: Sent, those sent again included.
            retries: Sent again.
            is_complete: Whether the run came to its end.
        """
        seconds = self.waiting.monotonic() - self._began
        waited = {why: round(each, 1) for why, each in self.waiting.waited_seconds.items()}
        _logger.info(
            "%s %s. Rows: %s. Requests: %d, sent again: %d. Waited, all threads together: %s. Odd fields: %s",
            "Complete after" if is_complete else "Ended early, after",
            in_words(seconds),
            ", ".join(f"{stream} {count}" for stream, count in rows.items()),
            requests,
            retries,
            ", ".join(f"{why} {each:.0f} s" for why, each in waited.items()) or "not at all",
            f"{self.odd}, told above by path" if self.odd else "none",
            extra={
                "rows": dict(rows),
                "requests": requests,
                "retries": retries,
                "waited_seconds": waited,
                "odd_fields": self.odd,
                "run_seconds": round(seconds, 1),
                "is_complete": is_complete,
            },
        )

    def _pace(self, part: _Part, now: float) -> list[str]:
        """Rows so far, how many a second since the last time, and the budget."""
        rows = self._rows_written()
        told = [f"{rows:,} rows in all"]
        if part.told_at is not None:
            told.append(f"{(rows - part.rows_told) / (now - part.told_at):,.0f} rows a second")
        left = self._calls_left()
        return told if left is None else [*told, f"{left} calls left in this minute"]

    def _time_left(self, part: _Part, now: float) -> str:
        """When the part may be over, if the rest goes like what is done."""
        elapsed = now - part.began
        if not (part.total and part.done and elapsed):
            return ""
        seconds = elapsed / part.done * (part.total - part.done)
        end = self.waiting.now() + timedelta(seconds=seconds)
        return f"about {in_words(seconds)} to go, until {end:%H:%M} UTC"


def in_words(seconds: float) -> str:
    """A span as a person would say it: `0.4 s`, `45 s`, `4 min`, `2 h 10 min`."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s" if seconds < _TENTHS_MATTER else f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    if seconds < _HOUR:
        return f"{minutes} min"
    return f"{minutes // _MINUTE} h {minutes % _MINUTE} min"
