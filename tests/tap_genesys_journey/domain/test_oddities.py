from __future__ import annotations

from tap_genesys_journey.domain.oddities import MISSING_START, UNKNOWN_VALUE, WRONG_TYPE, Oddities

PURPOSE = "participants[].purpose"


def test_nothing_odd_has_no_summary():
    assert Oddities().summary() == []
    assert Oddities().total == 0


def test_each_kind_and_path_is_one_line_with_its_count():
    oddities = Oddities()
    for _ in range(3):
        oddities.count(WRONG_TYPE, "participants[].sessions[].segments[].segmentEnd")
    oddities.count(MISSING_START, "conversationStart")

    assert oddities.total == 4
    assert oddities.summary() == [
        "missing start: conversationStart: 1",
        "wrong type: participants[].sessions[].segments[].segmentEnd: 3",
    ]


def test_what_was_counted_elsewhere_is_taken_over_with_its_values():
    oddities, others = Oddities(), Oddities()
    oddities.count_unknown(PURPOSE, "hologram")
    others.count_unknown(PURPOSE, "hologram")
    others.count_unknown(PURPOSE, "avatar")
    others.count(MISSING_START, "conversationStart")

    oddities.take(others)

    assert others.total == 0
    assert oddities.summary() == [
        "missing start: conversationStart: 1",
        f"unknown value: {PURPOSE}: 3 (avatar 1, hologram 2)",
    ]


def test_nothing_counted_is_nothing_odd():
    oddities = Oddities()
    oddities.count(MISSING_START, "conversationStart", 0)

    assert oddities.summary() == []


def test_unknown_values_of_an_enum_are_named():
    oddities = Oddities()
    oddities.count_unknown(PURPOSE, "hologram")
    oddities.count_unknown(PURPOSE, "hologram")
    oddities.count_unknown(PURPOSE, "avatar")

    assert oddities.counts() == {(UNKNOWN_VALUE, PURPOSE): 3}
    assert oddities.summary() == [f"unknown value: {PURPOSE}: 3 (avatar 1, hologram 2)"]


def test_a_value_that_looks_like_no_enum_value_is_never_repeated():
    oddities = Oddities()
    for value in (
        *("riley.sample@example.com", "riley.sample", "+14155550142", "Riley Sample", "Riley"),
        *("x" * 41, "", "a\nb"),
    ):
        oddities.count_unknown(PURPOSE, value)

    assert oddities.summary() == [f"unknown value: {PURPOSE}: 8 ((other) 8)"]


def test_the_report_stays_small_however_many_values_come():
    oddities = Oddities()
    for number in range(1_000):
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        oddities.count_unknown(PURPOSE, letters)

    (line,) = oddities.summary()
    assert line.count(",") == 20
    assert "(other) 980" in line


def test_a_payload_that_comes_again_counts_once_and_another_one_as_well():
    oddities, others = Oddities(), Oddities()

    for payload in (b'{"n":1}', b'{"n":1}', b'{"n":2}'):
        others.count(MISSING_START, "conversationStart")
        oddities.take_once(others, payload)
        assert others.total == 0

    assert oddities.total == 2
