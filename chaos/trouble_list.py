"""Everything that can go wrong at the other end: the list, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.clock import Clock
from chaos.measured import WAYS, Way
from genesys_sandbox import Sandbox

HURRY = 20.0
"""Seconds of the tap's waits to one of the campaign's."""

SHARE = 0.3
"""Of the answers that are faulty."""

HOUR = 3600.0
DAY = 24 * HOUR
ANSWER_FAULTS = (
    "status_429",
    "status_429_without_retry_after",
    "status_500",
    "status_502",
    "status_503",
    "status_504",
    "status_408",
    "cut_before",
    "cut_inside",
    "truncated_json",
    "html",
    "wrong_length",
    "slow",
)
SILENCE: dict[str, float] = {"slow_seconds": 40.0}
MIXED: dict[str, float] = dict.fromkeys(ANSWER_FAULTS, SHARE / len(ANSWER_FAULTS)) | SILENCE
LOST: dict[str, float] = {"expired_cursor": 0.05, "expired_job": 0.05, "expired_token": 0.02}


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble.

    Attributes:
        what: It, in words.
        faults: Rates of the sandbox's faults.
        settings: Settings of the tap that make it matter.
        clock: The tap's.
        ways: The ways to run the tap in which it is tried.
        changes: Changes of the organization between two runs.
        is_changing: Whether the organization goes on changing while a run reads it.
        steps: What is done to the sandbox before each run but the last; as many runs as there are steps.
        has_kills: Whether runs but the first and the last are killed at a random moment.
        options: Of the sandbox.
    """

    what: str
    faults: Mapping[str, float | bool] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=lambda: Clock(HURRY))
    ways: Sequence[Way] = WAYS
    changes: int = 0
    is_changing: bool = False
    steps: Sequence[Callable[[Sandbox], object]] = ()
    has_kills: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_still(self) -> bool:
        """Whether the organization at the end is as it was at the start."""
        return not (self.changes or self.is_changing or self.steps)

    @property
    def deeds(self) -> int:
        """How often something is done to the sandbox besides faults and changes."""
        return sum(step is not _nothing for step in self.steps)


def _nothing(_sandbox: Sandbox) -> None:
    """Only time passes."""


def _expire_all(sandbox: Sandbox) -> None:
    sandbox.control.expire_jobs()
    sandbox.control.expire_cursors()
    sandbox.control.expire_tokens()


def _stand_still(sandbox: Sandbox) -> None:
    """The availability date stays while the clock goes on."""
    sandbox.control.set_availability("2026-03-16T12:00:00.000Z")
    sandbox.control.advance(6 * HOUR)


def _go_back(sandbox: Sandbox) -> None:
    """The availability date falls behind what it had promised."""
    sandbox.control.set_availability("2026-03-15T00:00:00.000Z")


def _go_on(sandbox: Sandbox) -> None:
    sandbox.control.set_availability(None)


def _leap(sandbox: Sandbox) -> None:
    sandbox.control.advance(30 * HOUR)


def _leap_back(sandbox: Sandbox) -> None:
    sandbox.control.advance(-20 * HOUR)


def _answers(kind: str, what: str) -> Trouble:
    """One kind of faulty answers, over each surface once."""
    settings = {"request_timeout_seconds": 0.4} if kind == "slow" else {}
    return Trouble(what, {kind: SHARE, **SILENCE}, settings, ways=(WAYS[0], WAYS[3]))


ONLY_JOBS = WAYS[:2]
"""The other surface has no jobs."""

TROUBLES: tuple[Trouble, ...] = (
    _answers("status_429", "429 with `Retry-After`"),
    _answers("status_429_without_retry_after", "429 without `Retry-After`"),
    _answers("status_500", "500"),
    _answers("status_502", "502"),
    _answers("status_503", "503"),
    _answers("status_504", "504"),
    _answers("status_408", "408"),
    _answers("cut_before", "connection cut before the answer"),
    _answers("cut_inside", "connection cut in the body"),
    _answers("truncated_json", "truncated JSON"),
    _answers("html", "HTML instead of JSON"),
    _answers("wrong_length", "wrong content length"),
    _answers("slow", "40 s of silence, time limit 0.4 s"),
    Trouble(
        "all of these at once, at the login, too", MIXED | {"token": True}, {"request_timeout_seconds": 0.4}
    ),
    Trouble("tokens that end during a run", {"expired_token": 0.05}),
    Trouble("scan cursors and page tokens that end during a run", {"expired_cursor": 0.1}),
    Trouble("jobs whose results end during a run", {"expired_job": 0.15}, ways=ONLY_JOBS),
    Trouble("jobs that fail", {"job_failed": SHARE}, ways=ONLY_JOBS),
    Trouble("jobs that are cancelled", {"job_cancelled": SHARE}, ways=ONLY_JOBS),
    Trouble("jobs that stay pending for a while", {"job_extra_polls": 4}, ways=ONLY_JOBS),
    Trouble("jobs that stay pending for ever", {"job_stuck": 0.2}, {"max_wait_seconds": 30}, ways=ONLY_JOBS),
    Trouble("rows repeated across pages", {"repeated_rows": 0.5}),
    Trouble("everything ends between runs", steps=(_nothing, _expire_all, _expire_all)),
    Trouble(
        "availability date an hour back in half of the answers",
        {"availability_goes_back": 0.5},
        ways=ONLY_JOBS,
        steps=(_leap, _nothing),
    ),
    Trouble(
        "availability date that stands still, goes back, goes on",
        ways=ONLY_JOBS,
        steps=(_stand_still, _go_back, _nothing, _go_on),
    ),
    Trouble("the platform's clock leaps 30 h, goes back 20 h, leaps", steps=(_leap, _leap_back, _leap)),
    Trouble(
        "the tap's clock jumps by hours and days, both ways",
        clock=Clock(HURRY, (0.0, 3 * DAY, -5 * HOUR, -40 * DAY, 2 * HOUR)),
        steps=(_leap, _leap),
    ),
    Trouble("changes between runs", changes=12, steps=(_nothing,) * 4),
    Trouble("changes during runs", is_changing=True, steps=(_nothing,) * 3),
    Trouble(
        "all of this at once, and kills",
        MIXED | LOST | {"repeated_rows": 0.2, "job_failed": 0.05, "job_cancelled": 0.05},
        {"request_timeout_seconds": 0.4},
        changes=4,
        is_changing=True,
        has_kills=True,
        steps=(_nothing, _expire_all, _leap, _expire_all, _nothing),
    ),
)
