"""Following given customers instead of the whole organization."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
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

from tap_genesys_journey.api.surface import People
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.settings import load_settings

STREAMS = (
    "external_contacts",
    "contact_aliases",
    "contact_addresses",
    "conversations",
    "interactions",
    "timeline_events",
    "timelines",
)
PHONE = "+14155550123"


def run(
    organization: Organization,
    state: dict[str, Any] | None = None,
    streams: tuple[str, ...] = STREAMS,
    kill_after: int | None = None,
    waiting: VirtualTime | None = None,
    **settings: Any,
) -> RememberingOutput:
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    config |= {"concurrency": 1, "history_window_days": 10, "lookback_days": 1}
    output = RememberingOutput(streams, state, kill_after)
    loaded = load_settings(config | settings)
    try:
        extract(organization, output.as_output(), loaded, waiting or VirtualTime(organization.clock))  # type: ignore[arg-type]
    except KilledError:
        assert kill_after is not None
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

    assert (tmp_path / "s.duckdb.unresolved.txt").read_text() == "CRM-X\nCRM-Y\n"


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

    assert not (tmp_path / "s.duckdb.unresolved.txt").exists()


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


def test_a_customer_added_to_the_list_is_read_from_the_start_date(organization):
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


# --- contacts that did not change

CONTACT_STREAMS = ("external_contacts", "contact_aliases", "contact_addresses")


def contacts_in(output: RememberingOutput) -> set[str]:
    """Contacts of whom a run emitted rows; those of all streams of contacts are of the same ones."""
    emitted = {frozenset(output.ids(stream)) for stream in CONTACT_STREAMS}
    assert len(emitted) == 1
    return set(emitted.pop())


def follow_contacts(organization, state=None, **given: Any) -> RememberingOutput:
    """A later run is so much later that the margin for clocks has passed."""
    organization.clock += timedelta(hours=1)
    return run(organization, state, (*CONTACT_STREAMS, "conversations"), **given)


def test_followed_contacts_that_did_not_change_are_not_emitted_again(organization, kept):
    given = {"external_ids": ["CRM-A", "CRM-M1"], **kept}
    first = follow_contacts(organization, **given)

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(first) == {"a", "m", "m1", "m2"}
    assert contacts_in(second) == set()


def test_a_followed_contact_that_changed_is_emitted_and_nobody_else(organization, kept):
    given = {"external_ids": ["CRM-A", "CRM-B"], **kept}
    first = follow_contacts(organization, **given)
    organization.contacts["b"] |= {"firstName": "Made-up", "modifyDate": text(organization.clock)}

    second = follow_contacts(organization, first.last_state, **given)
    third = follow_contacts(organization, second.last_state, **given)

    assert contacts_in(second) == {"b"}
    assert contacts_in(third) == set()


def test_a_store_sees_a_change_that_left_no_date(organization, tmp_path):
    given = {"external_ids": ["CRM-A", "CRM-B"], "store_path": str(tmp_path / "s.duckdb")}
    first = follow_contacts(organization, **given)
    organization.contacts["b"] |= {"firstName": "Made-up"}

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(second) == {"b"}


def test_a_followed_contact_without_a_date_comes_again_where_no_store_knows_it(organization):
    del organization.contacts["b"]["modifyDate"]
    given = {"external_ids": ["CRM-A", "CRM-B"]}
    first = follow_contacts(organization, **given)

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(second) == {"b"}


def test_a_contact_merged_into_another_that_is_followed_comes_again_although_its_date_stays(
    organization, kept
):
    given = {"contact_ids": ["a", "b"], **kept}
    first = follow_contacts(organization, **given)
    organization.contacts["a"] |= {"canonicalContact": {"id": "b"}, "mergedTo": {"id": "b"}}

    second = follow_contacts(organization, first.last_state, **given)

    aliases = {row["contact_id"]: row for name, row in second.lines.rows if name == "contact_aliases"}
    assert aliases["a"]["canonical_contact_id"] == "b"


def test_without_a_store_a_survivor_that_changed_brings_those_that_were_merged_into_it(
    organization,
):
    given = {"contact_ids": ["a", "m"]}
    first = follow_contacts(organization, **given)
    organization.contacts["m2"] |= {"firstName": "Made-up"}
    organization.contacts["m"] |= {"modifyDate": text(organization.clock)}

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(second) == {"m", "m1", "m2"}


def test_a_contact_who_joins_is_emitted_whenever_it_changed_last(organization, kept):
    first = follow_contacts(organization, external_ids=["CRM-A"], **kept)

    second = follow_contacts(organization, first.last_state, external_ids=["CRM-A", "CRM-B"], **kept)

    assert contacts_in(second) == {"b"}


def test_a_contact_who_came_back_to_the_list_has_missed_no_change(organization, kept):
    first = follow_contacts(organization, contact_ids=["a", "b"], **kept)
    organization.contacts["b"] |= {"firstName": "Made-up", "modifyDate": text(organization.clock)}
    second = follow_contacts(organization, first.last_state, contact_ids=["a"], **kept)

    third = follow_contacts(organization, second.last_state, contact_ids=["a", "b"], **kept)

    assert contacts_in(second) == set()
    assert contacts_in(third) == {"b"}


def test_another_policy_for_personal_data_brings_every_followed_contact_again(organization, kept):
    given: dict[str, Any] = {"contact_ids": ["a", "b"], **kept}
    first = follow_contacts(organization, **given, pii={"fields": {"first_name": "redact"}})

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(second) == {"a", "b"}


def test_a_stream_of_contacts_selected_later_gets_all_of_them_and_the_others_none_again(organization, kept):
    given = {"contact_ids": ["a", "b"], **kept}
    streams = ("contact_addresses", "conversations")
    first = run(organization, streams=streams, **given)
    organization.clock += timedelta(hours=1)

    second = run(organization, first.last_state, streams=("external_contacts", *streams), **given)

    assert sorted(second.ids("external_contacts")) == ["a", "b"]
    assert second.ids("contact_addresses") == []


@pytest.mark.parametrize("kill_after", range(0, 18, 3))
def test_contacts_of_a_run_whose_state_was_lost_come_again(organization, kept, kill_after):
    given = {"external_ids": ["CRM-A", "CRM-M1"], **kept}
    killed = follow_contacts(organization, kill_after=kill_after, **given)

    resumed = follow_contacts(organization, killed.last_state, **given)
    fresh = follow_contacts(organization, killed.last_state, **given)  # the same state once more

    whole = upsert(follow_contacts(organization, external_ids=given["external_ids"]))
    assert upsert(killed, resumed) == whole
    assert upsert(killed, fresh) == whole


def test_what_changes_while_the_followed_contacts_are_read_comes_with_the_next_run(organization):
    """Reading takes longer than the margin for clocks, and the contact read first changes behind it."""
    given = {"contact_ids": ["a", "b"], "bulk_contacts_size": 1}
    read, waiting = organization.fetch_contacts_as_stored, VirtualTime(organization.clock)

    def read_slowly(contact_ids):
        if contact_ids == ["b"]:
            organization.contacts["a"] |= {"firstName": "Made-up", "modifyDate": text(organization.clock)}
            organization.clock += timedelta(hours=1)
            waiting.pass_by(3600)
        return read(contact_ids)

    organization.fetch_contacts_as_stored = read_slowly
    first = follow_contacts(organization, waiting=waiting, **given)
    organization.fetch_contacts_as_stored = read

    second = follow_contacts(organization, first.last_state, **given)

    assert contacts_in(second) == {"a"}


# --- what is asked again


def asked_again(organization, since: float) -> list[People | None]:
    """Whom jobs that reach back behind the lookback asked for, since the log was cleared."""
    return [
        people
        for window, people in zip(organization.submitted, organization.asked_for, strict=True)
        if window.start < at(since)
    ]


def forget_what_was_asked(organization) -> None:
    organization.submitted.clear()
    organization.asked_for.clear()


@pytest.fixture(params=["temporary", "durable"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return {"store_path": str(tmp_path / "s.duckdb")} if request.param == "durable" else {}


def test_a_run_in_which_nothing_changed_asks_for_the_lookback_alone(organization, kept):
    given = {"external_ids": ["CRM-A", "CRM-M1"], **kept}
    organization.conversations.append(conversation("c-near", 1.05, 1.1, "c", ani=PHONE))
    state = run(organization, **given).last_state
    forget_what_was_asked(organization)

    state = run(organization, state, **given).last_state

    assert {window.start for window in organization.submitted} == {at(9)}
    assert len(organization.submitted) == 2


def test_a_first_run_reads_nobodys_history_twice(organization):
    run(organization, external_ids=["CRM-B", "CRM-M1"])

    assert len(organization.submitted) == 2


def test_without_a_store_the_history_of_the_touched_customer_alone_is_read_again(organization):
    given = {"external_ids": ["CRM-A", "CRM-B"]}
    first = run(organization, **given)
    organization.conversations.append(conversation("b-new", 9.5, 9.6, "b"))
    forget_what_was_asked(organization)

    second = run(organization, first.last_state, **given)

    again = asked_again(organization, 9)
    assert [each.contact_ids for each in again if each.contact_ids] == [("b",)]
    assert {each for people in again for each in people.addresses} == {"+14155550124"}
    assert timeline_of(second, "b") == timeline_of(run(organization, **given), "b")


def test_what_is_odd_in_a_history_read_again_is_counted_once(organization, caplog):
    given = {"external_ids": ["CRM-B"], "history_window_days": 1}
    odd = conversation("b-odd", 0.5, 4.5, "b", ani="+14155550124")  # in five windows, by contact and address
    odd["participants"][0]["sessions"][0]["mediaType"] = "hologram"
    organization.conversations += [odd, conversation("b-new", 9.5, 9.6, "b")]
    first = run(organization, **given)
    caplog.clear()

    run(organization, first.last_state, **given)

    (line,) = [line for line in caplog.messages if "mediaType" in line]
    assert line.endswith("mediaType: 1 (hologram 1)")


def test_who_is_added_to_the_list_brings_the_whole_history_and_nobody_else_does(organization, kept):
    first = run(organization, external_ids=["CRM-B"], **kept)
    forget_what_was_asked(organization)

    second = run(organization, first.last_state, external_ids=["CRM-B", "CRM-M1"], **kept)

    again = asked_again(organization, 9)
    assert {each for people in again for each in people.contact_ids} == {"m", "m1", "m2"}
    assert second.ids("conversations") == ["m-old", "m-new"]
    assert timeline_of(second, "m") == timeline_of(run(organization), "m")


def test_a_merge_has_the_joined_contacts_alone_read_again(organization, kept):
    given = {"external_ids": ["CRM-A", "CRM-M1"], **kept}
    first = run(organization, **given)
    organization.contacts |= {
        "n": contact("n", 9.5, ancestors=("m", "m1", "m2", "b"), phone="+14155550125"),
        **{name: contact(name, 0, canonical="n") for name in ("m", "m1", "m2")},
        "b": contact("b", 0, canonical="n", phone="+14155550124"),
    }
    forget_what_was_asked(organization)

    second = run(organization, first.last_state, **given)

    again = {each for people in asked_again(organization, 9) for each in people.contact_ids}
    assert "a" not in again
    assert again >= {"n", "b"}
    if kept:
        assert again == {"n", "b"}
    assert second.ids("conversations") == ["b1"]
    assert timeline_of(second, "n") == timeline_of(run(organization), "n")


def test_a_new_address_of_a_customer_brings_its_older_nameless_conversations_to_every_stream(
    organization, kept
):
    given = {"external_ids": ["CRM-A", "CRM-B"], **kept}
    organization.conversations.append(conversation("b-lost", 2.1, 2.2, ani="+14155550126"))
    first = run(organization, **given)
    organization.contacts["b"] |= {"cellPhone": {"e164": "+14155550126"}, "modifyDate": text(at(9.9))}
    forget_what_was_asked(organization)

    second = run(organization, first.last_state, **given)

    again = {each for people in asked_again(organization, 9) for each in people.addresses}
    assert "b-lost" not in first.ids("conversations")
    assert second.ids("conversations") == second.ids("interactions") == ["b-lost"]
    assert timeline_of(first, "b") | timeline_of(second, "b") == timeline_of(run(organization), "b")
    assert "+14155550126" in again
    if kept:
        assert again == {"+14155550126"}


def test_timelines_selected_later_bring_nameless_conversations_and_no_other_again(organization, kept):
    given: dict[str, Any] = {"external_ids": ["CRM-A"], "history_window_days": 1, **kept}
    first = run(organization, streams=("conversations",), **given)

    second = run(organization, first.last_state, streams=("conversations", "timeline_events"), **given)

    assert first.ids("conversations") == ["a1"]
    assert second.ids("conversations") == ["a-lost"]
    assert timeline_of(second, "a") == timeline_of(run(organization), "a")


def test_a_customer_who_left_the_list_and_came_back_misses_nothing(organization, kept):
    both, one = ["CRM-A", "CRM-B"], ["CRM-A"]
    outputs = [run(organization, external_ids=both, **kept)]
    organization.conversations.append(conversation("b-between", 11, 11.1, "b"))
    organization.settled_until = organization.clock = at(15)
    outputs.append(run(organization, outputs[-1].last_state, external_ids=one, **kept))
    organization.settled_until = organization.clock = at(20)

    outputs.append(run(organization, outputs[-1].last_state, external_ids=both, **kept))

    assert "b-between" in outputs[-1].ids("conversations")
    assert timeline_of(outputs[-1], "b").keys() >= {("timeline_events", "b-between", "p-b-between")}


def test_who_left_the_list_keeps_the_rows_that_the_target_has(organization, tmp_path):
    kept = {"store_path": str(tmp_path / "s.duckdb")}
    organization.conversations.append(conversation("c-near", 1.05, 1.1, "c", ani=PHONE))
    first = run(organization, contact_ids=["a", "c"], **kept)
    organization.conversations.append(conversation("a-new", 9.5, 9.6, "a"))

    second = run(organization, first.last_state, contact_ids=["a"], **kept)

    assert timeline_of(first, "c")
    assert {row["contact_id"] for name, row in second.lines.rows if name == "timeline_events"} == {"a"}


def everybody_asked(organization) -> tuple[set[str], set[str]]:
    """Contacts and addresses that jobs asked for since the log was cleared."""
    people = [each for each in organization.asked_for if each]
    return (
        {contact for each in people for contact in each.contact_ids},
        {address for each in people for address in each.addresses},
    )


def test_neighbours_of_who_left_the_list_are_asked_for_no_longer_and_those_of_who_stayed_are(
    organization, tmp_path
):
    kept = {"store_path": str(tmp_path / "s.duckdb")}
    elsewhere = "+14155550129"
    organization.conversations += [
        conversation("c-near", 1.05, 1.1, "c", ani=PHONE),
        conversation("b2", 4, 4.1, "b", ani=elsewhere),
        conversation("b-lost", 4.1, 4.2, ani=elsewhere),
        conversation("m-near", 5, 5.1, "m", ani=elsewhere),
    ]
    first = run(organization, contact_ids=["a", "b"], **kept)
    forget_what_was_asked(organization)
    second = run(organization, first.last_state, contact_ids=["a", "b"], **kept)
    with_both = everybody_asked(organization)
    forget_what_was_asked(organization)

    run(organization, second.last_state, contact_ids=["b"], **kept)

    assert with_both == ({"a", "b", "c", "m"}, {PHONE, "+14155550124", elsewhere})
    assert everybody_asked(organization) == ({"b", "m"}, {"+14155550124", elsewhere})


def test_who_left_the_list_goes_on_to_decide_on_the_legs_of_a_customer_with_the_same_address(
    organization, tmp_path
):
    kept = {"store_path": str(tmp_path / "s.duckdb")}
    organization.conversations += [
        conversation("c-near", 1.05, 1.1, "c", ani=PHONE),
        conversation("a2", 9.2, 9.3, "a"),
        conversation("a2-lost", 9.3 + 20 * SECOND, 9.4, ani=PHONE),
    ]
    first = run(organization, contact_ids=["a", "c"], **kept)
    second = run(organization, first.last_state, contact_ids=["a"], **kept)
    organization.conversations.append(conversation("c-late", 9.25, 9.3, "c"))  # of no address, and late

    third = run(organization, second.last_state, contact_ids=["a"], **kept)

    lost = ("timeline_events", "a2-lost", "p-a2-lost")
    assert upsert(first, second)[lost]["contact_id"] == "a"
    assert upsert(third)[lost]["contact_id"] is None
    assert lost not in timeline_of(run(organization, contact_ids=["a"]), "a")


def test_a_store_that_was_deleted_is_filled_again_and_streams_are_not(organization, tmp_path):
    path = tmp_path / "s.duckdb"
    given: dict[str, Any] = {"external_ids": ["CRM-A", "CRM-M1"], "history_window_days": 1}
    given["store_path"] = str(path)
    first = run(organization, **given)
    path.unlink()
    organization.conversations.append(conversation("m-late", 9.5, 9.6, "m2"))

    second = run(organization, first.last_state, **given)

    assert second.ids("conversations") == ["m-late"]
    assert timeline_of(second, "a", "m") == timeline_of(run(organization), "a", "m")


def test_an_older_copy_of_the_store_takes_nothing_of_what_was_emitted_for_its_own(organization, tmp_path):
    path, copy = tmp_path / "s.duckdb", tmp_path / "copy.duckdb"
    given = {"external_ids": ["CRM-A", "CRM-B"], "store_path": str(path)}
    outputs = [run(organization, **given)]
    shutil.copy(path, copy)
    for name, day in (("a-2", 9.2), ("b-2", 9.4)):
        organization.conversations.append(conversation(name, day, day + 0.1, name[0]))
        outputs.append(run(organization, outputs[-1].last_state, **given))
    shutil.copy(copy, path)
    organization.conversations.append(conversation("b-3", 9.6, 9.7, "b"))

    outputs.append(run(organization, outputs[-1].last_state, **given))

    whole = timeline_of(run(organization), "a", "b")
    together = {key: row for output in outputs for key, row in timeline_of(output, "a", "b").items()}
    assert together == whole


@pytest.mark.parametrize("seed", range(6))
def test_any_split_into_runs_kills_between_and_changes_of_the_list_end_where_one_run_does(
    seed, tmp_path, has_store
):
    dice = random.Random(seed)  # noqa: S311
    store = {"store_path": str(tmp_path / "s.duckdb")} if has_store else {}
    conversations = some_conversations(dice, 60, PHONES)
    stops = [*sorted(dice.uniform(1, 20) for _ in range(3)), 21]
    outputs: list[RememberingOutput] = []
    state: dict[str, Any] = {}
    for stop in stops:
        organization = as_of(conversations, some_contacts(stop), stop)
        given = {"contact_ids": ["c0", "c3"] if stop < 12 else ["c0", "c3", "c4"], **store}
        if dice.random() < 0.5:
            outputs.append(run(organization, state, kill_after=dice.randrange(40), **given))
            state = outputs[-1].last_state or state
        outputs.append(run(organization, state, **given))
        state = outputs[-1].last_state

    whole = run(as_of(conversations, some_contacts(21), 21), contact_ids=["c0", "c3", "c4"])
    assert without_stamps(outputs) == without_stamps([whole])


@pytest.fixture(params=[False, True])
def has_store(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


PHONES = [f"+141555501{n:02}" for n in range(5)]


def some_contacts(stop: float) -> dict[str, dict[str, Any]]:
    """Six contacts of whom three share addresses; c0 and c1 are merged on day 9, c3 has a new phone on 14."""
    numbers = [0, 1, 2, 0, 1, 2]
    people = {f"c{n}": contact(f"c{n}", 0, phone=PHONES[number]) for n, number in enumerate(numbers)}
    if stop > 9:
        people["m"] = contact("m", 9, ancestors=("c0", "c1"), phone=PHONES[0])
        people |= {
            name: contact(name, 0, canonical="m", phone=people[name]["workPhone"]["e164"])
            for name in ("c0", "c1")
        }
    if stop > 14:
        people["c3"] |= {"cellPhone": {"e164": PHONES[3]}, "modifyDate": text(at(14))}
    return people


def as_of(rows: list[dict[str, Any]], people: dict[str, dict[str, Any]], stop: float) -> Organization:
    """The organization as it stood then."""
    return Organization(
        contacts=people,
        conversations=[
            conversation_as_of(row, stop) for row in rows if row["conversationStart"] < text(at(stop))
        ],
        settled_until=at(stop),
        clock=at(stop),
        page_rows=50,
    )


def without_stamps(outputs: list[RememberingOutput]) -> dict[tuple[str, ...], dict[str, Any]]:
    """What the target holds of the followed customers; rows of timelines that belong to nobody left out."""
    rows = {}
    for key, row in upsert(*outputs).items():
        if row.get("contact_id", "") is None and key[0] == "timeline_events":
            continue
        row.pop("extraction_timestamp_utc", None)
        row.get("metadata", {}).pop("extractionTimestampUTC", None)
        rows[key] = row
    return rows
