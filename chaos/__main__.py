"""Runs the campaign and writes `docs/RELIABILITY.md`.

python -m chaos [kills | troubles | long] [--kills N] [--only TEXT …] [--seed N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone

from chaos.figures import PARTS, Figures, keep, keep_further, kept
from chaos.kills import kill_everywhere
from chaos.long_run import run_long
from chaos.measured import WAYS, Measured
from chaos.page import PAGE, page
from chaos.trouble_list import TROUBLES
from chaos.troubles import go_wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Try everything, or one part; the page is written once every part was run in this checkout.

    Returns:
        1 where a row was lost or a limit missed, else 0.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, help="try this alone")
    parser.add_argument("--kills", type=int, default=300, help="runs to kill")
    parser.add_argument("--only", nargs="*", default=[""], help="ways to run or troubles that are named so")
    parser.add_argument("--seed", type=int, default=20260316, help="another seed, other moments and changes")
    asked = parser.parse_args(argv)
    found = [_run(part, asked) for part in ([asked.part] if asked.part else PARTS)]
    figures = kept()
    if len(figures) == len(PARTS):
        PAGE.write_text(page(figures), encoding="utf-8")
    return int(not all(each.is_kept for each in found))


def _run(part: str, asked: argparse.Namespace) -> Figures:
    """Run a part, keep what it found, and show examples of what was lost."""
    begun = time.monotonic()
    measured: tuple[Measured, ...] = ()
    long_run = None
    if part == "kills":
        ways = [way for way in WAYS if _is_asked(str(way), asked)]
        kills = asked.kills * len(ways) // len(WAYS)
        measured = tuple(kill_everywhere(kills, ways, asked.seed, _say))
    elif part == "troubles":
        chosen = [trouble for trouble in TROUBLES if _is_asked(trouble.what, asked)]
        measured = tuple(go_wrong(chosen, asked.seed, _say))
    else:
        long_run = run_long(_say)
        _say(f"long run: {long_run.seconds:,.0f} s, at most {long_run.peak_megabytes:,.0f} MB")
    took = "name by name" if any(asked.only) else f"{(time.monotonic() - begun) / 60:,.0f} minutes"
    date = f"{datetime.now(timezone.utc):%Y-%m-%d}, {took}"
    figures = Figures(part, date, f"python -m chaos {part} --seed {asked.seed}", measured, long_run)
    (keep_further if any(asked.only) else keep)(figures)
    for each in measured:
        if each.differences:
            _say(f"{each.what}: {'; '.join(each.differences.examples)}")
    return figures


def _is_asked(name: str, asked: argparse.Namespace) -> bool:
    return any(text in name for text in asked.only)


def _say(text: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - _BEGUN), 60)
    print(f"{minutes:3}:{seconds:02} {text}", flush=True)


_BEGUN = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
