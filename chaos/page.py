"""Writes `docs/RELIABILITY.md`: what was tried, how often, and what was lost."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from chaos import ROOT
from chaos.figures import Figures
from chaos.happenings import LOOKBACK
from chaos.kills import KILLS_IN_A_ROW
from chaos.long_run import LIMIT_MEGABYTES, LongRun
from chaos.measured import Measured, total
from chaos.trouble_list import HURRY, SHARE, TROUBLES

PAGE = ROOT / "docs" / "RELIABILITY.md"
LIBRARIES = ("singer-sdk", "duckdb", "requests")

_FIGURES = "runs | killed | failed, resumed | requests | hits | extra rows | missing rows | wrong rows"


def page(figures: Mapping[str, Figures]) -> str:
    """The whole page, of a campaign whose parts were all run."""
    long_run = figures["long"].long_run
    sections = [_head(figures), _kills(figures["kills"].measured), _troubles(figures["troubles"].measured)]
    return "\n".join([*sections, *([_long_run(long_run)] if long_run else [])])


def _head(figures: Mapping[str, Figures]) -> str:
    parts = "\n".join(f"| `{each.command}` | {each.date} |" for each in figures.values())
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"""# What was tried, and what was lost

Written by the campaign of `make chaos`, whose code is in `chaos/`. {_machine()}, {os.cpu_count()} cores,
Python {platform.python_version()}, {libraries}.

Names can be tried one by one (`--only`); the figures of each are those of its latest run.

| part | run |
|---|---|
{parts}

The tap and target-duckdb run as two processes with a pipe between them, all streams selected, against a
sandbox. A run that was killed or failed is resumed from the last state that the target confirmed, the one it
wrote to its standard output. At the end the DuckDB file is compared with what it must hold, every row and
column of every table, but for when a row was read. Conversations, contacts, aliases, and on the platform's
surface addresses come from the sandbox; interactions, timeline events and documents of that surface from
plain readings of the data contract over the sandbox's payloads, written for the tests and sharing no code
with the tap; the rest from a run that nobody disturbed and that agreed with these. Events that were taken
back and documents that were emptied count as absent.

The target runs with the settings that `meltano.yml` gives it, and small batches. Two of them matter. Without
`flush_all_streams` it confirms positions of streams whose rows it has not loaded yet. Without
`add_metadata_columns` it loses the first row of every batch of a table that holds nothing but texts, for
DuckDB takes that row for a header; the campaign found this in `contact_addresses`.
"""


def _kills(kills: Sequence[Measured]) -> str:
    return f"""## Killed

SIGKILL at a moment drawn from the time that a whole run takes, up to {KILLS_IN_A_ROW} times in a row,
then a run to the end. Of four kills two hit the tap alone (its target loads what had been written), one both,
one the target alone. In every third chain all jobs end after a kill, in every fourth all cursors.

{_table(kills, "all")}
"""


def _troubles(troubles: Sequence[Measured]) -> str:
    tried = {each.what for each in troubles}
    untried = [each.what for each in TROUBLES if each.what not in tried]
    missing = f"\nWithout figures: {'; '.join(untried)}.\n" if untried else ""
    return f"""## In trouble

Each over the surfaces that know it; faulty answers over the platform without and over the guide with a store,
all else with and without one. Where answers are faulty, {SHARE:.0%} of them are. The tap's waits pass
{HURRY:.0f} times as fast as a user's. *Hits* counts what the sandbox did: faults of answers, tokens, cursors
and jobs, changes to the organization, leaps of its clock. The last run suffers the same faults, but nothing
changes while it runs.

Two rules of the tap bound what is asked of it. A conversation that ended more than {LOOKBACK.days} days ago,
the default of `lookback_days`, changes no more: that a change is found up to this very border, and behind it
by a longer lookback or a full refresh, `tests/integration/test_lookback.py` shows. And where the last run
went on among contacts, listed or read one by one, where one was cut off, another follows it: what changed
meanwhile behind its position comes with the next.

{_table(troubles, "all")}
{missing}{_examples(troubles)}"""


def _examples(rows: Iterable[Measured]) -> str:
    lost = [each for each in rows if each.differences]
    lines = [f"- {each.what}: {example}" for each in lost for example in each.differences.examples[:3]]
    return "\n".join(["", "What was lost, for example:", "", *lines, ""]) if lost else ""


def _long_run(run: LongRun) -> str:
    curve = "\n".join(f"| {minute} | {least:,.0f} | {most:,.0f} |" for minute, least, most in run.curve)
    verdict = "kept" if run.is_kept else "**missed**"
    return f"""## Long run

{run.conversations:,} conversations and {run.contacts:,} contacts in one run, all streams,
{run.records:,} rows, with a store, in {run.seconds / 60:,.1f} minutes. Resident memory, looked at every
second: at most {run.peak_megabytes:,.0f} MB, where {LIMIT_MEGABYTES} are allowed: {verdict}.

| minute | least MB | most MB |
|---|---|---|
{curve}
"""


def _table(rows: Iterable[Measured], name: str) -> str:
    rows = list(rows)
    head = f"| what | {_FIGURES} |\n|---|{'---|' * (_FIGURES.count('|') + 1)}\n"
    return head + "\n".join(_line(row) for row in [*rows, total(name, rows)])


def _line(row: Measured) -> str:
    lost = row.differences
    figures = (row.runs, row.killed, row.failed, row.requests, row.hits, lost.extra, lost.missing, lost.wrong)
    return f"| {row.what} | {' | '.join(f'{figure:,}' for figure in figures)} |"


def _machine() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
