"""How many rows a page is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from tap_genesys_journey.exceptions import TooLargeError

T = TypeVar("T")


class PageSize:
    """Rows asked for in one page; halves when the service finds an answer too large."""

    def __init__(self, rows: int, smallest: int = 1) -> None:
        """Start with what the settings say."""
        self._lock = threading.Lock()
        self._smallest = smallest
        self.rows = max(rows, smallest)

    def fetch(self, ask: Callable[[int], T]) -> T:
        """A page of as many rows as the service can give.

        Args:
            ask: Asks for a page of so many rows; raises TooLargeError where that is too much.

        Raises:
            TooLargeError: Even the smallest page is too large.
        """
        while True:
            rows = self.rows
            try:
                return ask(rows)
            except TooLargeError:
                self._halve(rows)

    def _halve(self, refused: int) -> None:
        """Ask for fewer rows from now on, unless another thread has halved already.

        Raises:
            TooLargeError: There is no smaller page.
        """
        with self._lock:
            if refused <= self._smallest:
                raise TooLargeError(f"a page of {refused} rows is too large for the service")
            self.rows = min(self.rows, max(self._smallest, refused // 2))
