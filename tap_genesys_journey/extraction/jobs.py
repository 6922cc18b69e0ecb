"""Reading one window through a job: submit, wait until it is done, page by page, again if it is lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import backoff

from tap_genesys_journey.api.surface import ConversationPage, ConversationSource, People, Window
from tap_genesys_journey.api.trail import Trail
from tap_genesys_journey.exceptions import ApiError, GoneError
from tap_genesys_journey.http.waiting import Waiting

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 30.0
MAX_SUBMISSIONS = 5
"""A job that is lost this often in one window points to a fault that resubmitting does not mend."""


@dataclass(frozen=True)
class JobStep:
    """A window, where in it to begin (its first page, or within a job of an earlier run), and whose it is."""

    window: Window
    job_id: str | None = None
    cursor: str | None = None
    people: People | None = None


@dataclass(frozen=True)
class JobPage:
    """One page and the job it came from; the page's cursor leads on within that job."""

    job_id: str
    page: ConversationPage


def page_bytes(job_page: JobPage) -> int:
    """Size of a page on the wire."""
    return job_page.page.size_bytes


class JobReader:
    """Reads windows; several threads may do so at once."""

    def __init__(
        self,
        source: ConversationSource,
        waiting: Waiting,
        logger: logging.Logger,
        *,
        longest_wait_seconds: float,
    ) -> None:
        """Keep the parts; nothing is sent yet.

        Args:
            source: The surface.
            waiting: The clock.
            logger: Hears of jobs that were lost.
            longest_wait_seconds: How long a job may stay unfinished; then it counts as lost.
        """
        self.source = source
        self._longest_wait_seconds = longest_wait_seconds
        self._waiting = waiting
        self._logger = logger
        self._usual_seconds = 0.0

    def read(self, step: JobStep) -> Iterator[JobPage]:
        """Pages of a window, in the job's order.

        A job that has ended is submitted again and read from its first page, so a page may come twice.

        Raises:
            ApiError: The job was lost too often.
            ForbiddenError: Conversations may not be read.
        """
        job_id, cursor, lost = step.job_id, step.cursor, ""
        for _ in range(MAX_SUBMISSIONS):
            try:
                if job_id is None:
                    job_id = self.source.submit_job(step.window, step.people)
                self._wait_until_done(job_id, step.window)
                yield from self._results(job_id, cursor)
            except GoneError as error:
                self._logger.info("%s; the window is submitted again", error)
                job_id, cursor, lost = None, None, str(error)
            else:
                return
        raise ApiError(
            f"the job over {step.window} was lost {MAX_SUBMISSIONS} times, at last: {lost}; try a smaller"
            " window_days, or a greater max_wait_seconds where jobs are not done in time"
        )

    def _results(self, job_id: str, cursor: str | None) -> Iterator[JobPage]:
        trail = Trail(f"results of job {job_id}", cursor)
        while True:
            page = self.source.fetch_job_page(job_id, cursor)
            yield JobPage(job_id, page)
            if page.cursor is None:
                return
            cursor = trail.follow(page.cursor)

    def _wait_until_done(self, job_id: str, window: Window) -> None:
        """Ask seldom: first when jobs of this run were usually done, then with growing pauses.

        Raises:
            GoneError: It takes too long; a job can stay pending for ever.
        """
        waited = self._usual_seconds
        self._waiting.wait(waited, "job", about=str(window))
        pauses = backoff.expo(factor=FIRST_POLL_SECONDS, max_value=LONGEST_POLL_SECONDS)
        next(pauses)
        while not self.source.is_job_done(job_id):
            if waited >= self._longest_wait_seconds:
                raise GoneError(f"job {job_id} is not done after {waited:.0f} s")
            pause = next(pauses)
            self._waiting.wait(pause, "job", about=str(window))
            waited += pause
        self._usual_seconds = 0.75 * waited
