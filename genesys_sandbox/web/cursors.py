"""Opaque cursors: each holds a position, when it was issued, and the generation of cursors it is of."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from genesys_sandbox.web.wire import Problem, bad_request, encode


class Cursors:
    """Issues cursors and reads them back."""

    def __init__(self, life_seconds: int) -> None:
        """Cursors of this life, by the sandbox's clock."""
        self._life = life_seconds * 1000
        self.generation = 0
        self._issued = 0

    def issue(self, kind: str, now: int, **position: int) -> str:
        """A cursor that leads to a position of one kind of listing."""
        self._issued += 1
        text = encode([kind, now, self.generation, self._issued, position])
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    def read(self, kind: str, now: int, text: str) -> dict[str, int]:
        """The position a cursor leads to, and the cursor's own number under `serial`.

        Raises:
            Problem: 400, where it is not a cursor of that kind, or its life is over.
        """
        try:
            value: Any = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            of_kind, issued, generation, serial, position = value
        except (binascii.Error, msgspec.DecodeError, ValueError, TypeError):
            raise bad_request("The cursor is not valid.", "invalid.value") from None
        if of_kind != kind:
            raise bad_request("The cursor is not valid.", "invalid.value")
        if generation != self.generation or now - issued > self._life:
            raise expired()
        return {**position, "serial": serial}

    def expire_all(self) -> None:
        """End the life of every cursor issued so far."""
        self.generation += 1


def expired() -> Problem:
    """The cursor was good once."""
    return bad_request("The cursor has expired.", "invalid.value")
