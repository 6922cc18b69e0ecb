"""One long run whose memory is looked at every second."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from support.processes import command, environment

from genesys_sandbox import Sandbox, SandboxOptions

CONVERSATIONS = 500_000
CONTACTS = 100_000
LIMIT_MEGABYTES = 400
MINUTE = 60
SAMPLE_SECONDS = 1.0

ORGANIZATION: Mapping[str, Any] = {
    "days": CONVERSATIONS // 24_000 + 2,
    "pre_encoded": True,
    "record_bytes": 4096,
    "job_polls": 0,
    "requests_per_minute": 0,
}


@dataclass(frozen=True)
class LongRun:
    """What a run took.

    Attributes:
        conversations: Rows of that stream.
        contacts: Rows of that stream.
        records: Rows of all streams.
        seconds: From start to end.
        samples: Resident megabytes, one a second.
        exit_code: Of the tap.
    """

    conversations: int
    contacts: int
    records: int
    seconds: float
    samples: tuple[float, ...]
    exit_code: int

    @property
    def peak_megabytes(self) -> float:
        """The largest sample."""
        return max(self.samples)

    @property
    def curve(self) -> Iterator[tuple[int, float, float]]:
        """Minute, and the least and the most that was resident in it."""
        for minute, samples in groupby(enumerate(self.samples), key=lambda each: each[0] // MINUTE):
            seen = [megabytes for _, megabytes in samples]
            yield minute + 1, min(seen), max(seen)

    @property
    def is_kept(self) -> bool:
        """Whether everything came, and memory kept to its limit."""
        return (
            self.exit_code == 0
            and self.conversations >= CONVERSATIONS
            and self.contacts >= CONTACTS
            and self.peak_megabytes < LIMIT_MEGABYTES
        )


def run_long(say: Callable[[str], None]) -> LongRun:
    """Read the large organization once with all streams, output counted and thrown away."""
    options = SandboxOptions(contacts=CONTACTS, conversations=CONVERSATIONS, **ORGANIZATION)
    with Sandbox(options, process=True) as sandbox, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = sandbox.config | {"store_path": str(folder / "store.duckdb")}
        start = time.monotonic()
        with (folder / "log").open("wb") as log, (folder / "counts").open("wb") as counts:
            tap = subprocess.Popen(
                command(folder, config), stdout=subprocess.PIPE, stderr=log, env=environment()
            )
            counter = subprocess.Popen(
                ["grep", "--only-matching", "--text", '^{"type":"RECORD","stream":"[a-z_]*"'],
                stdin=tap.stdout,
                stdout=counts,
            )
            samples = tuple(_samples(tap, say))
            counter.wait()
        seconds = time.monotonic() - start
        found = _counted(folder / "counts")
        if tap.returncode:
            say((folder / "log").read_text(encoding="utf-8")[-2000:])
    return LongRun(
        found.get("conversations", 0),
        found.get("external_contacts", 0),
        sum(found.values()),
        seconds,
        samples,
        tap.returncode,
    )


def _samples(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> Iterator[float]:
    """Resident megabytes once a second until the process ends."""
    page = os.sysconf("SC_PAGE_SIZE")
    status = Path(f"/proc/{process.pid}/statm")
    count = 0
    while process.poll() is None:
        resident = int(status.read_text(encoding="ascii").split()[1]) * page / 2**20
        yield resident
        count += 1
        if not count % MINUTE:
            say(f"long run: minute {count // MINUTE}, {resident:,.0f} MB")
        try:
            process.wait(SAMPLE_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _counted(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            stream = json.loads(line + "}")["stream"]
            found[stream] = found.get(stream, 0) + 1
    return found
