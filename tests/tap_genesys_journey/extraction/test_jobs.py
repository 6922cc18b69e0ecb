from __future__ import annotations

import logging
from datetime import datetime, timezone

import pytest
from support.virtual_time import VirtualTime

from tap_genesys_journey.api.surface import ConversationPage, People, Window
from tap_genesys_journey.domain.payloads import Payloads
from tap_genesys_journey.exceptions import ApiError, GoneError
from tap_genesys_journey.extraction.jobs import JobReader, JobStep

WINDOW = Window(datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc))


class Jobs:
    """A source whose jobs need some polls and whose pages are lost where told."""

    def __init__(self, *, polls: int = 0, pages: int = 3, lost_at: tuple[tuple[str, str | None], ...] = ()):
        self.polls = polls
        self.pages = pages
        self.lost_at = set(lost_at)
        self.submitted = 0
        self.polled = 0

    def submit_job(self, window: Window, people: People | None = None) -> str:
        assert (window, people) == (WINDOW, None)
        self.submitted += 1
        return f"j{self.submitted}"

    def is_job_done(self, job_id: str) -> bool:
        self.polled += 1
        if (job_id, "poll") in self.lost_at:
            raise GoneError("expired")
        return self.polled % (self.polls + 1) == 0

    def fetch_job_page(self, job_id: str, cursor: str | None) -> ConversationPage:
        if (job_id, cursor) in self.lost_at:
            raise GoneError("expired")
        number = int(cursor or 0)
        return ConversationPage(Payloads([]), str(number + 1) if number + 1 < self.pages else None, None, 0)


def make_reader(jobs: Jobs, time: VirtualTime) -> JobReader:
    return JobReader(jobs, time, logging.getLogger("test"), longest_wait_seconds=60)


def read(
    jobs: Jobs, step: JobStep | None = None, time: VirtualTime | None = None
) -> list[tuple[str, str | None]]:
    reader = make_reader(jobs, time or VirtualTime())
    return [(page.job_id, page.page.cursor) for page in reader.read(step or JobStep(WINDOW))]


def test_a_window_is_one_job_read_to_the_page_without_a_cursor():
    assert read(Jobs()) == [("j1", "1"), ("j1", "2"), ("j1", None)]


def test_a_job_that_takes_its_time_is_asked_with_growing_pauses():
    time = VirtualTime()

    read(Jobs(polls=4), time=time)

    assert time.pauses == [1, 2, 4, 8]


def test_later_jobs_are_first_asked_when_jobs_are_usually_done():
    time = VirtualTime()
    jobs = Jobs(polls=2)
    reader = make_reader(jobs, time)
    list(reader.read(JobStep(WINDOW)))
    jobs.polls = 0

    list(reader.read(JobStep(WINDOW)))

    assert time.pauses == [1, 2, 2.25]


def test_reading_goes_on_within_the_job_of_an_earlier_run():
    jobs = Jobs()

    assert read(jobs, JobStep(WINDOW, "j0", "2")) == [("j0", None)]
    assert jobs.submitted == 0


@pytest.mark.parametrize("lost", [("j0", "poll"), ("j0", "2")])
def test_a_job_that_has_ended_is_submitted_again_and_read_from_its_first_page(lost):
    jobs = Jobs(lost_at=(lost,))

    assert read(jobs, JobStep(WINDOW, "j0", "2")) == [("j1", "1"), ("j1", "2"), ("j1", None)]


def test_a_job_that_stays_pending_is_given_up_after_a_while_and_its_window_submitted_again():
    jobs, time = Jobs(polls=7), VirtualTime()

    assert read(jobs, time=time)[0] == ("j2", "1")
    assert time.pauses[:6] == [1, 2, 4, 8, 16, 30]


def test_a_job_lost_between_pages_is_submitted_again():
    pages = read(Jobs(lost_at=(("j1", "2"),)))

    assert pages == [("j1", "1"), ("j1", "2"), ("j2", "1"), ("j2", "2"), ("j2", None)]


def test_jobs_that_are_lost_again_and_again_end_the_run():
    jobs = Jobs(lost_at=tuple((f"j{n}", None) for n in range(1, 10)))

    with pytest.raises(ApiError, match="2026-01-01 00:00 to 2026-01-02 00:00 UTC was lost 5 times"):
        read(jobs)
