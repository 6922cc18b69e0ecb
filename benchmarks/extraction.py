"""How fast conversations come out, beside what a user would write instead, and what that needs.

Start-up is left out: each rate is that of the conversations by which a large organization exceeds a small
one. Every variant reads the same pages of 1000 records of 8 KB in the same run.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import requests

from benchmarks.processes import HERE, RECORD_BYTES, REPEATS, TAP, organization, run, selection
from benchmarks.results import Row, at_least, at_most
from benchmarks.side_by_side import Variant, microseconds

SMALL, LARGE = 4_000, 84_000
PLAIN_SMALL, PLAIN_LARGE = 2_000, 12_000
FIVE = ("external_contacts", "contact_aliases", "contact_addresses", "conversations", "interactions")


def tap_seconds(streams: Sequence[str], settings: Mapping[str, Any], conversations: int) -> float:
    """How long the tap takes to read so many conversations."""
    with organization(conversations) as sandbox:
        config = sandbox.config | {"window_days": 31} | settings
        return run(TAP, config, catalog=selection(*streams)).seconds


def rates() -> list[Row]:
    """Conversations a second, against the plain tap and the floor; five streams against one."""
    variants = {
        "plain": Variant(partial(_script, "plain_tap.py"), PLAIN_SMALL, PLAIN_LARGE),
        "floor": Variant(partial(_script, "floor.py"), SMALL, LARGE),
        "one": Variant(partial(tap_seconds, ("conversations",), {}), SMALL, LARGE),
        "five": Variant(partial(tap_seconds, FIVE, {}), SMALL, LARGE),
    }
    plain, floor, one, five = microseconds(variants).values()
    size = f"{RECORD_BYTES // 1024} KB"
    return [
        Row(f"plain singer-sdk tap, {size} conversations", f"{1e6 / plain:,.0f}/s"),
        Row("download, msgspec decode and encode, no SDK", f"{1e6 / floor:,.0f}/s"),
        Row("`conversations`", f"{1e6 / one:,.0f}/s"),
        at_least("`conversations` against the plain tap", plain / one, 15, "× its rate"),
        at_most("`conversations` against decode and encode", one / floor, 0.5, "× the time"),
        Row("all five streams", f"{1e6 / five:,.0f}/s"),
        at_most("all five streams against `conversations`", five / one, 3, "× the time"),
    ]


def memory() -> list[Row]:
    """Peak memory for ten times as many conversations."""
    small, large = (_peak(count) for count in (20_000, 200_000))
    return [
        Row("peak memory, 20,000 conversations", f"{small:.0f} MB"),
        at_most("peak memory, 200,000 conversations", large, 300, "MB"),
        at_most("the same against 20,000", large / small, 1.15, "×"),
    ]


def round_trips() -> list[Row]:
    """Twenty windows of five pages at 200 ms an answer, against the same requests one after the other."""
    options: dict[str, Any] = {"page_rows": 100, "record_bytes": 0, "days": 5, "latency_ms": 200}
    with organization(10_000, **options) as sandbox:
        # Each page has an hour of the history to itself.
        config = sandbox.config | {"page_size": 100, "window_days": 5 / 24}
        catalog = selection("conversations")
        together = run(TAP, config, catalog=catalog).seconds
        asked = [entry for entry in sandbox.requests() if entry.path.startswith("/api/")]
        alone = run(TAP, config | {"concurrency": 1}, catalog=catalog).seconds
        start = time.perf_counter()
        with requests.Session() as session:
            for entry in asked:
                session.request(entry.method, f"{sandbox.url}{entry.path}?{entry.query}", timeout=60)
        replayed = time.perf_counter() - start
    return [
        Row(f"{len(asked)} requests at 200 ms, one after the other", f"{replayed:.1f} s"),
        Row("the same by the tap, `concurrency: 1`", f"{alone:.1f} s"),
        Row("the same by the tap, as set by default", f"{together:.1f} s"),
        at_most("share of one after the other", together / replayed, 0.4, "×"),
    ]


def requests_made() -> list[Row]:
    """Requests of a whole organization, against its pages and windows."""
    options: dict[str, Any] = {"pre_encoded": False, "record_bytes": 0, "days": 20, "job_polls": 1}
    with organization(60_000, **options) as sandbox:
        config = sandbox.config | {"page_size": 500}
        run(TAP, config, catalog=selection(*FIVE))
        served = Counter(entry.path.rsplit("/", 1)[-1] for entry in sandbox.requests())
        total = sum(1 for entry in sandbox.requests() if entry.path.startswith(("/api/", "/oauth/")))
    windows = 20
    pages = served["results"] + sum(count for name, count in served.items() if name == "contacts")
    what = f"requests for {pages} pages in {windows} windows, five streams (pages × 1.02 + 4 a window)"
    return [at_most(what, total, pages * 1.02 + 4 * windows, "")]


def _script(name: str, conversations: int) -> float:
    with organization(conversations) as sandbox:
        interval = f"{sandbox.config['start_date']}/{sandbox.options.now}"
        return run([sys.executable, str(HERE / name)], sandbox.config | {"interval": interval}).seconds


def _peak(conversations: int) -> float:
    with organization(conversations) as sandbox:
        catalog = selection("conversations")
        return statistics.median(
            run(TAP, sandbox.config, catalog=catalog).peak_megabytes for _ in range(REPEATS)
        )
