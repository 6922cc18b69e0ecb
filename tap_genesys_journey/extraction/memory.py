"""What earlier runs are known to have emitted, so that it is not emitted again unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from tap_genesys_journey.extraction.bookmarks import Bookmark, StoreMark
from tap_genesys_journey.extraction.sinks import Row, Sink
from tap_genesys_journey.store.store import Store

NEVER = -1
"""Revision before the first: nothing is known to have reached the target."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A conversation as read.

    Attributes:
        conversation_id: Its id.
        raw: Its payload.
        contact_ids: Contacts of its customers.
        is_theirs: Whether it concerns the customers to whom the run narrows; True where it does not.
        rows: What each kind of sink takes of it.
    """

    conversation_id: str
    raw: msgspec.Raw
    contact_ids: Sequence[str]
    is_theirs: bool
    rows: Mapping[str, list[Row]]


class Memory(Protocol):
    """Tells what a sink has not taken yet.

    Attributes:
        batch_size: Conversations that are best asked about at once.
    """

    batch_size: int

    def unknown_to(self, sink: Sink, found: Sequence[Found]) -> Sequence[Found]:
        """Those conversations that the sink has not taken with these payloads; it takes them now."""


class NoMemory:
    """Of a run without a durable store: every run emits what it reads.

    Few conversations at once: rows that are written while they are still in the processor's cache cost a
    fifth less than those of a page.
    """

    batch_size = 50

    def unknown_to(self, sink: Sink, found: Sequence[Found]) -> Sequence[Found]:  # noqa: ARG002
        """All of them."""
        return found


class StoreMemory:
    """Of a durable store: unchanged conversations are left out while their bookmark comes back.

    Many conversations at once: each query of the store goes over all that it holds.
    """

    batch_size = 1000

    def __init__(self, store: Store, sinks: Sequence[Sink], rules: str) -> None:
        """Forget what is not known to have arrived.

        Args:
            store: Remembers fingerprints.
            sinks: The streams of the run.
            rules: Settings that shape rows, as text: where they change, every row counts as changed.
        """
        self._store = store
        for sink in sinks:
            store.forget_emitted(sink.name, acknowledged(sink.bookmark, store))
        self._salt = hashlib.sha1(rules.encode(), usedforsecurity=False)

    def unknown_to(self, sink: Sink, found: Sequence[Found]) -> Sequence[Found]:
        """Those whose payload the stream is not known to have emitted."""
        unknown = self.unknown_ids(sink, {each.conversation_id: each.raw for each in found})
        return [each for each in found if each.conversation_id in unknown]

    def unknown_ids(self, sink: Sink, payloads: Mapping[str, msgspec.Raw]) -> set[str]:
        """Ids of those payloads that the stream is not known to have emitted; it emits them now.

        Args:
            sink: The stream.
            payloads: By the id of what they tell of.
        """
        prints = {name: self._fingerprint(raw) for name, raw in payloads.items()}
        unknown = prints.keys() - self._store.emitted(sink.name, prints)
        self._store.note_emitted(sink.name, {name: prints[name] for name in unknown})
        return unknown

    def _fingerprint(self, raw: msgspec.Raw) -> int:
        digest = self._salt.copy()
        digest.update(raw)
        return int.from_bytes(digest.digest()[:8], "big", signed=True)


def acknowledged(bookmark: Bookmark, store: Store) -> int:
    """The latest revision of this store that is known to have reached the target, `NEVER` if none."""
    mark = bookmark.store
    return mark.revision if mark and store.is_durable and mark.id == store.id else NEVER


def mark_of(store: Store) -> StoreMark | None:
    """What a bookmark says of the store: what it holds now has been emitted."""
    return StoreMark(store.id, store.revision) if store.is_durable else None
