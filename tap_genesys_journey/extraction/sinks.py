"""What the extraction needs of whatever takes its rows: a stream of the tap, or a table of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from tap_genesys_journey.domain.time import LATEST
from tap_genesys_journey.extraction.bookmarks import Bookmark

Row = dict[str, Any]


class Sink(Protocol):
    """One taker of rows.

    Attributes:
        name: Unique among the sinks of a run.
        kind: The stream whose rows it takes, e.g. `interactions`.
        is_stream: Whether what it takes leaves the tap; the store's sinks keep it.
    """

    name: str
    kind: str
    is_stream: bool

    @property
    def bookmark(self) -> Bookmark:
        """How far it has come."""

    def write(self, rows: Iterable[Row]) -> None:
        """Take rows of the kind; nobody changes them afterwards."""

    def save(self, bookmark: Bookmark) -> None:
        """Take the bookmark; it is written out at the next checkpoint."""


class HeardContacts:
    """Takes no row: for it contacts are read to hear of others where no stream takes them.

    On a scan it has no change to wait for: whom the listing shows it has heard of.
    """

    is_stream = False
    name = kind = "heard_contacts"

    def __init__(self) -> None:
        """Begin."""
        self.bookmark = Bookmark(contacts_modified_since_utc=LATEST)

    def write(self, rows: Iterable[Row]) -> None:
        """Take none."""

    def save(self, bookmark: Bookmark) -> None:
        """Remember for this run."""
        self.bookmark = bookmark


@dataclass
class Output:
    """All sinks of a run, and how their bookmarks are written out.

    Attributes:
        sinks: In order of name.
        checkpoint: Writes the bookmarks, after every row that they speak of.
    """

    sinks: list[Sink] = field(default_factory=list)
    checkpoint: Callable[[], None] = lambda: None

    def taking(self, kinds: Iterable[str]) -> list[Sink]:
        """The sinks that take rows of these kinds."""
        wanted = set(kinds)
        return [sink for sink in self.sinks if sink.kind in wanted]


def update(sink: Sink, **changes: Any) -> None:  # noqa: ANN401  # the fields of a bookmark
    """Change some fields of a sink's bookmark."""
    sink.save(msgspec.structs.replace(sink.bookmark, **changes))
