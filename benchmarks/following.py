"""The guide's surface at the pace its budget allows, and what privacy costs."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from benchmarks.extraction import FIVE, LARGE, SMALL
from benchmarks.processes import REPEATS, TAP, organization, run, selection
from benchmarks.results import Row, at_most

BUDGET, HEADROOM, MINUTE_SECONDS = 3_000, 0.85, 60.0
TIMELINES = ("timeline_events", "timelines")
PRIVATE = {
    "all streams, as selected by default": (*FIVE, *TIMELINES),
    "conversations and interactions alone": ("conversations", "interactions"),
}
"""Streams whose rate under each policy is measured. The second writes little else than payloads."""


def guide_pace() -> list[Row]:
    """5,000 contacts with 40,000 conversations at 50 ms an answer, against what the budget allows."""
    options: dict[str, Any] = {
        "contacts": 5_000,
        "days": 90,
        "record_bytes": 0,
        "pre_encoded": False,
        "latency_ms": 50,
        "requests_per_minute": BUDGET,
    }
    with organization(40_000, **options) as sandbox:
        config = sandbox.config | {"api": "guide", "requests_per_minute": BUDGET}
        taken = run(TAP, config, catalog=selection(*FIVE)).seconds
        times = [entry.time for entry in sandbox.requests() if entry.path.startswith("/api/")]
    allowed = len(times) / (BUDGET * HEADROOM) * MINUTE_SECONDS
    what = f"guide: {len(times):,} requests at 50 ms, {BUDGET:,} a minute of which 85 % may be used"
    return [
        Row(what, f"{taken:.1f} s"),
        Row("what that share of the budget allows", f"{allowed:.1f} s"),
        at_most("the run against that", taken / allowed, 1.2, "× the time"),
        at_most(
            "requests in the busiest minute, share of the budget", _busiest(times) / BUDGET, HEADROOM, "×"
        ),
    ]


def privacy() -> list[Row]:
    """Rate of conversations under each policy, against none."""
    return [row for what, streams in PRIVATE.items() for row in _privacy(what, streams)]


def _privacy(what: str, streams: Sequence[str]) -> list[Row]:
    kept = _microseconds(streams, {})
    costs = {
        "hash": (_microseconds(streams, {"policy": "hash", "key": "made up for the benchmark"}), 35),
        "redact": (_microseconds(streams, {"policy": "redact"}), 25),
    }
    return [
        Row(f"{what}, `pii` kept", f"{1e6 / kept:,.0f}/s"),
        *(
            at_most(
                f"`{policy}` ({1e6 / hidden:,.0f}/s): loss of rate", (1 - kept / hidden) * 100, limit, "%"
            )
            for policy, (hidden, limit) in costs.items()
        ),
    ]


def _busiest(times: Sequence[float]) -> int:
    """Most requests that began in any sixty seconds."""
    ordered = sorted(times)
    return max(end + 1 - bisect_left(ordered, time - MINUTE_SECONDS) for end, time in enumerate(ordered))


def _microseconds(streams: Sequence[str], pii: dict[str, str]) -> float:
    """Time for one more conversation."""
    seconds = [_seconds(LARGE, streams, pii) - _seconds(SMALL, streams, pii) for _ in range(REPEATS)]
    return statistics.median(seconds) / (LARGE - SMALL) * 1e6


def _seconds(conversations: int, streams: Sequence[str], pii: dict[str, str]) -> float:
    with organization(conversations) as sandbox:
        config = sandbox.config | {"window_days": 31, "pii": pii}
        return run(TAP, config, catalog=selection(*streams)).seconds
