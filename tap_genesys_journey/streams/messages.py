"""Singer messages to standard output: whole lines only, a page at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
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
        """Nothing written, no signal waiting."""
        super().__init__()
        self._is_writing = False
        self._exit_code: int | None = None

    def write_message(self, message: Message) -> None:
        """Write one message."""
        self._write(bytes(self.format_message(message)))

    def write_records(self, records: Sequence[RecordLine]) -> None:
        """Write many records at once."""
        self._write(_encoder.encode_lines(records))

    def exit_when_whole(self, code: int) -> bool:
        """Whether the process may end now; otherwise it ends by itself when the line is written."""
        self._exit_code = code
        return not self._is_writing

    def _write(self, lines: bytes) -> None:
        self._is_writing = True
        try:
            sys.stdout.buffer.write(lines)
            sys.stdout.buffer.flush()
        except BrokenPipeError as error:
            _discard_output()
            raise OutputClosedError(
                "the target closed its input; the state stands at its last STATE"
            ) from error
        finally:
            self._is_writing = False
        if self._exit_code is not None:
            sys.exit(self._exit_code)


def _discard_output() -> None:
    """Point standard output nowhere, so that the interpreter's own last flush finds no broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
