"""What a conversation says, whichever surface told it, and the rows made of that.

A reader (`platform`, `guide`) makes one `ConversationFacts`; the row builders only lay it out, so that
both surfaces end in the same columns. Columns and their order: contract, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from tap_genesys_journey.domain.addresses import normalise_address

Row: TypeAlias = "dict[str, Any]"
"""A record: column names in the order of the stream's schema, JSON values."""


class InteractionFacts(msgspec.Struct, frozen=True, gc=False):
    """What is particular to one customer-facing (or kept system) participant.

    `wire_address` is as sent; it is normalised only when a row is made of it.
    """

    participant_id: str
    participant_kind: str
    contact_id: str | None
    wire_address: str | None
    channel_type: str | None
    customer_end_utc: str | None
    routing_queue: str | None


class ConversationFacts(msgspec.Struct, frozen=True, gc=False):
    """Everything the rows of a conversation say; timestamps as rows carry them, lists never null.

    Interactions are listed when they are asked for: a run that emits conversations alone needs none.
    """

    conversation_id: str
    state: str | None
    is_open: bool
    channel_type: str | None
    channel_types: list[str]
    message_type: str | None
    originating_direction: str | None
    start_time_utc: str | None
    end_time_utc: str | None
    wrap_up_time_utc: str | None
    updated_time_utc: str | None
    duration_seconds: int | None
    contact_ids: list[str]
    routing_queue: str | None
    queue_ids: list[str]
    agent_id: str | None
    agent_ids: list[str]
    wrap_up_code: str | None
    wrap_up_codes: list[str]
    transfer_count: int
    disconnect_type: str | None
    division_ids: list[str]
    journey_session_ids: list[str]
    associated_conversation_id: str | None
    ended_in_transfer: bool
    list_interactions: Callable[[], list[InteractionFacts]]


def conversation_row(facts: ConversationFacts, raw: bytes | msgspec.Raw) -> Row:
    """Give the row of the `conversations` stream.

    Args:
        facts: What was read from the payload.
        raw: The payload itself. It stands in the row as `msgspec.Raw`, not decoded and not changed.
    """
    return {
        "conversation_id": facts.conversation_id,
        "state": facts.state,
        "is_open": facts.is_open,
        "channel_type": facts.channel_type,
        "channel_types": facts.channel_types,
        "message_type": facts.message_type,
        "originating_direction": facts.originating_direction,
        "start_time_utc": facts.start_time_utc,
        "end_time_utc": facts.end_time_utc,
        "wrap_up_time_utc": facts.wrap_up_time_utc,
        "updated_time_utc": facts.updated_time_utc,
        "duration_seconds": facts.duration_seconds,
        "contact_ids": facts.contact_ids,
        "routing_queue": facts.routing_queue,
        "queue_ids": facts.queue_ids,
        "agent_id": facts.agent_id,
        "agent_ids": facts.agent_ids,
        "wrap_up_code": facts.wrap_up_code,
        "wrap_up_codes": facts.wrap_up_codes,
        "transfer_count": facts.transfer_count,
        "disconnect_type": facts.disconnect_type,
        "division_ids": facts.division_ids,
        "journey_session_ids": facts.journey_session_ids,
        "associated_conversation_id": facts.associated_conversation_id,
        "raw": raw_value(raw),
    }


def interaction_rows(facts: ConversationFacts) -> list[Row]:
    """Give the rows of the `interactions` stream, in the order of `facts.list_interactions`.

    Empty where nobody customer-facing took part. System participants are among them if the reader was
    asked to keep them.
    """
    return [_interaction_row(facts, interaction) for interaction in facts.list_interactions()]


def _interaction_row(facts: ConversationFacts, interaction: InteractionFacts) -> Row:
    return {
        "conversation_id": facts.conversation_id,
        "participant_id": interaction.participant_id,
        "contact_id": interaction.contact_id,
        "address": normalise_address(interaction.wire_address),
        "channel_type": interaction.channel_type,
        "state": facts.state,
        "is_open": facts.is_open,
        "start_time_utc": facts.start_time_utc,
        "customer_end_utc": interaction.customer_end_utc,
        "end_time_utc": facts.end_time_utc,
        "updated_time_utc": facts.updated_time_utc,
        "duration_seconds": facts.duration_seconds,
        "routing_queue": interaction.routing_queue,
        "agent_id": facts.agent_id,
        "wrap_up_code": facts.wrap_up_code,
        "ended_in_transfer": facts.ended_in_transfer,
        "originating_direction": facts.originating_direction,
        "participant_kind": interaction.participant_kind,
    }


def raw_value(raw: bytes | msgspec.Raw) -> msgspec.Raw:
    """Give a payload as a value that an encoder writes byte for byte."""
    return raw if isinstance(raw, msgspec.Raw) else msgspec.Raw(raw)
