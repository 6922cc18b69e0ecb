"""Timelines over a chain of runs: whatever the split, the warehouse ends where one run would."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from support.extraction import (
    SECOND,
    KilledError,
    Organization,
    RememberingOutput,
    at,
    contact,
    conversation,
    conversation_as_of,
    some_conversations,
    text,
    upsert,
)
from support.virtual_time import VirtualTime

from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.settings import load_settings

STREAMS = ("timeline_events", "timelines")
PHONES = [f"+141555501{n:02}" for n in range(4)]


def run(
    organization: Organization,
    state: dict[str, Any] | None = None,
    store: Path | None = None,
    kill_after: int | None = None,
    streams: tuple[str, ...] = STREAMS,
    **settings: Any,
) -> RememberingOutput:
    output = RememberingOutput(streams, state, kill_after)
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    config |= {"concurrency": 1, "window_days": 5, "history_window_days": 20, "lookback_days": 1}
    config |= settings
    if store:
        config["store_path"] = str(store)
    organization.page_rows = 50
    try:
        extract(organization, output.as_output(), load_settings(config), VirtualTime(organization.clock))  # type: ignore[arg-type]
    except KilledError:
        assert kill_after is not None
    return output


def timelines(*outputs: RememberingOutput) -> dict[tuple[str, ...], dict[str, Any]]:
    """The warehouse's rows, but for when they were extracted and those that belong to nobody."""
    rows = {}
    for key, row in upsert(*outputs).items():
        if row.get("contact_id", "") is None:
            continue
        row.pop("extraction_timestamp_utc", None)
        row.get("metadata", {}).pop("extractionTimestampUTC", None)
        rows[key] = row
    return rows


def events(output: RememberingOutput) -> dict[str, dict[str, Any]]:
    return {row["conversation_id"]: row for name, row in output.lines.rows if name == "timeline_events"}


def documents(output: RememberingOutput) -> dict[str, dict[str, Any]]:
    return {row["contactId"]: row for name, row in output.lines.rows if name == "timelines"}


@pytest.fixture(params=["temporary", "durable"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "store.duckdb" if request.param == "durable" else None


@pytest.fixture
def organization() -> Organization:
    people = [contact("c1", 0, phone=PHONES[0]), contact("c2", 0, phone=PHONES[1])]
    return Organization(
        contacts={record["id"]: record for record in people},
        conversations=[
            conversation("chat", 1, 1.01, "c1"),
            conversation("call", 1.01 + 30 * SECOND, 1.02, "c1"),
            conversation("later", 3, 3.1, "c1"),
            conversation("other", 4, 4.1, "c2"),
            conversation("orphan", 4.1 + 10 * SECOND, 4.2, ani=PHONES[1]),
        ],
    )


def test_legs_close_in_time_become_one_node(organization, store):
    rows = events(run(organization, store=store))

    assert rows["chat"]["journey_node_id"] == rows["call"]["journey_node_id"]
    assert (rows["call"]["node_leg"], rows["call"]["gap_seconds"]) == (2, 30)
    assert rows["later"]["node_legs"] == 1


def test_an_orphan_is_adopted_by_the_address_of_a_contact(organization, store):
    rows = events(run(organization, store=store))

    assert (rows["orphan"]["contact_id"], rows["orphan"]["is_adopted"]) == ("c2", True)
    assert rows["orphan"]["correlated_by"] == "address"


def test_documents_hold_the_nodes_of_a_contact(organization, store):
    document = documents(run(organization, store=store))["c1"]

    assert [node["conversationId"] for node in document["timeline"]] == ["chat", "later"]
    assert document["timeline"][0]["handoffType"] == "VOICE_TO_VOICE"
    assert document["metadata"]["totalInteractions"] == 3


def test_a_later_leg_rebuilds_the_node_of_an_earlier_run(organization, store):
    organization.settled_until = organization.clock = at(1.005)
    first = run(organization, store=store)
    organization.settled_until = organization.clock = at(20)

    second = run(organization, first.last_state, store)

    assert timelines(first, second) == timelines(run(organization))


def test_a_merge_moves_the_rows_and_empties_the_merged_documents(organization, store):
    first = run(organization, store=store)
    organization.contacts |= {
        "m": contact("m", 12, ancestors=("c1", "c2")),
        "c1": contact("c1", 0, canonical="m", phone=PHONES[0]),
        "c2": contact("c2", 0, canonical="m", phone=PHONES[1]),
    }
    organization.hidden = {"c1", "c2"}
    organization.settled_until = organization.clock = at(15)

    second = run(organization, first.last_state, store)

    table = timelines(first, second)
    assert {row["contact_id"] for key, row in table.items() if key[0] == "timeline_events"} == {"m"}
    assert table["timelines", "c1"]["metadata"]["mergedInto"] == "m"
    assert table["timelines", "c1"]["timeline"] == []
    assert table["timelines", "m"]["metadata"]["mergedFromIds"] == ["c1", "c2"]
    assert table == timelines(run(organization))


def test_a_survivor_that_is_merged_away_in_turn_gets_its_document_emptied(organization, store):
    third = contact("c3", 0, phone=PHONES[2])
    merged = {
        "m": contact("m", 5, ancestors=("c1", "c2")),
        "c1": contact("c1", 0, canonical="m", phone=PHONES[0]),
        "c2": contact("c2", 0, canonical="m", phone=PHONES[1]),
    }
    organization.contacts = merged | {"c3": third}
    organization.hidden = {"c1", "c2"}
    first = run(organization, store=store)
    now = {"canonicalContact": {"id": "n"}}
    organization.contacts = {name: record | now for name, record in merged.items()} | {
        "n": contact("n", 12, ancestors=("m", "c3")),
        "m": merged["m"] | now | {"mergedTo": {"id": "n"}},
        "c3": contact("c3", 0, canonical="n", phone=PHONES[2]),
    }
    organization.hidden |= {"m", "c3"}
    organization.settled_until = organization.clock = at(15)

    second = run(organization, first.last_state, store)

    assert documents(first)["m"]["metadata"]["totalInteractions"] == 5
    table = timelines(first, second)
    assert table["timelines", "m"]["timeline"] == []
    assert table["timelines", "m"]["metadata"]["mergedInto"] == "n"
    assert ("timelines", "c3") not in table
    assert table == timelines(run(organization))


def test_an_adopted_leg_that_fits_two_contacts_later_belongs_to_nobody(organization, store):
    first = run(organization, store=store)
    organization.contacts["c3"] = contact("c3", 12, phone=PHONES[1])
    organization.conversations.append(conversation("rival", 4.05, 4.1, "c3"))
    organization.contacts["c2"]["modifyDate"] = text(at(12))
    organization.settled_until = organization.clock = at(15)

    second = run(organization, first.last_state, store)

    if store:  # a temporary store cannot see a conversation that turned up this late
        assert events(second).get("orphan", {"contact_id": None})["contact_id"] is None


def test_an_old_adopted_leg_that_fits_two_contacts_later_belongs_to_nobody(organization, store):
    organization.conversations.append(conversation("early", 4, 4.1, "c1"))
    first = run(organization, store=store)
    organization.contacts["c1"] |= {"modifyDate": text(at(12)), "cellPhone": {"e164": PHONES[1]}}
    organization.settled_until = organization.clock = at(15)

    second = run(organization, first.last_state, store)

    assert events(first)["orphan"]["contact_id"] == "c2"
    assert events(second)["orphan"]["contact_id"] is None
    assert timelines(first, second) == timelines(run(organization))


def test_a_durable_store_emits_only_what_changed(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store)
    organization.conversations.append(conversation("new", 10.5, 10.6, "c1"))
    organization.settled_until = organization.clock = at(11)

    second = run(organization, first.last_state, store)

    assert list(events(second)) == ["new"]
    assert list(documents(second)) == ["c1"]


def test_nothing_new_emits_nothing_from_a_durable_store(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store, streams=(*STREAMS, "conversations", "interactions"))

    second = run(organization, first.last_state, store, streams=(*STREAMS, "conversations", "interactions"))

    assert second.lines.rows == []


def test_rows_of_a_run_whose_state_was_lost_are_emitted_again(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    streams = (*STREAMS, "conversations", "interactions")
    organization.settled_until = organization.clock = at(2)
    first = run(organization, store=store, streams=streams)
    organization.settled_until = organization.clock = at(10)
    lost = run(organization, first.last_state, store, streams=streams)

    again = run(organization, first.last_state, store, streams=streams)

    assert timelines(first, again) == timelines(run(organization, streams=streams))
    assert sorted(again.ids("conversations")) == sorted(lost.ids("conversations"))


def test_a_journey_stream_selected_later_is_filled_and_the_others_are_not_emitted_again(
    organization, tmp_path
):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store, streams=("timeline_events",))

    second = run(organization, first.last_state, store)

    assert sorted(documents(second)) == ["c1", "c2"]
    assert events(second) == {}


def test_killed_at_any_point_the_next_run_loses_nothing(organization, tmp_path):
    truth = run(organization)
    for point in range(truth.lines.count):
        for store in (None, tmp_path / f"{point}.duckdb"):
            killed = run(organization, store=store, kill_after=point)
            resumed = run(organization, killed.last_state, store)
            assert timelines(killed, resumed) == timelines(truth), f"killed after {point} writes, {store}"


@pytest.mark.parametrize("seed", range(12))
def test_any_split_into_runs_ends_where_one_run_does(seed, store):
    dice = random.Random(seed)  # noqa: S311
    conversations = sorted(some_conversations(dice, 60, PHONES), key=lambda row: row["conversationStart"])
    contacts = {f"c{n}": contact(f"c{n}", 0, phone=dice.choice(PHONES)) for n in range(6)}
    contacts |= {"m": contact("m", 9, ancestors=("c0", "c1"))}
    before_merge = {name: record for name, record in contacts.items() if name != "m"}
    after_merge = contacts | {
        n: contact(n, 0, canonical="m", phone=contacts[n]["workPhone"]["e164"]) for n in ("c0", "c1")
    }
    outputs: list[RememberingOutput] = []
    state: dict[str, Any] = {}
    stops = sorted(dice.uniform(0, 20) for _ in range(3))
    for stop in [*stops, 21]:
        organization = Organization(
            contacts=after_merge if stop > 9 else before_merge,
            conversations=[
                conversation_as_of(row, stop)
                for row in conversations
                if row["conversationStart"] < text(at(stop))
            ],
            settled_until=at(stop),
            clock=at(stop),
        )
        outputs.append(run(organization, state, store))
        state = outputs[-1].last_state

    assert timelines(*outputs) == timelines(run(organization))


# --- settings that changed since the run before


NARROW = {"correlation_window_seconds": 5}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("before", "after"), [(NARROW, {}), ({}, NARROW), ({}, {"timeline_states": ["MERGED"]})]
)
def test_other_rules_rebuild_every_timeline(seed, store, before, after):
    dice = random.Random(seed)  # noqa: S311
    organization = Organization(
        contacts={f"c{n}": contact(f"c{n}", 0, phone=dice.choice(PHONES)) for n in range(6)},
        conversations=some_conversations(dice, 60, PHONES),
        settled_until=at(30),
        clock=at(30),
    )
    first = run(organization, store=store, **before)

    second = run(organization, first.last_state, store, **after)
    third = run(organization, second.last_state, store, **after)

    assert timelines(first, second) == timelines(run(organization, **after))
    assert third.lines.rows == []


def test_other_rules_emit_from_a_durable_store_what_they_change_alone(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store)

    second = run(organization, first.last_state, store, **NARROW)

    assert sorted(events(second)) == ["call", "chat", "orphan", "other"]
    assert sorted(documents(second)) == ["c1", "c2"]


def test_a_run_with_other_rules_that_was_killed_rebuilds_again(organization, tmp_path):
    first = run(organization, store=tmp_path / "whole.duckdb")
    whole = run(organization, first.last_state, tmp_path / "whole.duckdb", **NARROW)
    for point in range(whole.lines.count):
        store = tmp_path / f"{point}.duckdb"
        first = run(organization, store=store)
        killed = run(organization, first.last_state, store, kill_after=point, **NARROW)

        resumed = run(organization, killed.last_state or first.last_state, store, **NARROW)

        assert timelines(first, killed, resumed) == timelines(first, whole), f"killed after {point} writes"


@pytest.mark.parametrize("start", [3.05, 0.5])
def test_a_full_refresh_from_another_start_date_ends_where_one_without_the_store_does(
    organization, tmp_path, start
):
    store = tmp_path / "store.duckdb"
    run(organization, store=store, start_date=text(at(3.5 - start)))

    refreshed = run(organization, store=store, start_date=text(at(start)))

    assert timelines(refreshed) == timelines(run(organization, start_date=text(at(start))))


@pytest.mark.parametrize("start", [3.05, 0.5])
def test_a_full_refresh_from_another_start_date_that_was_killed_goes_on_with_the_whole_history(
    organization, tmp_path, start
):
    given: dict[str, Any] = {"streams": ("external_contacts", *STREAMS), "start_date": text(at(start))}
    whole = run(organization, **given)
    for point in range(12):
        store = tmp_path / f"{point}.duckdb"
        run(organization, store=store, start_date=text(at(3.5 - start)))

        killed = run(organization, store=store, kill_after=point, **given)
        resumed = run(organization, killed.last_state, store, **given)

        assert timelines(killed, resumed) == timelines(whole), f"killed after {point} writes"


def test_a_stream_selected_later_with_an_earlier_start_date_is_filled_from_there(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store, streams=("timeline_events",), start_date=text(at(3.5)))

    second = run(organization, first.last_state, store)

    assert sorted(documents(second)) == ["c1", "c2"]
    assert documents(second) == documents(run(organization))


LOGIN = {"access_token": None, "client_id": "one", "client_secret": "s", "login_url": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    "other", [{"api_url": "http://127.0.0.1:2"}, {"api": "guide"}, {"client_id": "another"}]
)
def test_a_store_of_another_organization_is_refused_before_anything_is_asked(organization, tmp_path, other):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store, **LOGIN)
    submitted = len(organization.submitted)

    with pytest.raises(StoreError, match="another organization"):
        run(organization, first.last_state, store, **(LOGIN | other))

    assert len(organization.submitted) == submitted
    assert run(organization, first.last_state, store, **LOGIN).lines.rows == []


def test_a_token_stands_for_whichever_client_it_is_of(organization, tmp_path):
    store = tmp_path / "store.duckdb"
    first = run(organization, store=store, **LOGIN)
    second = run(organization, first.last_state, store)

    assert run(organization, second.last_state, store, **LOGIN).lines.rows == []
