from __future__ import annotations

import pytest
from support.virtual_time import VirtualTime

from tap_genesys_journey.exceptions import RetryError
from tap_genesys_journey.http.pacing import Pace, Pacer
from tap_genesys_journey.http.waiting import StoppedError


def send(pacer: Pacer, headers: dict[str, str] | None = None) -> None:
    with pacer.place() as observe:
        observe(headers or {})


def told(allowed: int, count: int, reset: int) -> dict[str, str]:
    """Headers: calls allowed in the window, those counted, and seconds to its end."""
    return {
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-count": str(count),
        "inin-ratelimit-reset": str(reset),
    }


def busiest_minute(sent_at: list[float]) -> int:
    return max(sum(1 for other in sent_at if 0 <= other - start < 60) for start in sent_at)


def send_many(
    pacer: Pacer, time: VirtualTime, count: int, headers: dict[str, str] | None = None
) -> list[float]:
    sent_at = []
    for _ in range(count):
        send(pacer, headers)
        sent_at.append(time.monotonic())
        time.pass_by(0.01)
    return sent_at


def test_own_calls_in_any_minute_stay_under_the_headroom_of_the_assumed_budget():
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=100, headroom=0.85), time)

    assert busiest_minute(send_many(pacer, time, 300)) == 85


def test_the_budget_that_a_header_tells_replaces_the_assumed_one():
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=100, headroom=0.5, reserve=0), time)
    headers = told(40, 1, 60)

    assert busiest_minute(send_many(pacer, time, 60, headers)) == 20


@pytest.mark.parametrize("budget", [40, 3000])
def test_where_a_header_tells_only_what_is_left_the_budget_is_no_more_than_that_and_what_was_sent(budget):
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=300, headroom=0.85, reserve=0), time)
    sent_at, window_began = [], time.monotonic()
    for _ in range(600):
        with pacer.place() as observe:
            sent_at.append(time.monotonic())
            if sent_at[-1] >= window_began + 60:
                window_began = sent_at[-1]
            used = sum(1 for instant in sent_at if instant >= window_began)
            observe({"X-RateLimit-Remaining": str(budget - used)})
        time.pass_by(0.01)

    assert busiest_minute(sent_at) == min(300, budget) * 0.85


def test_calls_of_others_count_against_the_headroom_until_the_window_resets():
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=100, headroom=0.85, reserve=0), time)
    send(pacer, told(100, 85, 7))

    send(pacer)

    assert time.monotonic() == pytest.approx(7)


def test_below_the_reserve_waits_grow_with_jitter_until_the_window_resets():
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=300, headroom=1.0, reserve=10), time)
    send(pacer, {"X-RateLimit-Remaining": "9"})

    send(pacer)

    assert time.monotonic() == pytest.approx(61)
    assert len(time.pauses) > 3
    assert all(0 <= pause <= 2**number for number, pause in enumerate(time.pauses))


def test_nine_of_ten_calls_left_is_no_reason_to_wait():
    time = VirtualTime()
    pacer = Pacer(Pace(), time)
    send(pacer, told(300, 30, 50))

    send(pacer)

    assert time.pauses == []


def test_a_hold_stops_every_call_until_it_is_over():
    time = VirtualTime()
    pacer = Pacer(Pace(), time)
    pacer.hold(31)

    send(pacer)

    assert time.monotonic() == pytest.approx(31)


def test_a_window_that_ends_beyond_all_patience_is_not_waited_for():
    time = VirtualTime()
    pacer = Pacer(Pace(longest_wait_seconds=900), time)
    send(pacer, told(300, 300, 86400))

    with pytest.raises(RetryError, match="0 calls left, and 86400 s until there are more") as raised:
        send(pacer)

    assert raised.value.retry_after_seconds == pytest.approx(86_400)
    assert time.pauses == []


def test_a_usual_window_is_waited_for_however_short_patience_is():
    time = VirtualTime()
    pacer = Pacer(Pace(longest_wait_seconds=1), time)
    send(pacer, told(300, 300, 59))

    send(pacer)

    assert time.monotonic() == pytest.approx(59)


@pytest.mark.parametrize("number", ["inf", "nan"])
def test_a_budget_that_is_no_number_changes_nothing(number):
    time = VirtualTime()
    pacer = Pacer(Pace(), time)
    send(pacer, {"X-RateLimit-Remaining": number})

    send(pacer)

    assert time.pauses == []


def test_unreadable_headers_change_nothing():
    time = VirtualTime()
    pacer = Pacer(Pace(), time)
    send(pacer, {"inin-ratelimit-allowed": "many", "inin-ratelimit-count": "", "X-RateLimit-Remaining": "-"})

    send(pacer)

    assert time.pauses == []


def test_a_call_that_fails_gives_its_place_back_but_still_counts():
    time = VirtualTime()
    pacer = Pacer(Pace(requests_per_minute=2, headroom=1.0, reserve=0), time)
    for _ in range(2):
        with pytest.raises(ConnectionResetError), pacer.place():
            raise ConnectionResetError

    send(pacer)

    assert time.monotonic() == pytest.approx(61)


def test_nobody_gets_a_place_once_the_run_is_stopped():
    time = VirtualTime()
    pacer = Pacer(Pace(), time)
    time.stop()

    with pytest.raises(StoppedError):
        send(pacer)
