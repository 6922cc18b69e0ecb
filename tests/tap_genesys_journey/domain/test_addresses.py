from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.oracle_interactions import normalised

from tap_genesys_journey.domain.addresses import normalise_address


@pytest.mark.parametrize(
    ("wire", "address"),
    [
        ("tel:+14155550142", "+14155550142"),
        ("+14155550142", "+14155550142"),
        ("TEL:+1 (415) 555-0142", "+14155550142"),
        ("tel:+14155550142;phone-context=example.com", "+14155550142"),
        ("  4155550142 ", "+14155550142"),
        ("415.555.0142", "+14155550142"),
        ("415/555-0142", "+14155550142"),
        ("+44 20 7946 0123", "+442079460123"),
        ("sip:+14155550142@edge.example.com;user=phone", "+14155550142"),
        ("SIPS:4155550142@edge.example.com", "+14155550142"),
        ("sip:(415)555-0142;tag=7@edge.example.com", "+14155550142"),
    ],
)
def test_a_phone_number_is_e164_however_it_was_written(wire, address):
    assert normalise_address(wire) == address


@pytest.mark.parametrize(
    ("wire", "address"),
    [
        ("mailto:Riley.Sample@Example.com", "riley.sample@example.com"),
        (" RILEY@EXAMPLE.COM\n", "riley@example.com"),
        ("MAILTO:riley+orders;2026@example.com", "riley+orders;2026@example.com"),
    ],
)
def test_an_e_mail_address_is_in_lower_case(wire, address):
    assert normalise_address(wire) == address


@pytest.mark.parametrize(
    "wire",
    [
        "5f0c7a52-0000-4000-8000-00000000cafe",
        "wa-Riley_Sample",
        "1234567890123456",
        "911",
        "+999999999999999999",
        "²³",
    ],
)
def test_an_id_or_a_number_that_does_not_parse_stays_as_it_is(wire):
    assert normalise_address(wire) == wire


@pytest.mark.parametrize(
    "wire",
    [
        None,
        "",
        "   ",
        "tel:",
        "sip:",
        "mailto:",
        "Anonymous",
        "RESTRICTED",
        "tel:unavailable",
        "unknown",
        "private",
        "Blocked",
        "withheld",
        "sip:anonymous@anonymous.invalid",
        "sip:Restricted@edge.example.com",
        "sip:riley.sample@example.com",
        "sips:5f0c7a52@edge.example.com;transport=tls",
    ],
)
def test_nobody_and_internal_callers_have_no_address(wire):
    assert normalise_address(wire) is None


@given(st.sampled_from(["", "tel:", "sip:", "SIPS:", "mailto:"]), st.text(max_size=40))
def test_any_text_whatever_has_a_visible_address_or_none(scheme, text):
    address = normalise_address(scheme + text)

    assert address is None or address.strip()


DIALLED = st.text("0123456789", max_size=12) | st.text("0123456789+ -.()/", max_size=18)


@settings(max_examples=500)
@given(
    st.sampled_from(["", "tel:", "SIP:"]),
    st.sampled_from(["", "+", "+1", "1", "001", "+44", "+49 30", "("]),
    DIALLED.map(str.strip),
    st.sampled_from(["", "@edge.example.com", ";ext=7"]),
)
def test_any_number_is_what_a_plain_reading_makes_of_it(scheme, before, dialled, after):
    text = scheme + before + dialled + after

    assert normalise_address(text) == normalised(text)


@given(st.sampled_from(["", "tel:", "sip:", "SIPS:", "mailto:"]), st.text(max_size=20))
def test_an_address_is_its_own_address(scheme, text):
    address = normalise_address(scheme + text)

    if address is not None and ":" not in address:
        assert normalise_address(address) == address
