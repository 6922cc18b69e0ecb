"""Singer messages to standard output: whole lines only, a page at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.messages import Message

from tap_genesys_journey.exceptions import OutputClosedError


class RecordLine(msgspec.Struct, tag_field="type", tag="RECORD"):
    """A RECORD message whose values may be raw JSON."""

    stream: str
    record: dict[str, Any]
    time_extracted: str


_encoder = msgspec.json.Encoder()


class LineWriter(MsgSpecWriter):
    """Writes messages so that a signal never cuts one in two."""

    def __init__(self) -> None:
        """Nothing written, nothing waiting for a line's end."""
        super().__init__()
        self._is_writing = False
        self._next: Callable[[], None] | None = None

    def write_message(self, message: Message) -> None:
        """Write one message."""
        self._write(bytes(self.format_message(message)))

    def write_records(self, records: Sequence[RecordLine]) -> None:
        """Write many records at once, each on one line, line breaks in a payload or not."""
        lines = _encoder.encode_lines(records)
        if _count_lines(lines) != len(records) or b"\r" in lines:
            lines = _encoder.encode_lines([_on_one_line(record) for record in records])
        self._write(lines)

    def when_whole(self, action: Callable[[], None]) -> None:
        """Do something between two lines: now, or as soon as the line in hand is written."""
        if self._is_writing:
            self._next = action
        else:
            action()

    def _write(self, lines: bytes) -> None:
        self._is_writing = True
        try:
            _write_all(lines)
        except OSError as error:
            _discard_output()
            problem = f"standard output cannot be written ({error.strerror})"
            if isinstance(error, BrokenPipeError):
                problem = "the target closed its input"
            raise OutputClosedError(f"{problem}; the state stands at its last STATE") from error
        finally:
            self._is_writing = False
        if self._next:
            action, self._next = self._next, None
            action()


def _write_all(lines: bytes) -> None:
    """Write to standard output, which takes a part alone where Python was told not to buffer.

    A signal then ends a write that waits for the reader.
    """
    output, rest = sys.stdout.buffer, memoryview(lines)
    while rest:
        rest = rest[output.write(rest) :]
    output.flush()


def _count_lines(lines: bytes) -> int:
    """Line breaks, found one after the other: `bytes.count` looks at every byte, ten times as slowly."""
    count, end = 0, lines.find(b"\n")
    while end >= 0:
        count, end = count + 1, lines.find(b"\n", end + 1)
    return count


def _on_one_line(line: RecordLine) -> RecordLine:
    """The same record; payloads lose the white space between their values, numbers keep their text."""
    record = {
        name: msgspec.Raw(msgspec.json.format(bytes(value), indent=-1))
        if isinstance(value, msgspec.Raw)
        else value
        for name, value in line.record.items()
    }
    return msgspec.structs.replace(line, record=record)


def _discard_output() -> None:
    """Point standard output nowhere, so that the interpreter's own last flush finds no broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
