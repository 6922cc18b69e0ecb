"""The one place where the tap waits, so that waiting is visible, bounded and can be stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from datetime import datetime, timezone

VISIBLE_FROM_SECONDS = 2.0
"""Waits at least this long are logged; shorter ones only counted."""


class StoppedError(Exception):
    """The run is being shut down; whoever waited must not go on."""


class Waiting:
    """Clock and sleep in one object, shared by every thread of a run.

    Tests pass a subclass whose time moves without anybody sleeping.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        """Start with nothing waited for."""
        self._logger = logger or logging.getLogger(__name__)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self.waited_seconds: Counter[str] = Counter()

    def now(self) -> datetime:
        """Wall clock, aware, UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def stop(self) -> None:
        """Wake every waiting thread and let none wait again."""
        self._stopped.set()

    def check_stopped(self) -> None:
        """Raise when the run is being shut down.

        Raises:
            StoppedError: After `stop`.
        """
        if self._stopped.is_set():
            raise StoppedError

    def wait(self, seconds: float, why: str, *, visible: bool = True, about: str = "") -> None:
        """Let `seconds` pass.

        Args:
            seconds: How long; nothing happens at zero or below.
            why: A few words for the log and the summary, e.g. "rate limit".
            visible: Log a long wait; False where a caller has already said so.
            about: Which one of them, for the log alone.

        Raises:
            StoppedError: When the run is shut down meanwhile.
        """
        self.check_stopped()
        if seconds <= 0:
            return
        if visible and seconds >= VISIBLE_FROM_SECONDS:
            self._logger.info("Waiting %.0f s: %s%s", seconds, why, f" ({about})" if about else "")
        with self._lock:
            self.waited_seconds[why] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise StoppedError
