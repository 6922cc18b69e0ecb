"""The organization at its clock: what exists, what the analytics data holds of it, and how to change it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from genesys_sandbox.world.added import carried
from genesys_sandbox.world.changes import changed
from genesys_sandbox.world.contacts import ContactBook
from genesys_sandbox.world.dice import mix
from genesys_sandbox.world.generator import Generator
from genesys_sandbox.world.instants import SECOND
from genesys_sandbox.world.overlay import Overlay, View
from genesys_sandbox.world.padding import padded
from genesys_sandbox.world.persons import PersonIndex
from genesys_sandbox.world.staff import Staff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genesys_sandbox.options import SandboxOptions
    from genesys_sandbox.world.script import Conversation

encode = msgspec.json.Encoder().encode
FAR = 1 << 61


class Snapshot(NamedTuple):
    """What the analytics data held when a job was submitted."""

    loaded: int
    """Everything up to this instant is settled."""
    now: int
    sequence: int


class Settled(NamedTuple):
    """A conversation that reads the same for ever."""

    settled_at: int
    text: bytes


class Organization:
    """One organization with its clock, its data and the changes made to it."""

    def __init__(self, options: SandboxOptions) -> None:
        """The organization as the generator makes it."""
        self.options = options
        self.overlay = Overlay()
        self.staff = Staff(options)
        self.book = ContactBook(options, self.staff, self.overlay)
        self.generator = Generator(options, self.staff, self.book)
        self.persons = PersonIndex(self.generator, self.book)
        self.now = self.generator.now
        self.availability: int | None = None
        self._loaded = self.watermark
        self._settled = lru_cache(maxsize=16_384)(self._read_settled)

    # -- clock

    @property
    def watermark(self) -> int:
        """How far the data is promised to be complete."""
        lag = self.options.availability_lag_seconds * SECOND
        return self.now - lag if self.availability is None else self.availability

    def set_clock(self, instant: int) -> None:
        """Move the clock, forward or back."""
        is_back = instant < self.now
        self.now = instant
        self._load(anew=is_back)
        self.forget()

    def set_availability(self, instant: int | None) -> None:
        """Fix the promise at an instant, or let it follow the clock again; what was loaded stays loaded."""
        self.availability = instant
        self._load()

    def _load(self, *, anew: bool = False) -> None:
        """Settle everything up to the promise; only a clock that went back unsettles anything."""
        promised = min(self.watermark, self.now)
        self._loaded = promised if anew else max(self._loaded, promised)

    def forget(self) -> None:
        """Drop what was computed before a change."""
        self.generator.tell.cache_clear()
        self._settled.cache_clear()

    @property
    def view(self) -> View:
        """Everything as it is now."""
        return View(self.now, self.overlay.sequence)

    @property
    def snapshot(self) -> Snapshot:
        """The analytics data as it is now."""
        return Snapshot(self._loaded, self.now, self.overlay.sequence)

    # -- conversations by number: generated ones by index, added ones below zero

    def number_of(self, identity: str) -> int | None:
        """Number of the conversation with this id."""
        if identity in self.overlay.added_conversations:
            return -1 - self.overlay.order.index(identity)
        return self.generator.index_of(identity)

    def identity_of(self, number: int) -> str:
        """Id of the conversation with this number."""
        if number >= 0:
            return self.generator.identity(number)
        return self.overlay.order[-1 - number]

    def script(self, number: int, view: View) -> Conversation:
        """The script of a conversation with the changes seen in the view."""
        identity = self.identity_of(number)
        base = (
            self.generator.conversation(number)
            if number >= 0
            else self.overlay.added_conversations[identity][1]
        )
        if identity not in self.overlay.conversation_changes:
            return base
        return changed(base, self.overlay.changes_of_conversation(identity, view))

    def payload(self, number: int, view: View) -> dict[str, Any] | None:
        """The conversation as it reads in the view, None before it started."""
        wire = self.script(number, view).read(view.at)
        return wire if wire is None or number < 0 else padded(wire, self.options.record_bytes)

    def encoded(self, number: int, view: View) -> bytes | None:
        """The conversation as JSON; what can no longer change is kept for the next time."""
        kept = self._kept(number)
        if kept is not None and kept.settled_at <= view.at:
            return kept.text
        wire = self.payload(number, view)
        return None if wire is None else encode(wire)

    def _kept(self, number: int) -> Settled | None:
        if number < 0 or self.identity_of(number) in self.overlay.conversation_changes:
            return None
        return self._settled(number)

    def _read_settled(self, number: int) -> Settled | None:
        script = self.generator.conversation(number)
        wire = script.read(FAR)
        if script.settled_at is None or wire is None:
            return None
        return Settled(script.settled_at, encode(padded(wire, self.options.record_bytes)))

    # -- spans of time

    def numbers_between(self, start: int, end: int, view: View, persons: set[int] | None = None) -> list[int]:
        """Numbers of the conversations whose life touches [start, end), by start, then number.

        Given people, generated conversations in which none of them can be are left out.
        """
        if persons is None:
            found = list(self.generator.between(start, min(end, view.at + 1)))
        else:
            numbers = self.persons.numbers(persons, view.at + 1)
            found = [(self.generator.conversation(number).start, number) for number in numbers]
        touched = {self.number_of(identity) for identity in self.overlay.conversation_changes}
        known = {index for _, index in found}
        for number in touched:
            if number is not None and number >= 0 and number not in known:
                found.append((self.generator.conversation(number).start, number))
        for place, (sequence, script) in enumerate(self.overlay.added_conversations.values()):
            if sequence <= view.sequence:
                found.append((script.start, -1 - place))
        found.sort()
        return [number for begins, number in found if self._touches(number, begins, (start, end), view)]

    def _touches(self, number: int, begins: int, span: tuple[int, int], view: View) -> bool:
        if begins >= span[1] or begins > view.at:
            return False
        if begins >= span[0]:
            return True
        end = self.script(number, view).end_at(view.at)
        return end is None or end >= span[0]

    def numbers_of_contacts(self, identities: frozenset[str], view: View) -> list[int]:
        """Numbers of the conversations that carry one of the contact ids, by start, then number."""
        persons = set().union(*(self.persons.people_behind(identity, view) for identity in identities))
        numbers = self.numbers_between(self.generator.begin - FAR, view.at + 1, view, persons)
        return [number for number in numbers if identities & self._contacts_of(number, view)]

    def _contacts_of(self, number: int, view: View) -> set[str]:
        """Contact ids that a conversation carries in the view."""
        script = self.script(number, view)
        if script.payload is not None:
            return carried(script.payload)
        return {
            part.contact
            for part in script.participants
            if part.contact is not None and part.contact_since <= view.at
        }

    # -- the analytics data

    def lake_row(self, number: int, snapshot: Snapshot) -> bytes | None:
        """The conversation as the data holds it: behind the watermark half are missing, half are stubs."""
        kept = self._kept(number)
        if kept is not None and kept.settled_at <= snapshot.loaded:
            return kept.text
        start = self.script(number, View(snapshot.now, snapshot.sequence)).start
        if start <= snapshot.loaded:
            return self.encoded(number, View(snapshot.loaded, snapshot.sequence))
        if mix(self.options.seed, number, 5) % 2:
            return None
        return self.encoded(number, View(min(snapshot.now, start + 30 * SECOND), snapshot.sequence))

    def truth(self, view: View) -> Iterator[bytes]:
        """Every conversation that has started, as JSON, in order of start."""
        for number in self.numbers_between(self.generator.begin - (1 << 45), view.at + 1, view):
            encoded = self.encoded(number, view)
            if encoded is not None:
                yield encoded

    def contacts(self, view: View) -> Iterator[dict[str, Any]]:
        """Every contact record as stored: listed or not, merged away or not."""
        for slot in range(self.book.slots()):
            record = self.book.record(self.book.id_in_slot(slot), view)
            if record is not None:
                yield record
