"""The documents of `timelines`, in plain Python, from what `oracle_timelines` says of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from support.oracle_timelines import Organization, Row, canonical

Document = dict[str, Any]


def documents(events: Iterable[Row], organization: Organization, extracted_at: str) -> list[Document]:
    """One document for each contact that has a row, by contact id."""
    ordered = sorted(events, key=lambda row: str(row["contact_id"]))
    return [
        _document(contact_id, list(rows), organization, extracted_at)
        for contact_id, rows in groupby(ordered, key=lambda row: str(row["contact_id"]))
    ]


def _document(
    contact_id: str, rows: Sequence[Row], organization: Organization, extracted_at: str
) -> Document:
    legs = [row for row in rows if row["on_timeline"]]
    nodes = {row["journey_node_id"] for row in legs}
    timeline = [_node([row for row in legs if row["journey_node_id"] == node]) for node in nodes]
    return {
        "contactId": contact_id,
        "timeline": sorted(timeline, key=lambda node: (node["startTimeUTC"], node["conversationId"])),
        "metadata": {
            "extractionTimestampUTC": extracted_at,
            "totalInteractions": len(rows),
            "filteredOut": len(rows) - len(legs),
            "mergedFromIds": _merged_from(contact_id, organization.contact_aliases),
        },
    }


def _merged_from(contact_id: str, aliases: Sequence[Row]) -> list[str]:
    ids = {alias["contact_id"] for alias in aliases}
    return sorted(name for name in ids - {contact_id} if canonical(name, aliases) == contact_id)


def _node(legs: Sequence[Row]) -> dict[str, Any]:
    """Begun as its first leg, left as its last, ended at the latest end that is known."""
    legs = sorted(legs, key=lambda leg: leg["node_leg"])
    first, last = legs[0], legs[-1]
    ends = [leg["end_time_utc"] for leg in legs if leg["end_time_utc"] is not None]
    node = {
        "conversationId": first["conversation_id"],
        "channelType": first["channel_type"],
        "state": last["state"],
        "startTimeUTC": first["start_time_utc"],
        "endTimeUTC": max(ends, default=None),
        "durationSeconds": _seconds(first["start_time_utc"], max(ends)) if ends else None,
        "routingQueue": first["routing_queue"],
        "agentId": last["agent_id"],
        "wrapUpCode": last["wrap_up_code"],
        "nodeId": first["journey_node_id"],
    }
    if len(legs) > 1:
        node["handoffType"] = first["handoff_type"]
        node["conversationIds"] = list(dict.fromkeys(leg["conversation_id"] for leg in legs))
    return node


def _seconds(start: str, end: str) -> int:
    return max(0, int((_instant(end) - _instant(start)).total_seconds()))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
