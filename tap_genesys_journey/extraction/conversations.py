"""Conversations: each payload once, as rows for every sink that needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tap_genesys_journey.api.surface import ReadConversation
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.facts import ConversationFacts, conversation_row, interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.memory import Found, Memory
from tap_genesys_journey.extraction.sinks import Output, Row, Sink
from tap_genesys_journey.extraction.windows import Span

_Rows = Callable[[ConversationFacts, msgspec.Raw], list[Row]]

CONVERSATION_ROWS: Mapping[str, _Rows] = {
    "conversations": lambda facts, raw: [conversation_row(facts, raw)],
    "interactions": lambda facts, _: interaction_rows(facts),
}
"""How a conversation becomes the rows of each kind of sink."""


class Seen:
    """Payloads emitted in this run, as far as they can come again.

    A conversation comes again in the next window only when its life reaches beyond this one, so what
    is remembered does not grow with the history.
    """

    def __init__(self) -> None:
        """Nothing seen."""
        self._here: set[int] = set()
        self._carried: set[int] = set()

    def is_new(self, key: int) -> bool:
        """Whether a payload with this hash has not come before; it has from now on."""
        if key in self._here:
            self._carried.add(key)  # it was carried here, so it may reach into the next window too
            return False
        self._here.add(key)
        return True

    def carry(self, key: int) -> None:
        """Remember a payload for the next window as well."""
        self._carried.add(key)

    def next_window(self) -> None:
        """Forget what cannot come again."""
        self._here, self._carried = self._carried, set()


class ConversationFeed:
    """Turns payloads into rows of the conversation sinks, and tells the contacts who was met.

    Attributes:
        sinks: Those that take conversations.
        contacts: Takes the contacts met.
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

    def begin(self) -> None:
        """Forget what was seen: whoever takes rows from here on has not got them."""
        self._seen = Seen()

    def next_window(self) -> None:
        """Go on behind the end of a window."""
        self._seen.next_window()

    def emit(
        self, span: Span, until: datetime, payloads: Sequence[msgspec.Raw], sinks: Sequence[Sink]
    ) -> None:
        """Write the rows of the payloads that are new; note the contacts on them.

        Args:
            span: What the run reads.
            until: End of the window; what lives longer may come again in the next one.
            payloads: As the source sent them.
            sinks: Who takes the rows, and who the contacts met.
        """
        found = list(self._read_new(span, until, payloads))
        followed = span.followed
        theirs = [each for each in found if followed.is_theirs(each[0])] if followed else found
        for sink in sinks:
            if sink in self.sinks:
                rows = CONVERSATION_ROWS[sink.kind]
                fresh = self._memory.unknown_to(sink, theirs) if sink.is_stream else found
                sink.write(row for facts, raw in fresh for row in rows(facts, raw))
        contact_sinks = [sink for sink in sinks if sink in self.contacts.sinks]
        if contact_sinks and not followed:
            for facts, _ in found:
                self.contacts.meet(facts.contact_ids, contact_sinks)

    def _read_new(self, span: Span, until: datetime, payloads: Sequence[msgspec.Raw]) -> Iterator[Found]:
        start, end = format_timestamp(span.start), format_timestamp(until)
        for raw in payloads:
            key = hash(bytes(raw))
            if not self._seen.is_new(key):
                continue
            try:
                facts = self._read(
                    raw, self._oddities, include_system_participants=span.include_system_participants
                )
            except UnreadableError:  # counted by the reader, reported at the end of the run
                continue
            last_instant = facts.updated_time_utc or end
            if facts.is_open or last_instant >= end:
                self._seen.carry(key)
            if facts.is_open or last_instant >= start:
                yield facts, raw
