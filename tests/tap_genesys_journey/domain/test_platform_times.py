from __future__ import annotations

import pytest
from support.platform_builder import agent, at, conversation, customer, participant, read, segment, session


def row(*participants, **fields):
    return read(conversation(*participants, **fields)).row


def wrap_up(start: float, end: float | None, **fields):
    return participant("agent", session(segment("wrapup", start, end, **fields)), name=f"agent-{start}")


# --- start


@pytest.mark.parametrize(
    "wire",
    [
        "2024-03-01T09:00:00.000Z",
        "2024-03-01T09:00:00Z",
        "2024-03-01T11:00:00.000+02:00",
        "2024-03-01T01:30:00-0730",
        "2024-03-01T09:00:00",
        "2024-03-01T09:00:00.0000001Z",
    ],
)
def test_the_start_is_the_conversation_start_in_utc(wire):
    reading = read(conversation(customer(), conversationStart=wire))

    assert reading.row["start_time_utc"] == "2024-03-01T09:00:00.000Z"
    assert reading.interaction["start_time_utc"] == "2024-03-01T09:00:00.000Z"
    assert reading.odd == {}


@pytest.mark.parametrize("end", [None, 100])
def test_a_missing_start_is_null_and_counted_and_has_no_duration(end):
    payload = conversation(customer(), end=end)
    del payload["conversationStart"]

    reading = read(payload)

    assert reading.row["start_time_utc"] is None
    assert reading.row["duration_seconds"] is None
    assert reading.row["updated_time_utc"] == at(100)
    assert reading.odd == {("missing start", "conversationStart"): 1}


# --- wrap-up


def test_the_wrap_up_time_is_the_latest_end_of_a_wrap_up_of_anybody():
    others = [wrap_up(20, 160), wrap_up(30, 150), wrap_up(170, None)]

    assert row(customer(), *others)["wrap_up_time_utc"] == at(160)


def test_the_wrap_up_of_a_watcher_is_nobody_s():
    watcher = participant("agent", session(segment("wrapup", 20, 150), segment("coaching", 0, 20)))

    assert row(customer(), watcher)["wrap_up_time_utc"] is None


# --- updated: the latest instant anywhere in the record


@pytest.mark.parametrize(
    "fields",
    [
        {"conversationEnd": at(500)},
        {"conferenceStart": at(500)},
        {"evaluations": [{"eventTime": at(400)}, {"eventTime": at(500)}]},
        {"surveys": [{"eventTime": at(400), "surveyCompletedDate": at(500)}]},
        {"surveys": [{"eventTime": at(500), "surveyCompletedDate": at(400)}]},
        {"resolutions": [{"eventTime": at(500)}]},
    ],
)
def test_the_instants_of_the_conversation_count(fields):
    assert row(customer(), **fields)["updated_time_utc"] == at(500)


@pytest.mark.parametrize(
    "fields",
    [
        {"metrics": [{"name": "nError", "value": 1, "emitDate": at(500)}, {"emitDate": at(400)}]},
        {"flow": {"outcomes": [{"flowOutcomeStartTimestamp": at(500)}]}},
        {"flow": {"outcomes": [{}, {"flowOutcomeEndTimestamp": at(500)}]}},
        {"mediaEndpointStats": [{"eventTime": at(500)}, {"eventTime": at(400)}]},
        {"deliveryStatusChangeDate": at(500)},
        {"detectedSpeechStart": at(500)},
        {"detectedSpeechEnd": at(500)},
    ],
)
@pytest.mark.parametrize("purpose", ["customer", "agent", "acd", "something_new"])
def test_the_instants_of_every_session_count(purpose, fields):
    other = participant(purpose, session(segment("interact", 0, 9), **fields), name="other")

    assert row(customer(), other)["updated_time_utc"] == at(500)


@pytest.mark.parametrize("ends", [(500, None), (500, 400), (400, 500)])
@pytest.mark.parametrize("watching", [{}, {"monitoredParticipantId": "agent"}])
def test_start_and_end_of_every_segment_count_a_watcher_s_too(ends, watching):
    other = participant("agent", session(segment("delay", *ends), **watching))

    assert row(customer(), other)["updated_time_utc"] == at(500)


@pytest.mark.parametrize(
    "plan", [{"inactivityTimeout": at(500)}, {"attributes": {"promised": at(500)}}, {"retainUntil": at(500)}]
)
def test_a_plan_is_not_an_instant_at_which_something_happened(plan):
    called_back = customer(
        session(segment("scheduled", 0, 100), media="callback", callbackScheduledTime=at(500))
    )

    assert row(called_back | plan, **plan)["updated_time_utc"] == at(100)


# --- end and duration


def test_it_ends_when_the_wrap_up_does():
    read_row = row(customer(), wrap_up(100, 160), end=160, surveys=[{"eventTime": at(500)}])

    assert read_row["end_time_utc"] == at(160)
    assert read_row["duration_seconds"] == 160
    assert read_row["updated_time_utc"] == at(500)


def test_without_wrap_up_it_ends_with_its_latest_instant():
    read_row = row(customer(), end=100, surveys=[{"eventTime": at(500)}])

    assert read_row["end_time_utc"] == at(500)
    assert read_row["duration_seconds"] == 500


def test_while_it_is_open_it_has_neither_end_nor_duration():
    reading = read(conversation(customer(), wrap_up(100, 160), end=None))

    for each in (reading.row, reading.interaction):
        assert each["is_open"] is True
        assert each["end_time_utc"] is None
        assert each["duration_seconds"] is None
        assert each["updated_time_utc"] == at(160)
    assert reading.row["wrap_up_time_utc"] == at(160)


@pytest.mark.parametrize(
    ("end", "seconds"), [(0, 0), (0.999, 0), (1, 1), (59.999, 59), (86_400, 86_400), (5_097_600.5, 5_097_600)]
)
def test_a_duration_is_in_whole_seconds_rounded_down(end, seconds):
    assert row(customer(session(segment("interact", 0, end))), end=end)["duration_seconds"] == seconds


def test_a_duration_is_what_the_row_s_own_timestamps_give():
    early = "2024-03-01T09:00:00.0009Z"

    assert (
        row(customer(session(segment("interact", 0, 1))), conversationStart=early, end=1)["duration_seconds"]
        == 1
    )


def test_a_negative_duration_is_counted_and_kept_as_0():
    reading = read(conversation(customer(session()), wrap_up(-90, -60), end=0))

    assert reading.row["end_time_utc"] == at(-60)
    assert reading.row["duration_seconds"] == 0
    assert reading.interaction["duration_seconds"] == 0
    assert [kind for kind, _ in reading.odd] == ["negative duration"]


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (conversation(customer(session(segment("ivr", 10, 10))), end=-5), "conversationEnd"),
        (
            conversation(customer(session(segment("interact", -90, -60))), end=30),
            "participants[].sessions[].segments[].segmentEnd",
        ),
        (
            conversation(customer(session(segment("interact", -90, -60))), end=None),
            "participants[].sessions[].segments[].segmentEnd",
        ),
        (conversation(customer(session(segment("interact", -90, -60))), end=-5), "conversationEnd"),
    ],
)
def test_an_end_before_the_start_is_counted_once_and_kept(payload, path):
    reading = read(payload)

    assert reading.odd == {("end before start", path): 1}
    assert reading.row["duration_seconds"] in {None, 0, 10, 30}
    assert reading.row["start_time_utc"] == at(0)


# --- when the customer left


def test_the_customer_leaves_with_the_last_segment_of_its_own_sessions():
    caller = customer(
        session(segment("ivr", 0, 20), segment("interact", 20, 70)),
        session(segment("interact", 60, 95), segment("interact", 96)),
    )
    reading = read(conversation(caller, agent(20, 98), wrap_up(98, 160), end=160))

    assert reading.interaction["customer_end_utc"] == at(95)
    assert reading.interaction["end_time_utc"] == at(160)


def test_a_customer_of_whom_no_segment_has_ended_has_not_left():
    assert (
        read(conversation(customer(session(segment("interact", 0))), end=None)).interaction[
            "customer_end_utc"
        ]
        is None
    )
    assert read(conversation(customer(session()))).interaction["customer_end_utc"] is None
    assert read(conversation(participant("customer"))).interaction["customer_end_utc"] is None


# --- the edges of the calendar


@pytest.mark.parametrize(
    "wire", ["0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "soon", "", 1_709_283_600, True, {}]
)
def test_what_is_no_instant_is_missing_and_counted(wire):
    reading = read(conversation(customer(), conversationStart=wire))

    assert reading.row["start_time_utc"] is None
    assert reading.odd == {("wrong type", "conversationStart"): 1, ("missing start", "conversationStart"): 1}


def test_the_whole_calendar_can_be_spanned():
    reading = read(
        conversation(
            customer(session({"segmentType": "interact", "segmentEnd": "9999-12-31T23:59:59.999-14:00"})),
            conversationStart="0001-01-01T00:00:00.000+14:00",
        )
    )

    assert reading.row["start_time_utc"] == "0001-01-01T00:00:00.000Z"
    assert reading.row["end_time_utc"] == "9999-12-31T23:59:59.999Z"
    assert reading.row["duration_seconds"] >= 315_537_897_599
