"""Puts privacy between the rows and whoever takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tap_genesys_journey.domain.privacy import KEEP, Privacy, RowChange
from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.sinks import Row, Sink
from tap_genesys_journey.store.store import Store

_SEAL: Final = "address_seal"


class ProtectedSink:
    """A sink that takes rows as they may be shown; all else is the other sink's."""

    def __init__(self, sink: Sink, change: RowChange) -> None:
        """Stand before a sink.

        Args:
            sink: Takes the changed rows.
            change: Makes them.
        """
        self._sink = sink
        self._change = change
        self.name = sink.name
        self.kind = sink.kind
        self.is_stream = sink.is_stream

    @property
    def bookmark(self) -> Bookmark:
        """The other sink's."""
        return self._sink.bookmark

    def write(self, rows: Iterable[Row]) -> None:
        """Pass rows on, changed."""
        self._sink.write(map(self._change, rows))

    def save(self, bookmark: Bookmark) -> None:
        """Pass the bookmark on."""
        self._sink.save(bookmark)


def protected(sinks: Iterable[Sink], privacy: Privacy) -> list[Sink]:
    """Give the sinks, those that take personal data behind its protection."""
    return [_protected(sink, privacy) for sink in sinks]


def _protected(sink: Sink, privacy: Privacy) -> Sink:
    change = privacy.for_stream(sink.kind) if sink.is_stream else privacy.for_store(sink.kind)
    return ProtectedSink(sink, change) if change else sink


def hold_seal(store: Store, privacy: Privacy) -> None:
    """Make sure that a store holds addresses in the form that this run gives them, and no other.

    Raises:
        StoreError: It was filled under another policy or key: what it holds would compare with nothing, or
            is what should no longer be kept.
    """
    if store.is_new:
        store.save_bookmark(_SEAL, {"name": privacy.store_seal})
    elif store.load_bookmark(_SEAL).get("name", KEEP) != privacy.store_seal:
        raise StoreError(
            "store_path: the store was filled under another pii policy or key (redact without pii.key takes"
            " the login's secret for it); set it back, or move the file away and the next run reads the"
            " history again"
        )
