"""Reading ahead: the next windows' pages are fetched while this window's are processed.

Pages come out window by window, in order, whatever the order they arrived in. The buffer holds whole
pages only, and no more bytes than its limit, so memory does not grow with the history.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Generic, TypeVar

from tap_genesys_journey.http.waiting import StoppedError

W = TypeVar("W")
P = TypeVar("P")

BUFFER_BYTES = 32 << 20
"""Pages waiting to be processed, all windows together."""


class _Done:
    """Marks the end of a window."""


class _Failed:
    """Marks that a window could not be read."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class ReadAhead(Generic[W, P]):
    """Runs `read` for the windows on a few threads, at most `threads` windows ahead of the one in hand.

    Use as a context manager: leaving it stops the threads.
    """

    def __init__(
        self,
        windows: Sequence[W],
        read: Callable[[W], Iterator[P]],
        size_bytes: Callable[[P], int],
        *,
        threads: int,
        limit_bytes: int = BUFFER_BYTES,
    ) -> None:
        """Prepare; nothing is read before the context is entered.

        Args:
            windows: What to read, in the order in which it comes out.
            read: Gives the pages of a window; called on a thread.
            size_bytes: Size of a page in the buffer.
            threads: Windows read at once.
            limit_bytes: Size of the buffer, pages on their way included; the window in hand may always
                fetch one page more.
        """
        self._windows = windows
        self._read = read
        self._size_bytes = size_bytes
        self._ahead = threads
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._queues: dict[int, deque[P | _Done | _Failed]] = {}
        self._buffered_bytes = 0
        self._on_their_way_bytes = 0
        self._usual_bytes = 0
        self._next_to_read = 0
        self._in_hand = 0
        self._is_closed = False

    def __enter__(self) -> Iterator[tuple[W, Iterator[P]]]:
        """Start reading; yields each window with its pages, which must be drained before the next."""
        for _ in range(min(self._ahead, len(self._windows))):
            threading.Thread(target=self._work, daemon=True, name="read-ahead").start()
        return self._in_order()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the threads end at their next page."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _in_order(self) -> Iterator[tuple[W, Iterator[P]]]:
        for index, window in enumerate(self._windows):
            with self._changed:
                self._in_hand = index
                self._changed.notify_all()
            yield window, self._pages(index)

    def _pages(self, index: int) -> Iterator[P]:
        while True:
            with self._changed:
                while not self._queues.get(index):
                    self._changed.wait()
                item = self._queues[index].popleft()
                if isinstance(item, (_Done, _Failed)):
                    del self._queues[index]
                else:
                    self._buffered_bytes -= self._size_bytes(item)
                self._changed.notify_all()
            if isinstance(item, _Failed):
                raise item.error
            if isinstance(item, _Done):
                return
            yield item

    def _work(self) -> None:
        while (index := self._take()) is not None:
            try:
                self._read_window(index)
            except StoppedError:
                return
            except BaseException as error:  # noqa: BLE001  # raised again where the window is processed
                self._put(index, _Failed(error))

    def _read_window(self, index: int) -> None:
        pages = self._read(self._windows[index])
        while True:
            expected = self._wait_for_room(index)
            page = next(pages, None)
            if page is None:
                self._put(index, _Done(), expected)
                return
            self._put(index, page, expected)

    def _take(self) -> int | None:
        with self._changed:
            while self._next_to_read >= self._in_hand + self._ahead and not self._is_over:
                self._changed.wait()
            if self._is_over:
                return None
            index = self._next_to_read
            self._next_to_read += 1
            self._queues[index] = deque()
            return index

    @property
    def _is_over(self) -> bool:
        return self._is_closed or self._next_to_read >= len(self._windows)

    def _wait_for_room(self, index: int) -> int:
        """Return when a further page may be fetched; gives the bytes that are kept free for it."""
        with self._changed:
            while self._must_wait(index) and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                raise StoppedError
            self._on_their_way_bytes += self._usual_bytes
            return self._usual_bytes

    def _must_wait(self, index: int) -> bool:
        taken = self._buffered_bytes + self._on_their_way_bytes
        is_starving = index == self._in_hand and not self._queues[index]
        return taken > 0 and taken + self._usual_bytes > self._limit_bytes and not is_starving

    def _put(self, index: int, item: P | _Done | _Failed, expected: int = 0) -> None:
        with self._changed:
            self._on_their_way_bytes -= expected
            if not isinstance(item, (_Done, _Failed)):
                self._usual_bytes = self._size_bytes(item)
                self._buffered_bytes += self._usual_bytes
            self._queues[index].append(item)
            self._changed.notify_all()
