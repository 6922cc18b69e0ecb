"""Finds personal keys in the bytes of a payload, and their values.

All of them are searched for at once, quotation marks and all. That misses none and takes nothing else for
one: within a JSON string every quotation mark has a backslash before it, so `"key"` followed by a colon is a
key, and no find can hide another, for no two strings share a mark. Keys that are spelled with escapes are not
found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final, TypeAlias

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRING_WITHOUT_ESCAPES: Final = '"[^"]*"'
_NO_BRACKETS: Final = r'[^\[\]{}"]*'
NUMBER_OR_WORD: Final = r"[-+.\w]+"
_NESTED: Final = r"[\[{]"

_ESCAPED: Final = re.compile(rb'\\.[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?', re.DOTALL)
"""A string from its first escape on, and the colon that makes it a key. Each match takes the whole rest of
its string, so the next one begins in another string."""


def _member(string: str) -> re.Pattern[bytes]:
    """Expression for a key and its value, or the first byte of one nested deeper.

    Args:
        string: Expression for a JSON string; the one without escapes is the faster one.
    """
    texts_alone = rf"\{{(?:{string}:{string},?)*\}}"
    flat = rf"\{{{_NO_BRACKETS}(?:{string}{_NO_BRACKETS})*\}}"
    array = rf"\[{_NO_BRACKETS}(?:(?:{string}|{flat}){_NO_BRACKETS})*\]"
    value = rf"(?:{string}|{texts_alone}|{flat}|{array}|{NUMBER_OR_WORD}|{_NESTED})"
    return re.compile(rf"{string}\s*:\s*({value})".encode(), re.DOTALL)


_MEMBER, _MEMBER_WITHOUT_ESCAPES = map(_member, (STRING, _STRING_WITHOUT_ESCAPES))
MARK: Final = b'"'
NO_MEMBERS: Final = b":{}"
_OPENING: Final = b"{["
BEFORE_TEXT, ANYWHERE = '":"', '"'
"""Endings of a key: the value is a string that begins right behind it; whatever follows."""
_EMPTY: Final = (b"null", b'""')
_NEVER_FOUND: Final = [bytes([byte]) * 8 for byte in (0xF8, 0xF9, 0xFA)]
"""No JSON holds these bytes. With them the patterns begin in four ways, and the search leaves off stopping at
every quotation mark; it then looks at sixteen bytes at once."""

Find: TypeAlias = Callable[[bytes], list[tuple[int, int, int]]]


class UnusualError(Exception):
    """The fast way cannot take this payload."""


def has_escaped_key(text: bytes) -> bool:
    """Whether a key of a payload is spelled with escapes."""
    return any(_ESCAPED.findall(text))


def finder(names: Collection[str], *endings: str) -> Find:
    """Make the function that finds all keys of these names in a payload.

    It gives kind, start and end of each find, in order. The first `n` of `n` names' kinds are keys with the
    first ending, and so on; where two endings fit, it is the first.

    Args:
        names: The keys.
        endings: From the closing quotation mark on.
    """
    patterns = [f'"{name}{ending}'.encode() for ending in endings for name in names]
    matcher = BytesAhoCorasick(
        patterns + _NEVER_FOUND, matchkind=MatchKind.LeftmostFirst, implementation=Implementation.DFA
    )
    return matcher.find_matches_as_indexes


def find_value(
    text: bytes,
    start: int,
    has_escapes: bool,  # noqa: FBT001  # called for every payload
) -> tuple[int, int] | None:
    """Give start and end of the value of the key at a place; None where no key is there, or no value.

    Raises:
        UnusualError: The value is nested deeper than an expression can tell.
    """
    match = (_MEMBER if has_escapes else _MEMBER_WITHOUT_ESCAPES).match(text, start)
    if match is None:
        return None
    first, stop = match.span(1)
    if text[first] not in _OPENING:
        return None if text[first:stop] in _EMPTY else (first, stop)
    if stop - first == 1:
        raise UnusualError
    return (first, stop) if text[first + 1 : stop - 1].strip() else None
