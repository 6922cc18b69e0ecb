from __future__ import annotations

import msgspec
import pytest

from tap_genesys_journey.http.bodies import decode_json


def raws(body):
    return [bytes(raw) for raw in decode_json(body, list[msgspec.Raw])]


@pytest.mark.parametrize(
    "whole",
    [
        b'{"n":1.10,"big":12345678901234567890123,"huge":1e400}',
        b'{"text":"\\ud83d\\ude00 \\u00e9 \\" \\\\ \\\\ud83d \\n"}',
        '{"text":"é 😀"}'.encode(),
    ],
)
def test_what_is_whole_stays_as_it_is_to_the_byte(whole):
    assert raws(b"[" + whole + b"]") == [whole]
    assert raws(b"[" + whole + b',"\\ud83d"]') == [whole, b'"\\ufffd"']


@pytest.mark.parametrize(
    ("cut", "readable"),
    [
        (b'"x\\ud83d"', b'"x\\ufffd"'),
        (b'"\\ude00x"', b'"\\ufffdx"'),
        (b'"\\uD83D\\uD83D\\uDE00"', b'"\\ufffd\\uD83D\\uDE00"'),
        (b'"\\ud83d\\u0041"', b'"\\ufffd\\u0041"'),
        (b'"\\\\\\ud83d"', b'"\\\\\\ufffd"'),
        (b'"\xf0\x9f\x98"', '"\ufffd"'.encode()),
        (b'"\xe9"', '"\ufffd"'.encode()),
    ],
)
def test_a_text_that_was_cut_in_the_middle_of_a_character_is_made_readable(cut, readable):
    assert raws(b"[1," + cut + b"]") == [b"1", readable]
    assert msgspec.json.decode(readable)


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"a":1', b"[01]", b'["\\x"]', b"\xff\xfe", b'["\\ud83d'])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        raws(body)


def test_another_shape_is_told_from_no_json():
    with pytest.raises(msgspec.ValidationError):
        decode_json(b'{"a":1}', list[int])
