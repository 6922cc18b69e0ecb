"""Personal data in raw payloads: rewritten where it stands, without decoding the rest.

A personal key is found by one expression over the bytes. It finds keys and nothing else: within a JSON
string every quotation mark has a backslash before it, so `"key"` followed by a colon is a key. What the
expression cannot take whole (a value nested deeper, a key spelled with escapes) sends the payload to the
slow way, which decodes all of it and gives the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from tap_genesys_journey.domain.decoding import cleaned
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms
from tap_genesys_journey.domain.privacy_values import Action, number_text, walk

_REMEMBERED: Final = 32_768
_LONGEST_REMEMBERED: Final = 200

_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRING_WITHOUT_ESCAPES: Final = '"[^"]*"'
_NO_BRACKETS: Final = r'[^\[\]{}"]*'
_NUMBER_OR_WORD: Final = r"[-+.\w]+"
_NESTED: Final = r"[\[{]"

_ESCAPED: Final = re.compile(rb'\\.[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?', re.DOTALL)
"""A string from its first escape on, and the colon that makes it a key. Each match takes the whole rest of
its string, so the next one begins in another string."""
_MEMBER: Final = re.compile(rb'"([^"]*)"\s*:\s*(.*)', re.DOTALL)
_PAIRS, _PAIRS_WITHOUT_ESCAPES = (
    re.compile(rf"({string}\s*:\s*)({string}|{_NUMBER_OR_WORD})".encode(), re.DOTALL)
    for string in (_STRING, _STRING_WITHOUT_ESCAPES)
)
_EMPTY: Final = frozenset({b"null", b'""', b"{}", b"[]"})

_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)
"""What decoding raises, an integer of thousands of digits among it."""

Rewrite = Callable[[msgspec.Raw], msgspec.Raw]


class _UnusualError(Exception):
    """The fast way cannot take this payload."""


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


def hashing_text(pseudonyms: Pseudonyms, action: Action) -> Callable[[bytes], bytes]:
    """Make the function that does to JSON text what `hashing` does to the value."""

    def hash_scalar(text: bytes) -> bytes:
        if text[:1] != b'"':
            return text if text[:1].isalpha() else b'"%b"' % pseudonyms[_number(text)].encode()
        return msgspec.json.encode(pseudonyms[_string(text)])

    scalars = _Memory(hash_scalar)

    def act(text: bytes) -> bytes:
        first = text[:1]
        if first == b"{":
            pieces = (_PAIRS if b"\\" in text else _PAIRS_WITHOUT_ESCAPES).split(text)
            pieces[2::3] = map(scalars.__getitem__, pieces[2::3])
            return b"".join(pieces)
        return encode(action(decode(text))) if first == b"[" else scalars[text]

    return act


def redact_text(text: bytes) -> bytes:
    """Do to JSON text what `redact` does to the value."""
    is_empty_container = text[:1] in {b"[", b"{"} and not text[1:-1].strip()
    return text if is_empty_container else b"null"


def on_text(action: Action) -> Callable[[bytes], bytes]:
    """Make the function that decodes, applies an action and encodes."""
    return lambda text: encode(action(decode(text)))


def rewriting(actions: Mapping[str, Action], on_texts: Mapping[str, Callable[[bytes], bytes]]) -> Rewrite:
    """Make the function that rewrites payloads.

    Args:
        actions: By wire name, applied at any depth.
        on_texts: The same actions on JSON text.
    """
    if not actions:
        return lambda raw: raw
    members = _Memory(_member_rewriting(on_texts))
    split, split_escaped = (_members(actions, string).split for string in (_STRING_WITHOUT_ESCAPES, _STRING))

    def rewrite(raw: msgspec.Raw) -> msgspec.Raw:
        text = bytes(raw)
        has_escapes = b"\\" in text
        if has_escapes and any(_ESCAPED.findall(text)):
            return msgspec.Raw(rewrite_slowly(text, actions))
        pieces = (split_escaped if has_escapes else split)(text)
        try:
            pieces[1::2] = map(members.__getitem__, pieces[1::2])
        except (_UnusualError, *_UNREADABLE):
            return msgspec.Raw(rewrite_slowly(text, actions))
        return msgspec.Raw(b"".join(pieces))

    return rewrite


def _member_rewriting(on_texts: Mapping[str, Callable[[bytes], bytes]]) -> Callable[[bytes], bytes]:
    def rewrite(member: bytes) -> bytes:
        match = _MEMBER.fullmatch(member)
        on_text = on_texts.get(match[1].decode()) if match else None
        if match is None or on_text is None or match[2] in {b"{", b"["}:
            raise _UnusualError
        value = match[2]
        return member if value in _EMPTY else member[: match.start(2)] + on_text(value)

    return rewrite


def rewrite_slowly(text: bytes, actions: Mapping[str, Action]) -> bytes:
    """Rewrite a payload by decoding all of it; null where that cannot be done."""
    for read in (decode, _decode_leniently):
        try:
            return encode(walk(read(text), actions))
        except _UNREADABLE:
            continue
    return b"null"


def _members(names: Iterable[str], string: str) -> re.Pattern[bytes]:
    """Expression for a key of these names with its value, or with the first byte of one nested deeper.

    Args:
        names: The keys.
        string: Expression for a JSON string; the simple one costs half, and fits most payloads.
    """
    flat = rf"\{{{_NO_BRACKETS}(?:{string}{_NO_BRACKETS})*\}}"
    array = rf"\[{_NO_BRACKETS}(?:(?:{string}|{flat}){_NO_BRACKETS})*\]"
    value = rf"(?:{string}|{flat}|{array}|{_NUMBER_OR_WORD}|{_NESTED})"
    return re.compile(rf'({_keys(names)}"(?::{string}|\s*:\s*(?!\{{\}}){value}))'.encode(), re.DOTALL)


def _keys(names: Iterable[str]) -> str:
    """Expression for an opening quotation mark and any of these names.

    Two sets of characters and then few branches: most strings of a payload fail at the first character.
    It also takes a name that has another one's first letter; whoever takes the match looks at the name.
    """
    by_second: dict[str, list[str]] = {}
    for name in names:
        by_second.setdefault(name[1], []).append(name[2:])
    first = "".join(sorted({re.escape(name[0]) for name in names}))
    branches = (re.escape(second) + _any_of(rests) for second, rests in sorted(by_second.items()))
    return f'"[{first}](?:{"|".join(branches)})'


def _any_of(texts: Iterable[str]) -> str:
    """Expression for any of some texts, common beginnings once."""
    groups: dict[str, list[str]] = {}
    for text in sorted(set(texts)):
        groups.setdefault(text[:1], []).append(text[1:])
    is_optional = groups.pop("", None) is not None
    branches = [re.escape(first) + _any_of(rests) for first, rests in groups.items()]
    if not branches:
        return ""
    body = f"(?:{'|'.join(branches)})" if len(branches) > 1 or is_optional else branches[0]
    return f"{body}?" if is_optional else body


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
        return str(decode(text))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return str(_decode_leniently(text))


def _number(text: bytes) -> str:
    return number_text(msgspec.Raw(text))
