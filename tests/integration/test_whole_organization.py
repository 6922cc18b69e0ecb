"""The tap against a whole made-up organization, held against what the sandbox really holds."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support import truth
from support.processes import discovered, run_tap, selecting, upserted

from genesys_sandbox import Sandbox, SandboxOptions

CONTACT_STREAMS = ("external_contacts", "contact_aliases", "contact_addresses")
STREAMS = (*CONTACT_STREAMS, "conversations", "interactions")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WINDOWS = 12
PAGE_ROWS = 20

strict = FormatChecker()
strict.checks("date-time")(lambda value: value is None or bool(TIMESTAMP.fullmatch(value)))


@pytest.fixture(scope="module")
def sandbox():
    """An organization that no test changes: several windows, several pages in each."""
    with Sandbox(
        SandboxOptions(contacts=150, conversations=600, days=6, job_polls=0, requests_per_minute=0)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def served():
    """The requests of that one run, for other tests ask the same sandbox."""
    return []


@pytest.fixture(scope="module")
def run(sandbox, served, tmp_path_factory):
    """One run over all of it."""
    sandbox.clear_requests()
    config = sandbox.config | {"window_days": 0.5, "page_size": PAGE_ROWS}
    finished = run_tap(tmp_path_factory.mktemp("run"), config)
    served += sandbox.requests()
    return finished


def test_every_conversation_is_there_exactly_once_and_to_the_byte(sandbox, run):
    rows = run.raw_rows("conversations")

    assert run.exit_code == 0
    assert len(rows) == 600
    assert {json.loads(row["conversation_id"]): row["raw"] for row in rows} == truth.conversations(sandbox)


def test_every_contact_that_can_be_met_is_there_exactly_once_and_whole(sandbox, run):
    rows = run.rows("external_contacts")

    assert len(rows) == len({row["id"] for row in rows})
    assert {row["id"]: row["raw"] for row in rows} == truth.contacts(sandbox)


def test_aliases_lead_every_contact_id_to_the_end_of_its_merges(sandbox, run):
    rows = run.rows("contact_aliases")

    assert len(rows) == len({row["contact_id"] for row in rows})
    assert {row["contact_id"]: row["canonical_contact_id"] for row in rows} == truth.aliases(sandbox)
    assert any(row["contact_id"] != row["canonical_contact_id"] for row in rows)


def test_every_interaction_is_of_a_conversation_and_every_address_of_a_contact(run):
    conversations = {row["conversation_id"] for row in run.rows("conversations")}
    contacts = {row["id"] for row in run.rows("external_contacts")}

    assert {row["conversation_id"] for row in run.rows("interactions")} <= conversations
    assert {row["contact_id"] for row in run.rows("contact_addresses")} <= contacts


def test_a_stream_announces_its_schema_once_before_its_first_record(run):
    announced = Counter()
    for message in run.messages:
        if message["type"] == "SCHEMA":
            announced[message["stream"]] += 1
        if message["type"] == "RECORD":
            assert announced[message["stream"]] == 1
    assert set(announced.values()) == {1}
    assert set(STREAMS) <= set(announced)


def test_every_record_fits_the_schema_its_stream_announced(run):
    schemas = {m["stream"]: m for m in run.messages if m["type"] == "SCHEMA"}
    validators = {
        name: Draft202012Validator(message["schema"], format_checker=strict)
        for name, message in schemas.items()
    }

    for message in run.messages:
        if message["type"] == "RECORD":
            record, schema = message["record"], schemas[message["stream"]]
            validators[message["stream"]].validate(record)
            assert list(record) == list(schema["schema"]["properties"])
            assert all(record[key] for key in schema["key_properties"])
            assert TIMESTAMP.fullmatch(message["time_extracted"])


def test_no_key_comes_twice(run):
    keys = {m["stream"]: m["key_properties"] for m in run.messages if m["type"] == "SCHEMA"}
    records = [m for m in run.messages if m["type"] == "RECORD"]

    seen = Counter((m["stream"], *(m["record"][key] for key in keys[m["stream"]])) for m in records)

    assert seen.most_common(1)[0][1] == 1


def test_the_state_is_written_after_every_page_and_ends_where_the_data_does(run, served):
    states = [message for message in run.messages if message["type"] == "STATE"]
    pages = [request for request in served if request.path.endswith("/results")]

    assert len(states) >= len(pages)
    assert run.messages[-1]["type"] == "STATE"
    for stream in STREAMS:
        position = run.state["bookmarks"][stream]["position"]
        assert position["settled_until_utc"] == "2026-03-16T12:00:00Z"
        assert not {"window", "scan", "reading_from_utc", "contacts_to_fetch"} & set(position)


def test_hardly_more_is_requested_than_there_are_pages(run, served):  # noqa: ARG001 - the run was before
    requests = [request for request in served if request.path != "/oauth/token"]
    jobs = [request for request in requests if "/details/jobs" in request.path]
    pages = [request for request in jobs if request.path.endswith("/results")]
    others = [request for request in requests if "/externalcontacts/" in request.path]

    assert {request.status for request in requests} <= {200, 202}
    assert len(pages) > 2 * WINDOWS
    assert len(jobs) <= len(pages) * 1.02 + 4 * WINDOWS
    assert len(requests) <= (len(pages) + len(others)) * 1.02 + 4 * WINDOWS


def test_a_later_run_emits_nothing_when_nothing_happened_and_nothing_is_read_again(sandbox, run, tmp_path):
    second = run_tap(tmp_path, sandbox.config | {"lookback_days": 0}, state=run.state)

    assert second.exit_code == 0
    assert [message for message in second.messages if message["type"] == "RECORD"] == []
    assert second.state == run.state


def test_a_later_run_reads_the_lookback_again_and_nothing_older(sandbox, run, tmp_path):
    second = run_tap(tmp_path, sandbox.config | {"lookback_days": 1}, state=run.state)

    emitted = {row["conversation_id"] for row in second.rows("conversations")}
    assert emitted <= truth.touching(sandbox, "2026-03-15T12:00:00.000Z")
    assert upserted(run, second) == upserted(run)


def test_a_stream_selected_later_is_filled_from_the_start_and_the_others_are_left_alone(
    sandbox, run, tmp_path
):
    config = sandbox.config | {"lookback_days": 0}
    catalog = selecting(discovered(), "conversations", "external_contacts")
    first = run_tap(tmp_path, config, catalog=catalog)
    catalog = selecting(catalog, *STREAMS)

    second = run_tap(tmp_path, config, state=first.state, catalog=catalog)

    assert first.rows("interactions") == first.rows("contact_aliases") == []
    assert second.rows("conversations") == second.rows("external_contacts") == []
    assert upserted(first, second) == {key: row for key, row in upserted(run).items() if key[0] in STREAMS}
