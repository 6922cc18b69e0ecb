"""The tap and a real target-duckdb as two processes with a pipe between them, and how they are killed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final

import yaml
from support.environments import python_of
from support.processes import FORKS, SECONDS, TAP, command, environment

from chaos import ROOT
from chaos.clock import Clock, become_tap_with

SCHEMA: Final = "chaos"
BATCH_ROWS: Final = 60
"""Few rows to a batch, so that the target confirms states while the run goes on."""


@dataclass(frozen=True)
class Kill:
    """When SIGKILL comes, seconds from the start, and to whom: `tap`, `target` or `both`."""

    after_seconds: float
    victim: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        exit_code: The tap's, a signal's number negated.
        target_exit_code: The target's.
        seconds: From start to the end of both.
        log: What the tap said.
        target_log: What the target said.
    """

    exit_code: int
    target_exit_code: int
    seconds: float
    log: str
    target_log: str

    @property
    def is_killed(self) -> bool:
        """Whether one of the two was killed before its end."""
        return -SIGKILL in {self.exit_code, self.target_exit_code}

    @property
    def is_complete(self) -> bool:
        """Whether everything was read and loaded."""
        return self.exit_code == self.target_exit_code == 0


class Pipeline:
    """Runs that load one DuckDB file, each from the last state that the target confirmed.

    Attributes:
        database: The file.
        state: What the target confirmed last; None before the first.
        outcomes: The runs so far.
    """

    def __init__(
        self, folder: Path, config: Mapping[str, Any], *, durable: bool = False, clock: Clock | None = None
    ) -> None:
        """Nothing is loaded yet.

        Args:
            folder: Takes the file, the store and everything that passes between the processes.
            config: Settings of the tap.
            durable: Whether the tap keeps a store between the runs.
            clock: The tap's; by default the true one.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.database = folder / "loaded.duckdb"
        self.state: dict[str, Any] | None = None
        self.outcomes: list[Outcome] = []
        self._folder = folder
        self._config = dict(config) | ({"store_path": str(folder / "store.duckdb")} if durable else {})
        self._clock = clock or Clock()
        self._target_config = folder / "target.json"
        self._target_config.write_text(json.dumps(self._target_settings()), encoding="utf-8")

    def _target_settings(self) -> dict[str, Any]:
        return {
            **_recommended(),
            "path": str(self.database),
            "default_target_schema": SCHEMA,
            "batch_size_rows": BATCH_ROWS,
            "temp_dir": str(self._folder),
        }

    @property
    def is_within_a_listing(self) -> bool:
        """Whether the next run goes on among contacts, listed or read one by one, where one was cut off."""
        bookmarks = (self.state or {}).get("bookmarks", {})
        positions = [each.get("position", {}) for each in bookmarks.values()]
        return any({"scan", "contact"} & position.keys() for position in positions)

    def run(self, kill: Kill | None = None) -> Outcome:
        """Run once, to the end or to the kill; the state moves on to what the target confirms."""
        start = time.monotonic()
        log, target_log = self._folder / "tap.log", self._folder / "target.log"
        log.write_bytes(b"")
        arguments = command(self._folder, self._config, state=self.state)[len(TAP) :]
        receiver, sender = FORKS.Pipe(duplex=False)
        tap = FORKS.Process(
            target=become_tap_with, args=(self._clock, arguments, sender, str(log), environment())
        )
        tap.start()
        sender.close()
        with target_log.open("wb") as target_errors, receiver:
            target = subprocess.Popen(
                [python_of("targets").with_name("target-duckdb"), "--config", self._target_config],
                stdin=receiver.fileno(),
                stdout=subprocess.PIPE,
                stderr=target_errors,
            )
        try:
            confirmed = _confirmed(target, tap, kill)
        finally:
            target.kill()
            tap.join(SECONDS)
            tap.kill()
        self.state = confirmed or self.state
        seconds = time.monotonic() - start
        said = (each.read_text(encoding="utf-8", errors="replace") for each in (log, target_log))
        outcome = Outcome(tap.exitcode or 0, target.returncode, seconds, *said)
        tap.close()
        self.outcomes.append(outcome)
        return outcome


def _recommended() -> dict[str, Any]:
    """The settings of target-duckdb that `meltano.yml` gives: without them it loses rows."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    loader = next(each for each in project["plugins"]["loaders"] if each["name"] == "target-duckdb")
    return {each["name"]: each["value"] for each in loader["settings"] if "value" in each}


def _confirmed(target: subprocess.Popen[bytes], tap: Any, kill: Kill | None) -> dict[str, Any] | None:  # noqa: ANN401  # a process of the fork server
    """Let both run, kill whom it hits, and give the last whole state that the target wrote."""
    written = b""
    try:
        written, _ = target.communicate(timeout=kill.after_seconds if kill else SECONDS)
    except subprocess.TimeoutExpired:
        if kill is None:
            tap.kill()
            raise
        if kill.victim != "target":
            tap.kill()
        if kill.victim != "tap":
            target.kill()
        written, _ = target.communicate(timeout=SECONDS)
    states = written.rpartition(b"\n")[0].splitlines()
    return json.loads(states[-1]) if states else None
