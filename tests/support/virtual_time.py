"""A clock that moves when somebody waits, so that nothing in a test sleeps."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

from tap_genesys_journey.http.waiting import Waiting


class VirtualTime(Waiting):
    """Waiting without sleeping; `pauses` lists what was waited for."""

    def __init__(self, start: datetime = datetime(2026, 1, 31, tzinfo=timezone.utc)) -> None:
        super().__init__()
        self.start = start
        self.elapsed = 0.0
        self.pauses: list[float] = []
        self._moving = threading.Lock()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def pass_by(self, seconds: float) -> None:
        with self._moving:
            self.elapsed += seconds

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.pass_by(seconds)
