from __future__ import annotations

import os

import msgspec
import pytest

from tap_genesys_journey.exceptions import OutputClosedError
from tap_genesys_journey.streams.messages import LineWriter, RecordLine

RECORD = RecordLine("conversations", {"conversation_id": "v1"}, "2026-01-01T00:00:00.000Z")


class Output:
    """Standard output that looks at what is going on while a line is written."""

    def __init__(self, meanwhile):
        self.buffer = self
        self.lines = []
        self._meanwhile = meanwhile

    def write(self, lines):
        self._meanwhile()
        self.lines += bytes(lines).splitlines()
        return len(lines)

    def flush(self):
        pass


def test_an_action_between_two_lines_waits_for_the_line_in_hand(monkeypatch):
    writer = LineWriter()
    output = Output(lambda: writer.when_whole(lambda: happened.append(len(output.lines))))
    happened = []
    monkeypatch.setattr("sys.stdout", output)

    writer.write_records([RECORD, RECORD])

    assert happened == [2]


def test_an_action_is_done_at_once_while_nothing_is_written():
    happened = []

    LineWriter().when_whole(lambda: happened.append("at once"))

    assert happened == ["at once"]


def test_an_action_may_write_a_line_itself(monkeypatch):
    writer = LineWriter()
    output = Output(lambda: output.lines or writer.when_whole(lambda: writer.write_records([RECORD])))
    monkeypatch.setattr("sys.stdout", output)

    writer.write_records([RECORD])

    assert len(output.lines) == 2


def test_an_output_that_takes_a_part_is_given_the_rest(monkeypatch):
    class Unbuffered:
        """A pipe that is nearly full when a signal comes, and Python told not to buffer."""

        def __init__(self):
            self.buffer = self
            self.taken = b""

        def write(self, lines):
            self.taken += bytes(lines[:7])
            return len(lines[:7])

        def flush(self):
            pass

    output = Unbuffered()
    monkeypatch.setattr("sys.stdout", output)

    LineWriter().write_records([RECORD] * 2)

    assert [msgspec.json.decode(line)["type"] for line in output.taken.splitlines()] == ["RECORD"] * 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
def test_a_full_disk_behind_the_output_is_named(monkeypatch):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", full)

        with pytest.raises(OutputClosedError, match=r"standard output cannot be written \(No space left"):
            LineWriter().write_records([RECORD])


def test_an_output_that_was_closed_is_our_own_error_and_silences_the_rest(monkeypatch):
    reader, writer_end = os.pipe()
    os.close(reader)
    with os.fdopen(writer_end, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)

        with pytest.raises(OutputClosedError, match="the target closed its input"):
            LineWriter().write_records([RECORD])
        closed.write("what the interpreter flushes at its end goes nowhere")
