from __future__ import annotations

import pytest
from support.sandbox_client import EVERYTHING, JOBS

from genesys_sandbox import Faults


def ids(rows):
    return [row["conversationId"] for row in rows]


def segment_filter(dimension, *values):
    predicates = [{"dimension": dimension, "value": value} for value in values]
    return [{"type": "or", "predicates": predicates}]


def test_a_job_over_all_time_holds_every_conversation_in_order_of_start(client, sandbox):
    rows = client.conversations()
    assert rows == list(sandbox.truth.conversations())
    starts = [row["conversationStart"] for row in rows]
    assert starts == sorted(starts)


def test_pages_of_any_size_hold_the_same_rows(client):
    job = client.job()
    assert ids(client.results(job, 7)) == ids(client.results(job))


def test_a_job_is_queued_then_pending_then_fulfilled(start):
    client = start(job_polls=2)
    job = client.post(JOBS, {"interval": EVERYTHING}).json()["jobId"]
    assert client.get(f"{JOBS}/{job}/results").status_code == 400
    states = [client.get(f"{JOBS}/{job}").json()["state"] for _ in range(3)]
    assert states == ["QUEUED", "PENDING", "FULFILLED"]


def test_a_window_returns_every_conversation_whose_life_touches_it(client, sandbox):
    begin, end = "2026-03-08T06:00:00.000Z", "2026-03-08T12:00:00.000Z"
    expected = [
        row["conversationId"]
        for row in sandbox.truth.conversations()
        if row["conversationStart"] < end and row.get("conversationEnd", end) >= begin
    ]
    assert ids(client.conversations(f"{begin}/{end}")) == expected
    assert any(row["conversationStart"] < begin for row in client.conversations(f"{begin}/{end}"))


def test_matching_by_start_of_day_leaves_out_what_began_on_an_earlier_day(client):
    window = "2026-03-08T06:00:00Z/2026-03-08T12:00:00Z"
    rows = client.conversations(window, startOfDayIntervalMatching=True)
    assert rows
    assert all(row["conversationStart"] >= "2026-03-08T00" for row in rows)


def test_an_order_and_a_limit_are_kept(client):
    first = client.conversations(order="desc", limit=5)
    assert ids(first) == ids(client.conversations())[-1:-6:-1]


@pytest.mark.parametrize("dimension", ["externalContactId", "canonicalExternalContactId"])
def test_contacts_narrow_a_job_by_carried_or_by_canonical_id(client, sandbox, dimension):
    canonical = sandbox.truth.canonical_ids()
    merged = sorted({canonical[each] for each in canonical if canonical[each] != each})[:3]

    def carries(row):
        contacts = {part.get("externalContactId") for part in row["participants"]} - {None}
        if dimension == "canonicalExternalContactId":
            contacts = {canonical[each] for each in contacts}
        return contacts & set(merged)

    expected = [row["conversationId"] for row in sandbox.truth.conversations() if carries(row)]
    assert ids(client.conversations(segmentFilters=segment_filter(dimension, *merged))) == expected
    assert expected or dimension == "externalContactId"


def test_an_address_finds_calls_that_carry_no_contact(client, sandbox):
    def addresses(row):
        return {session.get("ani") for part in row["participants"] for session in part["sessions"]}

    orphan = next(
        row
        for row in sandbox.truth.conversations()
        if not any("externalContactId" in part for part in row["participants"])
        and any((each or "").startswith("tel:+1") for each in addresses(row))
    )
    ani = next(each for each in addresses(orphan) if (each or "").startswith("tel:+1"))
    for value in (ani, ani.removeprefix("tel:")):
        assert orphan["conversationId"] in ids(
            client.conversations(segmentFilters=segment_filter("ani", value))
        )


def test_a_number_to_call_back_finds_the_callback(client, sandbox):
    def numbers(row):
        sessions = [session for part in row["participants"] for session in part["sessions"]]
        return {number for session in sessions for number in session.get("callbackNumbers") or ()}

    number = min(number for row in sandbox.truth.conversations() for number in numbers(row))
    expected = [row["conversationId"] for row in sandbox.truth.conversations() if number in numbers(row)]

    assert ids(client.conversations(segmentFilters=segment_filter("callbackNumber", number))) == expected


def test_filters_nest_two_levels_and_no_more(client):
    leaf = {"type": "and", "predicates": [{"dimension": "mediaType", "value": "chat"}]}
    rows = client.conversations(segmentFilters=[{"type": "or", "clauses": [leaf]}])
    assert rows
    assert all(row["participants"][0]["sessions"][0]["mediaType"] == "chat" for row in rows)
    deep = [{"type": "or", "clauses": [{"type": "or", "clauses": [leaf]}]}]
    assert client.post(JOBS, {"interval": EVERYTHING, "segmentFilters": deep}).status_code == 400


def test_a_segment_dimension_under_conversation_filters_is_refused(client):
    body = {"interval": EVERYTHING, "conversationFilters": segment_filter("externalContactId", "x")}
    assert client.post(JOBS, body).status_code == 400


def test_a_filter_on_the_end_leaves_open_conversations_out(client):
    exists = [{"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": "exists"}]}]
    rows = client.conversations(conversationFilters=exists)
    assert 0 < len(rows) < len(client.conversations())
    assert all("conversationEnd" in row for row in rows)


@pytest.mark.parametrize("interval", ["", "2026-01-01", "2026-02-01T00:00:00Z/2026-01-01T00:00:00Z", "x/y"])
def test_an_interval_that_is_none_is_refused(client, interval):
    assert client.post(JOBS, {"interval": interval}).json()["code"] == "invalid.date"


def test_results_are_a_snapshot_of_the_submission(start):
    client = start()
    job = client.job()
    before = client.results(job)
    client.sandbox.control.add_conversation(media="chat", start="2026-03-10T00:00:00Z")
    client.sandbox.control.end_conversation(before[-1]["conversationId"])
    client.sandbox.control.advance(3600)
    assert client.results(job) == before
    assert len(client.conversations()) > len(before)


def test_a_cancelled_and_an_expired_job_have_no_results(start):
    client = start()
    cancelled, expired = client.job(), client.job()
    assert client.delete(f"{JOBS}/{cancelled}").status_code == 204
    client.sandbox.control.advance(86_401)
    assert client.get(f"{JOBS}/{cancelled}").json()["state"] == "CANCELLED"
    assert client.get(f"{JOBS}/{expired}").json()["state"] == "EXPIRED"
    assert client.get(f"{JOBS}/{cancelled}/results").status_code == 400
    assert client.get(f"{JOBS}/{expired}/results").status_code == 404


def test_a_stuck_job_stays_pending_and_the_fault_is_counted(start):
    client = start(faults=Faults(job_stuck=1.0), job_polls=0)
    job = client.post(JOBS, {"interval": EVERYTHING}).json()["jobId"]

    assert {client.get(f"{JOBS}/{job}").json()["state"] for _ in range(5)} == {"PENDING"}
    assert client.sandbox.faults()["job_stuck"] == 1


def test_unknown_jobs_and_foreign_cursors_are_refused(client):
    first, second = client.job(), client.job()
    cursor = client.get(f"{JOBS}/{first}/results", pageSize=5).json()["cursor"]
    assert len(cursor) == 24
    assert client.get(f"{JOBS}/{second}/results", cursor=cursor).status_code == 400
    assert client.get(f"{JOBS}/{second}/results", cursor="?").status_code == 400
    assert client.get(f"{JOBS}/nobody").status_code == 404


def test_a_page_larger_than_a_thousand_rows_is_refused(client):
    assert client.get(f"{JOBS}/{client.job()}/results", pageSize=1001).status_code == 400


def test_an_answer_too_large_names_the_way_out(start):
    client = start(max_answer_rows=30)
    job = client.job()
    answer = client.get(f"{JOBS}/{job}/results", pageSize=31)
    assert (answer.status_code, answer.json()["code"]) == (400, "response.entity.too.large")
    assert client.get(f"{JOBS}/{job}/results", pageSize=30).status_code == 200


def test_the_availability_date_stands_behind_the_clock_by_the_lag(start):
    client = start(availability_lag_seconds=3600)
    expected = {"dataAvailabilityDate": "2026-03-16T11:00:00.000Z"}
    assert client.get(f"{JOBS}/availability").json() == expected
    page = client.get(f"{JOBS}/{client.job()}/results").json()
    assert page["dataAvailabilityDate"] == expected["dataAvailabilityDate"]


def test_before_the_availability_date_all_is_there_behind_it_some_is_missing_or_half_filled(start):
    client = start(conversations=600, availability_lag_seconds=86_400)
    watermark = "2026-03-15T12:00:00.000Z"
    rows = {row["conversationId"]: row for row in client.conversations()}
    settled = list(client.sandbox.truth.conversations(as_of=watermark))
    later = [row for row in client.sandbox.truth.conversations() if row["conversationStart"] > watermark]
    assert [rows.get(row["conversationId"]) for row in settled] == settled
    assert 0 < sum(row["conversationId"] in rows for row in later) < len(later)
    assert any(row != rows.get(row["conversationId"], row) for row in later)


def test_the_availability_date_can_stand_still_and_go_back_without_losing_data(start):
    client = start()
    before = client.conversations()
    client.sandbox.control.set_availability("2026-03-10T00:00:00Z")
    assert client.get(f"{JOBS}/availability").json() == {"dataAvailabilityDate": "2026-03-10T00:00:00.000Z"}
    assert client.conversations() == before


def test_the_data_follows_a_clock_that_goes_on_and_one_that_goes_back(start):
    client = start(conversations=300, availability_lag_seconds=86_400)
    control = client.sandbox.control
    before = client.conversations()
    control.advance(86_400)
    settled = list(client.sandbox.truth.conversations(as_of="2026-03-16T12:00:00Z"))
    assert client.conversations()[: len(settled)] == settled
    control.set_clock("2026-03-16T12:00:00Z")
    assert client.conversations() == before
