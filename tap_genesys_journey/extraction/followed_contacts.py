"""Which streams have not got a followed contact as it is now: all are read on every run, few have changed.

A durable store knows the payloads that a stream emitted. Without one, bookmarks decide: by when a contact was
modified, and, once all of them were read, by who joined and who was merged.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from tap_genesys_journey.api.surface import ContactSource
from tap_genesys_journey.domain.contacts import canonical_id
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.extraction.contacts import FoundContact, is_changed_since
from tap_genesys_journey.extraction.following import Followed
from tap_genesys_journey.extraction.membership import digest_in_parts, in_other_parts
from tap_genesys_journey.extraction.memory import Memory, StoreMemory
from tap_genesys_journey.extraction.sinks import Sink


class ContactSieve(Protocol):
    """Leaves streams out that have got a contact as it is; other sinks take every one."""

    def sift(self, found: list[FoundContact]) -> list[FoundContact]:
        """The contacts, each with the sinks that are to take it now."""

    def rest(self) -> Iterator[FoundContact]:
        """Those that have to be taken after all, now that everybody was read."""


class RememberedContacts:
    """Streams take payloads that a durable store does not know them to have emitted."""

    def __init__(self, memory: StoreMemory) -> None:
        """Ask the store's memory."""
        self._memory = memory

    def sift(self, found: list[FoundContact]) -> list[FoundContact]:
        """See `ContactSieve`."""
        unknown = {
            name: self._memory.unknown_ids(
                sink, {each.contact.id or "": each.raw for each in found if sink in each.sinks}
            )
            for name, sink in _streams(each.sinks for each in found).items()
        }
        return [
            each._replace(
                sinks=[
                    sink for sink in each.sinks if not sink.is_stream or each.contact.id in unknown[sink.name]
                ]
            )
            for each in found
        ]

    def rest(self) -> Iterator[FoundContact]:
        """Nobody: the store tells at once."""
        return iter(())


class DatedContacts:
    """Streams take contacts modified since their last run, and those that something else made new to them.

    That is who joined, who has another canonical contact, who belongs to a contact that was modified (for a
    merge need not change its ancestors' dates), and everybody where other rules shape rows.
    """

    def __init__(self, source: ContactSource, followed: Followed, rules: str) -> None:
        """Nobody held back yet.

        Args:
            source: Decodes contacts.
            followed: Whom the run follows.
            rules: Settings that shape rows, as text.
        """
        self._source = source
        self._followed = followed
        self._rules = rules
        self._held: list[tuple[str, bytes, list[Sink]]] = []
        self._modified: dict[str, set[str | None]] = {}

    def sift(self, found: list[FoundContact]) -> list[FoundContact]:
        """See `ContactSieve`."""
        taken = []
        for each in found:
            modified = [sink for sink in each.sinks if _is_modified(each, sink)]
            for sink in modified:
                self._modified.setdefault(sink.name, set()).add(canonical_id(each.contact))
            taken.append(each._replace(sinks=modified))
            if held := [sink for sink in each.sinks if sink not in modified]:
                self._held.append((each.contact.id or "", zlib.compress(each.raw, 1), held))
        return taken

    def rest(self) -> Iterator[FoundContact]:
        """See `ContactSieve`."""
        standings = _standings(self._followed)
        digest = digest_in_parts(standings)
        new_to: dict[str, set[str]] = {}
        for name, sink in _streams(sinks for _, _, sinks in self._held).items():
            known = sink.bookmark.members if sink.bookmark.rules == self._rules else None
            joined = in_other_parts(standings, known, digest)
            new_to[name] = {standings[each] for each in joined} | self._relatives_of_modified(name)
        for own, compressed, held in self._held:
            if sinks := [sink for sink in held if own in new_to[sink.name]]:
                raw = msgspec.Raw(zlib.decompress(compressed))
                contact = self._source.decode_contact(raw, Oddities())  # what is odd in it was counted
                yield FoundContact(contact, raw, sinks)

    def _relatives_of_modified(self, stream: str) -> set[str]:
        modified = self._modified.get(stream, ())
        return {own for own, canonical in self._followed.canonical_ids.items() if canonical in modified}


def sieve_for(source: ContactSource, followed: Followed, memory: Memory, rules: str) -> ContactSieve:
    """What tells of the followed contacts who is new to a stream.

    Args:
        source: Decodes contacts.
        followed: Whom the run follows.
        memory: What it knows of what was emitted.
        rules: Settings that shape rows, as text.
    """
    if isinstance(memory, StoreMemory):
        return RememberedContacts(memory)
    return DatedContacts(source, followed, rules)


def standings_digest(followed: Followed) -> str:
    """What bookmarks of contact streams keep of whom they follow."""
    return digest_in_parts(_standings(followed))


def _standings(followed: Followed) -> dict[str, str]:
    """Every contact, by what makes it new to a stream when it changes, dates aside."""
    return {f"{own} {canonical}": own for own, canonical in followed.canonical_ids.items()}


def _is_modified(found: FoundContact, sink: Sink) -> bool:
    since = sink.bookmark.contacts_modified_since_utc
    return not sink.is_stream or is_changed_since(since, found.contact.modify_date)


def _streams(takers: Iterable[list[Sink]]) -> dict[str, Sink]:
    """Streams among the sinks, by name."""
    return {sink.name: sink for sinks in takers for sink in sinks if sink.is_stream}
