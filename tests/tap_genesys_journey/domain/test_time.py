from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.time import (
    EARLIEST,
    LATEST,
    UTC,
    format_timestamp,
    parse_timestamp,
    seconds_between,
)

INSTANTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("wire", "row"),
    [
        ("2024-08-12T14:23:11.000Z", "2024-08-12T14:23:11.000Z"),
        ("2024-08-12T14:23:11Z", "2024-08-12T14:23:11.000Z"),
        ("2024-08-12T14:23:11.5Z", "2024-08-12T14:23:11.500Z"),
        ("2024-08-12T14:23:11.123456789Z", "2024-08-12T14:23:11.123Z"),
        ("2024-08-12T14:23:11.1239Z", "2024-08-12T14:23:11.123Z"),
        ("2024-08-12t14:23:11z", "2024-08-12T14:23:11.000Z"),
        ("2024-08-12 14:23:11Z", "2024-08-12T14:23:11.000Z"),
        ("2024-08-12T16:23:11+02:00", "2024-08-12T14:23:11.000Z"),
        ("2024-08-12T09:23:11.250-0500", "2024-08-12T14:23:11.250Z"),
        ("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000Z"),
        ("2024-08-12T14:23:11", "2024-08-12T14:23:11.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_any_rfc_3339_text_becomes_milliseconds_of_utc(wire, row):
    instant = parse_timestamp(wire)

    assert instant is not None
    assert instant.tzinfo is UTC
    assert format_timestamp(instant) == row


@pytest.mark.parametrize(
    "wire",
    [
        None,
        "",
        "yesterday",
        "2024-08-12",
        "2023-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2024-08-12T25:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        1723472591,
        True,
        ["2024-08-12T14:23:11Z"],
        {},
    ],
)
def test_what_is_no_timestamp_is_none(wire):
    assert parse_timestamp(wire) is None


@given(INSTANTS)
def test_formatting_gives_what_the_standard_library_gives(instant):
    expected = instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    assert format_timestamp(instant) == expected


@given(st.datetimes(timezones=st.timezones()))
def test_formatting_an_instant_of_any_zone_gives_the_same_instant(instant):
    text = format_timestamp(instant)

    read = parse_timestamp(text)
    assert len(text) == len("2024-08-12T14:23:11.000Z")
    assert read is not None
    near_the_edge = instant.year in {1, 9999}
    assert near_the_edge or timedelta(0) <= instant - read < timedelta(milliseconds=1)


def test_a_naive_instant_is_utc():
    assert format_timestamp(datetime(2024, 8, 12, 14, 23, 11)) == "2024-08-12T14:23:11.000Z"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2024-08-12T14:23:11.000Z", "2024-08-12T14:46:10.000Z", 1379),
        ("2024-08-12T14:23:11.000Z", "2024-08-12T14:23:11.999Z", 0),
        ("2024-08-12T14:23:11.001Z", "2024-08-12T14:23:12.000Z", 0),
        ("2024-08-12T14:23:11.500Z", "2024-08-12T14:23:11.000Z", -1),
        ("2024-08-12T23:00:00+00:00", "2024-08-13T01:00:01+02:00", 1),
        ("2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", 172_800),
    ],
)
def test_seconds_are_whole_and_rounded_down(start, end, seconds):
    assert seconds_between(parse_timestamp(start), parse_timestamp(end)) == seconds


@given(INSTANTS, INSTANTS)
def test_a_duration_is_what_the_written_timestamps_say(start, end):
    written = [datetime.fromisoformat(format_timestamp(each)[:-1]) for each in (start, end)]

    assert seconds_between(start, end) == (written[1] - written[0]) // timedelta(seconds=1)


def test_the_edges_enclose_every_instant_whatever_its_offset():
    offset = timezone(timedelta(hours=14))
    assert datetime(1, 1, 1, tzinfo=UTC) >= EARLIEST
    assert datetime(9999, 12, 31, 23, 59, tzinfo=offset) <= LATEST
