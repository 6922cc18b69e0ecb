"""A conversation of the platform as it comes from the analytics detail jobs, typed.

Only what the rules need is declared; the rest of a payload is skipped in C and lives on in `raw`. A word that
its type does not list sends the payload through the lenient reader, which keeps and counts it.
Field names and the oddities behind them: fact sheet, sections 6.1 to 6.4.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tap_genesys_journey.domain.decoding import (
    STRICT_DECODING_ERRORS,
    Instant,
    Payload,
    decode_leniently,
    unreadable,
)
from tap_genesys_journey.domain.oddities import MISSING_ID, Oddities
from tap_genesys_journey.domain.purposes import DisconnectType, MediaType, SegmentType
from tap_genesys_journey.domain.time import EARLIEST


class Segment(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One phase of a session: what happened from when to when. Open while it has no end."""

    segment_type: SegmentType | None = None
    segment_start: Instant | None = None
    segment_end: Instant | None = None
    disconnect_type: DisconnectType | None = None
    queue_id: str | None = None
    wrap_up_code: str | None = None
    destination_conversation_id: str | None = None


class Metric(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A measurement; only the instant it was taken at is needed. There are many, hence none that is null."""

    emit_date: Instant = EARLIEST


class MediaEndpointStat(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Voice quality of a session, reported at an instant."""

    event_time: Instant | None = None


class FlowOutcome(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A goal that a flow measured, with its instants."""

    flow_outcome_start_timestamp: Instant | None = None
    flow_outcome_end_timestamp: Instant | None = None


class Flow(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The Architect flow of a session."""

    outcomes: list[FlowOutcome] | None = None


class Session(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One medium of a participant."""

    session_id: str | None = None
    media_type: MediaType | None = None
    message_type: str | None = None
    direction: str | None = None
    ani: str | None = None
    dnis: str | None = None
    address_from: str | None = None
    address_to: str | None = None
    callback_numbers: list[str] | None = None
    monitored_participant_id: str | None = None
    coached_participant_id: str | None = None
    barged_participant_id: str | None = None
    screen_monitored_user_id: str | None = None
    journey_customer_session_id: str | None = None
    delivery_status_change_date: Instant | None = None
    detected_speech_start: Instant | None = None
    detected_speech_end: Instant | None = None
    flow: Flow | None = None
    media_endpoint_stats: list[MediaEndpointStat] | None = None
    metrics: list[Metric] | None = None
    segments: list[Segment] | None = None


class Participant(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Somebody or something that took part: customer, queue, flow, agent."""

    participant_id: str | None = None
    purpose: str | None = None
    user_id: str | None = None
    external_contact_id: str | None = None
    sessions: list[Session] | None = None


class Assessment(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An evaluation, a survey or a resolution: filed about a conversation, often days after it."""

    event_time: Instant | None = None
    survey_completed_date: Instant | None = None


class Conversation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One conversation. It is open while it has no `conversation_end`."""

    conversation_id: str | None = None
    conversation_start: Instant | None = None
    conversation_end: Instant | None = None
    conference_start: Instant | None = None
    originating_direction: str | None = None
    division_ids: list[str] | None = None
    associated_conversation_id: str | None = None
    participants: list[Participant] | None = None
    evaluations: list[Assessment] | None = None
    surveys: list[Assessment] | None = None
    resolutions: list[Assessment] | None = None


_decode: Final = msgspec.json.Decoder(Conversation).decode


def decode_conversation(raw: Payload, oddities: Oddities, *, is_whole: bool = True) -> Conversation:
    """Read one conversation of the detail jobs, query or multi-get.

    Args:
        raw: JSON text of the conversation.
        oddities: Takes the paths of fields that break their types; such fields are null.
        is_whole: Whether the text is known to be one JSON value.

    Raises:
        DoubtfulError: It is not, and the strict decoder refused it.
        UnreadableError: No JSON object, or no conversation id. Counted; the caller skips the record.
    """
    try:
        conversation = _decode(raw)
    except STRICT_DECODING_ERRORS:
        conversation = decode_leniently(raw, Conversation, oddities, is_whole=is_whole)
    if not conversation.conversation_id:
        oddities.count(MISSING_ID, "conversationId")
        raise unreadable("Conversation", oddities)
    return conversation
