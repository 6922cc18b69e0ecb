"""Reads a conversation of the guide's surface into facts (contract, section 4; `guide` in each rule)."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from tap_genesys_journey.domain.decoding import (
    STRICT_DECODING_ERRORS,
    Instant,
    Payload,
    decode_leniently,
    unreadable,
)
from tap_genesys_journey.domain.facts import ConversationFacts, InteractionFacts, Row, raw_value, with_ids
from tap_genesys_journey.domain.oddities import (
    END_BEFORE_START,
    MISSING_ID,
    MISSING_START,
    NEGATIVE_DURATION,
    Oddities,
)
from tap_genesys_journey.domain.purposes import AUTOMATION, MEDIA_TYPES, SYSTEM, role_of
from tap_genesys_journey.domain.states import GUIDE_STATES
from tap_genesys_journey.domain.time import format_timestamp, seconds_between

_CUSTOMERS: Final = frozenset({"", "customer", "external"})
"""Purposes of which a customer is; the guide prints one without any."""


class Routing(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Where the customer was routed to."""

    queue_id: str | None = None


class GuideParticipant(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Somebody or something that took part."""

    participant_id: str | None = None
    purpose: str | None = None
    external_contact_id: str | None = None
    address: str | None = None
    ani: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    wrap_up_code: str | None = None
    routing: Routing | None = None

    @property
    def kind(self) -> str:
        """Its purpose in lower case; purposes compare without case."""
        return (self.purpose or "").lower()


class GuideConversation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One conversation. `mediaState` is not read: it tells of a socket, not of the business."""

    id: str | None = None
    state: str | None = None
    type: str | None = None
    created_time: Instant | None = None
    updated_time: Instant | None = None
    wrap_up_time: Instant | None = None
    wrap_up_code: str | None = None
    participants: list[GuideParticipant] | None = None


_decode: Final = msgspec.json.Decoder(GuideConversation).decode


def read_guide_conversation(
    raw: Payload, oddities: Oddities, *, include_system_participants: bool = False, is_whole: bool = True
) -> ConversationFacts:
    """Read a payload of `GET /api/v2/conversations`.

    Args:
        raw: JSON text of one conversation.
        oddities: Takes fields of a wrong type, unknown values, negative durations, missing starts.
        include_system_participants: Keep bots, supervisors and monitors as interactions too.
        is_whole: Whether the payload is known to be one JSON value.

    Raises:
        DoubtfulError: It is not, and the strict decoder refused it.
        UnreadableError: No JSON object, or no id. Counted; the caller skips the record.
    """
    try:
        conversation = _decode(raw)
    except STRICT_DECODING_ERRORS:
        conversation = decode_leniently(raw, GuideConversation, oddities, is_whole=is_whole)
    if not conversation.id:
        oddities.count(MISSING_ID, "id")
        raise unreadable("Conversation", oddities)
    return _facts(raw, conversation, oddities, include_systems=include_system_participants)


def _facts(
    raw: Payload, conversation: GuideConversation, oddities: Oddities, *, include_systems: bool
) -> ConversationFacts:
    participants = conversation.participants or []
    facing = _facing(participants)
    agents = [each for each in participants if each.kind == "agent"]
    is_open = _is_open(conversation, oddities)
    wrapped, updated = conversation.wrap_up_time, conversation.updated_time
    queues = _distinct([each.routing.queue_id for group in facing for each in group if each.routing])
    codes = _distinct([*(each.wrap_up_code for each in reversed(agents)), conversation.wrap_up_code])
    agent_code = agents[-1].wrap_up_code if agents else None
    ends = [instant for instant in (wrapped, updated) if instant]
    systems = _systems(participants, facing, oddities)
    row: Row = {
        "conversation_id": conversation.id or "",
        "state": conversation.state,
        "is_open": is_open,
        "channel_type": _channel(conversation, oddities),
        "channel_types": _distinct([_upper(conversation.type)]),
        "message_type": None,
        "originating_direction": None,
        "start_time_utc": format_timestamp(conversation.created_time) if conversation.created_time else None,
        "end_time_utc": format_timestamp(ends[0]) if ends and not is_open else None,
        "wrap_up_time_utc": format_timestamp(wrapped) if wrapped else None,
        "updated_time_utc": format_timestamp(updated) if updated else None,
        "duration_seconds": _duration(conversation, oddities, is_open=is_open),
        "contact_ids": _distinct([group[0].external_contact_id for group in facing]),
        "routing_queue": queues[0] if queues else None,
        "queue_ids": queues,
        "agent_id": _user(agents[-1]) if agents else None,
        "agent_ids": _distinct([_user(each) for each in agents]),
        "wrap_up_code": agent_code or conversation.wrap_up_code,
        "wrap_up_codes": codes,
        "transfer_count": 0,
        "disconnect_type": None,
        "division_ids": [],
        "journey_session_ids": [],
        "associated_conversation_id": None,
        "raw": raw_value(raw),
    }
    return ConversationFacts(
        row,
        ended_in_transfer=conversation.state == "TRANSFERRED",
        list_interactions=partial(
            _interactions, conversation, facing, systems if include_systems else [], oddities
        ),
        last_instant_utc=max(filter(None, (row["updated_time_utc"], row["end_time_utc"])), default=None),
    )


def _facing(participants: list[GuideParticipant]) -> list[list[GuideParticipant]]:
    """Customer-facing participants, those of one contact (or of none) together, in their order.

    An external beside a customer was called in. A gateway may write the contact on agents and bots, too:
    they come after the customers, who name the interaction.
    """
    carrying = [each for each in participants if each.external_contact_id or each.kind == "customer"]
    facing = carrying or [each for each in participants if each.kind == "external"]
    groups: dict[str | None, list[GuideParticipant]] = {}
    for each in sorted(facing, key=lambda each: each.kind not in _CUSTOMERS):
        groups.setdefault(each.external_contact_id or None, []).append(each)
    return list(groups.values())


def _systems(
    participants: list[GuideParticipant], facing: list[list[GuideParticipant]], oddities: Oddities
) -> list[GuideParticipant]:
    """Whoever is of the system and names no interaction already."""
    named = {id(group[0]) for group in facing}
    others = [
        each for each in participants if id(each) not in named and (each.kind or not each.external_contact_id)
    ]
    roles = [role_of(each.purpose, "participants[].purpose", oddities) for each in others]
    return [each for each, role in zip(others, roles, strict=True) if role in {AUTOMATION, SYSTEM}]


def _interactions(
    conversation: GuideConversation,
    facing: list[list[GuideParticipant]],
    systems: list[GuideParticipant],
    oddities: Oddities,
) -> list[InteractionFacts]:
    customers = [_interaction(group, conversation, "customer") for group in facing]
    kept = [_interaction([each], conversation, each.kind or "unknown") for each in systems]
    return with_ids(customers + kept, "participants[].participantId", oddities)


def _interaction(
    participants: list[GuideParticipant], conversation: GuideConversation, kind: str
) -> InteractionFacts:
    """One interaction of all participants with the same contact; the first one names it."""
    first = participants[0]
    ends = [each for each in (conversation.updated_time, conversation.wrap_up_time) if each]
    queues = [each.routing.queue_id for each in participants if each.routing and each.routing.queue_id]
    return InteractionFacts(
        participant_id=first.participant_id or "",
        participant_kind=kind,
        contact_id=first.external_contact_id or None,
        wire_address=first.address or first.ani,
        channel_type=_upper(conversation.type),
        customer_end_utc=format_timestamp(min(ends)) if ends else None,
        routing_queue=queues[0] if queues else None,
    )


def _is_open(conversation: GuideConversation, oddities: Oddities) -> bool:
    """As the state says; one that is not known counts as ended, for it has an end in `updatedTime`."""
    state = conversation.state
    if state not in GUIDE_STATES:
        oddities.count_unknown("state", state or "")
        return False
    return GUIDE_STATES[state]


def _duration(conversation: GuideConversation, oddities: Oddities, *, is_open: bool) -> int | None:
    """How long it lasted; a start that is missing, or behind what comes after it, is counted."""
    start = conversation.created_time
    wrapped, updated = conversation.wrap_up_time, conversation.updated_time
    if start is None:
        oddities.count(MISSING_START, "createdTime")
        return None
    end = None if is_open else wrapped or updated
    seconds = None if end is None else seconds_between(start, end)
    if seconds is not None and seconds < 0:
        oddities.count(NEGATIVE_DURATION, "createdTime")
        return 0
    for name, instant in (("wrapUpTime", wrapped), ("updatedTime", updated)):
        if instant is not None and instant < start:
            oddities.count(END_BEFORE_START, name)
    return seconds


def _channel(conversation: GuideConversation, oddities: Oddities) -> str | None:
    """Its type in upper case; one that is not known is kept."""
    kind = conversation.type
    if kind and kind.lower() not in MEDIA_TYPES:
        oddities.count_unknown("type", kind)
    return _upper(kind)


def _user(agent: GuideParticipant) -> str | None:
    return agent.user_id or agent.agent_id


def _upper(text: str | None) -> str | None:
    return text.upper() if text else None


def _distinct(values: list[str | None]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]
