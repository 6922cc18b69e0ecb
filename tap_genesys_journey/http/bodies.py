"""Bodies of answers: JSON, with texts that were cut in the middle of a character made readable again."""

from __future__ import annotations

import codecs
import re
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_PIECE_BYTES: Final = 1 << 16
_REPLACEMENT: Final = rb"\ufffd"


def decode_json(body: bytes, shape: type[T]) -> T:
    """Value of a JSON body.

    Half of a surrogate pair, and bytes that are no UTF-8, become U+FFFD, in raw values too: a service that
    cuts texts by length leaves them behind, and no decoder down the line would read them.

    Args:
        body: As received.
        shape: A msgspec type.

    Raises:
        msgspec.ValidationError: JSON of another shape.
        msgspec.DecodeError: No JSON.
        RecursionError: JSON nested deeper than it can be read.
    """
    body = as_utf8(body)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(_ESCAPE.sub(_whole_escape, body), type=shape)


def as_utf8(body: bytes) -> bytes:
    """Give a body with what is no UTF-8 replaced; nearly always the very same."""
    return body if body.isascii() or _is_utf8(body) else body.decode(errors="replace").encode()


def _is_utf8(body: bytes) -> bool:
    """Looks at a piece at a time: a text of the whole body would take up to four times its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            decoder.decode(body[start : start + _PIECE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _whole_escape(match: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if match.group(1) else match.group()
