"""The whole life of a conversation, written down at once, and how it reads at an instant of that life.

A script knows every segment with its end. Read before its last end it is an open conversation: what has
not started is not there, what has not ended has no `segmentEnd`, and `conversationEnd` is missing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from genesys_sandbox.world.instants import to_text


class Segment(msgspec.Struct):
    """One segment; `closing` holds the fields it gets when it ends."""

    kind: str
    start: int
    end: int | None
    fields: dict[str, Any] = {}
    closing: dict[str, Any] = {}
    seen_from: int = 0
    """Genesys sometimes adds a segment days later; before this instant it is not in the data."""

    def read(self, at: int) -> dict[str, Any] | None:
        """The segment as it is known at an instant, None before that."""
        if self.start > at or self.seen_from > at:
            return None
        wire = {"segmentType": self.kind, "segmentStart": to_text(self.start)}
        if self.end is not None and self.end <= at:
            return {
                **wire,
                "segmentEnd": to_text(self.end),
                **self.fields,
                **self.closing,
                "conference": "conference" in self.fields,
            }
        return {**wire, **self.fields, "conference": "conference" in self.fields}


class Session(msgspec.Struct):
    """One session with its segments in order of start."""

    fields: dict[str, Any]
    segments: list[Segment] = []
    metrics: list[tuple[str, int, int]] = []
    """Name, value and the instant it was emitted."""
    flow: dict[str, Any] | None = None
    media_stats: dict[str, Any] | None = None

    @property
    def identity(self) -> str:
        """The session id."""
        text: str = self.fields["sessionId"]
        return text

    @property
    def end(self) -> int:
        """The latest end of a segment that has one."""
        return max((segment.end for segment in self.segments if segment.end is not None), default=0)

    def add(
        self, kind: str, start: int, end: int | None, disconnect: str | None = None, **fields: object
    ) -> Segment:
        """A further segment; its `disconnectType` appears when it ends."""
        closing = {} if disconnect is None else {"disconnectType": disconnect}
        segment = Segment(kind, start, end, fields, closing)
        self.segments = [*self.segments, segment]
        return segment

    def measure(self, at: int, **metrics: int) -> None:
        """Further metrics, all emitted at one instant."""
        self.metrics = [*self.metrics, *((name, value, at) for name, value in metrics.items())]

    def read(self, at: int) -> dict[str, Any] | None:
        """The session as it is known at an instant, None before its first segment."""
        segments = [wire for segment in self.segments if (wire := segment.read(at)) is not None]
        if not segments:
            return None
        wire = dict(self.fields)
        if self.flow is not None:
            wire["flow"] = self.flow
        if self.media_stats is not None and self.end <= at:
            wire["mediaEndpointStats"] = [{**self.media_stats, "eventTime": to_text(self.end)}]
        wire["metrics"] = [
            {"emitDate": to_text(moment), "name": name, "value": value}
            for name, value, moment in self.metrics
            if moment <= at
        ]
        wire["segments"] = segments
        return wire


class Participant(msgspec.Struct):
    """One participant with its sessions."""

    fields: dict[str, Any]
    sessions: list[Session] = []
    attributes: dict[str, str] = {}
    contact: str | None = None
    contact_since: int = 0
    """A contact may be linked to a conversation later than it started."""

    @property
    def identity(self) -> str:
        """The participant id."""
        text: str = self.fields["participantId"]
        return text

    def open(self, identity: str, media: str, direction: str, **fields: object) -> Session:
        """A further session; fields that are None are left out."""
        known = {name: value for name, value in fields.items() if value is not None}
        session = Session({"sessionId": identity, "mediaType": media, "direction": direction, **known})
        self.sessions = [*self.sessions, session]
        return session

    def read(self, at: int) -> dict[str, Any] | None:
        """The participant as it is known at an instant, None before its first session."""
        sessions = [wire for session in self.sessions if (wire := session.read(at)) is not None]
        if not sessions:
            return None
        wire = dict(self.fields)
        if self.contact is not None and self.contact_since <= at:
            wire["externalContactId"] = self.contact
        wire["sessions"] = sessions
        wire["attributes"] = self.attributes
        return wire


class Conversation(msgspec.Struct):
    """One conversation with everything that will ever happen in it."""

    identity: str
    start: int
    fields: dict[str, Any]
    participants: list[Participant] = []
    payload: dict[str, Any] | None = None
    """Given by hand, word for word; nothing else is then read."""
    guide_payload: dict[str, Any] | None = None
    """What the guide's surface answers in place of the projection, word for word."""
    planned_end: int | None = None
    """Where the payload given by hand says that it ended."""

    def join(self, identity: str, purpose: str, contact: str | None = None, **fields: object) -> Participant:
        """A further participant; fields that are None are left out."""
        known = {name: value for name, value in fields.items() if value is not None}
        participant = Participant({"participantId": identity, "purpose": purpose, **known}, contact=contact)
        self.participants = [*self.participants, participant]
        return participant

    def segments(self) -> list[Segment]:
        """All segments of all sessions."""
        return [
            segment
            for participant in self.participants
            for session in participant.sessions
            for segment in session.segments
        ]

    def end_at(self, at: int) -> int | None:
        """Its end as it is known at an instant: None while a segment that has started is still open."""
        if self.payload is not None:
            return self.planned_end
        known = [
            segment.end for segment in self.segments() if segment.start <= at and segment.seen_from <= at
        ]
        ends = [end for end in known if end is not None and end <= at]
        return max(ends) if known and len(ends) == len(known) else None

    @property
    def settled_at(self) -> int | None:
        """From when on it reads the same for ever, None where a segment never ends."""
        if self.payload is not None:
            return self.start
        segments = self.segments()
        ends = [segment.end for segment in segments if segment.end is not None]
        if len(ends) < len(segments):
            return None
        late = [segment.seen_from for segment in segments]
        linked = [participant.contact_since for participant in self.participants]
        return max(*ends, *late, *linked, self.start)

    def read(self, at: int) -> dict[str, Any] | None:
        """The payload as it is known at an instant, None before it started."""
        if self.start > at:
            return None
        if self.payload is not None:
            return self.payload
        wire: dict[str, Any] = {"conversationId": self.identity, "conversationStart": to_text(self.start)}
        end = self.end_at(at)
        if end is not None:
            wire["conversationEnd"] = to_text(end)
        wire |= self.fields
        wire["participants"] = [
            participant for part in self.participants if (participant := part.read(at)) is not None
        ]
        return wire
