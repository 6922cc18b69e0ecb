"""A whole organization on the guide's surface, where conversations are had through contacts alone."""

from __future__ import annotations

import json

import pytest
from support.loopback import Loopback, reply, settings
from support.processes import Run, discovered, run_tap, selecting, upserted

from genesys_sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="module")
def sandbox():
    options = SandboxOptions(contacts=60, conversations=400, requests_per_minute=0)
    with Sandbox(options, process=True) as running:
        yield running


@pytest.fixture(scope="module")
def config(sandbox):
    return sandbox.config | {"api": "guide", "page_size": 10}


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    return run_tap(tmp_path_factory.mktemp("whole"), config)


def carried(sandbox):
    """Contacts on each conversation that has any."""
    found = {
        row["conversationId"]: {
            each["externalContactId"] for each in row["participants"] if each.get("externalContactId")
        }
        for row in sandbox.truth.conversations()
    }
    return {name: contacts for name, contacts in found.items() if contacts}


def test_contacts_that_no_listing_shows_are_read_through_the_conversations_that_carry_them(sandbox, whole):
    conversations = carried(sandbox)
    emitted = {row["conversation_id"] for row in whole.rows("conversations")}
    met = set().union(*(conversations[name] for name in emitted))

    assert emitted == {name for name, contacts in conversations.items() if contacts & met}
    assert met <= {row["id"] for row in whole.rows("external_contacts")}
    assert met <= {row["contact_id"] for row in whole.rows("contact_aliases")}


def test_a_run_cut_off_in_the_listing_still_reads_the_conversations_of_those_listed_before(config, tmp_path):
    catalog = selecting(discovered(), "external_contacts", "conversations")
    whole = run_tap(tmp_path, config, catalog=catalog)
    lines = whole.output.splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines, 1) if b'"scan"' in line)
    first = Run(0, b"".join(lines[:cut]), "")

    second = run_tap(tmp_path, config, state=first.state, catalog=catalog)

    assert "scan" in first.state["bookmarks"]["external_contacts"]["position"]
    assert upserted(first, second).keys() == upserted(whole).keys()


def test_a_listing_that_was_cut_off_goes_on_where_it_stood_when_no_conversation_is_wanted(config, tmp_path):
    catalog = selecting(discovered(), "external_contacts")
    whole = run_tap(tmp_path, config, catalog=catalog)
    lines = whole.output.splitlines(keepends=True)
    *_, cut = (number for number, line in enumerate(lines, 1) if b'"scan"' in line)
    first = Run(0, b"".join(lines[:cut]), "")

    second = run_tap(tmp_path, config, state=first.state, catalog=catalog)

    assert 0 < len(second.rows("external_contacts")) < len(whole.rows("external_contacts"))
    assert upserted(first, second).keys() == upserted(whole).keys()


@pytest.fixture
def scattered():
    """An organization in which a contact that no listing shows is met well before the last one listed."""
    options = SandboxOptions(contacts=120, conversations=240, days=6, requests_per_minute=0)
    with Sandbox(options, process=True) as running:
        yield running.config | {"api": "guide", "page_size": 3}


def test_a_contact_that_one_stream_waits_for_is_read_when_another_meets_it(scattered, tmp_path):
    """A run that was cut off after it fetched such a contact leaves no trace of it for the next one."""

    def run(*streams, **options):
        return run_tap(tmp_path, scattered, catalog=selecting(discovered(), *streams), **options)

    streams = ("external_contacts", "conversations")
    whole = run(*streams)
    shown = {row["id"] for row in run("external_contacts").rows("external_contacts")}
    waiting = [row["id"] for row in whole.rows("external_contacts") if row["id"] not in shown]
    behind = {"bookmarks": {"external_contacts": {"position": {"contacts_to_fetch": waiting}}}}

    first = before_contacts(run(*streams, state=behind), waiting)
    second = run(*streams, state=first.state)

    assert waiting
    assert upserted(first, second).keys() == upserted(whole).keys()


def before_contacts(run, contact_ids):
    """What a run wrote up to its last STATE under way in a contact, these aside."""
    lines = run.output.splitlines(keepends=True)
    under_way = [
        (number, message["value"]["bookmarks"]["conversations"]["position"]["contact"]["contact_id"])
        for number, message in enumerate(map(json.loads, lines), 1)
        if message["type"] == "STATE" and b'"contact":' in lines[number - 1]
    ]
    last = max(number for number, contact_id in under_way if contact_id not in contact_ids)
    return Run(0, b"".join(lines[:last]), "")


def test_the_end_date_is_exclusive_and_a_later_run_without_it_brings_the_rest(config, whole, tmp_path):
    end = "2026-03-10T00:00:00Z"
    bounded = run_tap(tmp_path, config | {"end_date": end})

    rest = run_tap(tmp_path, config, state=bounded.state)

    before = {row["conversation_id"] for row in whole.rows("conversations") if row["start_time_utc"] < end}
    assert {row["conversation_id"] for row in bounded.rows("conversations")} == before
    assert upserted(bounded, rest) == upserted(whole)


def test_a_start_date_in_the_future_that_is_put_right_loses_nothing(config, whole, tmp_path):
    early = run_tap(tmp_path, config | {"start_date": "2062-01-01"})

    late = run_tap(tmp_path, config, state=early.state)

    assert upserted(early, late) == upserted(whole)


# --- contacts whom nothing but the record of a merged one names

MERGES = {"last": ["between"], "between": ["first"], "first": []}
"""Who was merged into whom; no listing shows more of them than the last one."""


def stored(name):
    if name not in MERGES:
        return {"id": name, "type": "PERSON", "modifyDate": "2026-01-01T00:00:00Z"}
    into = {merged: by for by, names in MERGES.items() for merged in names}.get(name)
    merges = {"mergedFrom": MERGES[name]} | ({"mergedTo": into} if into else {})
    return {"id": name, "type": "PERSON", "modifyDate": "2026-01-01T00:00:00Z"} | merges


def told(contact, number):
    return {
        "id": f"{contact}-{number}",
        "createdTime": f"2026-01-02T0{number}:00:00Z",
        "updatedTime": f"2026-01-02T0{number}:10:00Z",
        "state": "TERMINATED",
        "participants": [
            {"participantId": each, "purpose": "customer", "externalContactId": each}
            for each in ([contact, "last"] if contact == "beside" else [contact])
        ],
    }


def gateway(numbers, listed="last"):
    """Answers for a gateway that finds a contact's own conversations alone; one on each page."""

    def answer(asked):
        return reply(json.dumps(body(asked)), Date="Fri, 02 Jan 2026 12:00:00 GMT")

    def body(asked):
        if asked.path == "/oauth/token":
            return {"access_token": "made-up", "token_type": "bearer", "expires_in": 86400}
        if asked.path == "/api/v2/external-contacts":
            return {"entities": [stored(listed)]}
        if asked.path.endswith("/unresolved"):
            return stored(asked.path.split("/")[-2])
        page = int(asked.query.get("pageToken", 0))
        more = {"nextPageToken": str(page + 1)} if page + 1 < len(numbers) else {}
        return {"entities": [told(asked.query["externalContactId"], numbers[page])]} | more

    return answer


def conversation_ids(run):
    return {row["conversation_id"] for row in run.rows("conversations")}


def test_whoever_only_a_merged_record_names_is_found_again_by_a_run_that_goes_on(tmp_path):
    catalog = selecting(discovered(), "external_contacts", "conversations")
    with Loopback(gateway([2, 1])) as server:
        whole = run_tap(tmp_path, settings(server, api="guide"), catalog=catalog)
        lines = whole.output.splitlines(keepends=True)
        cut = next(number for number, line in enumerate(lines, 1) if b'"page_token"' in line)
        first = Run(0, b"".join(lines[:cut]), "")
        rest = run_tap(tmp_path, settings(server, api="guide"), catalog=catalog, state=first.state)

    assert "first-1" in conversation_ids(whole) - conversation_ids(first)
    assert upserted(first, rest) == upserted(whole)


@pytest.mark.parametrize("streams", [("external_contacts", "conversations"), ("conversations",)])
def test_whoever_only_a_merged_record_names_is_found_by_every_run(tmp_path, streams):
    catalog = selecting(discovered(), *streams)
    with Loopback(gateway([1])) as server:
        first = run_tap(tmp_path, settings(server, api="guide"), catalog=catalog)
    with Loopback(gateway([2, 1])) as server:
        second = run_tap(tmp_path, settings(server, api="guide"), catalog=catalog, state=first.state)
        asked = [each.path for each in server.asked if each.path.endswith("/unresolved")]

    assert conversation_ids(first) == {f"{name}-1" for name in MERGES}
    assert conversation_ids(second) >= {f"{name}-2" for name in MERGES}
    assert second.rows("external_contacts") == []
    assert len(asked) == 2


@pytest.mark.parametrize("streams", [("external_contacts", "conversations"), ("conversations",)])
def test_whoever_the_record_of_a_contact_names_that_a_conversation_brought_is_found(tmp_path, streams):
    with Loopback(gateway([1], listed="beside")) as server:
        run = run_tap(tmp_path, settings(server, api="guide"), catalog=selecting(discovered(), *streams))

    assert conversation_ids(run) == {f"{name}-1" for name in ["beside", *MERGES]}
