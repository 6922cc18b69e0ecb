"""The guide's surface at the pace its budget allows, and what privacy costs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks.extraction import FIVE, LARGE, SMALL, tap_seconds
from benchmarks.processes import TAP, organization, run, selection
from benchmarks.results import Row, at_most
from benchmarks.side_by_side import Variant, microseconds

BUDGET, HEADROOM, MINUTE_SECONDS = 3_000, 0.85, 60.0
TIMELINES = ("timeline_events", "timelines")
PRIVATE = {
    "all streams, as selected by default": (*FIVE, *TIMELINES),
    "conversations and interactions alone": ("conversations", "interactions"),
}
"""Streams whose rate under each policy is measured. The second writes little else than payloads."""

LOSS_ALLOWED = {"hash": 35, "redact": 25}
"""Percent of the rate without."""


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
    policies: dict[str, dict[str, str]] = {
        "keep": {},
        "hash": {"policy": "hash", "key": "made up for the benchmark"},
        "redact": {"policy": "redact"},
    }
    variants = {
        name: Variant(partial(tap_seconds, streams, {"pii": pii}), SMALL, LARGE)
        for name, pii in policies.items()
    }
    kept, *hidden = microseconds(variants).values()
    return [
        Row(f"{what}, `pii` kept", f"{1e6 / kept:,.0f}/s"),
        *(
            at_most(f"`{policy}` ({1e6 / taken:,.0f}/s): loss of rate", (1 - kept / taken) * 100, limit, "%")
            for (policy, limit), taken in zip(LOSS_ALLOWED.items(), hidden, strict=True)
        ),
    ]


def _busiest(times: Sequence[float]) -> int:
    """Most requests that began in any sixty seconds."""
    ordered = sorted(times)
    return max(end + 1 - bisect_left(ordered, time - MINUTE_SECONDS) for end, time in enumerate(ordered))
