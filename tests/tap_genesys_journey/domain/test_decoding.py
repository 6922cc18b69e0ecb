from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.contacts import decode_contact
from tap_genesys_journey.domain.conversations import decode_conversation
from tap_genesys_journey.domain.decoding import Instant, UnreadableError, decode_leniently
from tap_genesys_journey.domain.oddities import UNREADABLE, WRONG_TYPE, Oddities
from tap_genesys_journey.domain.time import parse_timestamp


class Leaf(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    at_time: Instant | None = None
    text: str | None = None
    is_set: bool | None = None


class Tree(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    id: str | None = None
    leaf: Leaf | None = None
    leaves: list[Leaf] | None = None
    names: list[str] | None = None
    free: dict[str, Any] | None = None
    mixed: list[Any] | None = None


def read(payload) -> tuple[Tree, dict[tuple[str, str], int]]:
    oddities = Oddities()
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode_leniently(raw, Tree, oddities), oddities.counts()


def test_a_sound_payload_reads_as_the_strict_decoder_reads_it():
    payload = {
        "id": "a",
        "leaf": {"atTime": "2024-08-12T14:23:11.5Z", "text": "x", "isSet": True, "more": 1},
        "leaves": [{"text": "y"}, {}],
        "names": ["n"],
        "free": {"k": [1, 2.5, None, {"deep": "v"}]},
        "mixed": [1, "a", {"b": None}],
    }

    tree, odd = read(payload)

    assert tree == msgspec.json.decode(json.dumps(payload).encode(), type=Tree)
    assert odd == {}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"id": 7}, "id"),
        ({"id": ["a"]}, "id"),
        ({"leaf": "x"}, "leaf"),
        ({"leaf": {"atTime": 1723472591}}, "leaf.atTime"),
        ({"leaf": {"atTime": "soon"}}, "leaf.atTime"),
        ({"leaf": {"isSet": "true"}}, "leaf.isSet"),
        ({"leaves": {}}, "leaves"),
        ({"leaves": [{"text": 1.5}]}, "leaves[].text"),
        ({"names": "abc"}, "names"),
        ({"names": ["a", 1]}, "names[]"),
        ({"names": ["a", None]}, "names[]"),
        ({"free": []}, "free"),
    ],
)
def test_a_field_of_a_wrong_type_is_null_and_counted_by_its_path(payload, path):
    tree, odd = read({"id": "kept", **payload})

    assert odd == {(WRONG_TYPE, path): 1}
    assert path == "id" or tree.id == "kept"


def test_wrong_items_are_left_out_and_the_others_kept():
    tree, odd = read({"leaves": [1, {"text": "a"}, None, "b", {"text": "c"}], "names": [{}, "n"]})

    assert tree.leaves == [Leaf(text="a"), Leaf(text="c")]
    assert tree.names == ["n"]
    assert odd == {(WRONG_TYPE, "leaves[]"): 3, (WRONG_TYPE, "names[]"): 1}


def test_null_is_what_a_missing_field_is():
    tree, odd = read({"id": "a", "leaf": None, "leaves": None, "names": None, "free": None})

    assert tree == Tree(id="a")
    assert odd == {}


def test_a_timestamp_without_an_offset_is_utc_and_nothing_odd():
    tree, odd = read({"leaf": {"atTime": "2024-08-12T14:23:11"}})

    assert tree.leaf == Leaf(at_time=parse_timestamp("2024-08-12T14:23:11Z"))
    assert odd == {}


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (rb'"\ud800"', "�"),
        (rb'"a\udc00b"', "a�b"),
        (rb'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (b'"\xff"', "�"),
        (b'"a\x01b"', "a\x01b"),
    ],
)
def test_text_that_is_no_unicode_is_mended(wire, text):
    tree, odd = read(b'{"id":"a","leaf":{"text":' + wire + b'},"free":{"k":' + wire + b"}}")

    assert tree.leaf == Leaf(text=text)
    assert tree.free == {"k": text}
    assert odd == {}
    msgspec.json.encode(tree)


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 6_000, b"NaN", b"-0"])
def test_numbers_of_any_size_pass(number):
    tree, _ = read(b'{"id":"a","free":{"k":' + number + b'},"mixed":[' + number + b"]}")

    assert tree.id == "a"
    msgspec.json.encode(tree)


@pytest.mark.parametrize("levels", [249, 600])
def test_a_free_map_nested_too_deep_is_null_and_counted(levels):
    nested = b"[" * levels + b"]" * levels

    tree, odd = read(b'{"id":"a","free":{"k":' + nested + b"}}")

    assert (tree.free is None) == (levels > 249)  # whatever the Python
    assert odd == ({(WRONG_TYPE, "free"): 1} if tree.free is None else {})


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"null", b"[]", b'"text"', b"7", b"<html></html>", b'{"id":' + b"[" * 100_000, b"\x00"],
)
@pytest.mark.parametrize("decode", [decode_conversation, decode_contact])
def test_what_is_no_object_is_counted_and_signalled(decode, raw):
    oddities = Oddities()

    with pytest.raises(UnreadableError) as raised:
        decode(raw, oddities)

    assert [kind for kind, _ in oddities.counts()] == [UNREADABLE]
    assert "html" not in str(raised.value)


@pytest.mark.parametrize("identity", [None, "", 7, [], {}])
def test_a_record_without_a_usable_id_is_counted_and_signalled(identity):
    for decode, name in ((decode_conversation, "conversationId"), (decode_contact, "id")):
        oddities = Oddities()
        with pytest.raises(UnreadableError):
            decode(json.dumps({name: identity}).encode(), oddities)
        assert ("missing id", name) in oddities.counts()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from(["id", "leaf", "leaves", "names", "free", "mixed", "text", "atTime", "isSet"])
NEAR_MISSES = st.recursive(
    JSON_VALUES | st.sampled_from(["2024-08-12T14:23:11Z", "2024-08-12T14:23:11+99:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(FIELDS, NEAR_MISSES))
def test_any_object_reads_without_a_crash_into_the_declared_types(payload):
    raw = json.dumps(payload).encode()

    tree = decode_leniently(raw, Tree, Oddities())

    msgspec.convert(msgspec.to_builtins(tree), Tree)


@given(st.dictionaries(FIELDS, NEAR_MISSES))
def test_what_the_strict_decoder_takes_reads_the_same_leniently(payload):
    raw = json.dumps(payload).encode()
    try:
        strict = msgspec.json.decode(raw, type=Tree)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return

    assert repr(decode_leniently(raw, Tree, Oddities())) == repr(strict)
