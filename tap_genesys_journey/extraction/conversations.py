"""Conversations: each payload once, as rows for every sink that needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from tap_genesys_journey.api.surface import ReadConversation
from tap_genesys_journey.domain.decoding import DoubtfulError, UnreadableError
from tap_genesys_journey.domain.facts import ConversationFacts, interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.payloads import Payloads
from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.memory import Found, Memory
from tap_genesys_journey.extraction.sinks import Output, Row, Sink
from tap_genesys_journey.extraction.windows import Span

CONVERSATION_ROWS: Mapping[str, Callable[[ConversationFacts], list[Row]]] = {
    "conversations": lambda facts: [facts.row],
    "interactions": interaction_rows,
}
"""How a conversation becomes the rows of each kind of sink."""


_BEHIND_ALL = "~"
"""Greater than every instant as text."""


class Seen:
    """What was emitted in this run, as far as it can come again.

    A job gives the same payload whenever it gives a conversation again, so within one job its id tells.
    In the next window comes again only what lives beyond the end of this one; of that, the payload's hash
    is remembered. So what is remembered does not grow with the history.
    """

    def __init__(self) -> None:
        """Nothing seen."""
        self._job = ""
        self._ids: set[str] = set()
        self._here: set[int] = set()
        self._carried: set[int] = set()

    def given_by(self, job: str) -> set[str]:
        """Conversations that a job gave so far, to be added to; those of the job before are forgotten."""
        if job != self._job:
            self._job = job
            self._ids.clear()
        return self._ids

    def is_new(self, raw: msgspec.Raw) -> bool:
        """Whether a payload that reaches beyond its window did not come in the one before."""
        key = hash(bytes(raw))
        self._carried.add(key)
        return key not in self._here

    def next_window(self) -> None:
        """Forget what cannot come again."""
        self._here, self._carried = self._carried, set()


@dataclass(frozen=True)
class FeedPage:
    """Payloads that came together.

    Attributes:
        payloads: As the source sent them.
        job: Names the job, or the contact, that they came from.
        since: Start of the window; what began before it may have come in the one before.
        until: End of the window; what lives longer may come again in the next one.
    """

    payloads: Payloads
    job: str
    since: datetime
    until: datetime


class ConversationFeed:
    """Turns payloads into rows of the conversation sinks, and tells the contacts who was met.

    Attributes:
        sinks: Those that take conversations.
        contacts: Takes the contacts met.
        on_read: Hears of every conversation read, new or not.
    """

    def __init__(
        self,
        read: ReadConversation,
        output: Output,
        contacts: ContactExtraction,
        oddities: Oddities,
        memory: Memory,
    ) -> None:
        """Keep the parts.

        Args:
            read: Makes facts of a payload.
            output: The run's sinks; those that take conversations are fed.
            contacts: Takes the contacts met.
            oddities: Takes what is strange in a payload.
            memory: Knows what earlier runs emitted.
        """
        self._read = read
        self._oddities = oddities
        self._memory = memory
        self._seen = Seen()
        self.sinks = output.taking(CONVERSATION_ROWS)
        self.contacts = contacts
        self.on_read: Callable[[ConversationFacts], None] | None = None

    def begin(self) -> None:
        """Forget what was seen: whoever takes rows from here on has not got them."""
        self._seen = Seen()

    def next_window(self) -> None:
        """Go on behind the end of a window."""
        self._seen.next_window()

    def emit(self, span: Span, page: FeedPage, sinks: Sequence[Sink], seen: Seen | None = None) -> None:
        """Write the rows of the payloads that are new; note the contacts on them.

        Args:
            span: What the run reads.
            page: The payloads.
            sinks: Who takes the rows, and who the contacts met.
            seen: What these sinks were given; the feed's own by default.
        """
        fed = [sink for sink in sinks if sink in self.sinks]
        kept: dict[Sink, list[Row]] = {sink: [] for sink in fed if not sink.is_stream}
        contact_sinks = [sink for sink in sinks if sink in self.contacts.sinks and not span.followed]
        reading = self._find(span, page, {sink.kind for sink in fed}, seen or self._seen)
        while found := list(islice(reading, self._memory.batch_size)):
            theirs = [each for each in found if each.is_theirs]
            for sink in fed:
                if sink in kept:
                    kept[sink] += _rows(sink, found)
                else:
                    sink.write(_rows(sink, self._memory.unknown_to(sink, theirs)))
            if contact_sinks:
                for each in found:
                    self.contacts.meet(each.contact_ids, contact_sinks)
        for sink, rows in kept.items():
            sink.write(rows)

    def _find(self, span: Span, page: FeedPage, kinds: Collection[str], seen: Seen) -> Iterator[Found]:
        start = format_timestamp(span.start)
        stop = format_timestamp(span.end) if span.end else _BEHIND_ALL
        since, end = format_timestamp(page.since), format_timestamp(page.until)
        odd = Oddities()  # of one payload: what comes again, in a later window too, is counted once
        given = seen.given_by(page.job)
        makers = [(kind, CONVERSATION_ROWS[kind]) for kind in kinds]
        with_systems, payloads = span.include_system_participants, page.payloads
        for raw in payloads:
            try:
                facts = self._read(
                    raw, odd, include_system_participants=with_systems, is_whole=payloads.are_whole
                )
            except DoubtfulError:
                payloads.doubt()
                continue
            except UnreadableError:  # counted by the reader, reported at the end of the run
                self._oddities.take_once(odd, raw)
                continue
            if self.on_read:
                self.on_read(facts)
            row = facts.row
            conversation_id, is_open = row["conversation_id"], row["is_open"]
            if conversation_id not in given:
                given.add(conversation_id)
                start_time, last_instant = row["start_time_utc"] or "", facts.last_instant_utc or end
                is_inside = since <= start_time and last_instant < end and not is_open
                # Jobs stop at the end date by themselves; a contact's conversations come all.
                is_wanted = (is_open or last_instant >= start) and start_time < stop
                if (is_inside or seen.is_new(raw)) and is_wanted:
                    rows = {kind: make(facts) for kind, make in makers}
                    is_theirs = span.followed is None or span.followed.is_theirs(facts)
                    self._oddities.take_once(odd, raw)
                    yield Found(conversation_id, raw, row["contact_ids"], is_theirs, rows)
                    continue
            odd.clear()


def _rows(sink: Sink, found: Sequence[Found]) -> list[Row]:
    return [row for each in found for row in each.rows[sink.kind]]
