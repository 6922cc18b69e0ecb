"""Rows pass the protection changed, whole and in order."""

from __future__ import annotations

from typing import Any

import pytest

from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.protected import ProtectedSink


class Taker:
    """A sink that keeps what it is given."""

    name = kind = "interactions"

    def __init__(self, *, is_stream: bool) -> None:
        self.is_stream = is_stream
        self.bookmark = Bookmark()
        self.batches: list[list[dict[str, Any]]] = []

    def write(self, rows):
        self.batches.append(list(rows))

    def save(self, bookmark):
        self.bookmark = bookmark


@pytest.mark.parametrize("count", [0, 1, 16, 50])
@pytest.mark.parametrize("is_stream", [True, False])
def test_every_row_arrives_once_changed_and_in_order(count, is_stream):
    taker = Taker(is_stream=is_stream)
    ProtectedSink(taker, lambda row: row | {"address": None}).write(
        [{"id": number, "address": "x"} for number in range(count)]
    )

    taken = [row for batch in taker.batches for row in batch]
    assert taken == [{"id": number, "address": None} for number in range(count)]
