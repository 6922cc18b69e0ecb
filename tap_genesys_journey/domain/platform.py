"""Reads a conversation of the platform surface into facts (contract, section 4).

The walk collects, the rules here decide. Nothing depends on the order of participants, sessions or
segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final

import msgspec

from tap_genesys_journey.domain import states
from tap_genesys_journey.domain.conversations import Conversation, Participant, Session, decode_conversation
from tap_genesys_journey.domain.decoding import Payload
from tap_genesys_journey.domain.facts import ConversationFacts, InteractionFacts, Row, raw_value, with_ids
from tap_genesys_journey.domain.oddities import END_BEFORE_START, MISSING_START, NEGATIVE_DURATION, Oddities
from tap_genesys_journey.domain.purposes import (
    ACD,
    AGENT,
    MEDIA_TYPES,
    TYPED_CHANNELS,
    USER,
)
from tap_genesys_journey.domain.time import EARLIEST, LATEST, format_timestamp, seconds_between
from tap_genesys_journey.domain.walk import EXTERNAL_TALKED, Course, Queued, Talk, WrapUp, walk

_AGENT_OF_TALK: Final = itemgetter(4)
_NAME_OF_QUEUED: Final = itemgetter(1)
_CHANNELS: Final = {medium: medium.upper() for medium in MEDIA_TYPES}


def read_conversation(
    raw: Payload, oddities: Oddities, *, include_system_participants: bool = False, is_whole: bool = True
) -> ConversationFacts:
    """Read a payload of the details jobs.

    Args:
        raw: JSON text of one conversation.
        oddities: Takes fields of a wrong type, unknown values, negative durations, missing starts.
        include_system_participants: Keep bots, flows, supervisors and monitors as interactions too.
        is_whole: Whether the payload is known to be one JSON value.

    Raises:
        DoubtfulError: It is not, and the strict decoder refused it.
        UnreadableError: No JSON object, or no conversation id. Counted; the caller skips the record.
    """
    conversation = decode_conversation(raw, oddities, is_whole=is_whole)
    course = walk(conversation, oddities)
    return _lay_out(raw, conversation, course, oddities, include_systems=include_system_participants)


def _lay_out(
    raw: Payload, conversation: Conversation, course: Course, oddities: Oddities, *, include_systems: bool
) -> ConversationFacts:
    groups = _facing(course)
    presences = [_presence(group) for group in groups]
    sessions, disconnect_type = _customers_part(presences)
    channels = [_channel(session) for session in sessions]
    talks, latest = sorted(course.talks), course.latest
    agents, transfers = _agents(course, talks)
    state = _state(course, talks, channels)
    is_open = conversation.conversation_end is None
    wrap_up_end, wrap_up_code, wrap_up_codes = _wrapped(course.wrap_ups)
    start, end = conversation.conversation_start, wrap_up_end or latest
    seconds = None if is_open or start is None else seconds_between(start, end)
    _count_odd_times(conversation, seconds, presences, oddities)
    end_text = None if end is EARLIEST else format_timestamp(end)
    routing_queue = _routing_queue(agents, course.queues)
    updated_text = end_text if end is latest else format_timestamp(latest)
    row: Row = {
        "conversation_id": conversation.conversation_id or "",
        "state": state,
        "is_open": is_open,
        "channel_type": channels[0] if channels else None,
        "channel_types": _distinct(channels),
        "message_type": sessions[0].message_type if sessions else None,
        "originating_direction": conversation.originating_direction,
        "start_time_utc": format_timestamp(start) if start else None,
        "end_time_utc": None if is_open else end_text,
        "wrap_up_time_utc": end_text if wrap_up_end else None,
        "updated_time_utc": updated_text,
        "duration_seconds": seconds if seconds is None or seconds > 0 else 0,
        "contact_ids": _distinct([group[0].external_contact_id for group in groups]),
        "routing_queue": routing_queue,
        "queue_ids": _queues_in_order(course.queues),
        "agent_id": (agents[-1][4] or None) if agents else None,
        "agent_ids": _distinct(list(map(_AGENT_OF_TALK, agents))),
        "wrap_up_code": wrap_up_code,
        "wrap_up_codes": wrap_up_codes,
        "transfer_count": transfers,
        "disconnect_type": disconnect_type,
        "division_ids": conversation.division_ids or [],
        "journey_session_ids": _distinct([session.journey_customer_session_id for session in sessions]),
        "associated_conversation_id": conversation.associated_conversation_id,
        "raw": raw_value(raw),
    }
    return ConversationFacts(
        row,
        state == "TRANSFERRED" or bool(agents and agents[-1][6]),
        partial(_interactions, presences, course.systems if include_systems else [], routing_queue, oddities),
        updated_text,
    )


# --- who is the customer


class Presence(msgspec.Struct, frozen=True, gc=False):
    """Participants who are one interaction.

    Attributes:
        first: The one that came first; it names the interaction.
        opening: Its first session.
        sessions: Of all of them, in order of their start.
        last_end: The latest end of a segment.
        last_ending: The latest end of a segment of which is known how it came, and how.
    """

    first: Participant
    opening: Session | None
    sessions: Sequence[Session]
    last_end: datetime | None
    last_ending: tuple[datetime, str] | None


def _facing(course: Course) -> list[list[Participant]]:
    """Customer-facing participants, those of one contact together, in order of their first session."""
    present = course.customers or course.externals
    if len(present) == 1:
        return [present]
    present = sorted(present, key=_participant_order)
    groups: dict[str | None, list[Participant]] = {}
    for each in [each for each in present if not _is_third_party(each)] or present[:1]:
        groups.setdefault(each.external_contact_id or None, []).append(each)
    return list(groups.values())


def _is_third_party(participant: Participant) -> bool:
    """Whether an extra participant was called into a conference (fact sheet, section 6.3)."""
    if participant.external_contact_id:
        return False
    sessions = _in_order(participant.sessions or ())
    return bool(sessions) and sessions[0].direction == "outbound"


def _presence(participants: Sequence[Participant]) -> Presence:
    """Look at the sessions of participants who are one interaction."""
    sessions = _in_order(participants[0].sessions or ())
    opening = sessions[0] if sessions else None
    if len(participants) > 1:
        sessions = _in_order([session for each in participants for session in each.sessions or ()])
    last_end, last_ending = None, None
    for session in sessions:
        for segment in session.segments or ():
            end = segment.segment_end
            if end is None:
                continue
            if last_end is None or end > last_end:
                last_end = end
            if segment.disconnect_type:
                ending = (end, segment.disconnect_type)
                if last_ending is None or ending > last_ending:
                    last_ending = ending
    return Presence(participants[0], opening, sessions, last_end, last_ending)


def _customers_part(presences: list[Presence]) -> tuple[Sequence[Session], str | None]:
    """Sessions of all customers in order of their start, and how the latest ended segment came to its end."""
    if len(presences) == 1:
        sessions, last_ending = presences[0].sessions, presences[0].last_ending
    else:
        sessions = _in_order([session for presence in presences for session in presence.sessions])
        endings = [presence.last_ending for presence in presences if presence.last_ending]
        last_ending = max(endings, default=None)
    return sessions, last_ending[1] if last_ending else None


def _participant_order(participant: Participant) -> tuple[datetime, str]:
    starts = [_start(session) for session in participant.sessions or ()]
    return min(starts, default=LATEST), participant.participant_id or ""


def _in_order(sessions: Sequence[Session]) -> Sequence[Session]:
    if len(sessions) <= 1:
        return sessions
    return sorted(sessions, key=lambda session: (_start(session), session.session_id or ""))


def _start(session: Session) -> datetime:
    starts = [segment.segment_start for segment in session.segments or () if segment.segment_start]
    return min(starts, default=LATEST)


# --- the rules


def _agents(course: Course, talks: list[Talk]) -> tuple[list[Talk], int]:
    """What the agents said, in order, and how often agents and users transferred.

    Users stand in where no agent took part.
    """
    wanted = AGENT if course.has_agents else USER
    agents, transfers = [], 0
    for talk in talks:
        role = talk[3]
        if role == wanted:
            agents.append(talk)
        if talk[6] and role != ACD:
            transfers += 1
    return agents, transfers


def _state(course: Course, talks: list[Talk], channels: list[str]) -> str:
    signals = course.signals
    if signals & EXTERNAL_TALKED:
        signals &= states.ALL_SIGNALS
        if course.customers:
            signals |= states.WAS_HANDLED
    if channels and channels[0] in TYPED_CHANNELS:
        signals |= states.IS_TYPED
    if talks and talks[-1][6]:
        signals |= states.ENDED_BY_TRANSFER
    return states.STATE_OF_SIGNALS[signals]


def _routing_queue(agents: list[Talk], queues: list[Queued]) -> str | None:
    """Queue of the agent's latest talk that names one, else the latest queue named anywhere."""
    for talk in reversed(agents):
        if talk[5] and talk[2] == agents[-1][2]:
            return talk[5]
    return max(queues)[1] if queues else None


def _queues_in_order(queues: list[Queued]) -> list[str]:
    names = set(map(_NAME_OF_QUEUED, queues))
    return list(names) if len(names) <= 1 else _distinct(list(map(_NAME_OF_QUEUED, sorted(queues))))


def _wrapped(wrap_ups: list[WrapUp]) -> tuple[datetime | None, str | None, list[str]]:
    """When the latest wrap-up ended, the code of the latest that has one, and all codes in order."""
    latest: datetime | None = None
    codes: list[str] = []
    for _, end, code in sorted(wrap_ups):
        if end is not LATEST and (latest is None or end > latest):
            latest = end
        if code:
            codes.append(code)
    return latest, codes[-1] if codes else None, _distinct(codes)


def _count_odd_times(
    conversation: Conversation, seconds: int | None, presences: list[Presence], oddities: Oddities
) -> None:
    """Count a start that is missing, or lies behind what should come after it: the first that fits."""
    start, ended = conversation.conversation_start, conversation.conversation_end
    if start is None:
        oddities.count(MISSING_START, "conversationStart")
    elif seconds is not None and seconds < 0:
        oddities.count(NEGATIVE_DURATION, "conversationEnd")
    elif ended is not None and ended < start:
        oddities.count(END_BEFORE_START, "conversationEnd")
    else:
        for presence in presences:
            if presence.last_end is not None and presence.last_end < start:
                oddities.count(END_BEFORE_START, "participants[].sessions[].segments[].segmentEnd")
                break


def _interaction(presence: Presence, kind: str, routing_queue: str | None) -> InteractionFacts:
    opening = presence.opening
    return InteractionFacts(
        participant_id=presence.first.participant_id or "",
        participant_kind=kind,
        contact_id=presence.first.external_contact_id or None,
        wire_address=_address(opening) if opening else None,
        channel_type=_channel(opening) if opening else None,
        customer_end_utc=format_timestamp(presence.last_end) if presence.last_end else None,
        routing_queue=routing_queue,
    )


def _interactions(
    presences: list[Presence], systems: list[Participant], routing_queue: str | None, oddities: Oddities
) -> list[InteractionFacts]:
    """List the customers' interactions, and the system participants' that are kept."""
    customers = [_interaction(presence, "customer", routing_queue) for presence in presences]
    kept = [
        _interaction(_presence([each]), (each.purpose or "unknown").lower(), routing_queue)
        for each in sorted(systems, key=_participant_order)
    ]
    return with_ids(customers + kept, "participants[].participantId", oddities)


def _address(session: Session) -> str | None:
    """Where the customer was reached, as on the wire (contract, section 4.5)."""
    if session.media_type == "callback" and session.callback_numbers:
        return session.callback_numbers[0]
    if session.direction == "outbound":
        return session.dnis or session.address_to
    return session.ani or session.address_from


def _channel(session: Session) -> str:
    medium = session.media_type or "unknown"
    return _CHANNELS.get(medium) or medium.upper()


def _distinct(values: Sequence[str | None]) -> list[str]:
    """Give each text once, in order of its first place; what is empty is left out."""
    if len(values) > 1:
        return list(dict.fromkeys(filter(None, values)))
    return [values[0]] if values and values[0] else []
