"""The tap as its users run it: a process that reads files and writes lines."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TAP = [sys.executable, "-m", "tap_genesys_journey"]
SECONDS = 120
"""How long a process may take before the test fails."""


@dataclass(frozen=True)
class Run:
    """What a finished process left behind."""

    exit_code: int
    messages: list[dict[str, Any]]
    log: str

    @property
    def state(self) -> dict[str, Any]:
        """Value of the last STATE line, empty where there was none."""
        return next((m["value"] for m in reversed(self.messages) if m["type"] == "STATE"), {})

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Records of a stream, in order."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    @property
    def errors(self) -> list[str]:
        """Lines of the log at level ERROR or worse."""
        return [line for line in self.log.splitlines() if " ERROR " in line or " CRITICAL " in line]


def command(folder: Path, config: dict[str, Any], **files: dict[str, Any] | None) -> list[str]:
    """Command line of the tap; configuration, state and catalog are written into the folder."""
    arguments = [*TAP]
    for name, content in {"config": config, **files}.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
    return arguments


def run_tap(folder: Path, config: dict[str, Any], **files: dict[str, Any] | None) -> Run:
    """Run the tap to its end."""
    process = subprocess.run(
        command(folder, config, **files), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Run(process.returncode, read_messages(process.stdout.splitlines()), process.stderr)


def run_killed(folder: Path, config: dict[str, Any], after_bytes: int, **files: dict[str, Any] | None) -> Run:
    """Run the tap and kill it once it has written so many bytes; a line cut in two is not read."""
    with subprocess.Popen(
        command(folder, config, **files), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read(after_bytes)
        process.kill()
    whole, _, _ = output.rpartition(b"\n")
    return Run(process.returncode, read_messages(whole.decode().splitlines()), "")


def read_messages(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Singer messages of these lines."""
    return [json.loads(line) for line in lines]


def selecting(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """The catalog with these streams selected and no others."""
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog
