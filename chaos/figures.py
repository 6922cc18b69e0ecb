"""Figures of the campaign's parts, kept until the page is written: the parts may be run one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from chaos import ROOT
from chaos.long_run import LongRun
from chaos.measured import Measured

FOLDER: Final = ROOT / "output" / "chaos"
PARTS: Final = ("kills", "troubles", "long")


@dataclass(frozen=True)
class Figures:
    """What one part found.

    Attributes:
        part: One of `PARTS`.
        date: On which it was run, and how long it took.
        command: With which it can be run again.
        measured: Its rows.
        long_run: What the long run took, in its part alone.
    """

    part: str
    date: str
    command: str
    measured: tuple[Measured, ...] = ()
    long_run: LongRun | None = None

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost and every limit kept."""
        is_lost = any(each.differences for each in self.measured)
        return not is_lost and (self.long_run is None or self.long_run.is_kept)


def keep(figures: Figures) -> None:
    """Put figures in the place of those that the same part found before."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{figures.part}.json").write_bytes(msgspec.json.encode(figures))


def keep_further(figures: Figures) -> None:
    """Put rows in the places of those of the same names, or behind what was kept before."""
    before = kept().get(figures.part)
    rows = {row.what: row for row in [*(before.measured if before else ()), *figures.measured]}
    keep(replace(figures, measured=tuple(rows.values())))


def kept() -> dict[str, Figures]:
    """Figures of every part that was run in this checkout, by its name."""
    files = {part: FOLDER / f"{part}.json" for part in PARTS}
    return {
        part: msgspec.json.decode(file.read_bytes(), type=Figures)
        for part, file in files.items()
        if file.exists()
    }
