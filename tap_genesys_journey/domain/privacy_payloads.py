"""Personal data in raw payloads: rewritten where it stands, without decoding the rest.

What `privacy_keys` finds is replaced. What it cannot take (a value nested deeper, a key spelled with escapes)
sends the payload to the slow way, which decodes all of it and gives the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tap_genesys_journey.domain.decoding import cleaned
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms
from tap_genesys_journey.domain.privacy_keys import (
    ANYWHERE,
    BEFORE_TEXT,
    MARK,
    NO_MEMBERS,
    NUMBER_OR_WORD,
    STRING,
    UnusualError,
    find_value,
    finder,
    has_escaped_key,
)
from tap_genesys_journey.domain.privacy_values import Action, number_text, walk

_REMEMBERED: Final = 32_768
_LONGEST_REMEMBERED: Final = 200

_NULL: Final = b"null"
_PAIRS: Final = re.compile(rf"({STRING}\s*:\s*)({STRING}|{NUMBER_OR_WORD})".encode(), re.DOTALL)

_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)
"""What decoding raises, an integer of thousands of digits among it."""

Rewrite: TypeAlias = Callable[[msgspec.Raw], msgspec.Raw]
TextAction: TypeAlias = Callable[[bytes], bytes]
"""Takes the JSON text of a value and gives the one to show instead."""


class _Memory(dict[bytes, bytes]):
    """Gives JSON text for JSON text, and remembers the latest."""

    def __init__(self, compute: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, text: bytes) -> bytes:
        result = self._compute(text)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = result
        return result


class _Unchanged(dict[bytes, bytes]):
    """Gives for a text that ended before a mark the same, and the mark."""

    def __missing__(self, text: bytes) -> bytes:
        return text + MARK


_UNCHANGED: Final = _Unchanged()


def hashing_text(pseudonyms: Pseudonyms, action: Action) -> TextAction:
    """Make the function that does to JSON text what `hashing` does to the value."""

    def hash_text(text: bytes) -> bytes:
        first = text[:1]
        if first == MARK:
            return encode(pseudonyms[_string(text)])
        if first == b"[":
            return encode(action(decode(text)))
        if first == b"{":
            return hash_object(text)
        return text if first.isalpha() else b'"%b"' % pseudonyms[_number(text)].encode()

    def hash_object(text: bytes) -> bytes:
        if b"\\" not in text:
            pieces = text.decode().split('"')  # every second one is a string
            if len(pieces) % 4 == 1 and set(pieces[2::4]) == {":"}:  # and every second of these a value
                pieces[3::4] = pseudonyms.of_each(pieces[3::4])
                return '"'.join(pieces).encode()
        parts = _PAIRS.split(text)
        parts[2::3] = map(remembered, parts[2::3])
        return b"".join(parts)

    remembered = _Memory(hash_text).__getitem__
    return remembered


def redact_text(text: bytes) -> bytes:
    """Do to JSON text what `redact` does to the value, where that is no empty list or object."""
    return text if text == b'""' else _NULL


def on_text(action: Action) -> TextAction:
    """Make the function that decodes, applies an action and encodes."""
    return _Memory(lambda text: encode(action(decode(text)))).__getitem__


def rewriting(actions: Mapping[str, Action], on_texts: Mapping[str, TextAction]) -> Rewrite:
    """Make the function that rewrites payloads.

    Args:
        actions: By wire name, applied at any depth.
        on_texts: The same actions on JSON text.
    """
    if not actions:
        return lambda raw: raw
    texts = {name: on_texts[name] for name in actions}
    redacted = [*texts.values()].count(redact_text)
    replace = _redacting(texts) if redacted > len(texts) / 2 else _replacing(texts)

    def rewrite(raw: msgspec.Raw) -> msgspec.Raw:
        text = bytes(raw)
        has_escapes = b"\\" in text
        if has_escapes and has_escaped_key(text):
            return msgspec.Raw(rewrite_slowly(text, actions))
        try:
            return msgspec.Raw(replace(text, has_escapes))
        except (UnusualError, *_UNREADABLE):
            return msgspec.Raw(rewrite_slowly(text, actions))

    return rewrite


def _replacing(on_texts: Mapping[str, TextAction]) -> Callable[[bytes, bool], bytes]:
    """Make the function that puts something in the place of personal values.

    The payload is cut where a text begins, so that each piece begins with the text before it and its mark.
    """
    find_quickly, find_all = finder(on_texts, BEFORE_TEXT, ANYWHERE), finder(on_texts, ANYWHERE)
    of_kind = [*on_texts.values()] * 2
    memories = {on_text: _Memory(_without_marks(on_text)) for on_text in of_kind}
    texts_of_kind = [memories[on_text] for on_text in on_texts.values()]

    def replace(text: bytes, has_escapes: bool) -> bytes:  # noqa: FBT001  # called for every payload
        pieces: list[bytes] = []
        shown: dict[bytes, bytes] = _UNCHANGED
        done, skipped = 0, 0
        find, simple = (find_all, 0) if has_escapes else (find_quickly, len(texts_of_kind))
        for kind, start, end in find(text):
            if start < skipped:
                continue
            if kind < simple:
                before, _, rest = text[done : end - 1].partition(MARK)
                pieces += shown[before], rest
                done, shown = end, texts_of_kind[kind]
            elif text[end : end + 3] != NO_MEMBERS and (span := find_value(text, start, has_escapes)):
                first, stop = span
                before, _, rest = text[done:first].partition(MARK)
                pieces += shown[before], rest, of_kind[kind](text[first:stop])
                done, skipped, shown = stop, stop, _UNCHANGED
        before, mark, rest = text[done:].partition(MARK)
        pieces += shown[before] if mark else before, rest
        return b"".join(pieces)

    return replace


def _without_marks(on_text: TextAction) -> TextAction:
    """Make the function that takes a text without its marks, and gives JSON text all the same."""
    return lambda text: on_text(b'"%b"' % text)


def _redacting(on_texts: Mapping[str, TextAction]) -> Callable[[bytes, bool], bytes]:
    """Make the function that does the same, and is fastest where most values become null."""
    on_texts = dict(sorted(on_texts.items(), key=lambda item: item[1] is not redact_text))
    names, always_null = len(on_texts), [*on_texts.values()].count(redact_text)
    find_quickly, find_all = finder(on_texts, BEFORE_TEXT, ANYWHERE), finder(on_texts, ANYWHERE)
    of_kind = [*on_texts.values()] * 2

    def redact(text: bytes, has_escapes: bool) -> bytes:  # noqa: FBT001  # called for every payload
        others: list[bytes] = []
        pieces: list[bytes] = []
        append, find_mark, done, skipped = pieces.append, text.index, 0, 0
        find, simple, redacted = (find_all, 0, 0) if has_escapes else (find_quickly, names, always_null)
        for kind, start, end in find(text):
            if start < skipped:
                continue
            if kind < redacted:
                stop = find_mark(MARK, end)
                if stop > end:
                    append(text[done : end - 1])
                    done = stop + 1
                continue
            if kind < simple:
                first, skipped = end - 1, find_mark(MARK, end) + 1
            elif text[end : end + 3] != NO_MEMBERS and (span := find_value(text, start, has_escapes)):
                first, skipped = span
            else:
                continue
            value = text[first:skipped]
            shown = of_kind[kind](value)
            if shown != value:
                append(text[done:first])
                done = skipped
                if shown != _NULL:
                    others += _NULL.join(pieces), shown
                    pieces.clear()
        append(text[done:])
        return b"".join([*others, _NULL.join(pieces)]) if others else _NULL.join(pieces)

    return redact


def rewrite_slowly(text: bytes, actions: Mapping[str, Action]) -> bytes:
    """Rewrite a payload by decoding all of it; null where that cannot be done."""
    for read in (decode, _decode_leniently):
        try:
            return encode(walk(read(text), actions))
        except _UNREADABLE:
            continue
    return _NULL


# --- JSON, numbers to the letter


def _exact(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(float_hook=_exact).decode
encode: Final[Callable[[Any], bytes]] = msgspec.json.Encoder().encode


def _decode_leniently(text: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """Read what the strict decoder refuses: half surrogates, bytes that are no UTF-8, control characters."""
    readable = text.decode("utf-8", "replace")
    return cleaned(json.loads(readable, strict=False, parse_float=_exact, parse_int=_exact))


def _string(text: bytes) -> str:
    """Read a JSON string."""
    try:
        return str(decode(text)) if b"\\" in text else text[1:-1].decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return str(_decode_leniently(text))


def _number(text: bytes) -> str:
    return number_text(msgspec.Raw(text))
