"""What a conversation says, whichever surface told it, and the rows made of that.

A reader (`platform`, `guide`) makes one `ConversationFacts`; the row builders only lay it out, so that
both surfaces end in the same columns. Columns and their order: contract, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, TypeAlias, cast

import msgspec

from tap_genesys_journey.domain.addresses import normalise_address
from tap_genesys_journey.domain.oddities import MISSING_ID, REPEATED_ID, Oddities

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
    """Everything the rows of a conversation say.

    Attributes:
        row: That of the `conversations` stream, the payload in it as `msgspec.Raw`, not decoded and not
            changed; lists are never null. A plain mapping, because a Struct of so many fields takes longer
            to build than to read the payload's segments.
        ended_in_transfer: Contract, section 4.6.
        list_interactions: Gives the interactions when they are asked for; a run that emits
            conversations alone needs none.
        last_instant_utc: The latest instant known of it.
    """

    row: Row
    ended_in_transfer: bool
    list_interactions: Callable[[], list[InteractionFacts]]
    last_instant_utc: str | None

    @property
    def contact_ids(self) -> list[str]:
        """Contacts of the customers, as on the wire."""
        return cast("list[str]", self.row["contact_ids"])


def interaction_rows(facts: ConversationFacts) -> list[Row]:
    """Give the rows of the `interactions` stream, in the order of `facts.list_interactions`.

    Empty where nobody customer-facing took part. System participants are among them if the reader was
    asked to keep them.
    """
    return [_interaction_row(facts, interaction) for interaction in facts.list_interactions()]


def _interaction_row(facts: ConversationFacts, interaction: InteractionFacts) -> Row:
    conversation = facts.row
    return {
        "conversation_id": conversation["conversation_id"],
        "participant_id": interaction.participant_id,
        "contact_id": interaction.contact_id,
        "address": normalise_address(interaction.wire_address),
        "channel_type": interaction.channel_type,
        "state": conversation["state"],
        "is_open": conversation["is_open"],
        "start_time_utc": conversation["start_time_utc"],
        "customer_end_utc": interaction.customer_end_utc,
        "end_time_utc": conversation["end_time_utc"],
        "updated_time_utc": conversation["updated_time_utc"],
        "duration_seconds": conversation["duration_seconds"],
        "routing_queue": interaction.routing_queue,
        "agent_id": conversation["agent_id"],
        "wrap_up_code": conversation["wrap_up_code"],
        "ended_in_transfer": facts.ended_in_transfer,
        "originating_direction": conversation["originating_direction"],
        "participant_kind": interaction.participant_kind,
    }


def with_ids(interactions: list[InteractionFacts], path: str, oddities: Oddities) -> list[InteractionFacts]:
    """Give each interaction an id of its own within the conversation, for it is part of the key.

    One whose participant has no id goes by its kind; one whose id is taken, by that and a number.

    Args:
        interactions: In the order of their rows.
        path: Where the ids stand in the payload.
        oddities: Takes the ids that are missing or repeated.
    """
    ids = {each.participant_id for each in interactions}
    if len(ids) == len(interactions) and "" not in ids:
        return interactions
    taken: set[str] = set()
    named = []
    for each in interactions:
        wanted = each.participant_id or each.participant_kind
        if not each.participant_id:
            oddities.count(MISSING_ID, path)
        elif wanted in taken:
            oddities.count(REPEATED_ID, path)
        names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        named.append(msgspec.structs.replace(each, participant_id=name))
    return named


def raw_value(raw: bytes | msgspec.Raw) -> msgspec.Raw:
    """Give a payload as a value that an encoder writes byte for byte."""
    return raw if isinstance(raw, msgspec.Raw) else msgspec.Raw(raw)
