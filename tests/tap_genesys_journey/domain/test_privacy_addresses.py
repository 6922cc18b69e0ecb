"""What is known of a number without the library is what the library says."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_genesys_journey.domain.addresses import normalise_address


def by_the_library(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@settings(max_examples=1000)
@given(st.from_regex(r"\A[2-9][0-9]{0,18}\Z"))
def test_bare_digits(text):
    assert normalise_address(text) == by_the_library(text)


@pytest.mark.parametrize("prefix", ["", "1", "+1"])
@given(number=st.from_regex(r"\A[2-9][0-9]{9}\Z"))
def test_ten_digits_with_and_without_the_country_code(prefix, number):
    assert normalise_address(prefix + number) == by_the_library(prefix + number) == f"+1{number}"


@given(st.from_regex(r"\A[01+][0-9]{0,15}\Z"))
def test_all_others(text):
    assert normalise_address(text) == by_the_library(text)
