"""Chance without chance: every draw is a function of the seed, the kind of thing and its index.

Ids are reversible, so that a thing is found by its id without a table of all ids.
"""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_MASK64 = (1 << 64) - 1
_NODE_BITS = 48
_NODE_MASK = (1 << _NODE_BITS) - 1


def mix(*parts: int) -> int:
    """64 well-spread bits of some integers (splitmix64)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state ^ (part & _MASK64)) * 0xBF58476D1CE4E5B9 & _MASK64
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB + 0x9E3779B97F4A7C15) & _MASK64
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK64
    return state ^ (state >> 31)


def text_number(text: str) -> int:
    """The number that stands for a text in `mix`; the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def share(*parts: int) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return mix(*parts) / (1 << 64)


class Dice:
    """Draws for one thing: the same seed, kind and index give the same row of draws."""

    __slots__ = ("_random",)

    def __init__(self, seed: int, kind: str, index: int) -> None:
        """Start the row of draws of this thing."""
        self._random = random.Random(mix(seed, text_number(kind), index))  # noqa: S311 - repeatable on purpose

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random.random() * len(options))]

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def uuid(self) -> str:
        """A UUID of version 4 form."""
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


class IdSpace:
    """UUIDs of one kind of thing, each holding the index of the thing in scrambled form."""

    __slots__ = ("_add", "_inverse", "_kind", "_multiply", "_seed")

    def __init__(self, seed: int, kind: str) -> None:
        """Scramble by the seed and the kind."""
        self._seed = seed
        self._kind = text_number(kind)
        self._multiply = mix(seed, self._kind, 1) & _NODE_MASK | 1
        self._add = mix(seed, self._kind, 2) & _NODE_MASK
        self._inverse = pow(self._multiply, -1, 1 << _NODE_BITS)

    def encode(self, index: int) -> str:
        """The id of the thing with this index (below 2**48)."""
        node = (index * self._multiply + self._add) & _NODE_MASK
        head = f"{mix(self._seed, self._kind, index):016x}"
        return f"{head[:8]}-{head[8:12]}-4{head[12:15]}-b{head[13:16]}-{node:012x}"

    def decode(self, text: str) -> int | None:
        """The index of the thing with this id, None where the id is not of this kind."""
        try:
            node = int(text[24:], 16)
        except ValueError:
            return None
        index = ((node - self._add) * self._inverse) & _NODE_MASK
        return index if self.encode(index) == text else None
