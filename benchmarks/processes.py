"""Runs one variant as a process on a core of its own, and tells how long it took and what it needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genesys_sandbox import Sandbox, SandboxOptions

HERE = Path(__file__).resolve().parent
TAP = [sys.executable, "-m", "tap_genesys_journey"]
RECORD_BYTES = 8192
REPEATS = 3
TAP_CORE, SANDBOX_CORE = 0, 1


@dataclass(frozen=True)
class Usage:
    """What a process took.

    Attributes:
        seconds: From start to end, by the clock.
        peak_megabytes: Largest resident memory.
    """

    seconds: float
    peak_megabytes: float


def run(command: Sequence[str], config: Mapping[str, Any], **files: Any) -> Usage:  # noqa: ANN401  # JSON
    """Run a command with a configuration file to its end, output to nowhere, on the tap's core.

    Raises:
        RuntimeError: It failed; the message is the end of what it logged.
    """
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        arguments = [*command, *_written(Path(folder), {"config": dict(config), **files})]
        if command != TAP:
            arguments = [*command, str(Path(folder) / "config.json")]
        log = Path(folder) / "log"
        start = time.perf_counter()
        with log.open("wb") as errors:
            pinned = ["taskset", "--cpu-list", str(TAP_CORE), *arguments]
            process = subprocess.Popen(pinned, stdout=nowhere, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(log.read_text()[-2000:])
    return Usage(seconds, usage.ru_maxrss / 1024)


def _written(folder: Path, files: Mapping[str, Any]) -> Iterator[str]:
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content))
        yield from (f"--{name}", str(path))


@contextmanager
def organization(conversations: int, **options: Any) -> Iterator[Sandbox]:  # noqa: ANN401  # its options
    """A sandbox of its own process and core, its pages encoded beforehand unless told otherwise."""
    merged: dict[str, Any] = {
        "contacts": 2_000,
        "conversations": conversations,
        "days": conversations // 24_000 + 2,
        "record_bytes": RECORD_BYTES,
        "pre_encoded": True,
        "job_polls": 0,
        "requests_per_minute": 0,
    }
    with Sandbox(SandboxOptions(**merged | options), process=True) as sandbox:
        os.sched_setaffinity(sandbox._process.pid, {SANDBOX_CORE})  # noqa: SLF001  # no other way to its id
        yield sandbox


def selection(*streams: str) -> dict[str, Any]:
    """The tap's catalog with these streams selected."""
    found = subprocess.run([*TAP, "--discover"], capture_output=True, check=True, text=True)
    catalog: dict[str, Any] = json.loads(found.stdout)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog
