"""Real Singer targets as processes, at the other end of the tap's pipe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.environments import python_of
from support.journey_parity import SCHEMA
from support.processes import SECONDS, command, environment


@dataclass(frozen=True)
class Target:
    """A target and its settings.

    Attributes:
        name: Of its command.
        config: Its settings.
    """

    name: str
    config: Mapping[str, Any]


def target_duckdb(database: Path) -> Target:
    """The target that fills a DuckDB file."""
    return Target("target-duckdb", {"path": str(database), "default_target_schema": SCHEMA})


def target_postgres(socket_folder: str) -> Target:
    """The target that fills the PostgreSQL which listens in a folder."""
    url = f"postgresql://postgres@/postgres?host={socket_folder}"
    return Target("target-postgres", {"sqlalchemy_url": url, "default_target_schema": SCHEMA})


def load(
    folder: Path, config: Mapping[str, Any], target: Target, state: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Run the tap into a target, as `tap | target` does; gives the state that the target let through last."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "target.json"
    settings.write_text(json.dumps(target.config), encoding="utf-8")
    program = python_of("targets").with_name(target.name)
    tap_log, target_log = folder / "tap.log", folder / "target.log"
    with (
        tap_log.open("wb") as tap_errors,
        target_log.open("wb") as target_errors,
        subprocess.Popen(
            command(folder, config, state=state),
            stdout=subprocess.PIPE,
            stderr=tap_errors,
            env=environment(),
        ) as tap,
    ):
        loaded = subprocess.run(
            [program, "--config", settings],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            stderr=target_errors,
            timeout=SECONDS,
            check=False,
        )
        tap.stdout.close()
    assert loaded.returncode == 0, target_log.read_text(encoding="utf-8")[-4000:]
    assert tap.returncode == 0, tap_log.read_text(encoding="utf-8")[-4000:]
    return json.loads(loaded.stdout.splitlines()[-1])
