"""Following given customers instead of the whole organization."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.extraction import (
    Organization,
    RememberingOutput,
    at,
    contact,
    conversation,
    text,
    upsert,
)
from support.virtual_time import VirtualTime

from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.settings import load_settings

STREAMS = (
    "external_contacts",
    "contact_aliases",
    "conversations",
    "interactions",
    "timeline_events",
    "timelines",
)
PHONE = "+14155550123"
SECOND = 1 / 86_400


def run(
    organization: Organization, state: dict[str, Any] | None = None, **settings: Any
) -> RememberingOutput:
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    config |= {"concurrency": 1, "history_window_days": 10, "lookback_days": 1}
    output = RememberingOutput(STREAMS, state)
    loaded = load_settings(config | settings)
    extract(organization, output.as_output(), loaded, VirtualTime(organization.clock))  # type: ignore[arg-type]
    return output


def timeline_of(output: RememberingOutput, *owners: str) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = {}
    for key, row in upsert(output).items():
        if key[0] == "timeline_events" and row["contact_id"] in owners:
            rows[key] = {name: value for name, value in row.items() if name != "extraction_timestamp_utc"}
    return rows


@pytest.fixture
def organization() -> Organization:
    people = [
        contact("a", 0, phone=PHONE),
        contact("b", 0, phone="+14155550124"),
        contact("c", 0, phone=PHONE),
        contact("m", 5, ancestors=("m1", "m2"), phone="+14155550125"),
        contact("m1", 0, canonical="m"),
        contact("m2", 0, canonical="m"),
    ]
    return Organization(
        contacts={record["id"]: record for record in people},
        conversations=[
            conversation("a1", 1, 1.1, "a"),
            conversation("a-lost", 1.1 + 20 * SECOND, 1.2, ani=PHONE),
            conversation("b1", 2, 2.1, "b"),
            conversation("c1", 3, 3.1, "c"),
            conversation("m-old", 2, 2.5, "m1"),
            conversation("m-new", 6, 6.5, "m"),
        ],
        external_ids={"CRM-A": "a", "CRM-B": "b", "CRM-M1": "m1"},
        page_rows=50,
    )


def test_all_streams_narrow_to_the_customers(organization):
    output = run(organization, external_ids=["CRM-A"])

    assert output.ids("external_contacts") == ["a"]
    assert sorted(output.ids("conversations")) == ["a-lost", "a1"]
    assert output.ids("timelines") == ["a"]


def test_legs_that_lost_the_contact_are_found_by_the_customers_address(organization):
    output = run(organization, external_ids=["CRM-A"])

    assert timeline_of(output, "a") == timeline_of(run(organization), "a")
    assert len(timeline_of(output, "a")) == 2


def test_a_neighbour_who_called_from_the_same_address_can_make_a_leg_ambiguous(organization):
    organization.conversations.append(conversation("c-near", 1.05, 1.1, "c", ani=PHONE))

    output = run(organization, external_ids=["CRM-A"])

    assert timeline_of(output, "a") == timeline_of(run(organization), "a")
    assert len(timeline_of(output, "a")) == 1
    assert "c-near" not in output.ids("conversations")


def test_an_id_that_was_merged_brings_the_whole_merge_set(organization):
    output = run(organization, external_ids=["CRM-M1"])

    assert sorted(output.ids("contact_aliases")) == ["m", "m1", "m2"]
    assert sorted(output.ids("conversations")) == ["m-new", "m-old"]
    document = next(row for name, row in output.lines.rows if name == "timelines" and row["contactId"] == "m")
    assert document["metadata"]["mergedFromIds"] == ["m1", "m2"]


def test_contacts_can_be_given_by_their_own_id(organization):
    output = run(organization, contact_ids=["b"])

    assert output.ids("conversations") == ["b1"]
    assert organization.asked == []


def test_a_resolved_id_is_remembered_for_its_life_and_no_longer(organization, tmp_path):
    settings = {
        "external_ids": ["CRM-A"],
        "store_path": str(tmp_path / "s.duckdb"),
        "contact_id_ttl_hours": 24,
    }
    state = run(organization, **settings).last_state
    organization.clock += timedelta(hours=23)
    state = run(organization, state, **settings).last_state
    assert organization.asked == ["CRM-A"]
    organization.clock += timedelta(hours=2)

    run(organization, state, **settings)

    assert organization.asked == ["CRM-A", "CRM-A"]


def test_a_miss_is_remembered_shorter(organization, tmp_path):
    settings = {
        "external_ids": ["CRM-X"],
        "store_path": str(tmp_path / "s.duckdb"),
        "contact_id_ttl_hours": 24,
    }
    run(organization, **settings)
    organization.clock += timedelta(minutes=30)
    run(organization, **settings)
    assert organization.asked == ["CRM-X"]
    organization.clock += timedelta(minutes=31)

    run(organization, **settings)

    assert organization.asked == ["CRM-X", "CRM-X"]


def test_a_merge_drops_the_remembered_contact_at_once(organization, tmp_path):
    settings = {"external_ids": ["CRM-A"], "store_path": str(tmp_path / "s.duckdb")}
    first = run(organization, **settings)
    organization.contacts |= {
        "n": contact("n", 9, ancestors=("a", "b"), phone=PHONE),
        "a": contact("a", 0, canonical="n", phone=PHONE),
        "b": contact("b", 0, canonical="n"),
    }

    second = run(organization, first.last_state, **settings)

    assert organization.asked == ["CRM-A", "CRM-A"]
    owners = {row["contact_id"] for name, row in second.lines.rows if name == "timeline_events"}
    assert owners == {"n"}
    documents = {row["contactId"]: row for name, row in second.lines.rows if name == "timelines"}
    assert documents["a"]["metadata"]["mergedInto"] == "n"
    assert [node["conversationId"] for node in documents["n"]["timeline"]] == ["a1", "b1"]


def test_ids_that_lead_nowhere_are_listed_beside_the_store_and_do_not_fail_the_run(organization, tmp_path):
    run(organization, external_ids=["CRM-A", "CRM-X", "CRM-Y"], store_path=str(tmp_path / "s.duckdb"))

    assert (tmp_path / "s.unresolved.txt").read_text() == "CRM-X\nCRM-Y\n"


@pytest.mark.parametrize("pii", [{}, {"key": "k", "fields": {"externalIds": "hash"}}])
def test_the_list_of_an_earlier_run_goes_once_its_ids_are_found_or_may_not_be_shown(
    organization, tmp_path, pii
):
    settings: dict[str, Any] = {"external_ids": ["CRM-X"], "store_path": str(tmp_path / "s.duckdb")}
    run(organization, **settings)
    if not pii:
        organization.external_ids["CRM-X"] = "b"
        organization.clock += timedelta(days=1)

    run(organization, **settings, pii=pii)

    assert not (tmp_path / "s.unresolved.txt").exists()


def test_ids_come_from_a_file_too(organization, tmp_path: Path):
    path = tmp_path / "ids.csv"
    path.write_text("name,external_id\nsomebody,CRM-B\n")

    assert run(organization, external_ids_file=str(path)).ids("conversations") == ["b1"]


def test_many_customers_share_one_job(organization):
    names = [f"x{n}" for n in range(50)]
    organization.contacts |= {name: contact(name, 0) for name in names}

    output = RememberingOutput(["conversations"])
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    settings = load_settings(config | {"contact_ids": names, "history_window_days": 5, "concurrency": 1})
    extract(organization, output.as_output(), settings, VirtualTime(organization.clock))  # type: ignore[arg-type]

    assert len(organization.submitted) == 2


def test_a_later_run_reads_the_lookback_again_and_nothing_older(organization):
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    settings = load_settings(config | {"contact_ids": ["a"], "history_window_days": 1, "lookback_days": 2})
    state: dict[str, Any] = {}
    windows = []
    for _ in range(2):
        organization.submitted.clear()
        output = RememberingOutput(["conversations", "external_contacts"], state)
        extract(organization, output.as_output(), settings, VirtualTime(organization.clock))  # type: ignore[arg-type]
        state = output.last_state
        windows.append([window.start for window in organization.submitted])

    assert windows == [[at(day) for day in range(10)], [at(8), at(9)]]


def test_another_list_of_customers_begins_from_the_start_date(organization):
    first = run(organization, external_ids=["CRM-A"])

    second = run(organization, first.last_state, external_ids=["CRM-A", "CRM-B"])

    assert "b1" in second.ids("conversations")


@pytest.mark.parametrize("has_store", [True, False])
def test_a_contact_that_was_merged_in_brings_its_whole_history_to_every_stream(
    organization, tmp_path, has_store
):
    settings: dict[str, Any] = {"external_ids": ["CRM-A"], "history_window_days": 1}
    if has_store:
        settings["store_path"] = str(tmp_path / "s.duckdb")
    first = run(organization, **settings)
    organization.contacts |= {
        "a": contact("a", 9, ancestors=("b",), phone=PHONE),
        "b": contact("b", 0, canonical="a"),
    }

    second = run(organization, first.last_state, **settings)
    third = run(organization, second.last_state, **settings)

    assert "b1" in second.ids("conversations")
    assert "b1" in second.ids("interactions")
    assert third.ids("conversations") == third.ids("interactions") == []


def test_a_customer_who_is_found_later_brings_the_whole_history_to_every_stream(organization):
    customers = ["CRM-A", "CRM-LATE"]
    first = run(organization, external_ids=customers, history_window_days=1)
    organization.external_ids["CRM-LATE"] = "b"

    second = run(organization, first.last_state, external_ids=customers, history_window_days=1)

    assert "b1" not in first.ids("conversations")
    assert "b1" in second.ids("conversations")
    assert "b1" in second.ids("interactions")


def test_going_back_to_the_whole_organization_reads_all_of_it(organization):
    first = run(organization, external_ids=["CRM-A"])

    second = run(organization, first.last_state)

    assert sorted(second.ids("conversations")) == ["a-lost", "a1", "b1", "c1", "m-new", "m-old"]
