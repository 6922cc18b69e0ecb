"""Rewriting payloads in place gives what decoding all of it would give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.privacy_reference import Reference, decoded, pseudonym

from tap_genesys_journey.domain.privacy import Privacy
from tap_genesys_journey.domain.privacy_fields import CONVERSATION

KEY = "a made-up key"
FIELDS: list[dict[str, str]] = [
    {},
    {"ani": "keep", "attributes": "redact"},
    {"attributes.tier": "keep", "attributes.note 1": "redact"},
    {"participantName": "redact", "attributes": "keep", "attributes.tier": "hash", "raw.shoeSize": "hash"},
]

PERSONAL = sorted(CONVERSATION)
OTHERS = [
    "name",
    "value",
    "metrics",
    "segments",
    "tier",
    "note 1",
    "shoeSize",
    "anis",
    "nni",
    "",
    "a",
    "é",
    '"ani',
]
TEXTS = [
    "Willow Sampleton", " (201) 555-0100 ", "+12015550100", "tel:+12015550100", "Willow@Example.COM", "",
    "12345", "2015550100", '"ani":"x"', ',"ani":"tel:+1"', "a\\b", "}{][", "line\nbreak", " ", "anonymous",
    "\u00fc\U0001f600\u2028", "c9d3f0f8-1c1e-4c0e-9d0e-0f1e2d3c4b5a", "sip:desk@sandbox.example.com",
]  # fmt: skip

keys = st.sampled_from(PERSONAL) | st.sampled_from(OTHERS) | st.text(max_size=5)
texts = st.sampled_from(TEXTS) | st.text(max_size=12)
scalars = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
)


class Members(list[tuple[str, Any]]):
    """Members of an object; a key may come twice."""


values = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=4) | st.lists(st.tuples(keys, below), max_size=5).map(Members),
    max_leaves=25,
)
documents = st.lists(st.tuples(keys, values), max_size=6).map(Members)


def _alphanumeric_as_escapes(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if c.isalnum() and c < "\x7f" else json.dumps(c)[1:-1] for c in text)


SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    ("", json.dumps),
    ("", lambda text: json.dumps(text, ensure_ascii=False)),
    (" ", lambda text: json.dumps(text).replace("/", "\\/")),
    ("\n\t", json.dumps),
    ("", lambda text: f'"{_alphanumeric_as_escapes(text)}"'),
]
"""White space, and how a string is written: some of the many ways that JSON allows."""


def spelled(document: Members, spelling: int) -> bytes:
    gap, quoted = SPELLINGS[spelling]

    def write(value: Any) -> str:
        if isinstance(value, Members):
            inside = f",{gap}".join(f"{quoted(name)}{gap}:{gap}{write(below)}" for name, below in value)
            return f"{{{gap}{inside}{gap}}}"
        if isinstance(value, list):
            return f"[{gap}" + f"{gap},".join(map(write, value)) + f"{gap}]"
        return quoted(value) if isinstance(value, str) else json.dumps(value)

    return write(document).encode("utf-8", "surrogatepass")


def rewritten(payload: bytes, policy: str, fields: dict[str, str]) -> bytes:
    change = Privacy(policy, KEY, fields).for_stream("conversations")
    row = {"raw": msgspec.Raw(payload)}
    return bytes(change(row)["raw"]) if change else payload


@pytest.mark.parametrize("policy", ["keep", "hash", "redact"])
@settings(max_examples=150)
@given(document=documents, spelling=st.integers(0, len(SPELLINGS) - 1), fields=st.sampled_from(FIELDS))
def test_any_payload_comes_out_as_decoding_it_whole_would_give_it(policy, document, spelling, fields):
    payload = spelled(document, spelling)
    expected = Reference(CONVERSATION, policy, KEY, fields).rewrite(payload)

    assert decoded(rewritten(payload, policy, fields)) == expected


@pytest.mark.parametrize("spelling", [0, 1, 2, 3])
def test_what_is_not_personal_keeps_its_bytes(spelling):
    others = Members((f"k{number}", text) for number, text in enumerate(TEXTS))
    payload = spelled(Members([("x", [1.5, others]), ("y", others)]), spelling)

    assert rewritten(payload, "hash", {}) == payload


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"x":1.50,"ani":"+12015550100","y":"\\u00fc"}', b'{"x":1.50,"ani":null,"y":"\\u00fc"}'),
        (b'{"ani" :\n"x" , "y":1e400}', b'{"ani" :\nnull , "y":1e400}'),
        (
            b'{"ani":null,"cc":[],"attributes":{},"subject":""}',
            b'{"ani":null,"cc":[],"attributes":{},"subject":""}',
        ),
        (b'{"note":"\\"ani\\":\\"x\\"","dnis":5}', b'{"note":"\\"ani\\":\\"x\\"","dnis":null}'),
        (b'{"attributes":{"a":"}","b":"{\\"c\\":\\"]\\"}"},"z":0}', b'{"attributes":null,"z":0}'),
        (b'{"names":["ani","dnis"],"x":"subject"}', b'{"names":["ani","dnis"],"x":"subject"}'),
        (b'{"bcc":["a@example.com","b@example.com"],"cc":"c"}', b'{"bcc":null,"cc":null}'),
    ],
)
def test_only_the_values_of_personal_keys_change(payload, expected):
    assert rewritten(payload, "redact", {}) == expected


@pytest.mark.parametrize("escape", ["", "\\n"])
@pytest.mark.parametrize("gap", ["", " "])
@pytest.mark.parametrize(
    "text", [",x", ":{}", ":", "}", "]", "{", "[", "ani", "null", "ani:", ",ani,dnis", " ", ":{},", "é"]
)
def test_a_value_is_found_whatever_it_looks_like(text, gap, escape):
    payload = (
        f'{{"a":"ani","ani"{gap}:{gap}"{text}","b":"{escape}","cc":["{text}"],"dnis":"{text}"}}'.encode()
    )
    shown = {"a": "ani", "b": json.loads(f'"{escape}"')}

    assert json.loads(rewritten(payload, "redact", {})) == shown | {"ani": None, "cc": None, "dnis": None}
    name = pseudonym(text, KEY)
    assert json.loads(rewritten(payload, "hash", {})) == shown | {"ani": name, "cc": [name], "dnis": name}


def test_a_personal_key_within_a_personal_value_is_part_of_it():
    payload = b'{"attributes":{"ani":"x","dnis":"y"},"cc":[{"ani":"z"}],"ani":"+12015550100","n":{"cc":"c"}}'

    assert rewritten(payload, "redact", {}) == b'{"attributes":null,"cc":null,"ani":null,"n":{"cc":null}}'


def test_bytes_that_are_no_unicode_do_not_pass_for_a_key():
    payload = b'{"x":"' + b"\xf8" * 8 + b'","y":"' + b"\xf9" * 8 + b':5","ani":"z"}'

    assert rewritten(payload, "redact", {}) == payload.replace(b'"z"', b"null")


def test_keys_spelled_with_escapes_are_the_same_keys():
    payload = b'{"\\u0061ni":"+12015550100"}'

    assert json.loads(rewritten(payload, "redact", {})) == {"ani": None}


def test_a_value_nested_deeper_than_usual_is_treated_whole():
    payload = b'{"a":1.10,"attributes":{"x":{"y":[["deep"]],"n":1.50}}}'

    assert rewritten(payload, "redact", {}) == b'{"a":1.10,"attributes":null}'
    hashed = json.loads(rewritten(payload, "hash", {}))
    assert hashed["attributes"] == {"x": {"y": [[pseudonym("deep", KEY)]], "n": pseudonym("1.5", KEY)}}


@pytest.mark.parametrize(
    "payload",
    [
        b'{"ani":"\\ud83d half","x":1}',
        b'{"ani":"\xff\xfe","x":1}',
        b'{"ani":"bell \x07","x":1}',
        b'{"\\u0061ni":"\\ud83d half","x":1}',
    ],
)
def test_texts_that_are_no_clean_unicode_are_treated_too(payload):
    assert json.loads(rewritten(payload, "redact", {})) == {"ani": None, "x": 1}
    hashed = json.loads(rewritten(payload, "hash", {}))
    assert len(hashed["ani"]) == 64


def test_what_cannot_be_read_at_all_does_not_pass():
    too_deep = b'{"\\u0061ni":"x","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert rewritten(too_deep, "redact", {}) == b"null"


def test_the_same_text_has_one_pseudonym_however_it_is_spelled():
    payload = b'{"ani":"tel:+12015550100","dnis":"(201) 555-0100","remote":"\\u002b12015550100"}'

    row = json.loads(rewritten(payload, "hash", {}))

    assert set(row.values()) == {pseudonym("+12015550100", KEY)}


def test_numbers_are_hashed_by_their_value():
    payload = b'{"attributes":{"a":5,"b":"5","c":1e2,"d":100.0,"e":true,"f":null}}'

    row = json.loads(rewritten(payload, "hash", {}))["attributes"]

    assert row["a"] == row["b"] == pseudonym("5", KEY)
    assert row["c"] == row["d"] == pseudonym("100.0", KEY)
    assert (row["e"], row["f"]) == (True, None)


@pytest.mark.parametrize("place", [b"%b", b"[%b]", b'{"a":%b}', b'{"a":[[%b]]}'])
def test_an_integer_longer_than_any_machine_s_is_treated_like_any_other(place):
    digits = b"9" * 5000
    payload = b'{"x":%b,"attributes":%b}' % (digits, place % digits)

    assert rewritten(payload, "redact", {}) == b'{"x":%b,"attributes":null}' % digits
    hashed = rewritten(payload, "hash", {})
    assert hashed.startswith(b'{"x":%b,' % digits)
    assert pseudonym(digits.decode(), KEY).encode() in hashed


def test_many_different_values_do_not_fill_the_memory():
    change = Privacy("hash", KEY).for_stream("conversations")

    for number in range(40_000):
        row = change({"raw": msgspec.Raw(b'{"ani":"caller %d"}' % number)})

    assert json.loads(bytes(row["raw"])) == {"ani": pseudonym("caller 39999", KEY)}
