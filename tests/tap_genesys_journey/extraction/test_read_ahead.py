from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tap_genesys_journey.extraction.read_ahead import ReadAhead

SECONDS = 10
"""How long a test waits for a thread before it fails."""


def three_pages(window: int) -> Iterator[str]:
    for page in range(3):
        yield f"{window}.{page}"


def one_byte(_: object) -> int:
    return 1


def test_pages_come_out_window_by_window_in_order():
    with ReadAhead(range(20), three_pages, one_byte, threads=4) as windows:
        pages = [(window, list(pages)) for window, pages in windows]

    assert pages == [(w, [f"{w}.0", f"{w}.1", f"{w}.2"]) for w in range(20)]


def test_as_many_windows_as_threads_are_read_at_once():
    all_here = threading.Barrier(4)

    def meet_the_others(window: int) -> Iterator[int]:
        all_here.wait(SECONDS)
        yield window

    with ReadAhead(range(4), meet_the_others, one_byte, threads=4) as windows:
        assert [list(pages) for _, pages in windows] == [[0], [1], [2], [3]]


def test_no_window_is_begun_further_ahead_than_there_are_threads():
    begun: list[int] = []

    def note(window: int) -> Iterator[int]:
        begun.append(window)
        yield window

    with ReadAhead(range(50), note, one_byte, threads=2) as windows:
        for window, pages in windows:
            list(pages)
            assert max(begun) <= window + 2


def test_the_buffer_holds_no_more_than_its_limit_and_one_page():
    made = threading.Semaphore(0)
    taken = 0
    most_waiting = 0
    count = 0
    lock = threading.Lock()

    def pages_of(_: int) -> Iterator[int]:
        nonlocal count, most_waiting
        for page in range(30):
            with lock:
                count += 1
                most_waiting = max(most_waiting, count - taken)
            made.release()
            yield page

    with ReadAhead(range(4), pages_of, lambda _: 10, threads=4, limit_bytes=50) as windows:
        for _, pages in windows:
            for _ in pages:
                with lock:
                    taken += 1

    # five in the buffer, one in the reader's hand per thread, one just handed over
    assert most_waiting <= 5 + 4 + 1
    assert taken == 120


def test_the_window_in_hand_goes_on_although_later_ones_fill_the_buffer():
    later_are_full = threading.Event()

    def pages_of(window: int) -> Iterator[int]:
        if window == 0:
            assert later_are_full.wait(SECONDS)
        for page in range(5):
            if window == 1 and page == 1:
                later_are_full.set()
            yield page

    with ReadAhead(range(2), pages_of, lambda _: 10, threads=2, limit_bytes=20) as windows:
        assert [list(pages) for _, pages in windows] == [[0, 1, 2, 3, 4]] * 2


def test_an_error_comes_up_where_its_window_is_processed_after_the_pages_before_it():
    def fail_in_the_second(window: int) -> Iterator[int]:
        yield window
        if window == 1:
            raise LookupError("gone")

    seen: list[int] = []

    def take_all() -> None:
        with ReadAhead(range(3), fail_in_the_second, one_byte, threads=3) as windows:
            for _, pages in windows:
                seen.extend(pages)

    with pytest.raises(LookupError):
        take_all()
    assert seen == [0, 1]


def test_leaving_early_lets_the_threads_end():
    with ReadAhead(range(100), three_pages, one_byte, threads=3, limit_bytes=2) as windows:
        next(iter(windows))
    for thread in threading.enumerate():
        if thread.name == "read-ahead":
            thread.join(SECONDS)
            assert not thread.is_alive()


def test_nothing_to_read_gives_nothing():
    with ReadAhead([], three_pages, one_byte, threads=3) as windows:
        assert list(windows) == []
