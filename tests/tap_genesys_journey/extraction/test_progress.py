"""What a person reads while a run goes on, and when it is over."""

from __future__ import annotations

import pytest
from support.virtual_time import VirtualTime

from tap_genesys_journey.extraction.progress import TELL_EVERY_SECONDS, Progress, in_words


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def told(caplog):
    caplog.set_level("INFO")
    return lambda: caplog.messages


class Rows:
    """Rows written so far."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        return self.count


def test_a_part_is_told_of_at_once_and_at_its_end(time, told):
    progress = Progress(time, lambda: 1500, lambda: 285)

    with progress.part("Conversations", "windows", 6):
        progress.reach(0, "reading Monday")
        time.pass_by(3.25)

    assert told() == [
        "Conversations: 0 of 6 windows; reading Monday; 1,500 rows in all; 285 calls left in this minute",
        "Conversations: 6 of 6 windows in 3.2 s",
    ]


def test_between_it_is_told_of_now_and_then_with_its_speed_and_what_is_left(time, told):
    rows = Rows()
    progress = Progress(time, rows)

    with progress.part("Conversations", "windows", 1000):
        for done in range(40):
            progress.reach(done, "reading")
            rows.count += 120
            time.pass_by(TELL_EVERY_SECONDS / 20)

    assert told() == [
        "Conversations: 0 of 1,000 windows; reading; 0 rows in all",
        (
            "Conversations: 20 of 1,000 windows; reading; 2,400 rows in all; 240 rows a second;"
            " about 8 min to go, until 00:08 UTC"
        ),
        "Conversations: 1,000 of 1,000 windows in 20 s",
    ]


def test_a_window_that_takes_long_is_told_of_again_while_it_lasts(time, told):
    rows = Rows()
    progress = Progress(time, rows)

    with progress.part("Conversations", "windows", 2):
        progress.reach(1, "reading")
        for _ in range(4):
            time.pass_by(TELL_EVERY_SECONDS / 2)
            rows.count += 50
            progress.tell()

    assert [line.partition("; reading; ")[2] for line in told()[1:-1]] == [
        "100 rows in all; 10 rows a second; about 10 s to go, until 00:00 UTC",
        "200 rows in all; 10 rows a second; about 20 s to go, until 00:00 UTC",
    ]


def test_where_nobody_knows_how_much_there_is_nothing_is_guessed(time, told):
    progress = Progress(time)

    with progress.part("Contacts", "read"):
        progress.reach(200)
        time.pass_by(TELL_EVERY_SECONDS)
        progress.reach(12_000)
    with progress.part("Timelines"):
        time.pass_by(90)

    assert told() == [
        "Contacts: 200 read; 0 rows in all",
        "Contacts: 12,000 read; 0 rows in all; 0 rows a second",
        "Contacts: 12,000 read in 10 s",
        "Timelines: done in 2 min",
    ]


def test_a_part_that_fails_has_no_end_and_the_one_around_it_goes_on(time, told):
    progress = Progress(time)

    with progress.part("Timelines"):
        with pytest.raises(ValueError, match="lost"), progress.part("History", "jobs", 3):
            raise ValueError("lost")
        progress.reach(0, "assembling")

    assert told() == ["Timelines: assembling; 0 rows in all", "Timelines: done in 0.0 s"]


@pytest.mark.parametrize(
    ("is_complete", "begins"), [(True, "Complete after 1 h 2 min"), (False, "Ended early, after 1 h 2 min")]
)
def test_the_end_sums_up_rows_requests_waits_and_oddities(time, told, caplog, is_complete, begins):
    progress = Progress(time)
    time.wait(100.4, "rate limit", visible=False)
    time.wait(3600, "job", visible=False)
    progress.odd = 3

    progress.summarise({"users": 2, "flows": 0}, requests=12, retries=1, is_complete=is_complete)

    assert told() == [
        (
            f"{begins}. Rows: users 2, flows 0. Requests: 12, sent again: 1. Waited, all threads together:"
            " rate limit 100 s, job 3600 s. Odd fields: 3, told above by path"
        )
    ]
    fields = vars(caplog.records[0])
    assert fields["rows"] == {"users": 2, "flows": 0}
    assert fields["waited_seconds"] == {"rate limit": 100.4, "job": 3600.0}
    assert (fields["requests"], fields["retries"], fields["odd_fields"]) == (12, 1, 3)
    assert (fields["run_seconds"], fields["is_complete"]) == (3700.4, is_complete)


def test_a_run_without_waits_and_oddities_says_so(time, told):
    Progress(time).summarise({"users": 2}, requests=1, retries=0, is_complete=True)

    assert told()[0].endswith("Waited, all threads together: not at all. Odd fields: none")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"),
     (3600, "1 h 0 min"), (7800, "2 h 10 min"), (90_000, "25 h 0 min")],
)  # fmt: skip
def test_spans_are_said_as_a_person_would(seconds, words):
    assert in_words(seconds) == words
