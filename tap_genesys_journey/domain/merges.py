"""Merges that lead nowhere: contacts that are their own ancestors, and cycles.

Genesys makes neither. Such rows are kept as they came; the journey models settle who a cycle stands for
(`dbt/DECISIONLOG.md`). Here they are counted.
"""

from __future__ import annotations

from tap_genesys_journey.domain.contacts import Contact, canonical_id
from tap_genesys_journey.domain.oddities import CYCLE_OF_MERGES, OWN_ANCESTOR, Oddities


class Merges:
    """Into which contact each merged one went, as far as a run met them.

    Ids are held as hashes: contacts that were merged can be many.
    """

    def __init__(self) -> None:
        """Nobody was merged."""
        self._targets: dict[int, int] = {}
        self._own_ancestors: set[int] = set()

    def note(self, contact: Contact) -> None:
        """Remember what a record says of its merges; said again, it counts once."""
        merged_to = contact.merged_to.id if contact.merged_to else None
        if contact.id == merged_to or any(each.id == contact.id for each in contact.merged_from or ()):
            self._own_ancestors.add(hash(contact.id))
        canonical = canonical_id(contact)
        target = canonical if canonical != contact.id else merged_to
        if target and target != contact.id:
            self._targets[hash(contact.id)] = hash(target)

    def count_odd(self, oddities: Oddities) -> None:
        """Count the contacts that are their own ancestors, and those that a chain of merges leads back to."""
        oddities.count(OWN_ANCESTOR, "mergedTo", len(self._own_ancestors))
        oddities.count(CYCLE_OF_MERGES, "mergedTo", self._contacts_in_cycles())

    def _contacts_in_cycles(self) -> int:
        """Every chain is walked until it ends or meets a contact that was walked before."""
        walk_of: dict[int, int] = {}
        in_cycles = 0
        for start in self._targets:
            place: int | None = start
            while place in self._targets and place not in walk_of:
                walk_of[place] = start
                place = self._targets[place]
            if place is not None and walk_of.get(place) == start:
                in_cycles += self._length_of_cycle(place)
        return in_cycles

    def _length_of_cycle(self, member: int) -> int:
        length, place = 1, self._targets[member]
        while place != member:
            length, place = length + 1, self._targets[place]
        return length
