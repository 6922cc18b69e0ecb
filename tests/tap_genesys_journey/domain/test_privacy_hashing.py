"""Pseudonyms can be recomputed with the key, and only with it; sealed addresses can be opened with it."""

from __future__ import annotations

import hashlib
import hmac
from binascii import a2b_base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.addresses import normalise_address, normalise_text
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms, Seal


def expected(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@given(key=st.binary(max_size=200), text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_pseudonym_is_the_hmac_sha256_of_the_normalised_text(key, text):
    normal = normalise_text(text)

    assert Pseudonyms(key)[text] == (expected(key, normal) if normal else text)


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        ("+12015550100", "+12015550100"),
        ("(201) 555-0100", "+12015550100"),
        ("tel:+1 201 555 0100", "+12015550100"),
        ("2015550100", "+12015550100"),
        ("sip:+12015550100@edge.example.com", "+12015550100"),
        (" Willow.Sampleton@Example.COM ", "willow.sampleton@example.com"),
        ("mailto:willow@example.com", "willow@example.com"),
        (" Willow Sampleton ", "Willow Sampleton"),
        ("anonymous", "anonymous"),
        ("sip:desk@example.com", "sip:desk@example.com"),
    ],
)
def test_every_spelling_of_an_address_has_one_pseudonym(spelling, normal):
    assert Pseudonyms(b"k")[spelling] == expected(b"k", normal)


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_nothing_stays_nothing(text):
    assert Pseudonyms(b"k")[text] == text


def test_what_was_computed_before_makes_no_difference():
    pseudonyms = Pseudonyms(b"k")
    before = [pseudonyms[f"caller {number}"] for number in range(3)]

    for number in range(40_000):
        pseudonyms[f"somebody {number}"]

    assert [pseudonyms[f"caller {number}"] for number in range(3)] == before
    assert len(pseudonyms) < 40_000


ADDRESSES = st.sampled_from(
    [
        "+12015550100",
        "(201) 555-0100",
        "Willow@Example.com",
        "tel:+12015550100;ext=1",
        "anonymous",
        "x-42",
        " ",
    ]
)


@given(st.text() | ADDRESSES)
def test_texts_compare_as_addresses_do(text):
    address = normalise_address(text)

    assert normalise_text(text) == (text.strip() if address is None else address)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_sealed_address_opens_under_its_key(address):
    assert Seal(b"k").open(Seal(b"k").seal(address)) == address


def test_equal_addresses_are_sealed_equally_and_other_ones_otherwise():
    seal = Seal(b"k")

    assert seal.seal("+12015550100") == Seal(b"k").seal("+12015550100")
    assert seal.seal("+12015550100") != seal.seal("+12015550101")
    assert seal.seal("+12015550100") != Seal(b"l").seal("+12015550100")


def test_what_is_sealed_shows_nothing_of_the_address():
    address = "willow.sampleton@example.com"
    sealed = Seal(b"k").seal(address)

    assert address not in sealed
    assert address.encode() not in a2b_base64(sealed)
    assert a2b_base64(sealed)[:4] != a2b_base64(Seal(b"k").seal(f"{address}x"))[:4]


def test_a_seal_is_known_by_a_name_that_is_not_its_key():
    assert Seal(b"k").id == Seal(b"k").id
    assert Seal(b"k").id != Seal(b"l").id


def test_texts_that_seldom_come_twice_are_not_remembered():
    pseudonyms = Pseudonyms(b"a made-up key")
    short, long = "Willow Sampleton", "said by the customer, word by word, and never again"

    assert pseudonyms.of_each([short, long, ""]) == [pseudonyms.digest(short), pseudonyms.digest(long), ""]
    assert pseudonyms[long] == pseudonyms.digest(long)
    assert long not in pseudonyms
    assert short in pseudonyms
