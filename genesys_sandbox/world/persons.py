"""Finds the conversations of a person without reading all of them: who takes part is drawn first."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from genesys_sandbox.world import handoffs, parties, people
from genesys_sandbox.world.dice import Dice
from genesys_sandbox.world.generator import CYCLE, STORIES_PER_CYCLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from genesys_sandbox.world.contacts import ContactBook
    from genesys_sandbox.world.generator import Generator
    from genesys_sandbox.world.overlay import View

_TWO = {place for place, kind in enumerate(CYCLE) if kind.tell is parties.two_contacts}
_SHARED = {place for place, kind in enumerate(CYCLE) if kind.tell is handoffs.shared_number}


class PersonIndex:
    """Stories by the people in them; grows as the clock goes on."""

    def __init__(self, generator: Generator, book: ContactBook) -> None:
        """Nothing is indexed yet."""
        self._generator = generator
        self._book = book
        self._stories: dict[int, array[int]] = {}
        self._indexed_until = -(1 << 62)

    def _extend(self, until: int) -> None:
        if until <= self._indexed_until:
            return
        for story in self._generator.stories_between(self._indexed_until, until):
            for person in self._people_of(story):
                self._stories.setdefault(person, array("q")).append(story)
        self._indexed_until = until

    def _people_of(self, story: int) -> set[int]:
        dice = Dice(self._generator.seed, "story", story)
        person = people.draw(dice, self._book.people)
        place = story % STORIES_PER_CYCLE if story >= 0 else -1
        found = {person}
        if place in _TWO:
            found.add((person + 1) % max(1, self._book.people))
        if place in _SHARED:
            found |= {people.neighbour(person, 3), people.neighbour(person, 4)}
        return found

    def numbers(self, persons: Iterable[int], until: int) -> Iterator[int]:
        """Numbers of the generated conversations, begun before an instant, that the people may be in."""
        self._extend(until)
        stories = {story for person in persons for story in self._stories.get(person, ())}
        for story in sorted(stories):
            yield from self._generator.numbers_of(story)

    def people_behind(self, identity: str, view: View) -> set[int]:
        """The people whose first records ended up in this one."""
        leaves = (
            self._book.merges.person_of(member) for member in self._book.merges.merge_set(identity, view)
        )
        return {person for person in leaves if person is not None}

    def people_at(self, address: str) -> set[int] | None:
        """The people who can be at an address; None where that cannot be told from the address."""
        bare = address.lower().removeprefix("tel:").removeprefix("sip:").partition("@")[0].partition(";")[0]
        found = set(people.people_of_phone(bare, self._book.people))
        if found:
            return found
        digits = bare.rpartition("." if "." in bare else "-")[2]
        if digits.isdigit() and int(digits) < self._book.people and len(digits) >= 5:  # noqa: PLR2004 - see number_tag
            return {int(digits)}
        return None
