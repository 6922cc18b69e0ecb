"""Conversations of the platform surface, put together by hand: instants are seconds after nine o'clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.platform import read_conversation

NINE = datetime(2024, 3, 1, 9, tzinfo=timezone.utc)
Payload = dict[str, Any]


def at(seconds: float | None) -> str | None:
    """An instant, as Genesys writes it and as rows carry it."""
    if seconds is None:
        return None
    instant = NINE + timedelta(seconds=seconds)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def segment(kind: str, start: float | None, end: float | None = None, **fields: Any) -> Payload:
    """A segment; without an end it is open."""
    return _there(segmentType=kind, segmentStart=at(start), segmentEnd=at(end), **fields)


def session(*segments: Payload, media: str = "voice", **fields: Any) -> Payload:
    return _there(mediaType=media, segments=list(segments), **fields)


def participant(purpose: str | None, *sessions: Payload, name: str = "", **fields: Any) -> Payload:
    """A participant; its id is its name, by default its purpose, and its sessions are numbered."""
    name = name or purpose or "nobody"
    numbered = [{"sessionId": f"{name}-{place}", **each} for place, each in enumerate(sessions)]
    return _there(participantId=name, purpose=purpose, sessions=numbered, **fields)


def customer(*sessions: Payload, media: str = "voice", **fields: Any) -> Payload:
    """The customer, in a session from 0 to 100 unless others are given."""
    given = sessions or (session(segment("interact", 0, 100), media=media, direction="inbound"),)
    return participant("customer", *given, **{"externalContactId": "contact-1", **fields})


def agent(start: float, end: float | None, *, name: str = "agent", **fields: Any) -> Payload:
    """An agent who talked in one segment; further fields are the segment's."""
    return participant("agent", session(segment("interact", start, end, **fields)), name=name, userId=name)


def conversation(*participants: Payload, end: float | None = 100, **fields: Any) -> Payload:
    """A conversation from 0 to 100; open if its end is None."""
    head = _there(conversationId="conversation-1", conversationStart=at(0), conversationEnd=at(end))
    return {**head, "originatingDirection": "inbound", "participants": list(participants), **fields}


@dataclass(frozen=True)
class Reading:
    """What became of a conversation."""

    row: dict[str, Any]
    interactions: list[dict[str, Any]]
    odd: dict[tuple[str, str], int]

    @property
    def interaction(self) -> dict[str, Any]:
        (only,) = self.interactions
        return only


def read(payload: Payload | bytes, **options: bool) -> Reading:
    """Read a payload into its rows, the `raw` column aside."""
    oddities = Oddities()
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    facts = read_conversation(raw, oddities, **options)
    row = {name: value for name, value in facts.row.items() if name != "raw"}
    return Reading(row, interaction_rows(facts), oddities.counts())


def _there(**fields: Any) -> Payload:
    """The fields that are there: Genesys leaves out what has no value."""
    return {name: value for name, value in fields.items() if value is not None}
