"""The one walk over a platform conversation's participants, sessions and segments.

It is the hot path of the tap, hence plain loops, plain tuples and nothing computed that no rule asks for.
What it collects does not depend on the order of participants, sessions or segments: whoever reads a list
sorts it first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from tap_genesys_journey.domain import states
from tap_genesys_journey.domain.conversations import Conversation, Participant, Session
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.purposes import (
    ACD,
    AGENT,
    AUTOMATION,
    CUSTOMER,
    EXTERNAL,
    ROLES,
    SYSTEM,
    USER,
    WATCHING_SEGMENT_TYPES,
    is_transfer,
    role_of,
)
from tap_genesys_journey.domain.time import EARLIEST, LATEST

Talk: TypeAlias = "tuple[datetime, datetime, str, int, str, str, bool]"
"""An `interact` segment of an acd, agent or user: start, end (open: latest), participant, role, user, queue,
whether a transfer ended it. Texts are empty where there is none, so that any two compare."""

WrapUp: TypeAlias = "tuple[datetime, datetime, str]"
"""A `wrapup` segment with a code: start, end (open: latest), code."""

Queued: TypeAlias = "tuple[datetime, str]"
"""A segment that names a queue: start, queue."""

_SYSTEMS: Final = frozenset({AUTOMATION, SYSTEM})
_HANDLERS: Final = frozenset({ACD, AGENT, USER})
_OPEN_AGENT_SIGNALS: Final[dict[str | None, int]] = {
    "wrapup": states.AGENT_WRAPS_UP,
    "alert": states.AGENT_RINGS,
}

EXTERNAL_TALKED: Final = states.ALL_SIGNALS + 1
"""A signal beside those of the state table: an external had an `interact` segment."""

_SIGNAL_OF_TALK: Final = {
    CUSTOMER: 0,
    EXTERNAL: EXTERNAL_TALKED,
    AGENT: states.WAS_HANDLED | states.AGENT_TALKED,
    USER: states.WAS_HANDLED,
    ACD: states.WAS_HANDLED,
    AUTOMATION: states.WAS_HANDLED,
    SYSTEM: states.WAS_HANDLED,
}


class Course(NamedTuple):
    """What the walk saw of a conversation.

    Attributes:
        latest: The latest instant anywhere; `EARLIEST` itself if there is none.
        signals: Those of the state table, and `EXTERNAL_TALKED`.
        customers: Participants of that purpose.
        externals: Likewise.
        systems: System participants, and agents and users who did nothing but watch.
        has_agents: Whether an agent did more than watch.
        talks: Interacts of acd, agents and users.
        wrap_ups: Of anybody.
        queues: Named by anybody.
    """

    latest: datetime
    signals: int
    customers: list[Participant]
    externals: list[Participant]
    systems: list[Participant]
    has_agents: bool
    talks: list[Talk]
    wrap_ups: list[WrapUp]
    queues: list[Queued]


def walk(  # noqa: C901, PLR0912, PLR0915 - in one piece, for calls from here would cost as much as the work
    conversation: Conversation, oddities: Oddities
) -> Course:
    """Go once over everything in a conversation.

    Sessions that monitor, coach or barge in count for time and for `MERGED` alone: not for agents, queues,
    codes and transfers (contract, section 4.4). What such a session added to the lists is taken back, since
    it may show that it watches only by its last segment.
    """
    latest = _latest_outside_participants(conversation)
    kept_signals = states.IS_OPEN if conversation.conversation_end is None else 0
    signals, has_agents = 0, False
    customers: list[Participant] = []
    externals: list[Participant] = []
    systems: list[Participant] = []
    talks: list[Talk] = []
    wrap_ups: list[WrapUp] = []
    queues: list[Queued] = []
    for participant in conversation.participants or ():
        role = ROLES.get(participant.purpose)
        if role is None:
            role = role_of(participant.purpose, "participants[].purpose", oddities)
        sessions = participant.sessions or ()
        watching_sessions = 0
        for session in sessions:
            for metric in session.metrics or ():
                if metric.emit_date > latest:  # noqa: PLR1730 - a call for each would be a third of the walk
                    latest = metric.emit_date
            if (
                session.flow
                or session.media_endpoint_stats
                or session.delivery_status_change_date
                or session.detected_speech_start
                or session.detected_speech_end
            ):
                latest = _latest(_rare_instants(session), latest)
            is_watching = (
                session.monitored_participant_id
                or session.coached_participant_id
                or session.barged_participant_id
                or session.screen_monitored_user_id
            )
            if role == AUTOMATION and session.segments:
                kept_signals |= states.WAS_HANDLED
            signals_before = signals
            for segment in session.segments or ():
                kind = segment.segment_type
                start = segment.segment_start
                end = segment.segment_end
                queue = segment.queue_id
                if start is None:
                    start = EARLIEST
                elif start > latest:
                    latest = start
                if end is None:
                    signals |= _signal_of_open(kind, role)
                    end = LATEST
                elif end > latest:
                    latest = end
                if kind == "interact":
                    signals |= _SIGNAL_OF_TALK[role]
                    if role in _HANDLERS:
                        talks.append(
                            (
                                start,
                                end,
                                participant.participant_id or "",
                                role,
                                participant.user_id or "",
                                queue or "",
                                is_transfer(segment.disconnect_type),
                            )
                        )
                elif kind == "wrapup":
                    wrap_ups.append((start, end, segment.wrap_up_code or ""))
                elif kind in WATCHING_SEGMENT_TYPES:
                    is_watching = kind
                if queue:
                    queues.append((start, queue))
                if segment.destination_conversation_id:
                    kept_signals |= states.MOVED_TO_ANOTHER
            if is_watching:
                _take_back(session, role, talks, wrap_ups, queues)
                signals = signals_before
                watching_sessions += 1
        if role == CUSTOMER:
            customers.append(participant)
        elif role == EXTERNAL:
            externals.append(participant)
        elif role in _SYSTEMS or (sessions and watching_sessions == len(sessions)):
            systems.append(participant)
        elif role == AGENT:
            has_agents = True
    signals |= kept_signals
    return Course(latest, signals, customers, externals, systems, has_agents, talks, wrap_ups, queues)


def _take_back(
    session: Session, role: int, talks: list[Talk], wrap_ups: list[WrapUp], queues: list[Queued]
) -> None:
    """Remove what the walk just added of a session."""
    segments = session.segments or ()
    kinds = [segment.segment_type for segment in segments]
    added = kinds.count("interact") if role in _HANDLERS else 0
    del talks[len(talks) - added :]
    del wrap_ups[len(wrap_ups) - kinds.count("wrapup") :]
    del queues[len(queues) - sum(bool(segment.queue_id) for segment in segments) :]


def _signal_of_open(kind: str | None, role: int) -> int:
    """What a segment without an end says of the conversation's state."""
    if role == ACD:
        return states.WAITS_IN_QUEUE
    return _OPEN_AGENT_SIGNALS.get(kind, 0) if role == AGENT else 0


def _latest_outside_participants(conversation: Conversation) -> datetime:
    bounds = (conversation.conversation_start, conversation.conversation_end, conversation.conference_start)
    latest = _latest(bounds, EARLIEST)
    if conversation.evaluations or conversation.surveys or conversation.resolutions:
        for group in (conversation.evaluations, conversation.surveys, conversation.resolutions):
            for each in group or ():
                latest = _latest((each.event_time, each.survey_completed_date), latest)
    return latest


def _rare_instants(session: Session) -> list[datetime | None]:
    """List what else happened at an instant; `callbackScheduledTime` is not among it, being a plan."""
    instants = [
        session.delivery_status_change_date,
        session.detected_speech_start,
        session.detected_speech_end,
    ]
    instants += [stat.event_time for stat in session.media_endpoint_stats or ()]
    for outcome in (session.flow.outcomes if session.flow else None) or ():
        instants += (outcome.flow_outcome_start_timestamp, outcome.flow_outcome_end_timestamp)
    return instants


def _latest(instants: Iterable[datetime | None], latest: datetime) -> datetime:
    for instant in instants:
        if instant is not None and instant > latest:
            latest = instant
    return latest
