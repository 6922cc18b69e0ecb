"""Reads a conversation of the platform surface into facts (contract, section 4).

One walk over participants, sessions and segments collects what the rules need; it is the hot path of the
tap, so it is plain loops and tuples. Nothing depends on the order of participants, sessions or segments.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

from tap_genesys_journey.domain import states
from tap_genesys_journey.domain.conversations import (
    Conversation,
    Participant,
    Segment,
    Session,
    decode_conversation,
)
from tap_genesys_journey.domain.decoding import Payload
from tap_genesys_journey.domain.facts import ConversationFacts, InteractionFacts
from tap_genesys_journey.domain.oddities import MISSING_START, NEGATIVE_DURATION, Oddities
from tap_genesys_journey.domain.purposes import (
    ACD,
    AGENT,
    AUTOMATION,
    CUSTOMER,
    DISCONNECT_TYPES,
    EXTERNAL,
    MEDIA_TYPES,
    ROLES,
    SEGMENT_TYPES,
    SYSTEM,
    TYPED_CHANNELS,
    USER,
    WATCHING_SEGMENT_TYPES,
    is_transfer,
    role_of,
)
from tap_genesys_journey.domain.time import EARLIEST, LATEST, format_timestamp, seconds_between

_CHANNELS: Final = {medium: medium.upper() for medium in MEDIA_TYPES}
_SEGMENT_PATH: Final = "participants[].sessions[].segments[]"
_OPEN_AGENT_SIGNALS: Final = {"wrapup": states.AGENT_WRAPS_UP, "alert": states.AGENT_RINGS}
_HANDLERS: Final = frozenset({ACD, AGENT, USER})
_SYSTEMS: Final = frozenset({AUTOMATION, SYSTEM})
_UNREMARKABLE: Final = (SEGMENT_TYPES - WATCHING_SEGMENT_TYPES) | {None}
_KNOWN_ENDINGS: Final = DISCONNECT_TYPES | {None}
_KNOWN_MEDIA: Final = MEDIA_TYPES | {None}


_Talk: TypeAlias = "tuple[datetime, datetime, str, int, str, str, str]"
"""An `interact` segment of an acd, agent or user: start, end, participant, role, user, queue, ending.

What is missing is an empty text, so that talks compare to the last field: in any order of input the same
one is the latest.
"""

_Presence: TypeAlias = "tuple[datetime, str, Participant]"
"""When a participant's first session began, its id, and itself."""


class _Course:
    """What the walk saw of a conversation."""

    __slots__ = (
        "codes",
        "customers",
        "externals",
        "has_agents",
        "latest",
        "queues",
        "signals",
        "systems",
        "talks",
        "was_external_heard",
        "wrap_up_end",
    )

    def __init__(self) -> None:
        self.latest = EARLIEST
        self.wrap_up_end: datetime | None = None
        self.signals = 0
        self.has_agents = False
        self.was_external_heard = False
        self.customers: list[_Presence] = []
        self.externals: list[_Presence] = []
        self.systems: list[_Presence] = []
        self.talks: list[_Talk] = []
        self.codes: list[tuple[datetime, datetime, str]] = []
        self.queues: list[tuple[datetime, str]] = []


def read_conversation(
    raw: Payload, oddities: Oddities, *, include_system_participants: bool = False
) -> ConversationFacts:
    """Read a payload of the details jobs.

    Args:
        raw: JSON text of one conversation.
        oddities: Takes fields of a wrong type, unknown values, negative durations, missing starts.
        include_system_participants: Keep bots, flows, supervisors and monitors as interactions too.

    Raises:
        UnreadableError: No JSON object, or no conversation id. Counted; the caller skips the record.
    """
    conversation = decode_conversation(raw, oddities)
    course = _walk(conversation, oddities)
    return _lay_out(conversation, course, oddities, include_systems=include_system_participants)


# --- the walk


def _walk(conversation: Conversation, oddities: Oddities) -> _Course:
    course = _Course()
    rare = [conversation.conversation_start, conversation.conversation_end, conversation.conference_start]
    for group in (conversation.evaluations, conversation.surveys, conversation.resolutions):
        for each in group or ():
            rare += (each.event_time, each.survey_completed_date)
    _note(course, rare)
    if conversation.conversation_end is None:
        course.signals = states.IS_OPEN
    for participant in conversation.participants or ():
        _walk_participant(course, participant, oddities)
    return course


def _walk_participant(course: _Course, participant: Participant, oddities: Oddities) -> None:
    role = ROLES.get(participant.purpose or "")
    if role is None:
        role = role_of(participant.purpose, "participants[].purpose", oddities)
    sessions = participant.sessions or ()
    start, watched = LATEST, 0
    for session in sessions:
        segments = session.segments or ()
        began, is_watching = _note_session(course, session, oddities)
        start = min(start, began)
        if is_watching:
            watched += 1
        else:
            _take_segments(course, segments, role, participant)
        if segments and role == AUTOMATION:
            course.signals |= states.WAS_HANDLED
    is_watcher = 0 < watched == len(sessions)
    _place(course, (start, participant.participant_id or "", participant), role, is_watcher=is_watcher)


def _place(course: _Course, presence: _Presence, role: int, *, is_watcher: bool) -> None:
    if role == CUSTOMER:
        course.customers.append(presence)
    elif role == EXTERNAL:
        course.externals.append(presence)
    elif is_watcher or role in _SYSTEMS:
        course.systems.append(presence)
    elif role == AGENT:
        course.has_agents = True


def _note_session(course: _Course, session: Session, oddities: Oddities) -> tuple[datetime, bool]:
    """Take in what counts for every session; gives when it began, and whether it watches another.

    A session watches when it monitors, coaches or barges in.
    """
    segments = session.segments or ()
    if session.media_type not in _KNOWN_MEDIA:
        oddities.count_unknown("participants[].sessions[].mediaType", session.media_type or "")
    is_watching = bool(
        session.monitored_participant_id
        or session.coached_participant_id
        or session.barged_participant_id
        or session.screen_monitored_user_id
    )
    for segment in segments:
        if segment.segment_type not in _UNREMARKABLE:
            is_watching |= _is_watching(segment, oddities)
        if segment.disconnect_type not in _KNOWN_ENDINGS:
            oddities.count_unknown(f"{_SEGMENT_PATH}.disconnectType", segment.disconnect_type or "")
        if segment.destination_conversation_id:
            course.signals |= states.MOVED_TO_ANOTHER
    return _note_instants(course, session, segments), is_watching


def _note_instants(course: _Course, session: Session, segments: Iterable[Segment]) -> datetime:
    """Take in every instant at which something happened in a session; gives when it began."""
    starts = [segment.segment_start for segment in segments if segment.segment_start]
    instants = [segment.segment_end for segment in segments if segment.segment_end]
    if session.metrics:
        instants += [metric.emit_date for metric in session.metrics if metric.emit_date]
    course.latest = max([course.latest, *starts, *instants])
    if (
        session.flow
        or session.media_endpoint_stats
        or session.delivery_status_change_date
        or session.detected_speech_start
        or session.detected_speech_end
    ):
        _note_rare_instants(course, session)
    return min(starts, default=LATEST)


def _is_watching(segment: Segment, oddities: Oddities) -> bool:
    """Whether a segment of an uncommon type watches another; a type that is not known does not."""
    is_known = segment.segment_type in WATCHING_SEGMENT_TYPES
    if not is_known:
        oddities.count_unknown(f"{_SEGMENT_PATH}.segmentType", segment.segment_type or "")
    return is_known


def _note_rare_instants(course: _Course, session: Session) -> None:
    instants = [
        session.delivery_status_change_date,
        session.detected_speech_start,
        session.detected_speech_end,
    ]
    instants += [stat.event_time for stat in session.media_endpoint_stats or ()]
    for outcome in (session.flow.outcomes if session.flow else None) or ():
        instants += (outcome.flow_outcome_start_timestamp, outcome.flow_outcome_end_timestamp)
    _note(course, instants)


def _note(course: _Course, instants: Iterable[datetime | None]) -> None:
    for instant in instants:
        if instant is not None and instant > course.latest:
            course.latest = instant


def _take_segments(course: _Course, segments: Iterable[Segment], role: int, participant: Participant) -> None:
    """What counts for those alone who do not watch."""
    for segment in segments:
        start, end, kind = segment.segment_start or EARLIEST, segment.segment_end, segment.segment_type
        if segment.queue_id:
            course.queues.append((start, segment.queue_id))
        if kind == "interact":
            _take_interact(course, segment, role, participant)
        elif kind == "wrapup":
            if segment.wrap_up_code:
                course.codes.append((start, end or LATEST, segment.wrap_up_code))
            if end is not None and (course.wrap_up_end is None or end > course.wrap_up_end):
                course.wrap_up_end = end
        if end is None:
            if role == AGENT:
                course.signals |= _OPEN_AGENT_SIGNALS.get(kind or "", 0)
            elif role == ACD:
                course.signals |= states.WAITS_IN_QUEUE


def _take_interact(course: _Course, segment: Segment, role: int, participant: Participant) -> None:
    if role == EXTERNAL:
        course.was_external_heard = True
    elif role != CUSTOMER:
        course.signals |= states.WAS_HANDLED | (states.AGENT_TALKED if role == AGENT else 0)
    if role in _HANDLERS:
        course.talks.append(
            (
                segment.segment_start or EARLIEST,
                segment.segment_end or LATEST,
                participant.participant_id or "",
                role,
                participant.user_id or "",
                segment.queue_id or "",
                segment.disconnect_type or "",
            )
        )


# --- who is the customer


def _facing(course: _Course) -> list[list[Participant]]:
    """Customer-facing participants, those of one contact together, in order of their first session."""
    present = course.customers or course.externals
    if len(present) == 1:
        return [[present[0][2]]]
    in_order = [each[2] for each in sorted(present, key=lambda each: each[:2])]
    groups: dict[str | None, list[Participant]] = {}
    for each in [each for each in in_order if not _is_third_party(each)] or in_order[:1]:
        groups.setdefault(each.external_contact_id or None, []).append(each)
    return list(groups.values())


def _is_third_party(participant: Participant) -> bool:
    """Whether an extra participant was called into a conference (fact sheet, section 6.3)."""
    if participant.external_contact_id:
        return False
    sessions = _in_order(participant.sessions or ())
    return bool(sessions) and sessions[0].direction == "outbound"


def _in_order(sessions: list[Session] | tuple[Session, ...]) -> list[Session]:
    if len(sessions) < 2:  # noqa: PLR2004
        return list(sessions)
    return sorted(sessions, key=lambda session: (_start(session), session.session_id or ""))


def _start(session: Session) -> datetime:
    starts = [segment.segment_start for segment in session.segments or () if segment.segment_start]
    return min(starts, default=LATEST)


# --- laying out


def _lay_out(
    conversation: Conversation, course: _Course, oddities: Oddities, *, include_systems: bool
) -> ConversationFacts:
    facing = _facing(course)
    sessions = _customer_sessions(facing)
    channels = [_channel(session) for session in sessions]
    talks = sorted(course.talks)
    role = AGENT if course.has_agents else USER
    agents = [talk for talk in talks if talk[3] == role]
    queues, codes = sorted(course.queues), sorted(course.codes)
    state = _state(course, talks, channels)
    start, end = conversation.conversation_start, course.wrap_up_end or course.latest
    is_open = conversation.conversation_end is None
    end_text = None if end is EARLIEST else format_timestamp(end)
    routing_queue = _routing_queue(agents, queues)
    return ConversationFacts(
        conversation_id=conversation.conversation_id or "",
        state=state,
        is_open=is_open,
        channel_type=channels[0] if channels else None,
        channel_types=_distinct(channels),
        message_type=sessions[0].message_type if sessions else None,
        originating_direction=conversation.originating_direction,
        start_time_utc=format_timestamp(start) if start else None,
        end_time_utc=None if is_open else end_text,
        wrap_up_time_utc=end_text if course.wrap_up_end else None,
        updated_time_utc=_text(course.latest),
        duration_seconds=_duration(start, None if is_open else end, oddities),
        contact_ids=[group[0].external_contact_id for group in facing if group[0].external_contact_id],
        routing_queue=routing_queue,
        queue_ids=_distinct([queue for _, queue in queues]),
        agent_id=(agents[-1][4] or None) if agents else None,
        agent_ids=_distinct([talk[4] for talk in agents]),
        wrap_up_code=codes[-1][2] if codes else None,
        wrap_up_codes=_distinct([code for _, _, code in codes]),
        transfer_count=len([talk for talk in talks if talk[3] != ACD and is_transfer(talk[6])]),
        disconnect_type=_disconnect_type(sessions),
        division_ids=conversation.division_ids or [],
        journey_session_ids=_distinct([session.journey_customer_session_id for session in sessions]),
        associated_conversation_id=conversation.associated_conversation_id,
        ended_in_transfer=state == "TRANSFERRED" or bool(agents and is_transfer(agents[-1][6])),
        list_interactions=partial(
            _interactions, facing, course.systems if include_systems else [], routing_queue
        ),
    )


def _customer_sessions(facing: list[list[Participant]]) -> list[Session]:
    """Sessions of all customers, in order of their start."""
    if len(facing) == 1 and len(facing[0]) == 1:
        return _in_order(facing[0][0].sessions or ())
    return _in_order([session for group in facing for each in group for session in each.sessions or ()])


def _interactions(
    facing: list[list[Participant]], systems: list[_Presence], routing_queue: str | None
) -> list[InteractionFacts]:
    return [_interaction(group, "customer", routing_queue) for group in facing] + [
        _interaction([each], (each.purpose or "unknown").lower(), routing_queue)
        for _, _, each in sorted(systems, key=lambda presence: presence[:2])
    ]


def _state(course: _Course, talks: list[_Talk], channels: list[str]) -> str:
    signals = course.signals
    if course.customers and course.was_external_heard:
        signals |= states.WAS_HANDLED
    if channels and channels[0] in TYPED_CHANNELS:
        signals |= states.IS_TYPED
    if talks and is_transfer(talks[-1][6]):
        signals |= states.ENDED_BY_TRANSFER
    return states.STATE_OF_SIGNALS[signals]


def _routing_queue(agents: list[_Talk], queues: list[tuple[datetime, str]]) -> str | None:
    """Queue of the agent's latest talk that names one, else the latest queue named anywhere."""
    if agents:
        agent = agents[-1][2]
        for talk in reversed(agents):
            if talk[2] == agent and talk[5]:
                return talk[5]
    return queues[-1][1] if queues else None


def _text(instant: datetime) -> str | None:
    return None if instant is EARLIEST else format_timestamp(instant)


def _duration(start: datetime | None, end: datetime | None, oddities: Oddities) -> int | None:
    if start is None:
        oddities.count(MISSING_START, "conversationStart")
        return None
    if end is None:
        return None
    seconds = seconds_between(start, end)
    if seconds < 0:
        oddities.count(NEGATIVE_DURATION, "conversationStart")
        return 0
    return seconds


def _interaction(participants: list[Participant], kind: str, routing_queue: str | None) -> InteractionFacts:
    """One interaction of all participants with the same contact; the first one names it."""
    first = participants[0]
    sessions = _in_order(first.sessions or ())
    ends = [
        segment.segment_end
        for each in participants
        for session in each.sessions or ()
        for segment in session.segments or ()
        if segment.segment_end
    ]
    return InteractionFacts(
        participant_id=first.participant_id or "",
        participant_kind=kind,
        contact_id=first.external_contact_id or None,
        wire_address=_address(sessions[0]) if sessions else None,
        channel_type=_channel(sessions[0]) if sessions else None,
        customer_end_utc=format_timestamp(max(ends)) if ends else None,
        routing_queue=routing_queue,
    )


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


def _disconnect_type(sessions: list[Session]) -> str | None:
    """How the latest ended segment of the customers' sessions ended."""
    ended = [
        (segment.segment_end, segment.disconnect_type)
        for session in sessions
        for segment in session.segments or ()
        if segment.segment_end and segment.disconnect_type
    ]
    return max(ended)[1] if ended else None


def _distinct(values: list[str] | list[str | None]) -> list[str]:
    if not values:
        return []
    return [value for value in dict.fromkeys(values) if value]
