"""The tap as its users run it: a process that reads files and writes lines."""

from __future__ import annotations

import contextlib
import fcntl
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

import msgspec

TAP = [sys.executable, "-m", "tap_genesys_journey"]
SECONDS = 120
"""How long a process may take before the test fails."""

STRUCTURED_LOGGING = """
version: 1
disable_existing_loggers: false
formatters: {structured: {(): singer_sdk.logging.StructuredFormatter}}
handlers: {all: {class: logging.StreamHandler, formatter: structured, stream: "ext://sys.stderr"}}
"""
"""What SINGER_SDK_LOG_CONFIG names, but for the loggers: `all` writes each line as JSON."""

SMALL_PIPE_BYTES = 4096
"""A tap that is to be killed cannot run further ahead of its reader than this, where the system allows it."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tap_genesys_journey.cli", "duckdb", "jinja2"])


class RecordLine(msgspec.Struct):
    """A line of standard output, its record's values byte for byte as written."""

    type: str
    stream: str = ""
    record: dict[str, msgspec.Raw] = {}


@dataclass(frozen=True)
class Run:
    """What a finished process left behind.

    Attributes:
        exit_code: As a shell sees it, a signal's number negated.
        output: Standard output; a last line that was cut in two is not part of it.
        log: Standard error.
    """

    exit_code: int
    output: bytes
    log: str

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """Singer messages, in order."""
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def state(self) -> dict[str, Any]:
        """Value of the last STATE line, empty where there was none."""
        return next((m["value"] for m in reversed(self.messages) if m["type"] == "STATE"), {})

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Records of a stream, in order."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def raw_rows(self, stream: str) -> list[dict[str, bytes]]:
        """Records of a stream, in order; each value as it stands in the line."""
        lines = (msgspec.json.decode(line, type=RecordLine) for line in self.output.splitlines())
        return [
            {name: bytes(value) for name, value in line.record.items()}
            for line in lines
            if line.type == "RECORD" and line.stream == stream
        ]

    @property
    def errors(self) -> list[str]:
        """Text of the log's lines at level ERROR or worse."""
        lines = (line.split(" | ", 3) for line in self.log.splitlines())
        return [parts[3] for parts in lines if len(parts) > 3 and parts[1].strip() in {"ERROR", "CRITICAL"}]


def command(
    folder: Path, config: Mapping[str, Any], *options: str, **files: Mapping[str, Any] | None
) -> list[str]:
    """Command line of the tap; configuration, state and catalog are written into the folder."""
    arguments = [*TAP, *options]
    for name, content in {"config": config, **files}.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
    return arguments


def environment(**variables: str) -> dict[str, str]:
    """Environment of a process of the tap: nothing of the caller's own settings, and these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAP_GENESYS_JOURNEY_")}
    return kept | variables


def run(arguments: Sequence[str], **variables: str) -> Run:
    """Run a command line to its end."""
    process = subprocess.run(
        arguments, capture_output=True, timeout=SECONDS, check=False, env=environment(**variables)
    )
    return Run(process.returncode, process.stdout, process.stderr.decode())


def run_tap(folder: Path, config: Mapping[str, Any], **files: Mapping[str, Any] | None) -> Run:
    """Run the tap to its end."""
    return run(command(folder, config, **files))


class Started:
    """The tap, running; whoever reads too little of its output makes it wait."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=stderr, env=environment()
            )
        self._read = b""

    @property
    def output(self) -> IO[bytes]:
        """Standard output, not read yet."""
        assert self.process.stdout is not None
        return self.process.stdout

    def read(self, until: Callable[[bytes], bool]) -> None:
        """Take whole lines of the output until what was taken is enough."""
        while not until(self._read):
            self._read += self.output.readline()

    def await_log(self, text: str) -> None:
        """Return when the log holds a text.

        Raises:
            AssertionError: It does not in good time.
        """
        deadline = time.monotonic() + SECONDS
        while text not in self._log.read_text():
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.01)

    @contextlib.contextmanager
    def drained(self) -> Iterator[None]:
        """All that the tap writes is read meanwhile, so that it never waits; leaving waits for its end."""
        rest: list[bytes] = []
        reader = threading.Thread(target=lambda: rest.append(self.output.read()), daemon=True)
        reader.start()
        yield
        reader.join(SECONDS)
        self._read += b"".join(rest)

    def finish(self) -> Run:
        """What the tap left behind, with what it still writes."""
        if not self.output.closed:
            self._read += self.output.read()
        exit_code = self.process.wait(SECONDS)
        return Run(exit_code, self._read, self._log.read_text())


@contextlib.contextmanager
def started_tap(
    folder: Path, config: Mapping[str, Any], **files: Mapping[str, Any] | None
) -> Iterator[Started]:
    """The tap, running while the context lasts."""
    started = Started(command(folder, config, **files), folder / "log.txt")
    with started.process:
        try:
            yield started
        finally:
            started.process.kill()


def run_forked(
    arguments: Sequence[str], *, kill_after: int | None = None, is_drained: bool = False, **variables: str
) -> Run:
    """Run a command line in a fork of a process that has imported the tap; that takes longer than a run.

    Args:
        arguments: Of a `command`.
        kill_after: Bytes of output after which the reader kills it with SIGKILL; None lets it end.
        is_drained: Whether the reader takes what the killed tap had written beyond them, too.
        variables: Of its environment.
    """
    receiver, sender = FORKS.Pipe(duplex=False)
    if kill_after is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(sender.fileno(), fcntl.F_SETPIPE_SZ, SMALL_PIPE_BYTES)
    with tempfile.NamedTemporaryFile() as log:
        fork = arguments[len(TAP) :], sender, log.name, environment(**variables)
        process = FORKS.Process(target=become_tap, args=fork)
        process.start()
        sender.close()
        with receiver, open(receiver.fileno(), "rb", closefd=False) as output:
            written = output.read(kill_after)
            if kill_after is not None:
                process.kill()
                written += output.read() if is_drained else b""
        process.join(SECONDS)
        exit_code = process.exitcode
        process.close()
        whole, newline, _ = written.rpartition(b"\n")
        return Run(exit_code or 0, whole + newline, Path(log.name).read_text())


def become_tap(arguments: list[str], output: Connection, log: str, variables: dict[str, str]) -> None:
    """In the fork: let pipe and file be standard output and error, and be the command."""
    from tap_genesys_journey.cli import main  # noqa: PLC0415 - only the fork needs it

    os.dup2(output.fileno(), 1)
    output.close()
    os.dup2(os.open(log, os.O_WRONLY), 2)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["tap-genesys-journey", *arguments]
    main()


def selecting(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """The catalog with these streams selected and no others."""
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog


def discovered() -> dict[str, Any]:
    """The catalog as `--discover` writes it; it needs no settings."""
    result: dict[str, Any] = json.loads(run([*TAP, "--discover"]).output)
    return result


def upserted(*runs: Run) -> dict[tuple[str, ...], dict[str, Any]]:
    """What a target holds after it took the runs one after the other.

    When a row was read is left out, and so are events that belong to nobody: they say what no row says.
    """
    keys: dict[str, list[str]] = {}
    table: dict[tuple[str, ...], dict[str, Any]] = {}
    for message in (message for each in runs for message in each.messages):
        if message["type"] == "SCHEMA":
            keys[message["stream"]] = message["key_properties"]
        if message["type"] == "RECORD":
            record = message["record"]
            key = (message["stream"], *(record[name] for name in keys[message["stream"]]))
            table[key] = _without_times_of_reading(record)
    return {
        key: row for key, row in table.items() if key[0] != "timeline_events" or row["contact_id"] is not None
    }


def _without_times_of_reading(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_times_of_reading(value) if name == "metadata" else value
        for name, value in record.items()
        if name not in {"detected_at_utc", "extraction_timestamp_utc", "extractionTimestampUTC"}
    }
