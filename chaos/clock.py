"""The tap's clock in a fork of the campaign: it may run faster than ours, and jump."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from multiprocessing.connection import Connection

from support.processes import become_tap

from tap_genesys_journey.http.waiting import Waiting


@dataclass(frozen=True)
class Clock:
    """How the tap's time passes.

    Attributes:
        hurry: Seconds of the tap's to one of ours, so that a campaign need not wait as long as a user would.
        jumps: Seconds by which the wall clock is off, one after the other each time it is asked.
    """

    hurry: float = 1.0
    jumps: tuple[float, ...] = ()

    def install(self) -> None:
        """Let every wait and every look at the clock in this process be of this clock."""
        begun, pause, hurry = time.monotonic(), Waiting._pause, self.hurry  # noqa: SLF001  # the seam of its tests
        offsets = itertools.cycle(self.jumps or (0.0,))

        def monotonic(_waiting: Waiting) -> float:
            return begun + (time.monotonic() - begun) * hurry

        def now(_waiting: Waiting) -> datetime:
            return datetime.now(timezone.utc) + timedelta(seconds=next(offsets))

        def hurried(waiting: Waiting, seconds: float) -> None:
            pause(waiting, seconds / hurry)

        for name, method in {"monotonic": monotonic, "now": now, "_pause": hurried}.items():
            setattr(Waiting, name, method)


def become_tap_with(
    clock: Clock, arguments: list[str], output: Connection, log: str, variables: dict[str, str]
) -> None:
    """In the fork: set the clock, then be the command."""
    clock.install()
    become_tap(arguments, output, log, variables)
