"""Runs the benchmarks and writes `RESULTS.md`.

python -m benchmarks [--only NAME]
"""

from __future__ import annotations

import argparse
import json
import operator
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks import extraction, following
from benchmarks.results import PAGE, Row, page, table

_COMPARE = {"≤": operator.le, "<": operator.lt, "≥": operator.ge, ">": operator.gt}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page when everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="measure this alone, and write nothing")
    only = parser.parse_args(argv).only
    sections: dict[str, Sequence[Row]] = {}
    for name, (title, measure) in BENCHMARKS.items():
        if only in {None, name}:
            sections[title] = measure()
            print(f"\n{title}\n\n{table(sections[title])}", flush=True)
    if only is None:
        PAGE.write_text(page(sections), encoding="utf-8")


def timelines() -> list[Row]:
    """The assembly's figures, measured by a process of their own."""
    command = [sys.executable, "-m", "benchmarks.assembly", "--json"]
    result = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return [_row(row) for row in result["rows"]]


def _row(row: Mapping[str, object]) -> Row:
    measured, bound = float(str(row["measured"])), str(row["bound"])
    sign, _, limit = bound.partition(" ")
    return Row(str(row["what"]), f"{measured:,g}", bound, _COMPARE[sign](measured, float(limit)))


BENCHMARKS: Mapping[str, tuple[str, Callable[[], Sequence[Row]]]] = {
    "rates": ("Conversations a second", extraction.rates),
    "memory": ("Memory", extraction.memory),
    "latency": ("Slow answers", extraction.round_trips),
    "requests": ("Requests", extraction.requests_made),
    "guide": ("The guide's surface", following.guide_pace),
    "privacy": ("Privacy", following.privacy),
    "timelines": ("Timelines", timelines),
}

if __name__ == "__main__":
    main()
