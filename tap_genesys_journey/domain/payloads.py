"""Payloads of a page, cut where each begins, and read as JSON where that does not tell them apart.

The platform begins every object of an array with the same key. To search eight megabytes for it takes a
seventh of the time that splitting them as JSON takes, and whoever takes a payload reads it anyway. One that
begins where an object begins, and proves to be a whole object, ends where that object ends: the next one then
begins rightly too. What does not prove to be one is split as JSON, with all behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import msgspec
from ahocorasick_rs import BytesAhoCorasick

Split = Callable[[int], list[msgspec.Raw]]
"""Takes a number and gives the payloads from that one on, split as JSON."""

_KEY_ENDS: Final = b'":'


class Payloads:
    """Payloads in their order.

    Attributes:
        are_whole: Whether each is known to be one JSON value.
    """

    def __init__(self, pieces: list[msgspec.Raw], split: Split | None = None) -> None:
        """Keep the pieces.

        Args:
            pieces: The payloads, as it seems.
            split: Gives them as they are; None where the pieces are just that.
        """
        self._pieces = pieces
        self._split = split
        self._is_doubted = False
        self.are_whole = split is None

    def __iter__(self) -> Iterator[msgspec.Raw]:
        """Give each payload; one that is doubted is given anew.

        Raises:
            ApiError: What follows the payloads given so far is no JSON, however often it is asked for.
        """
        for index, piece in enumerate(self._pieces):
            yield piece
            if self._is_doubted:
                self._settle(index)
                yield from self._pieces[index:]
                return

    def doubt(self) -> None:
        """Say that the payload given last is not one JSON value that can be read."""
        self._is_doubted = True

    def whole(self) -> list[msgspec.Raw]:
        """Give all of them, each one JSON value.

        Raises:
            ApiError: They are none.
        """
        self._settle(0)
        return self._pieces

    def _settle(self, index: int) -> None:
        self._is_doubted = False
        if self._split:
            self._pieces[index:] = self._split(index)
            self._split, self.are_whole = None, True


def find_objects(body: bytes, array: str) -> list[int]:
    """Give the places where the objects of an array seem to begin.

    Args:
        body: JSON without white space; with any, none is found.
        array: Name of the array.
    """
    opening = b'"%b":[' % array.encode()
    first = body.find(opening + b'{"') + len(opening)
    if first < len(opening):
        return []
    key = body[first : body.find(_KEY_ENDS, first) + len(_KEY_ENDS)]
    return [first, *(start + 1 for _, start, _ in _finder(b"," + key)(body) if start > first)]


@lru_cache(maxsize=8)
def _finder(pattern: bytes) -> Callable[[bytes], list[tuple[int, int, int]]]:
    return BytesAhoCorasick([pattern]).find_matches_as_indexes
