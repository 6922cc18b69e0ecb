from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from support import truth
from support.loopback import JOBS, Loopback, organization, reply, settings
from support.sandboxes import starting
from support.virtual_time import VirtualTime
from support.wire_facts import contacts as contacts_on

from genesys_sandbox import Sandbox, SandboxOptions
from genesys_sandbox.options import Faults
from tap_genesys_journey.api.connect import connect
from tap_genesys_journey.api.surface import People, Window
from tap_genesys_journey.exceptions import (
    ApiError,
    CredentialsError,
    ForbiddenError,
    GoneError,
    SettingError,
    TooLargeError,
)
from tap_genesys_journey.settings import load_settings

NOW = datetime(2026, 3, 16, 12, tzinfo=timezone.utc)
ALL = Window(NOW - timedelta(days=30), NOW)
SMALL = {"contacts": 60, "conversations": 120, "days": 6, "job_polls": 0, "requests_per_minute": 0}


@pytest.fixture(scope="module")
def sandbox():
    """An organization that no test changes."""
    with Sandbox(SandboxOptions(**SMALL)) as running:
        yield running


@pytest.fixture
def start():
    with starting(**SMALL) as starter:
        yield starter


def surface_of(config):
    """The platform's surface with a clock that nobody waits for."""
    return connect(load_settings(config), VirtualTime(), logging.getLogger("test")).surface


def scan(surface):
    pages = [surface.fetch_contact_page(None)]
    while pages[-1].cursor:
        pages.append(surface.fetch_contact_page(pages[-1].cursor))
    return pages


def read(surface, window=ALL, people=None):
    job = surface.submit_job(window, people)
    assert surface.is_job_done(job)
    pages = [surface.fetch_job_page(job, None)]
    while pages[-1].cursor:
        pages.append(surface.fetch_job_page(job, pages[-1].cursor))
    return pages


def decoded(pages, name):
    return [msgspec.json.decode(raw) for page in pages for raw in getattr(page, name)]


# --- contacts


def test_a_scan_goes_on_through_empty_pages_until_no_cursor_is_left(sandbox):
    pages = scan(surface_of(sandbox.config | {"page_size": 10}))

    listed = [
        record
        for record in sandbox.truth.contacts()
        if record["type"] == "Curated" and "mergedTo" not in record
    ]
    found = decoded(pages, "contacts")
    assert sorted(found, key=lambda record: record["id"]) == sorted(listed, key=lambda record: record["id"])
    assert 0 in {len(page.contacts) for page in pages}
    assert {page.served_at for page in pages} == {NOW}


@pytest.mark.parametrize(("asked", "sent"), [(1, 10), (50, 50), (5000, 200), (None, 200)])
def test_a_scan_page_has_as_many_rows_as_the_platform_takes(sandbox, asked, sent):
    sandbox.clear_requests()
    config = sandbox.config | ({"page_size": asked} if asked else {})

    surface_of(config).fetch_contact_page(None)

    assert sandbox.requests()[-1].query == f"limit={sent}"


def test_a_scan_cursor_that_has_ended_or_is_none_is_gone(start):
    sandbox = start()
    surface = surface_of(sandbox.config | {"page_size": 10})
    cursor = surface.fetch_contact_page(None).cursor
    sandbox.control.expire_cursors()

    for ended in (cursor, "no-cursor"):
        with pytest.raises(GoneError):
            surface.fetch_contact_page(ended)


def test_contacts_by_id_come_as_stored_and_those_that_are_gone_are_left_out(sandbox):
    records = {record["id"]: record for record in sandbox.truth.contacts()}
    ancestors = [identity for identity, record in records.items() if "mergedTo" in record]

    found = surface_of(sandbox.config).fetch_contacts_as_stored([*ancestors, "gone-for-good"])

    assert len(ancestors) > 1
    assert {record["id"]: record for record in map(msgspec.json.decode, found)} == {
        identity: records[identity] for identity in ancestors
    }


def bulk(*items):
    return reply(json.dumps({"results": list(items)}))


FINE = {"id": "a", "success": True, "status": 200, "entity": {"id": "a"}}
BUSY = {"id": "b", "success": False, "status": 503, "error": {"status": 503, "retryable": True}}


def test_an_item_of_a_bulk_answer_that_fails_for_now_is_asked_for_again():
    answers = iter([bulk(FINE, BUSY), bulk(FINE, BUSY), bulk(FINE, FINE | {"entity": {"id": "b"}})])
    with Loopback(organization(bulk=lambda _: next(answers))) as server:
        found = surface_of(settings(server)).fetch_contacts_as_stored(["a", "b"])

    assert [bytes(raw) for raw in found] == [b'{"id": "a"}', b'{"id": "b"}']


def test_an_item_of_a_bulk_answer_that_is_refused_for_good_ends_the_run():
    refused = {"id": "b", "success": False, "status": 400, "error": {"status": 400, "retryable": False}}
    with (
        Loopback(organization(bulk=lambda _: bulk(FINE, refused))) as server,
        pytest.raises(ApiError, match="an item was refused with status 400"),
    ):
        surface_of(settings(server)).fetch_contacts_as_stored(["a", "b"])


# --- conversations


def test_all_pages_of_a_job_together_are_its_conversations_in_order_of_start(sandbox):
    pages = read(surface_of(sandbox.config | {"page_size": 25}))

    rows = decoded(pages, "conversations")
    assert [len(list(page.conversations)) for page in pages] == [25, 25, 25, 25, 20]
    assert [row["conversationStart"] for row in rows] == sorted(row["conversationStart"] for row in rows)
    assert [bytes(raw) for page in pages for raw in page.conversations] == list(
        truth.conversations(sandbox).values()
    )
    assert {page.settled_until for page in pages} == {NOW}
    assert all(page.size_bytes > sum(map(len, map(bytes, page.conversations))) for page in pages)


def test_a_window_holds_every_conversation_whose_life_touches_it(sandbox):
    window = Window(NOW - timedelta(days=2), NOW - timedelta(days=1))

    found = {
        row["conversationId"] for row in decoded(read(surface_of(sandbox.config), window), "conversations")
    }

    assert found == {
        row["conversationId"]
        for row in sandbox.truth.conversations()
        if row["conversationStart"] < "2026-03-15T12:00:00.000Z"
        and row.get("conversationEnd", "9") >= "2026-03-14T12:00:00.000Z"
    }


def test_a_window_in_another_offset_is_the_same_instants(sandbox):
    east = timezone(timedelta(hours=5, minutes=30))
    window = Window(NOW - timedelta(days=2), NOW)
    surface = surface_of(sandbox.config)

    moved = read(surface, Window(window.start.astimezone(east), window.end.astimezone(east)))

    assert decoded(moved, "conversations") == decoded(read(surface, window), "conversations")


def test_a_job_for_some_people_holds_their_conversations_under_every_id_they_ever_had(start):
    sandbox = start()
    before = sorted({each for row in sandbox.truth.conversations() for each in contacts_on(row)})
    survivor = sandbox.control.merge_contacts(
        [identity for identity in before if sandbox.truth.canonical_ids()[identity] == identity][:2]
    )
    family = [identity for identity, last in sandbox.truth.canonical_ids().items() if last == survivor]

    found = read(surface_of(sandbox.config), people=People(contact_ids=(survivor,)))

    theirs = [row for row in sandbox.truth.conversations() if set(contacts_on(row)) & set(family)]
    assert len(theirs) > 1
    assert decoded(found, "conversations") == theirs


@pytest.mark.parametrize(
    "session",
    [
        {"mediaType": "voice", "direction": "inbound", "ani": "tel:+12015550123"},
        {"mediaType": "voice", "direction": "inbound", "ani": "2015550123"},
        {"mediaType": "voice", "direction": "outbound", "dnis": "+12015550123"},
        {"mediaType": "callback", "callbackNumbers": ["+12015550123"]},
        {"mediaType": "callback", "callbackNumbers": ["2015550123"]},
        {"mediaType": "message", "direction": "inbound", "addressFrom": "+12015550123"},
    ],
)
def test_a_job_for_an_address_holds_legs_without_a_contact_however_they_tell_it(start, session):
    sandbox = start(contacts=0, conversations=0)
    began, ended = "2026-03-15T10:00:00.000Z", "2026-03-15T10:05:00.000Z"
    phase = {"segmentType": "interact", "segmentStart": began, "segmentEnd": ended}
    leg = {"participantId": "p", "purpose": "customer", "sessions": [session | {"segments": [phase]}]}
    times = {"conversationStart": began, "conversationEnd": ended}
    sandbox.control.add_conversation(payload=times | {"conversationId": "c", "participants": [leg]})
    surface = surface_of(sandbox.config)

    found = decoded(read(surface, people=People(addresses=("+12015550123",))), "conversations")
    strangers = decoded(read(surface, people=People(addresses=("+12015550124",))), "conversations")

    assert [row["conversationId"] for row in found] == ["c"]
    assert strangers == []


def test_a_job_is_done_only_when_it_is_fulfilled(start):
    surface = surface_of(start(job_polls=2).config)
    job = surface.submit_job(ALL)

    assert [surface.is_job_done(job) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("fault", ["job_failed", "job_cancelled", "expired_job"])
def test_a_job_that_comes_to_nothing_is_gone(start, fault):
    surface = surface_of(start(faults=Faults(**{fault: 1.0})).config)

    with pytest.raises(GoneError):
        read(surface)


def test_a_job_that_ends_while_its_pages_are_read_is_gone(start):
    sandbox = start()
    surface = surface_of(sandbox.config | {"page_size": 25})
    job = surface.submit_job(ALL)
    assert surface.is_job_done(job)
    cursor = surface.fetch_job_page(job, None).cursor
    sandbox.control.expire_jobs()

    with pytest.raises(GoneError):
        surface.fetch_job_page(job, cursor)
    with pytest.raises(GoneError):
        surface.is_job_done(job)


def test_a_job_that_nobody_knows_is_gone_whatever_its_id_looks_like(sandbox):
    surface = surface_of(sandbox.config)

    for job in ("no-such-job", "a/b?c=d#e"):
        with pytest.raises(GoneError):
            surface.is_job_done(job)
        with pytest.raises(GoneError):
            surface.fetch_job_page(job, None)


def test_the_instant_until_which_data_is_settled_is_utc_with_an_offset_or_without(start):
    assert surface_of(start(availability_lag_seconds=3600).config).fetch_settled_until() == NOW - timedelta(
        hours=1
    )
    naive = reply('{"dataAvailabilityDate": "2026-01-02T03:04:05"}')
    with Loopback(organization(availability=lambda _: naive)) as server:
        found = surface_of(settings(server)).fetch_settled_until()

    assert found == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


# --- pages that are too large


def test_pages_that_are_too_large_are_halved_and_stay_small(start):
    sandbox = start(max_answer_rows=30)
    surface = surface_of(sandbox.config)

    contacts, conversations = scan(surface), read(surface)

    assert len(decoded(conversations, "conversations")) == 120
    assert len(decoded(contacts, "contacts")) > 30
    queries = [request.query.partition("&")[0] for request in sandbox.requests() if request.status == 400]
    assert [query for query in queries if query.startswith("limit")] == ["limit=200", "limit=100", "limit=50"]
    assert [query for query in queries if query.startswith("pageSize")] == [
        f"pageSize={size}" for size in (1000, 500, 250, 125, 62, 31)
    ]


def test_a_single_row_that_is_too_large_ends_the_halving():
    refusal = reply('{"code": "response.entity.too.large"}', 400)
    with (
        Loopback(organization(results=lambda _: refusal)) as server,
        pytest.raises(TooLargeError, match="a page of 1 rows is too large"),
    ):
        surface_of(settings(server)).fetch_job_page("job", None)


# --- external ids


def test_an_external_id_leads_to_its_contact_and_an_unknown_one_to_nobody(sandbox):
    record = next(
        record
        for record in sandbox.truth.contacts()
        if record.get("externalIds") and record["type"] == "Curated" and "mergedTo" not in record
    )
    key = record["externalIds"][0]
    source = key["externalSource"]["id"]
    surface = surface_of(sandbox.config | {"external_ids": ["x"], "external_source": source})

    found = surface.fetch_contact_by_external_id(key["value"])

    assert msgspec.json.decode(found)["id"] == record["id"]
    assert surface.fetch_contact_by_external_id("leads nowhere") is None


def test_an_external_source_that_the_organization_does_not_have_is_named_with_those_it_has(sandbox):
    surface = surface_of(sandbox.config | {"external_ids": ["x"], "external_source": "nowhere"})

    with pytest.raises(SettingError, match=r"external_source: no such source; allowed: one of .*: .+"):
        surface.fetch_contact_by_external_id("x")


# --- failures


@pytest.mark.parametrize(
    "fault",
    [
        "status_408",
        "status_429",
        "status_429_without_retry_after",
        "status_500",
        "status_502",
        "status_503",
        "status_504",
        "cut_before",
        "cut_inside",
        "truncated_json",
        "html",
        "wrong_length",
    ],
)
def test_an_answer_that_fails_in_passing_is_asked_for_again_and_comes_whole(start, fault):
    sandbox = start()
    surface = surface_of(sandbox.config | {"page_size": 60})
    expected = decoded(read(surface), "conversations")
    sandbox.control.plan_faults(fault, count=2, path="/api/v2/analytics")

    assert decoded(read(surface), "conversations") == expected


def test_a_token_that_ends_meanwhile_is_renewed_and_nobody_notices(start):
    sandbox = start()
    surface = surface_of(sandbox.config)
    surface.fetch_contact_page(None)
    sandbox.control.expire_tokens()

    assert len(decoded(read(surface), "conversations")) == 120
    assert [request.status for request in sandbox.requests()].count(401) == 1


def test_wrong_credentials_and_missing_permissions_are_told_apart(start):
    sandbox = start(denied_permissions=("analytics:conversationDetail:view",))

    with pytest.raises(ForbiddenError, match="lacks the permission analytics:conversationDetail:view"):
        surface_of(sandbox.config).fetch_settled_until()
    with pytest.raises(CredentialsError, match="check client_id, client_secret and region"):
        surface_of(sandbox.config | {"client_secret": "another"}).fetch_settled_until()


@pytest.mark.parametrize(("state", "shown"), [("CANCELLED", "CANCELLED"), ("Elena", "in an unknown state")])
def test_a_job_that_ended_says_its_state_where_it_is_one(state, shown):
    poll = reply(json.dumps({"state": state}))
    with (
        Loopback(organization(poll=lambda _: poll)) as server,
        pytest.raises(GoneError, match=rf"^GET {JOBS}/job: the job is {shown}$"),
    ):
        surface_of(settings(server)).is_job_done("job")
