"""Which stories there are, when each begins, and how a conversation's index leads to it and back.

Stories follow one another at an even pace in a fixed cycle, so that a small organization holds every kind.
Starts never decrease with the story, so a span of time is a range of stories; the few long-lived ones,
which reach out of that range, are listed apart. `now` stands right behind the generated history; a handful
of calls are in progress then, and further stories begin as the clock goes on.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from genesys_sandbox.world import calls, digital, handoffs, parties, voicemails
from genesys_sandbox.world.cast import Cast, World
from genesys_sandbox.world.dice import IdSpace, share
from genesys_sandbox.world.instants import DAY, HOUR, MINUTE, SECOND, from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genesys_sandbox.options import SandboxOptions
    from genesys_sandbox.world.contacts import ContactBook
    from genesys_sandbox.world.script import Conversation
    from genesys_sandbox.world.staff import Staff

    Tell = Callable[[Cast], list[Conversation]]


class Kind(NamedTuple):
    """A kind of story: how it is told, and how many conversations it makes."""

    tell: Tell
    legs: int = 1
    instead: Tell | None = None
    """What takes the place of a long-lived kind in most cycles, so that long-lived ones stay few."""


CYCLE: tuple[Kind, ...] = (
    Kind(calls.answered),
    Kind(digital.message),
    Kind(handoffs.kept, 2),
    Kind(calls.abandoned),
    Kind(digital.chat),
    Kind(digital.mail),
    Kind(handoffs.orphaned, 2),
    Kind(calls.no_answer),
    Kind(digital.slow_thread, 1, digital.message),
    Kind(calls.blind_transfer),
    Kind(digital.bot_takeover),
    Kind(parties.conference),
    Kind(handoffs.edge_of_window, 2),
    Kind(calls.answered),
    Kind(digital.abandoned_chat),
    Kind(digital.callback),
    Kind(parties.watched),
    Kind(digital.message),
    Kind(voicemails.voicemail),
    Kind(digital.reopened_mail, 1, digital.mail),
    Kind(calls.consult_transfer),
    Kind(handoffs.three_legs, 3),
    Kind(parties.anonymous),
    Kind(digital.merged, 2),
    Kind(calls.answered),
    Kind(digital.abandoned_message),
    Kind(parties.two_contacts),
    Kind(voicemails.forgotten_voicemail, 1, calls.abandoned),
    Kind(digital.chat),
    Kind(parties.dialer),
    Kind(handoffs.shared_number, 3),
    Kind(parties.internal),
    Kind(digital.bot_alone),
    Kind(calls.self_served),
    Kind(handoffs.other_queue, 2),
    Kind(digital.mail),
    Kind(calls.linked_later),
    Kind(parties.between_users),
    Kind(digital.message),
    Kind(digital.chat_then_callback, 2),
    Kind(calls.transferred_out),
    Kind(calls.late_wrap_up),
    Kind(digital.abandoned_mail),
    Kind(handoffs.transferred_queue, 2),
    Kind(parties.screen_monitored),
    Kind(calls.answered),
    Kind(handoffs.edge_of_window, 2),
    Kind(parties.unknown_caller),
    Kind(calls.without_wrap_up),
    Kind(digital.thread_over_hours, 1, digital.message),
)
STORIES_PER_CYCLE = len(CYCLE)
_BEFORE = [sum(kind.legs for kind in CYCLE[:place]) for place in range(STORIES_PER_CYCLE)]
PER_CYCLE = sum(kind.legs for kind in CYCLE)
LONG_PLACES = [place for place, kind in enumerate(CYCLE) if kind.instead is not None]
LONG_EVERY = 16
"""After the first two cycles, long-lived stories are told in one cycle of so many."""

QUIET = 4 * HOUR
"""How long before `now` the last story of the history begins; all but the long-lived have ended by `now`."""
REACH = 4 * HOUR
"""No conversation of a story that is not long-lived ends later than this after the story began."""

_IN_PROGRESS: tuple[tuple[int, int, int, int], ...] = (
    (120, 600, 20, 300),  # begun so many seconds before now; then seconds of queue, ringing, talk: QUEUED
    (40, 20, 60, 300),  # RINGING
    (200, 30, 10, 1200),  # CONNECTED
    (400, 20, 10, 200),  # WRAPUP
    (90, 1200, 30, 60),  # QUEUED for long
    (60, 10, 5, 900),  # CONNECTED
)
IN_PROGRESS = len(_IN_PROGRESS)


class Generator:
    """Conversations by index, and indexes by time."""

    def __init__(self, options: SandboxOptions, staff: Staff, book: ContactBook) -> None:
        """Lay out history, present and future on the time axis."""
        self.now = from_text(options.now)
        self.seed = options.seed
        self.present = min(IN_PROGRESS, options.conversations)
        self.past = options.conversations - self.present
        self.total = options.conversations
        self.begin = self.now - options.days * DAY
        self.past_stories = self._story_count(self.past)
        self.gap = (self.now - QUIET - self.begin) / max(1, self.past_stories)
        self._first_future = -(-self.past_stories // STORIES_PER_CYCLE) * STORIES_PER_CYCLE
        self._ids = IdSpace(options.seed, "conversation")
        self._world = World(options.seed, staff, book)
        self.tell = lru_cache(maxsize=256)(self._tell)
        self._long: list[tuple[int, int, int]] | None = None

    @staticmethod
    def _story_count(conversations: int) -> int:
        cycles, rest = divmod(conversations, PER_CYCLE)
        return cycles * STORIES_PER_CYCLE + sum(1 for before in _BEFORE if before < rest)

    # -- index, story, leg

    def identity(self, index: int) -> str:
        """Id of the conversation with this index."""
        return self._ids.encode(index)

    def index_of(self, identity: str) -> int | None:
        """Index of the conversation with this id."""
        return self._ids.decode(identity)

    def place(self, index: int) -> tuple[int, int]:
        """Story and leg of a conversation; stories in progress are numbered below zero."""
        if self.past <= index < self.total:
            return self.past - index - 1, 0
        shift = 0 if index < self.past else self._first_future
        cycle, rest = divmod(index if index < self.past else index - self.total, PER_CYCLE)
        within = bisect_right(_BEFORE, rest) - 1
        return shift + cycle * STORIES_PER_CYCLE + within, rest - _BEFORE[within]

    def first_index(self, story: int) -> int:
        """Index of a story's first conversation."""
        if story < 0:
            return self.past - story - 1
        ahead = story >= self._first_future
        cycle, within = divmod(story - self._first_future if ahead else story, STORIES_PER_CYCLE)
        return (self.total if ahead else 0) + cycle * PER_CYCLE + _BEFORE[within]

    # -- time

    def story_start(self, story: int) -> int:
        """When a story begins; never earlier than the one before."""
        if story < 0:
            return self.now - _IN_PROGRESS[-story - 1][0] * SECOND
        jitter = share(self.seed, story, 31)
        if story >= self._first_future:
            return self.now + MINUTE + int((story - self._first_future + jitter) * self.gap)
        return self.begin + int((story + jitter) * self.gap)

    def is_long(self, story: int) -> bool:
        """Whether the story is one of the few long-lived ones."""
        if story < 0:
            return False
        cycle, place = divmod(story, STORIES_PER_CYCLE)
        return place in LONG_PLACES and (cycle <= 1 or cycle % LONG_EVERY == 0)

    def _tell(self, story: int) -> list[Conversation]:
        start = self.story_start(story)
        first = self.first_index(story)
        if story < 0:
            pace = _IN_PROGRESS[-story - 1]
            return calls.paced(Cast(self._world, story, start, [self.identity(first)]), *pace[1:])
        kind = CYCLE[story % STORIES_PER_CYCLE]
        cast = Cast(self._world, story, start, [self.identity(first + leg) for leg in range(kind.legs)])
        if kind.instead is not None and not self.is_long(story):
            return kind.instead(cast)
        return kind.tell(cast)

    def conversation(self, index: int) -> Conversation:
        """The script of one conversation."""
        story, leg = self.place(index)
        return self.tell(story)[leg]

    # -- spans of time

    def stories_between(self, start: int, end: int) -> Iterator[int]:
        """Stories that begin in [start, end), in order, those in progress last of the past."""
        if start < self.now:
            yield from self._run(0, self.past_stories, self.begin, (start, end))
        yield from (
            story for story in range(-1, -self.present - 1, -1) if start <= self.story_start(story) < end
        )
        if end > self.now:
            yield from self._run(self._first_future, 1 << 40, self.now + MINUTE, (start, end))

    def _run(self, first: int, stop: int, origin: int, span: tuple[int, int]) -> Iterator[int]:
        start, end = span
        story = max(first, first + int((start - origin) / self.gap) - 1)
        while story < stop:
            begins = self.story_start(story)
            if begins >= end:
                return
            if begins >= start:
                yield story
            story += 1

    def _long_lived(self) -> list[tuple[int, int, int]]:
        """Start, latest end and index of every long-lived conversation of the history."""
        if self._long is None:
            self._long = []
            for cycle in range(-(-self.past_stories // STORIES_PER_CYCLE)):
                for story in (cycle * STORIES_PER_CYCLE + place for place in LONG_PLACES):
                    index = self.first_index(story)
                    if self.is_long(story) and index < self.past:
                        script = self._tell(story)[0]
                        self._long.append((script.start, script.settled_at or 1 << 62, index))
        return self._long

    def _future_long(self, start: int) -> Iterator[int]:
        for story in self.stories_between(self.now, start):
            if story >= self._first_future and self.is_long(story):
                yield self.first_index(story)

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and index of the conversations whose life may touch [start, end), in no special order."""
        for begins, ends, index in self._long_lived():
            if begins < start - REACH and ends >= start:
                yield begins, index
        if start - REACH > self.now:
            yield from ((self.conversation(index).start, index) for index in self._future_long(start - REACH))
        for story in self.stories_between(start - REACH, end):
            yield from self._legs(story, end)

    def numbers_of(self, story: int) -> range:
        """Numbers of a story's conversations; the history may end in the middle of a story."""
        first = self.first_index(story)
        if story < 0:
            return range(first, first + 1)
        last = first + CYCLE[story % STORIES_PER_CYCLE].legs
        return range(first, last if story >= self._first_future else min(last, self.past))

    def _legs(self, story: int, end: int) -> Iterator[tuple[int, int]]:
        numbers = self.numbers_of(story)
        for leg, number in enumerate(numbers):
            begins = self.story_start(story) if leg == 0 else self.tell(story)[leg].start
            if begins < end:
                yield begins, number
