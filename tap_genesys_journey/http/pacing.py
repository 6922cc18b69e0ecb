"""The pace: every call takes its place here first, whichever thread it comes from."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tap_genesys_journey.exceptions import RetryError
from tap_genesys_journey.http.retry import growing_waits
from tap_genesys_journey.http.waiting import Waiting

OWN_WINDOW_SECONDS = 61.0
"""Span in which our own calls are counted: the platform's minute (fact sheet, section 2) and a second more,
for calls do not all travel equally fast."""


@dataclass(frozen=True)
class Pace:
    """The settings that decide the pace.

    Attributes:
        requests_per_minute: Budget assumed until a header tells the real one.
        headroom: Share of the budget that is used, 0 to 1.
        reserve: Calls left under which every further one waits.
        longest_wait_seconds: How far off the server may say that its window ends; a usual one is always
            waited for.
    """

    requests_per_minute: int = 300
    headroom: float = 0.85
    reserve: int = 10
    longest_wait_seconds: float = 900.0


class Pacer:
    """Keeps the calls of all threads under one budget.

    Two counts hold at once: our own calls in any sixty seconds, and the server's count of the token's
    window, which other programs may share. Both stay under `headroom` of the budget.
    """

    def __init__(self, pace: Pace, waiting: Waiting, logger: logging.Logger | None = None) -> None:
        """Start with an unused budget."""
        self._pace = pace
        self._waiting = waiting
        self._logger = logger or logging.getLogger(__name__)
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._allowed = pace.requests_per_minute
        self._told_left = self._answered = self._most_told = 0
        self._left: int | None = None
        self._in_flight = 0
        self.requests = 0
        self._resets_at = 0.0
        self._held_until = 0.0
        self._announced_until = 0.0

    @property
    def calls_left(self) -> int | None:
        """Calls the server says are left in its window; None before the first answer."""
        return self._left

    @property
    def _usable(self) -> int:
        return max(1, int(self._allowed * self._pace.headroom))

    @contextmanager
    def place(self) -> Iterator[Callable[[Mapping[str, str]], None]]:
        """Enter when one more call may be sent; yields what takes in the answer's headers.

        Raises:
            RetryError: The budget is used up for longer than patience goes.
            StoppedError: The run is being shut down.
        """
        self._take_place()
        try:
            yield self._observe
        finally:
            with self._lock:
                self._in_flight -= 1

    def _take_place(self) -> None:
        slow_waits = growing_waits()
        while (seconds := self._try_place(slow_waits)) > 0:
            self._announce(seconds)
            self._waiting.wait(seconds, "rate limit", visible=False)
        self._waiting.check_stopped()

    def hold(self, seconds: float) -> None:
        """Let nobody send for `seconds`: the server asked for it."""
        with self._lock:
            self._held_until = max(self._held_until, self._waiting.monotonic() + seconds)

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Take the budget from an answer's headers; both surfaces' names are read."""
        allowed, used = _number(headers, "inin-ratelimit-allowed"), _number(headers, "inin-ratelimit-count")
        left = _number(headers, "X-RateLimit-Remaining")
        if allowed is not None and used is not None:
            left = allowed - used
        if left is None:
            return
        reset = _number(headers, "inin-ratelimit-reset")
        with self._lock:
            self._allowed = allowed or self._at_most(left)
            self._left = max(0, left - (self._in_flight - 1))  # the others may not be counted yet
            self._resets_at = self._waiting.monotonic() + reset if reset is not None else self._usual_reset()

    def _at_most(self, left: int) -> int:
        """The budget where no header tells it: what is left and what we got answered, the assumed at most.

        More is left than before when a window begins. Others may have sent some, so it is the most that any
        answer let us conclude.
        """
        self._answered = 1 if left > self._told_left else self._answered + 1
        self._told_left = left
        self._most_told = max(self._most_told, left + self._answered)
        return min(self._pace.requests_per_minute, self._most_told)

    def _usual_reset(self) -> float:
        """When calls come free where no header tells it: when the first of ours counts no longer."""
        return (self._sent[0] if self._sent else self._waiting.monotonic()) + OWN_WINDOW_SECONDS

    def _try_place(self, slow_waits: Iterator[float]) -> float:
        """Take a place and give 0, or give the seconds after which to ask again."""
        with self._lock:
            now = self._waiting.monotonic()
            while self._sent and self._sent[0] <= now - OWN_WINDOW_SECONDS:
                self._sent.popleft()
            seconds = max(self._held_until - now, self._own_wait(now), self._server_wait(now, slow_waits))
            if seconds <= 0:
                self._sent.append(now)
                self._in_flight += 1
                self.requests += 1
                if self._left is not None:
                    self._left -= 1
            return seconds

    def _own_wait(self, now: float) -> float:
        full = len(self._sent) >= self._usable
        return self._sent[-self._usable] + OWN_WINDOW_SECONDS - now if full else 0.0

    def _server_wait(self, now: float, slow_waits: Iterator[float]) -> float:
        if self._left is None:
            return 0.0
        if now >= self._resets_at:
            self._left = None
            return 0.0
        until_reset = self._resets_at - now
        is_scarce = self._left < self._pace.reserve
        if not is_scarce and self._left > self._allowed - self._usable:
            return 0.0
        if until_reset > max(self._pace.longest_wait_seconds, OWN_WINDOW_SECONDS):
            raise RetryError(
                f"rate limit: {self._left} calls left, and {until_reset:.0f} s until there are more, which"
                " is beyond max_wait_seconds",
                retry_after_seconds=until_reset,
            )
        return min(next(slow_waits), until_reset) if is_scarce else until_reset

    def _announce(self, seconds: float) -> None:
        """Say once for each wait, not once for each thread, why nothing moves."""
        with self._lock:
            now = self._waiting.monotonic()
            is_new = now >= self._announced_until and seconds >= 1
            if is_new:
                self._announced_until = now + seconds
        if is_new:
            left = "unknown" if self._left is None else self._left
            self._logger.info(
                "Waiting %.0f s: rate limit (%s calls left, at most %s of %s a minute are used)",
                seconds, left, self._usable, self._allowed,
            )  # fmt: skip


def _number(headers: Mapping[str, str], name: str) -> int | None:
    try:
        return int(float(headers.get(name) or ""))
    except (ValueError, OverflowError):
        return None
