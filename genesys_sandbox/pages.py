"""Pages of conversations that are encoded once, so that serving one costs about a copy of its bytes.

One template page is built: conversations that begin and end within one hour. A page of the organization is
the template with its own hour in place of the template's (`bytes.join` does that while it copies) and with
its own number in every conversation id. Each page has an hour of the history to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genesys_sandbox.world import calls, digital, parties
from genesys_sandbox.world.cast import Cast, World
from genesys_sandbox.world.dice import IdSpace
from genesys_sandbox.world.instants import DAY, HOUR, MINUTE, from_text, to_text
from genesys_sandbox.world.padding import padded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genesys_sandbox.options import SandboxOptions
    from genesys_sandbox.world.organization import Organization

HEAD = b'{"conversations":['
ROW_HEAD = len(b'{"conversationId":"')
PAGE_DIGITS = 8
KINDS = (
    calls.blind_transfer,
    calls.no_answer,
    calls.answered,
    calls.consult_transfer,
    digital.chat,
    calls.blind_transfer,
    parties.watched,
    digital.message,
    calls.no_answer,
    digital.mail,
)
STARTS_WITHIN = 30 * MINUTE
"""The longest of these kinds is over within the other half of the hour."""


class Pages:
    """Every page of the history, put together when asked for."""

    def __init__(self, options: SandboxOptions, organization: Organization) -> None:
        """Build the template.

        Raises:
            ValueError: There are more pages than hours.
        """
        self._options = options
        self.count = -(-options.conversations // options.page_rows)
        self.begin = -(-(from_text(options.now) - options.days * DAY) // HOUR) * HOUR
        self._hours = options.days * 24 - 1
        if self.count > self._hours:
            raise ValueError(
                f"{self.count} pages need as many hours; give at least {self.count // 24 + 1} days"
            )
        self._template_hour = _hour_text(self.begin)
        rows = self._rows(organization)
        self._places = self._row_places(rows)
        self._pieces = (HEAD + b",".join(rows) + b"]").split(self._template_hour)

    def _rows(self, organization: Organization) -> list[bytes]:
        options = self._options
        world = World(options.seed, organization.staff, organization.book)
        ids = IdSpace(options.seed, "pre-encoded row")
        rows = []
        for number in range(options.page_rows):
            start = self.begin + number * STARTS_WITHIN // options.page_rows
            cast = Cast(world, number, start, [ids.encode(number)])
            wire = KINDS[number % len(KINDS)](cast)[0].read(self.begin + HOUR - 1)
            rows.append(msgspec.json.encode(padded(wire or {}, options.record_bytes)))
        return rows

    @staticmethod
    def _row_places(rows: list[bytes]) -> list[tuple[int, int]]:
        """Where each row begins and ends in a page."""
        places, at = [], len(HEAD)
        for row in rows:
            places.append((at, at + len(row)))
            at += len(row) + 1
        return places

    def _hour_of(self, number: int) -> int:
        return self.begin + number * self._hours // self.count * HOUR

    def between(self, start: int, end: int) -> list[int]:
        """Numbers of the pages whose hour touches [start, end), in order."""
        return [
            page
            for page in range(self.count)
            if start < self._hour_of(page) + HOUR and self._hour_of(page) < end
        ]

    def page(self, number: int, tail: bytes = b"}") -> memoryview:
        """One page as JSON; the tail closes it."""
        pieces = self._pieces.copy()
        pieces[-1] += tail
        text = bytearray(_hour_text(self._hour_of(number))).join(pieces)
        mark = f"{number:0{PAGE_DIGITS}x}".encode()
        for start, _ in self._places:
            text[start + ROW_HEAD : start + ROW_HEAD + PAGE_DIGITS] = mark
        return memoryview(text)

    def conversations(self) -> Iterator[bytes]:
        """Every conversation, in order of start."""
        for number in range(self.count):
            page = self.page(number)
            yield from (bytes(page[start:end]) for start, end in self._places)


def _hour_text(instant: int) -> bytes:
    """`2026-03-16T12:`, what every instant of that hour begins with."""
    return to_text(instant)[:14].encode()
