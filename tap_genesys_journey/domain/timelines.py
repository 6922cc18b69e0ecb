"""The guide's document of one contact, put together from rows that the journey models made.

What belongs to a node, and which leg speaks for it, is decided in the models. Here rows only change
their shape and their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Document = dict[str, Any]


class TimelineNode(NamedTuple):
    """One row of the model `timeline_nodes`; timestamps as text, UTC, with milliseconds and a `Z`.

    `conversation_ids` holds the ids of the node's legs in their order, joined by commas.
    """

    conversation_id: str
    channel_type: str | None
    state: str
    start_time_utc: str
    end_time_utc: str | None
    duration_seconds: int | None
    routing_queue: str | None
    agent_id: str | None
    wrap_up_code: str | None
    journey_node_id: str
    node_legs: int
    handoff_type: str | None
    conversation_ids: str


class Timeline(NamedTuple):
    """What a contact's document is made of.

    Attributes:
        contact_id: The canonical contact.
        nodes: Its nodes, by start, then by conversation id.
        total_interactions: Interactions that belong to it, before the filter.
        filtered_out: How many of them the filter kept off the timeline.
        merged_from_ids: Contact ids that were merged into it, in order.
    """

    contact_id: str
    nodes: Sequence[TimelineNode]
    total_interactions: int
    filtered_out: int
    merged_from_ids: Sequence[str]


def assemble_document(timeline: Timeline, extracted_at: str) -> Document:
    """The document of a contact that has an interaction.

    Args:
        timeline: The contact's nodes and counts.
        extracted_at: When the data was read, as text, UTC with milliseconds and a `Z`.

    Returns:
        Keys `contactId`, `timeline`, `metadata`, as the data contract names them.
    """
    return {
        "contactId": timeline.contact_id,
        "timeline": [_node(node) for node in timeline.nodes],
        "metadata": {
            "extractionTimestampUTC": extracted_at,
            "totalInteractions": timeline.total_interactions,
            "filteredOut": timeline.filtered_out,
            "mergedFromIds": list(timeline.merged_from_ids),
        },
    }


def assemble_emptied_document(contact_id: str, merged_into: str, extracted_at: str) -> Document:
    """The document that replaces the one of a contact which was merged away.

    Args:
        contact_id: The contact that is no more.
        merged_into: The canonical contact that has its interactions now.
        extracted_at: As for `assemble_document`.

    Returns:
        The same keys, an empty timeline, and `mergedInto` in the metadata.
    """
    document = assemble_document(Timeline(contact_id, (), 0, 0, ()), extracted_at)
    document["metadata"]["mergedInto"] = merged_into
    return document


def _node(node: TimelineNode) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "conversationId": node.conversation_id,
        "channelType": node.channel_type,
        "state": node.state,
        "startTimeUTC": node.start_time_utc,
        "endTimeUTC": node.end_time_utc,
        "durationSeconds": node.duration_seconds,
        "routingQueue": node.routing_queue,
        "agentId": node.agent_id,
        "wrapUpCode": node.wrap_up_code,
        "nodeId": node.journey_node_id,
    }
    if node.node_legs > 1:
        entry["handoffType"] = node.handoff_type
        entry["conversationIds"] = _distinct(node.conversation_ids.split(","))
    return entry


def _distinct(ids: Iterable[str]) -> list[str]:
    """The ids in their order, each once: two participants of one conversation can be two legs."""
    return list(dict.fromkeys(ids))
