"""Section 5 of the data contract in plain Python: what a timeline is, slow and obvious.

Nothing of the tap is imported. Rows are dicts with the contract's column names; timestamps are text,
`YYYY-MM-DDTHH:MM:SS.mmmZ`. Only what the contract says is here; where it leaves a choice, the choice is
that of `dbt/DECISIONLOG.md`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class Organization:
    """The three tables that the journey models read."""

    interactions: Sequence[Row] = ()
    contact_aliases: Sequence[Row] = ()
    contact_addresses: Sequence[Row] = ()


@dataclass(frozen=True)
class Rules:
    window_seconds: int = 60
    states: Sequence[str] = ("TERMINATED", "TRANSFERRED", "MERGED")


@dataclass
class Leg:
    """An interaction on the timeline of a contact."""

    row: Row
    contact_id: str
    is_adopted: bool
    joined: Leg | None = None
    node: list[Leg] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, str, str]:
        return (_ms(self.row["start_time_utc"]), self.row["conversation_id"], self.row["participant_id"])


def timeline_events(organization: Organization, rules: Rules) -> list[Row]:
    """The rows of `timeline_events`, by key, without the extraction timestamp."""
    interactions = [row for row in organization.interactions if row["participant_kind"] == "customer"]
    owners = {
        _key(row): canonical(row["contact_id"], organization.contact_aliases)
        for row in interactions
        if row["contact_id"] is not None
    }
    adopters = _adopters(organization, interactions, owners, rules)
    events = []
    timelines: dict[str, list[Leg]] = defaultdict(list)
    for row in interactions:
        contact_id = owners.get(_key(row)) or adopters.get(_key(row))
        if contact_id is None:
            continue
        leg = Leg(row, contact_id, is_adopted=_key(row) in adopters)
        is_on_timeline = row["state"] in rules.states and row["start_time_utc"] is not None
        if is_on_timeline:
            timelines[contact_id].append(leg)
        events.append((leg, is_on_timeline))
    for legs in timelines.values():
        _correlate(sorted(legs, key=lambda leg: leg.order), rules)
    rows = [_event(leg, is_on_timeline=is_on_timeline) for leg, is_on_timeline in events]
    return sorted(rows, key=_key)


def canonical(contact_id: str, aliases: Iterable[Row]) -> str:
    """Where the chain of merges ends; in a cycle, its least id."""
    targets = {}
    for alias in aliases:
        target = alias["canonical_contact_id"]
        if target is None or target == alias["contact_id"]:
            target = alias["merged_to_id"]
        if target is not None and target != alias["contact_id"]:
            targets[alias["contact_id"]] = target
    chain = [contact_id]
    while chain[-1] in targets:
        target = targets[chain[-1]]
        if target in chain:
            return min(chain[chain.index(target) :])
        chain.append(target)
    return chain[-1]


def _adopters(
    organization: Organization, interactions: Sequence[Row], owners: dict[Key, str], rules: Rules
) -> dict[Key, str]:
    """The contact that adopts an interaction without one, for those that exactly one can adopt."""
    addresses = defaultdict(set)
    for row in organization.contact_addresses:
        addresses[canonical(row["contact_id"], organization.contact_aliases)].add(row["address"])
    ends = defaultdict(list)
    for row in interactions:
        if _key(row) in owners:
            addresses[owners[_key(row)]].add(row["address"])
            ends[owners[_key(row)]].append(row["customer_end_utc"])
    adopters = {}
    for row in interactions:
        if row["contact_id"] is not None or row["address"] is None:
            continue
        fitting = [
            contact_id
            for contact_id, known in addresses.items()
            if row["address"] in known
            and any(_is_near(row["start_time_utc"], end, rules) for end in ends[contact_id])
        ]
        if len(fitting) == 1:
            adopters[_key(row)] = fitting[0]
    return adopters


def _correlate(legs: Sequence[Leg], rules: Rules) -> None:
    """Join each leg to one before it, and gather the nodes."""
    for position, leg in enumerate(legs):
        leg.joined = _leg_to_join(leg, legs[:position], rules)
        leg.node = leg.joined.node if leg.joined else []
        leg.node.append(leg)


def _leg_to_join(leg: Leg, earlier: Sequence[Leg], rules: Rules) -> Leg | None:
    same = [other for other in earlier if other.row["conversation_id"] == leg.row["conversation_id"]]
    if same:
        return same[0]
    fitting = [other for other in earlier if _joins(leg.row, other.row, rules)]
    return min(fitting, key=lambda other: _preference(leg.row, other.row), default=None)


def _joins(later: Row, earlier: Row, rules: Rules) -> bool:
    if not _is_near(later["start_time_utc"], earlier["customer_end_utc"], rules):
        return False
    queues = (later["routing_queue"], earlier["routing_queue"])
    return None in queues or queues[0] == queues[1] or bool(earlier["ended_in_transfer"])


def _preference(later: Row, earlier: Row) -> tuple[Any, ...]:
    """Least is best: the nearest customer end, then the later start, then the greater conversation id."""
    return (
        abs(_ms(later["start_time_utc"]) - _ms(earlier["customer_end_utc"])),
        -_ms(earlier["start_time_utc"]),
        _Descending(earlier["conversation_id"]),
        earlier["participant_id"],
    )


class _Descending(str):
    """Text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def _event(leg: Leg, *, is_on_timeline: bool) -> Row:
    row = leg.row
    first = leg.node[0] if is_on_timeline else None
    joined = leg.joined
    return {
        "conversation_id": row["conversation_id"],
        "participant_id": row["participant_id"],
        "contact_id": leg.contact_id,
        "source_contact_id": row["contact_id"],
        "journey_node_id": first and _node_id(leg.contact_id, first.row["conversation_id"]),
        "node_leg": leg.node.index(leg) + 1 if is_on_timeline else None,
        "node_legs": len(leg.node) if is_on_timeline else None,
        "channel_type": row["channel_type"],
        "state": row["state"],
        "start_time_utc": row["start_time_utc"],
        "customer_end_utc": row["customer_end_utc"],
        "end_time_utc": row["end_time_utc"],
        "duration_seconds": row["duration_seconds"],
        "routing_queue": row["routing_queue"],
        "agent_id": row["agent_id"],
        "wrap_up_code": row["wrap_up_code"],
        "handoff_type": _handoff_type(leg.node) if len(leg.node) > 1 else None,
        "correlated_by": joined and ("address" if leg.is_adopted or joined.is_adopted else "contact"),
        "gap_seconds": joined and _gap_seconds(row, joined.row),
        "is_adopted": leg.is_adopted,
        "on_timeline": is_on_timeline,
    }


def _handoff_type(node: Sequence[Leg]) -> str:
    return "_TO_".join(leg.row["channel_type"] or "UNKNOWN" for leg in node[:100])


def _gap_seconds(later: Row, earlier: Row) -> int | None:
    """Rounded toward zero; unknown where the joined leg's end is: it shares the conversation."""
    if earlier["customer_end_utc"] is None:
        return None
    gap_ms = _ms(later["start_time_utc"]) - _ms(earlier["customer_end_utc"])
    return gap_ms // 1000 if gap_ms >= 0 else -(-gap_ms // 1000)


def _node_id(contact_id: str, first_conversation_id: str) -> str:
    return hashlib.md5(f"{contact_id}|{first_conversation_id}".encode()).hexdigest()  # noqa: S324 - a name, no secret


def _is_near(start: str | None, end: str | None, rules: Rules) -> bool:
    return start is not None and end is not None and abs(_ms(start) - _ms(end)) <= 1000 * rules.window_seconds


def _ms(text: str) -> int:
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000)


def _key(row: Row) -> Key:
    return (row["conversation_id"], row["participant_id"])
