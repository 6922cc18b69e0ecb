"""Figures, and the page that holds them."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "RESULTS.md"
LIBRARIES = ("singer-sdk", "msgspec", "duckdb", "requests")


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        figure: What came out, with its unit.
        limit: What it must keep to, empty where it only informs.
        is_kept: Whether it does; None without a limit.
    """

    what: str
    figure: str
    limit: str = ""
    is_kept: bool | None = None

    @property
    def verdict(self) -> str:
        """`kept`, `missed`, or nothing."""
        return {True: "kept", False: "**missed**", None: ""}[self.is_kept]


def at_most(what: str, measured: float, limit: float, unit: str) -> Row:
    """A figure with an upper limit."""
    return Row(what, _number(measured, unit), f"at most {limit:g}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str) -> Row:
    """A figure with a lower limit."""
    return Row(what, _number(measured, unit), f"at least {limit:g}", measured >= limit)


def _number(measured: float, unit: str) -> str:
    shown = f"{measured:,.0f}" if measured >= 100 else f"{measured:.2f}"  # noqa: PLR2004
    return f"{shown} {unit}".strip()


def table(rows: Iterable[Row]) -> str:
    """Figures as a Markdown table."""
    head = "| what | measured | limit | |\n|---|---|---|---|\n"
    return head + "\n".join(f"| {row.what} | {row.figure} | {row.limit} | {row.verdict} |" for row in rows)


def page(sections: Mapping[str, Sequence[Row]]) -> str:
    """All sections as one page."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    python = platform.python_version()
    head = f"""# Measured

`make bench`, {datetime.now(timezone.utc):%Y-%m-%d}, {_processor()}, two cores,
Python {python}, {libraries}.

The tap runs on one core, the sandbox on the other. Rates leave start-up out; the variants of a table were
measured in turn, in the same run, and a rate is from the medians of five rounds. What counts are the ratios.
"""
    return head + "".join(f"\n## {title}\n\n{table(rows)}\n" for title, rows in sections.items())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
