"""Conversations of windows of time, read through jobs: the platform's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from tap_genesys_journey.api.surface import People, Window
from tap_genesys_journey.extraction.bookmarks import WindowPosition
from tap_genesys_journey.extraction.conversations import ConversationFeed, FeedPage
from tap_genesys_journey.extraction.following import Followed, people_of
from tap_genesys_journey.extraction.jobs import JobPage, JobReader, JobStep, page_bytes
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.read_ahead import ReadAhead
from tap_genesys_journey.extraction.sinks import Output, Sink, update
from tap_genesys_journey.extraction.windows import Span, going_on_from, split, stale_from, starting_point


class WindowReading:
    """Feeds the conversation sinks, window by window."""

    def __init__(self, reader: JobReader, output: Output, feed: ConversationFeed, progress: Progress) -> None:
        """Keep the parts; nothing is sent yet."""
        self._reader = reader
        self._output = output
        self._feed = feed
        self._progress = progress

    def run(self, span: Span, people: Sequence[People | None] = (None,)) -> None:
        """Read every window that some sink still needs, in order.

        Args:
            span: What to read.
            people: Whose conversations, some in each job; by default everybody's.

        Raises:
            ForbiddenError: Conversations may not be read.
            ApiError: A window could not be read in the end.
        """
        self._feed.begin()
        self._settled_until = self._reader.source.fetch_settled_until()
        end = min(self._settled_until, span.end) if span.end else self._settled_until
        # Of followed customers all contacts were read before: none is met here.
        sinks = [*self._feed.sinks, *([] if span.followed else self._feed.contacts.sinks)]
        starts = {
            sink.name: starting_point(sink.bookmark, span.start, span.lookback, self._settled_until)
            for sink in sinks
        }
        stale = min(stale_from(sink.bookmark, span.lookback, self._settled_until) for sink in sinks)
        position = _resumable(sinks, Window(min(starts.values()), min(end, stale)))
        steps = _steps(position, Window(min(starts.values()), end), span.window, people)
        needing: list[Sink] = []
        units = "windows" if people == (None,) else "jobs"
        with (
            self._progress.part("Conversations", units, len(steps)),
            ReadAhead(steps, self._reader.read, page_bytes, threads=span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read, 1):
                self._progress.reach(number - 1, f"reading {step.window}")
                if needing != (needing := [sink for sink in sinks if starts[sink.name] < step.window.end]):
                    self._feed.begin()  # a sink that joins here has not got what was carried here
                self._read_step(span, step, pages, needing)
                if _is_last_of_window(steps, number):
                    self._finish_window(step.window, needing)
        for sink in sinks:
            update(sink, reading_from_utc=None, begun_at_utc=None, window=None)
        self._output.checkpoint()

    def catch_up(self, span: Span, joined: Followed, sinks: Sequence[Sink]) -> None:
        """Read the history of people who joined, up to where each sink begins to read windows.

        Args:
            span: What to read.
            joined: Of whom.
            sinks: Who lacks it.

        Raises:
            ForbiddenError: Conversations may not be read.
            ApiError: A window could not be read in the end.
        """
        span = replace(span, followed=joined)
        starts = {sink.name: going_on_from(sink.bookmark, span.start, span.lookback) for sink in sinks}
        windows = split(span.start, max(starts.values()), span.window)
        people = people_of(joined.contact_ids, joined.addresses)
        steps = [JobStep(window, people=each) for window, each in product(windows, people)]
        self._feed.begin()
        with (
            self._progress.part("History of customers who joined", "jobs", len(steps)),
            ReadAhead(steps, self._reader.read, page_bytes, threads=span.concurrency) as read,
        ):
            for number, (step, pages) in enumerate(read, 1):
                window = step.window
                self._progress.reach(number - 1, f"reading {window}")
                lacking = [sink for sink in sinks if starts[sink.name] > window.start]
                for page in pages:
                    rows = FeedPage(page.page.conversations, str(window), window.start, window.end)
                    self._feed.emit(span, rows, lacking)
                if _is_last_of_window(steps, number):
                    self._feed.next_window()
                    self._output.checkpoint()

    def _read_step(self, span: Span, step: JobStep, pages: Iterator[JobPage], sinks: Sequence[Sink]) -> None:
        window = step.window
        for job_page in pages:
            page = job_page.page
            # Jobs for several people share a window, and a conversation of two of them comes twice.
            job = job_page.job_id if step.people is None else str(window)
            rows = FeedPage(page.conversations, job, window.start, window.end)
            self._feed.emit(span, rows, sinks)
            self._progress.tell()
            if page.settled_until:
                self._settled_until = min(self._settled_until, page.settled_until)
            if page.cursor and step.people is None:
                self._feed.contacts.fetch_met()
                following = WindowPosition(window.start, window.end, job_page.job_id, page.cursor)
                self._save(sinks, window=following)

    def _finish_window(self, window: Window, sinks: Sequence[Sink]) -> None:
        self._feed.next_window()
        self._feed.contacts.fetch_met(at_least=1)
        settled = min(window.end, self._settled_until)
        for sink in sinks:
            before = sink.bookmark.settled_until_utc
            update(sink, settled_until_utc=max(before, settled) if before else settled)
        self._save(sinks, window=None, reading_from_utc=window.end)

    def _save(self, sinks: Sequence[Sink], **changes: Any) -> None:  # noqa: ANN401  # fields of a bookmark
        for sink in sinks:
            update(sink, begun_at_utc=self._settled_until, **changes)
        self._feed.contacts.save_waiting(sinks)
        self._output.checkpoint()


def _is_last_of_window(steps: Sequence[JobStep], number: int) -> bool:
    """Whether no step after so many is of the same window."""
    return number == len(steps) or steps[number].window != steps[number - 1].window


def _resumable(sinks: Sequence[Sink], fresh: Window) -> WindowPosition | None:
    """Where all streams begin within a job of an earlier run, if nothing in its window is stale."""
    positions = {sink.bookmark.window for sink in sinks}
    position = positions.pop() if len(positions) == 1 else None
    is_fresh = position and position.start_utc == fresh.start and position.end_utc <= fresh.end
    return position if is_fresh else None


def _steps(
    position: WindowPosition | None, whole: Window, length: timedelta, people: Sequence[People | None]
) -> list[JobStep]:
    """Windows to read; the first goes on within the job of an earlier run, if there is one."""
    start, first = whole.start, list[JobStep]()
    if position:
        window = Window(position.start_utc, position.end_utc)
        first = [JobStep(window, position.job_id, position.cursor)]
        start = window.end
    windows = split(start, whole.end, length)
    return first + [JobStep(window, people=each) for window, each in product(windows, people)]
