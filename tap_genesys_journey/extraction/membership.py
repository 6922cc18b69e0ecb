"""Who joined the followed customers since a sink was last fed: by a list, a look-up, a merge, a new address.

A bookmark holds a digest of those its sink was fed with, in parts: where one joined, the parts that differ
name that one and few others, and a bookmark stays small however many there are. A durable store knows them
one by one, and then nobody else's history is read again.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence

from tap_genesys_journey.api.surface import People
from tap_genesys_journey.domain.privacy import Privacy
from tap_genesys_journey.extraction.bookmarks import Bookmark
from tap_genesys_journey.extraction.following import Followed, people_of
from tap_genesys_journey.extraction.memory import acknowledged
from tap_genesys_journey.extraction.sinks import Sink, update
from tap_genesys_journey.extraction.windows import Span, going_on_from
from tap_genesys_journey.store.journey_followed import find_neighbourhood, name_followed
from tap_genesys_journey.store.store import Store

PARTS = 64
_BYTES_OF_PART = 3

CONTACT, ADDRESS = "contact", "address"
STREAMS, STORE, NEIGHBOURS = "streams", "store", "neighbours"
"""Takers of history: the streams, the store, and the store of people who are not followed."""


class Membership:
    """The followed customers and their addresses, held against those that each sink was fed with.

    Attributes:
        followed: All of them.
        joined_contacts: Whose whole history this run brings into the store.
        joined_addresses: Likewise, in the form in which the store holds addresses.
    """

    def __init__(self, followed: Followed, store: Store, privacy: Privacy, *, with_addresses: bool) -> None:
        """Take everybody in that was found.

        Args:
            followed: Whom this run follows, all of them found.
            store: The run's store; a durable one knows who was brought to whom.
            privacy: Knows the form in which the store and bookmarks hold addresses.
            with_addresses: Whether their conversations are asked for by address, too.
        """
        self.followed = followed
        self._store = store
        self._privacy = privacy
        self._with_addresses = with_addresses
        addresses = followed.addresses if with_addresses else ()
        self._addresses = {privacy.close_address(address): address for address in addresses}
        self._contact_digest = digest_in_parts(followed.canonical_ids)
        self._address_digest = digest_in_parts(self._addresses)
        self.joined_contacts: frozenset[str] = frozenset()
        self.joined_addresses: frozenset[str] = frozenset()

    def asked(self, kind: str) -> set[str]:
        """Those that every window is asked for; addresses as the store holds them."""
        followed = self.followed.canonical_ids if kind == CONTACT else self._addresses
        return {*followed, *self._store.covered(NEIGHBOURS, kind)}

    def cover_neighbours(self, contacts: Iterable[str], addresses: Iterable[str]) -> None:
        """Remember people besides the followed whose whole history the store has got."""
        self._store.cover(NEIGHBOURS, CONTACT, contacts)
        self._store.cover(NEIGHBOURS, ADDRESS, addresses)

    def people(self) -> list[People]:
        """Whom to ask for in every window: the followed, and those whose history the store holds besides."""
        if not self._with_addresses:
            return people_of(self.followed.canonical_ids, ())
        return people_of(self.asked(CONTACT), map(self._privacy.open_address, self.asked(ADDRESS)))

    def joined(self, sinks: Sequence[Sink], span: Span) -> list[tuple[Followed, list[Sink]]]:
        """Those whose history up to its windows a sink has not got; sinks that lack the same ones together.

        What the store knew of them counts no longer: their history is under way until `settle`.
        """
        groups: dict[tuple[frozenset[str], frozenset[str]], list[Sink]] = {}
        for sink in sinks:
            missing = self._missing(sink, span)
            if any(missing):
                groups.setdefault(missing, []).append(sink)
        for (contacts, addresses), lacking in groups.items():
            for taker in {_taker(sink) for sink in lacking}:
                self._store.uncover(taker, CONTACT, contacts)
                self._store.uncover(taker, ADDRESS, addresses)
                if taker == STORE:
                    self.joined_contacts, self.joined_addresses = contacts, addresses
                    self._store.note_touched(contacts)
        return [
            (self.followed.narrowed(contacts, {self._addresses[each] for each in addresses}), lacking)
            for (contacts, addresses), lacking in groups.items()
        ]

    def behind(self, sinks: Iterable[Sink]) -> list[Sink]:
        """Sinks that were fed with others."""
        return [sink for sink in sinks if not self._is_settled(sink.bookmark)]

    def settle(self, sinks: Iterable[Sink]) -> None:
        """Sinks have got everybody's history up to where they stand."""
        behind = self.behind(sinks)
        self.mark(behind)
        if self._store.is_durable:
            takers = {_taker(sink) for sink in behind}
            if STORE in takers and self._with_addresses:
                self._sort_out_neighbours()
            for taker in takers:
                self._store.cover_only(taker, CONTACT, self.followed.canonical_ids)
                self._store.cover_only(taker, ADDRESS, self._addresses)

    def _sort_out_neighbours(self) -> None:
        """Let who left be a neighbour while he shares an address with who stayed; who shares none is none."""
        name_followed(self._store.connection, self.followed.canonical_ids)
        neighbourhood = find_neighbourhood(self._store.connection)
        followed = (self.followed.canonical_ids.keys(), self._addresses.keys())
        for kind, near, own in zip((CONTACT, ADDRESS), neighbourhood, followed, strict=True):
            held = self._store.covered(NEIGHBOURS, kind) | self._store.covered(STORE, kind)
            self._store.cover_only(NEIGHBOURS, kind, held & near - own)

    def mark(self, sinks: Iterable[Sink]) -> None:
        """Let bookmarks tell whom their sinks follow."""
        for sink in sinks:
            update(sink, members=self._contact_digest, addresses=self._address_digest)

    def _is_settled(self, bookmark: Bookmark) -> bool:
        return (bookmark.members, bookmark.addresses) == (self._contact_digest, self._address_digest)

    def _missing(self, sink: Sink, span: Span) -> tuple[frozenset[str], frozenset[str]]:
        """Contacts and addresses, as the store holds them; nobody where the sink begins from the start."""
        mark = sink.bookmark
        if self._is_settled(mark) or going_on_from(mark, span.start, span.lookback) <= span.start:
            return frozenset(), frozenset()
        contacts = in_other_parts(self.followed.canonical_ids, mark.members, self._contact_digest)
        addresses = in_other_parts(self._addresses, mark.addresses, self._address_digest)
        return (
            frozenset(contacts - self._known(sink, CONTACT)),
            frozenset(addresses - self._known(sink, ADDRESS)),
        )

    def _known(self, sink: Sink, kind: str) -> set[str]:
        """Whom a durable store knows to have been brought to a sink."""
        if not self._store.is_durable:
            return set()
        if sink.is_stream:
            return self._store.covered(STREAMS, kind, acknowledged(sink.bookmark, self._store))
        return self._store.covered(STORE, kind) | self._store.covered(NEIGHBOURS, kind)


def begins_again(bookmark: Bookmark, *, follows: bool) -> bool:
    """Whether a bookmark of given customers meets a run over the whole organization, or the other way."""
    return (bookmark.members is not None) != follows


def digest_in_parts(members: Iterable[str]) -> str:
    """Of a set, each member in one of the parts, whatever their order."""
    parts = [0] * PARTS
    for member in members:
        number = _number(member)
        parts[number % PARTS] ^= number // PARTS
    size = _BYTES_OF_PART
    return b64encode(b"".join((each % 256**size).to_bytes(size, "big") for each in parts)).decode()


def in_other_parts(members: Iterable[str], before: str | None, now: str) -> set[str]:
    """Members in the parts in which two digests differ: all that joined in between, and few others."""
    if before is None or len(before) != len(now):
        return set(members)
    size = len(now) // PARTS
    other = {n for n in range(PARTS) if before[size * n :][:size] != now[size * n :][:size]}
    return {member for member in members if _number(member) % PARTS in other} if other else set()


def _number(member: str) -> int:
    return int.from_bytes(hashlib.blake2b(member.encode(), digest_size=8).digest(), "big")


def _taker(sink: Sink) -> str:
    return STREAMS if sink.is_stream else STORE
