"""What one run, and a chain of runs, makes of an organization."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from support.extraction import (
    KilledError,
    Organization,
    RememberingOutput,
    at,
    contact,
    conversation,
    text,
    upsert,
)
from support.virtual_time import VirtualTime

from tap_genesys_journey.exceptions import ForbiddenError, IncompleteError, SettingError
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.settings import load_settings

CONTACT_STREAMS = ("external_contacts", "contact_aliases", "contact_addresses")
ALL_STREAMS = (*CONTACT_STREAMS, "conversations", "interactions")


def run(
    organization: Organization,
    streams: Iterable[str] = ALL_STREAMS,
    state: dict[str, Any] | None = None,
    kill_after: int | None = None,
    **settings: Any,
) -> RememberingOutput:
    config = {
        "access_token": "made-up",
        "api_url": "http://127.0.0.1:1",
        "start_date": text(at(0)),
        "bulk_contacts_size": 2,
        "concurrency": 1,
    }
    output = RememberingOutput(streams, state, kill_after)
    extract(
        organization, output.as_output(), load_settings(config | settings), VirtualTime(organization.clock)
    )  # type: ignore[arg-type]
    return output


@pytest.fixture
def organization() -> Organization:
    """Five scanned contacts, one merged pair, one auto-created; a few days of conversations."""
    contacts = [
        *(contact(f"c{n}", n) for n in range(5)),
        contact("m", 6, ancestors=("a", "b")),
        contact("a", 1, canonical="m"),
        contact("b", 2, canonical="m"),
        contact("auto", 3),
    ]
    return Organization(
        contacts={record["id"]: record for record in contacts},
        hidden={"a", "b", "auto"},
        conversations=[
            conversation("v1", 0.5, 0.6, "c1"),
            conversation("v2", 0.9, 1.1, "a"),
            conversation("v3", 1.2, 1.3, "auto"),
            conversation("v4", 1.5, None, "c2"),
            conversation("v5", 2.2, 2.3),
            conversation("v6", 5.0, 9.5, "gone-for-good"),
            conversation("v7", 9.0, 9.1, "m"),
        ],
    )


def test_every_conversation_is_emitted_once_however_many_windows_it_spans(organization):
    output = run(organization)

    assert sorted(output.ids("conversations")) == ["v1", "v2", "v3", "v4", "v5", "v6", "v7"]
    assert sorted(output.ids("interactions")) == ["v1", "v2", "v3", "v4", "v5", "v6", "v7"]


def test_what_is_odd_is_counted_once_however_many_windows_it_spans_and_said_once(organization, caplog):
    for row in organization.conversations:
        (customer,) = row["participants"]
        customer["sessions"][0]["mediaType"] = "hologram"

    run(organization)

    (line,) = [line for line in caplog.messages if "mediaType" in line]
    assert line.endswith(
        f"mediaType: {len(organization.conversations)} (hologram {len(organization.conversations)})"
    )


def test_contacts_merged_in_a_circle_and_into_themselves_are_emitted_and_counted(organization, caplog):
    organization.contacts |= {
        "x": contact("x", 1, canonical="y"),
        "y": contact("y", 1, canonical="x"),
        "own": contact("own", 1, canonical="own"),
    }

    output = run(organization)

    assert {"x", "y", "own"} <= set(output.ids("external_contacts"))
    assert "Odd in the source: cycle of merges: mergedTo: 2" in caplog.messages
    assert "Odd in the source: own ancestor: mergedTo: 1" in caplog.messages


def test_scanned_contacts_their_ancestors_and_those_met_on_conversations_are_all_there_once(organization):
    output = run(organization)

    everybody = ["a", "auto", "b", "c0", "c1", "c2", "c3", "c4", "m"]
    assert sorted(output.ids("external_contacts")) == everybody
    assert sorted(output.ids("contact_aliases")) == everybody


def test_aliases_point_to_the_canonical_contact(organization):
    output = run(organization)

    aliases = {row["contact_id"]: row for name, row in output.lines.rows if name == "contact_aliases"}
    assert {name: row["canonical_contact_id"] for name, row in aliases.items()} == {
        name: "m" if name in {"a", "b"} else name for name in organization.contacts
    }
    assert aliases["a"]["merged_to_id"] == "m"
    assert aliases["m"]["merged_to_id"] is None


def test_adding_streams_adds_no_request_for_conversations(organization):
    run(organization, ["conversations"])
    alone = len(organization.submitted)

    run(organization, ALL_STREAMS)

    assert len(organization.submitted) == 2 * alone


def test_conversations_that_ended_before_the_start_date_are_left_out(organization):
    output = run(organization, ["conversations"], start_date=text(at(2)))

    assert sorted(output.ids("conversations")) == ["v4", "v5", "v6", "v7"]


def test_the_end_date_is_exclusive(organization):
    output = run(organization, ["conversations"], end_date=text(at(9)))

    assert "v7" not in output.ids("conversations")
    assert output.last_state["conversations"]["position"]["settled_until_utc"] == "2026-01-10T00:00:00Z"


def test_the_bookmark_never_passes_the_instant_until_which_the_data_is_settled(organization):
    organization.settled_until = at(4.25)

    output = run(organization)

    for stream in ALL_STREAMS:
        assert output.last_state[stream]["position"]["settled_until_utc"] == "2026-01-05T06:00:00Z"


def test_a_page_that_is_settled_less_far_than_promised_holds_the_bookmark_back(organization):
    class Regressing(Organization):
        def fetch_job_page(self, job_id, cursor):
            self.settled_until = at(3)
            return super().fetch_job_page(job_id, cursor)

    regressing = Regressing(**vars(organization))

    output = run(regressing, ["conversations"])

    assert output.last_state["conversations"]["position"] == {"settled_until_utc": "2026-01-04T00:00:00Z"}


def test_a_later_run_reads_the_lookback_again_and_no_more(organization):
    first = run(organization)
    organization.submitted.clear()
    organization.settled_until = organization.clock = at(11)

    run(organization, state=first.last_state)

    assert (organization.submitted[0].start, organization.submitted[-1].end) == (at(7), at(11))


def test_a_settled_instant_that_went_back_moves_no_bookmark_back(organization):
    first = run(organization)
    organization.settled_until = at(9)

    second = run(organization, state=first.last_state)

    assert second.last_state["conversations"]["position"] == first.last_state["conversations"]["position"]


def test_a_later_run_emits_only_contacts_changed_since(organization):
    first = run(organization, CONTACT_STREAMS)
    organization.clock = at(12)
    organization.contacts["c3"] = contact("c3", 11)

    second = run(organization, CONTACT_STREAMS, first.last_state)

    assert second.ids("external_contacts") == ["c3"]


def test_a_contact_changed_while_the_scan_ran_is_emitted_by_the_next_one(organization):
    first = run(organization, CONTACT_STREAMS)
    organization.contacts["c0"] = contact("c0", 10 + 1 / 86_400)

    second = run(organization, CONTACT_STREAMS, first.last_state)

    assert second.ids("external_contacts") == ["c0"]


def test_a_merge_emits_the_survivor_and_its_ancestors_again(organization):
    first = run(organization, CONTACT_STREAMS)
    organization.clock = at(12)
    organization.contacts |= {
        "n": contact("n", 11, ancestors=("c1", "c2")),
        "c1": contact("c1", 1, canonical="n"),
        "c2": contact("c2", 2, canonical="n"),
    }
    organization.hidden |= {"c1", "c2"}

    second = run(organization, CONTACT_STREAMS, first.last_state)

    assert sorted(second.ids("contact_aliases")) == ["c1", "c2", "n"]


def test_a_stream_selected_later_is_filled_from_the_start_and_the_others_are_not_emitted_again(organization):
    first = run(organization, ["conversations", "external_contacts"])
    organization.clock = at(10.5)

    second = run(organization, ALL_STREAMS, first.last_state, lookback_days=0)

    assert sorted(second.ids("interactions")) == ["v1", "v2", "v3", "v4", "v5", "v6", "v7"]
    assert len(second.ids("contact_aliases")) == 9
    assert second.ids("conversations") == []
    assert set(second.ids("external_contacts")) <= {"auto", "a", "b"}


def test_a_conversation_that_changed_between_runs_is_emitted_again(organization):
    first = run(organization, ["conversations"])
    organization.conversations[3] = conversation("v4", 1.5, 10.4, "c2")
    organization.settled_until = at(11)

    second = run(organization, ["conversations"], first.last_state)

    rows = [row for name, row in second.lines.rows if row["conversation_id"] == "v4"]
    assert [row["is_open"] for row in rows] == [False]


def test_a_scan_whose_cursor_ended_begins_again_and_loses_nothing(organization):
    class Forgetting(Organization):
        def fetch_contact_page(self, cursor):
            if cursor and cursor.endswith("/4"):
                self.cursor_epoch = 1
            return super().fetch_contact_page(cursor)

    forgetting = Forgetting(**vars(organization))

    output = run(forgetting, CONTACT_STREAMS)

    assert forgetting.scans_begun == 2
    assert len(set(output.ids("external_contacts"))) == 8


def test_a_scan_goes_on_from_the_cursor_in_the_bookmark(organization):
    killed = RememberingOutput(["external_contacts"], kill_after=6)
    with pytest.raises(KilledError):
        _extract_into(killed, organization)

    run(organization, ["external_contacts"], killed.last_state)

    assert organization.scans_begun == 1


def test_a_cursor_older_than_its_life_is_not_used(organization):
    killed = RememberingOutput(["external_contacts"], kill_after=6)
    with pytest.raises(KilledError):
        _extract_into(killed, organization)
    organization.clock += timedelta(hours=24)

    run(organization, ["external_contacts"], killed.last_state)

    assert organization.scans_begun == 2


def _extract_into(output: RememberingOutput, organization: Organization, **settings: Any) -> None:
    config = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": text(at(0))}
    config |= {"bulk_contacts_size": 2, "concurrency": 1}
    extract(
        organization, output.as_output(), load_settings(config | settings), VirtualTime(organization.clock)
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("do_jobs_survive", [True, False])
def test_killed_at_any_point_and_resumed_the_two_runs_together_are_the_truth(organization, do_jobs_survive):
    truth = run(organization)
    points = truth.lines.count
    assert points > 40

    for point in range(points):
        organization.jobs.clear()
        killed = RememberingOutput(ALL_STREAMS, kill_after=point)
        with pytest.raises(KilledError):
            _extract_into(killed, organization)
        if not do_jobs_survive:
            organization.jobs.clear()
        resumed = run(organization, state=killed.last_state)
        assert upsert(killed, resumed) == upsert(truth), f"killed after {point} writes"
        for stream in ALL_STREAMS:
            assert resumed.last_state[stream] == truth.last_state[stream]


@pytest.mark.parametrize("do_jobs_survive", [True, False])
def test_what_changed_within_the_lookback_while_a_run_was_dead_the_resumed_one_brings(
    organization, do_jobs_survive
):
    late = conversation("v8", 7.6, 7.7)
    organization.conversations.append(late)
    first = run(organization)
    organization.settled_until = organization.clock = at(10.5)
    known = organization.jobs, organization.conversations
    points = run(organization, state=first.last_state).lines.count
    assert points > 10

    for point in range(points):
        organization.jobs, organization.conversations = dict(known[0]), list(known[1])
        organization.settled_until = organization.clock = at(10.5)
        killed = RememberingOutput(ALL_STREAMS, first.last_state, kill_after=point)
        with pytest.raises(KilledError):
            _extract_into(killed, organization)
        if not do_jobs_survive:
            organization.jobs.clear()
        organization.conversations[-1] = conversation("v8", 7.6, 7.7, "c3")
        organization.settled_until = organization.clock = at(12)
        resumed = run(organization, state=killed.last_state or first.last_state)
        rows = upsert(first, killed, resumed)
        assert rows["conversations", "v8"]["contact_ids"] == ["c3"], f"killed after {point} writes"


@pytest.mark.parametrize("settled_later", [11, 10.5])
def test_a_run_that_was_cut_off_within_the_lookback_goes_on_there_unless_more_is_settled(
    organization, settled_later
):
    first = run(organization, ["conversations"])
    organization.settled_until = at(10.5)
    begun = len(organization.submitted)
    killed = _killed_where(organization, first.last_state, reading_from=text(at(9)))

    organization.settled_until = at(settled_later)
    run(organization, ["conversations"], killed.last_state)

    starts = [window.start for window in organization.submitted[begun:]]
    again = [at(9), at(10)] if settled_later == 10.5 else [at(7.5), at(8.5), at(9.5), at(10.5)]
    assert starts == [at(7), at(8), at(9), *again]


def test_a_backfill_that_was_cut_off_goes_on_there_although_more_is_settled(organization):
    killed = _killed_where(organization, {}, reading_from=text(at(5)))
    begun = len(organization.submitted)

    organization.settled_until = at(11)
    run(organization, ["conversations"], killed.last_state)

    assert [window.start for window in organization.submitted[begun:]] == [at(n) for n in range(5, 11)]


def _killed_where(
    organization: Organization, state: dict[str, Any], *, reading_from: str
) -> RememberingOutput:
    """A run that was killed when its state first said so."""
    for point in range(200):
        killed = RememberingOutput(["conversations"], state, kill_after=point)
        begun = len(organization.submitted)
        with pytest.raises(KilledError):
            _extract_into(killed, organization)
        position = killed.last_state.get("conversations", {}).get("position", {})
        if position.get("reading_from_utc", "")[:19] == reading_from[:19] and "window" not in position:
            return killed
        del organization.submitted[begun:]
    raise AssertionError(reading_from)


def test_a_contact_that_answers_for_another_is_emitted_and_counted_and_the_other_is_gone(
    organization, caplog
):
    class Resolving(Organization):
        def fetch_contacts_as_stored(self, contact_ids):
            return super().fetch_contacts_as_stored(["m" if each == "a" else each for each in contact_ids])

    organization.hidden.add("m")

    output = run(Resolving(**vars(organization)))

    assert "m" in output.ids("external_contacts")
    assert "a" not in output.ids("external_contacts")
    assert "Odd in the source: another id than asked for: id: 1" in caplog.messages
    assert "Contacts that the API does not know: 2" in caplog.messages


def test_state_does_not_grow_with_the_organization(organization):
    small = max(len(str(state)) for state in run(organization).lines.states)
    organization.conversations += [
        conversation(f"w{n}", 3 + n / 100, 3.5 + n / 100, f"x{n}") for n in range(300)
    ]
    organization.contacts |= {f"x{n}": contact(f"x{n}", 3) for n in range(300)}

    large = max(len(str(state)) for state in run(organization).lines.states)

    assert large < small + 100


def test_a_missing_permission_skips_the_contacts_and_the_run_is_incomplete(organization):
    class Closed(Organization):
        def fetch_contact_page(self, cursor):  # noqa: ARG002
            raise ForbiddenError("GET …/scan/contacts: the OAuth client lacks the permission p")

    output = RememberingOutput(ALL_STREAMS)

    with pytest.raises(IncompleteError, match="lacks the permission p"):
        _extract_into(output, Closed(**vars(organization)))

    assert len(output.ids("conversations")) == 7
    assert output.ids("external_contacts") == []


def test_a_missing_permission_for_conversations_leaves_the_contacts_complete(organization):
    class Closed(Organization):
        def fetch_settled_until(self):
            raise ForbiddenError("GET …/availability: the OAuth client lacks the permission q")

    output = RememberingOutput(ALL_STREAMS)

    with pytest.raises(IncompleteError, match="lacks the permission q"):
        _extract_into(output, Closed(**vars(organization)))

    assert len(output.ids("external_contacts")) == 8


def test_a_bookmark_that_cannot_be_read_is_named(organization):
    with pytest.raises(SettingError, match="the bookmark of stream conversations cannot be read"):
        run(organization, ["conversations"], {"conversations": {"position": {"settled_until_utc": "soon"}}})
