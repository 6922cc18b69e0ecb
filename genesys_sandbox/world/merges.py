"""Which contacts became one, when, and what became of that.

In every block of people two are merged, two more are merged and that merge is merged again, and one that
was auto-created is merged with one that was not; some of it before `now`, some after. A merge makes a new
record. Merges made through the control come on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesys_sandbox.world import people
from genesys_sandbox.world.dice import IdSpace, share
from genesys_sandbox.world.instants import DAY, from_text
from genesys_sandbox.world.overlay import Merge, Overlay, View

if TYPE_CHECKING:
    from genesys_sandbox.options import SandboxOptions

MERGES_PER_BLOCK = 4
_FIRST, _SECOND_INNER, _SECOND, _CURATED_BY_MERGE = range(MERGES_PER_BLOCK)
_SPANS = {
    _FIRST: (0.3, 0.7),
    _SECOND_INNER: (0.2, 0.5),
    _SECOND: (0.55, 0.8),
    _CURATED_BY_MERGE: (0.4, 0.6),
}
"""In which part of the history a merge happens."""
_MERGED_PLACES = {
    7: _FIRST,
    8: _FIRST,
    12: _SECOND_INNER,
    13: _SECOND_INNER,
    14: _SECOND,
    22: _CURATED_BY_MERGE,
    23: _CURATED_BY_MERGE,
}
"""Which place of a block goes into which merge."""
LATE_BLOCKS = 4
"""Two merges of every so many blocks happen after `now`."""


class Merges:
    """Every merge of the organization, computed when asked for."""

    def __init__(self, options: SandboxOptions, overlay: Overlay) -> None:
        """Nothing is computed yet."""
        self._options = options
        self._overlay = overlay
        self._now = from_text(options.now)
        self._persons = IdSpace(options.seed, "contact")
        self._results = IdSpace(options.seed, "merged contact")
        self._people = options.contacts
        self.count = -(-options.contacts // people.BLOCK) * MERGES_PER_BLOCK
        """How many merges the generator can have made; the last block may lack some."""

    def contact_id(self, person: int) -> str:
        """Id of the record a person had before any merge."""
        return self._persons.encode(person)

    def person_of(self, identity: str) -> int | None:
        """The person whose first record has this id."""
        person = self._persons.decode(identity)
        return person if person is not None and person < self._people else None

    def result_id(self, number: int) -> str:
        """Id of the record that a generated merge made."""
        return self._results.encode(number)

    def _generated_merge(self, block: int, number: int) -> Merge | None:
        base = block * people.BLOCK
        members = tuple(
            self.contact_id(base + place) for place, merge in _MERGED_PLACES.items() if merge == number
        )
        last = max(place for place, merge in _MERGED_PLACES.items() if merge <= number)
        if base + last >= self._people:
            return None
        if number == _SECOND:
            members = (self._results.encode(block * MERGES_PER_BLOCK + _SECOND_INNER), *members)
        return Merge(
            self._merge_time(block, number), members, self._results.encode(block * MERGES_PER_BLOCK + number)
        )

    def _merge_time(self, block: int, number: int) -> int:
        low, high = _SPANS[number]
        place = low + (high - low) * share(self._options.seed, block, number, 77)
        if block % LATE_BLOCKS == LATE_BLOCKS - 1 and number in {_FIRST, _SECOND}:
            return self._now + int(2 * DAY * place)
        return self._now - int(self._options.days * DAY * (1 - place))

    def merge_that_made(self, identity: str) -> Merge | None:
        """The merge whose new record this is."""
        if identity in self._overlay.merged_from:
            return self._overlay.merged_from[identity]
        slot = self._results.decode(identity)
        if slot is None or slot >= self.count:
            return None
        return self._generated_merge(*divmod(slot, MERGES_PER_BLOCK))

    def merge_that_took(self, identity: str) -> Merge | None:
        """The merge that made an ancestor of this record."""
        if identity in self._overlay.merged_to:
            return self._overlay.merged_to[identity]
        person = self.person_of(identity)
        if person is not None:
            number = _MERGED_PLACES.get(person % people.BLOCK)
            return None if number is None else self._generated_merge(person // people.BLOCK, number)
        slot = self._results.decode(identity)
        if slot is not None and slot % MERGES_PER_BLOCK == _SECOND_INNER:
            return self._generated_merge(slot // MERGES_PER_BLOCK, _SECOND)
        return None

    def canonical_id(self, identity: str, view: View) -> str:
        """The id at the end of the merges this one went into."""
        merge = self.merge_that_took(identity)
        while merge is not None and merge.is_seen(view):
            identity = merge.result
            merge = self.merge_that_took(identity)
        return identity

    def merge_set(self, canonical: str, view: View) -> list[str]:
        """The canonical id and every id that went into it, the canonical one first."""
        found = [canonical]
        for identity in found:
            merge = self.merge_that_made(identity)
            if merge is not None and merge.is_seen(view):
                found.extend(merge.members)
        return found
