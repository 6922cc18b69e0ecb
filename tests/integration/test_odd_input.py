"""What no organization should hold is kept or kept out as the contract says, counted and said once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from support.odd_input import add_circular_contacts, add_odd_conversations, add_odd_guide_conversations
from support.processes import run_tap

from genesys_sandbox import Sandbox

SEGMENT_END = "participants[].sessions[].segments[].segmentEnd"
MEDIA = "participants[].sessions[].mediaType"


class Case(NamedTuple):
    """What is added to a surface's organization, what of it is no leg, and what the log says."""

    api: str
    add: Callable[[Sandbox], dict[str, str]]
    off_the_timeline: set[str]
    said: list[str]


PLATFORM = Case(
    "platform",
    add_odd_conversations,
    {"no start"},
    [
        "end before start: conversationEnd: 1",
        f"end before start: {SEGMENT_END}: 1",
        "missing start: conversationStart: 1",
        f"unknown value: {MEDIA}: 1 (hologram 1)",
    ],
)
GUIDE = Case(
    "guide",
    add_odd_guide_conversations,
    {"no start", "unknown state"},
    [
        "missing start: createdTime: 1",
        "negative duration: createdTime: 1",
        "unknown value: state: 1 (DREAMING 1)",
        "unknown value: type: 1 (HOLOGRAM 1)",
    ],
)


def oddities(run):
    """What the log says was odd, line by line."""
    lines = (line.partition("Odd in the source: ") for line in run.log.splitlines())
    return [said for _, found, said in lines if found]


@pytest.mark.parametrize("case", [PLATFORM, GUIDE], ids=lambda case: case.api)
def test_odd_conversations_lose_nothing_and_are_said_once(start, tmp_path, case):
    sandbox = start(contacts=10, conversations=20)
    ids = case.add(sandbox)

    run = run_tap(tmp_path, sandbox.config | {"api": case.api})

    assert run.exit_code == 0
    assert oddities(run) == case.said
    for stream in ("conversations", "interactions"):
        assert set(ids.values()) <= {row["conversation_id"] for row in run.rows(stream)}
    rows = {row["conversation_id"]: row for row in run.rows("timeline_events")}
    events = {name: rows[conversation_id] for name, conversation_id in ids.items()}
    assert {name for name, event in events.items() if not event["on_timeline"]} == case.off_the_timeline
    assert all((event["duration_seconds"] or 0) >= 0 for event in events.values())
    assert events["unknown channel"]["channel_type"] == "HOLOGRAM"
    documents = {each["contactId"]: each["metadata"] for each in run.rows("timelines")}
    metadata = documents[events["no start"]["contact_id"]]
    assert metadata["totalInteractions"] == len(ids)
    assert metadata["filteredOut"] == len(case.off_the_timeline)


def test_what_is_odd_is_counted_once_on_a_later_run_of_the_guides_surface_too(start, tmp_path):
    sandbox = start(contacts=10, conversations=20)
    add_odd_guide_conversations(sandbox)
    config = sandbox.config | {"api": "guide", "store_path": str(tmp_path / "store.duckdb")}
    first = run_tap(tmp_path, config)
    sandbox.control.advance(3600)

    second = run_tap(tmp_path, config, state=first.state)

    assert oddities(first) == oddities(second) == GUIDE.said


@pytest.mark.parametrize("has_store", [True, False])
def test_circular_merges_stand_for_one_contact_and_are_said_once(start, tmp_path, has_store):
    sandbox = start(contacts=10, conversations=20)
    config = sandbox.config | ({"store_path": str(tmp_path / "store.duckdb")} if has_store else {})
    first = run_tap(tmp_path, config)
    circular = add_circular_contacts(sandbox)
    least, other = circular.circle
    sandbox.control.advance(3600)

    second = run_tap(tmp_path, config, state=first.state)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert oddities(first) == []
    assert oddities(second) == ["cycle of merges: mergedTo: 2", "own ancestor: mergedTo: 1"]
    owners = {row["conversation_id"]: row["contact_id"] for row in second.rows("timeline_events")}
    assert {name: owners[conversation] for name, conversation in circular.conversations.items()} == {
        least: least,
        other: least,
        circular.own_ancestor: circular.own_ancestor,
    }
    documents = {each["contactId"]: each["metadata"] for each in second.rows("timelines")}
    assert documents[least]["totalInteractions"] == 2
    assert documents[other]["mergedInto"] == least
    assert documents[circular.own_ancestor]["totalInteractions"] == 1
