"""The lenient second look at a payload that the strict, typed decoder refused.

The strict decoder works in C and takes nearly every record. What it refuses comes here: the value is
walked against the same Struct's types, a bad field becomes null and is counted by its path, the rest
of the record is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from tap_genesys_journey.domain.oddities import UNREADABLE, WRONG_TYPE, Oddities
from tap_genesys_journey.domain.time import parse_timestamp
from tap_genesys_journey.exceptions import SkipError

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A timestamp with an offset, made in C. One without is valid too, but read by the lenient path."""

Payload: TypeAlias = "bytes | msgspec.Raw"

STRICT_DECODING_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What `msgspec.json.Decoder.decode` raises for text it cannot take, whatever the reason."""

LONGEST_EXACT_INTEGER: Final = 400
"""Digits; longer ones become floats, since Python refuses to read very long integers."""

DEEPEST: Final = 250
"""Levels of a value that is walked; how many more there could be differs from one Python to the next."""

StructT = TypeVar("StructT", bound=msgspec.Struct)


class UnreadableError(SkipError):
    """A payload that is no record: not JSON, no object, or without its id. The caller counts it."""


class DoubtfulError(SkipError):
    """A piece of a page that may be no payload: the strict decoder refused it. The caller splits anew."""


def decode_leniently(
    raw: Payload, struct: type[StructT], oddities: Oddities, *, is_whole: bool = True
) -> StructT:
    """Read a payload field by field.

    Args:
        raw: JSON text of one record.
        struct: What is needed of it.
        oddities: Takes the path of each field that had to be nulled.
        is_whole: Whether the text is known to be one JSON value.

    Returns:
        The record; fields of a wrong type are null, wrong items of a list are left out, lone surrogates
        in texts are replaced.

    Raises:
        UnreadableError: The text is no JSON object. The caller skips the record.
        DoubtfulError: It is not known to be whole.
    """
    if not is_whole:
        raise DoubtfulError(f"{struct.__name__}: a piece of a page cannot be read")
    value = _load(bytes(raw))
    if not isinstance(value, dict):
        raise unreadable(struct.__name__, oddities)
    return _read_struct(value, struct, "", oddities)


def unreadable(name: str, oddities: Oddities) -> UnreadableError:
    """Count a payload that cannot be used at all and give the error to raise."""
    oddities.count(UNREADABLE, name)
    return UnreadableError(f"{name}: a payload cannot be read")


def _load(raw: bytes) -> object:
    """Give the JSON value; None where there is none."""
    try:
        return json.loads(raw.decode("utf-8", errors="replace"), strict=False, parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= LONGEST_EXACT_INTEGER else float(text)


def _read_struct(value: dict[str, Any], struct: type[StructT], path: str, oddities: Oddities) -> StructT:
    known: dict[str, Any] = {}
    for wire_name, name, read in _readers(struct):
        if wire_name in value:
            found = read(value[wire_name], f"{path}.{wire_name}" if path else wire_name, oddities)
            if found is not None:
                known[name] = found
    return struct(**known)


_Reader: TypeAlias = Callable[[Any, str, Oddities], Any]


@cache
def _readers(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, _Reader], ...]:
    """Give wire name, attribute and reader of each field of a Struct."""
    info = cast("inspect.StructType", inspect.type_info(struct))
    return tuple((field.encode_name, field.name, _reader(field.type)) for field in info.fields)


def _reader(wanted: inspect.Type) -> _Reader:
    if isinstance(wanted, inspect.UnionType):
        return _union_reader([kind for kind in wanted.types if not isinstance(kind, inspect.NoneType)])
    if isinstance(wanted, inspect.StructType):
        return _struct_reader(wanted.cls)
    if isinstance(wanted, inspect.ListType):
        return _list_reader(wanted.item_type)
    if isinstance(wanted, inspect.LiteralType):
        return _word_reader(frozenset(wanted.values))
    return _scalar_reader(_SCALARS[type(wanted)])


def _union_reader(kinds: list[inspect.Type]) -> _Reader:
    """Read one kind, or objects as the Struct among several and the rest as the other."""
    if len(kinds) == 1:
        return _reader(kinds[0])
    kinds.sort(key=lambda kind: isinstance(kind, inspect.StructType))
    read_rest, read_object = map(_reader, kinds)

    def read(value: object, path: str, oddities: Oddities) -> Any:  # noqa: ANN401 - a field of any type
        return (read_object if isinstance(value, dict) else read_rest)(value, path, oddities)

    return read


def _struct_reader(struct: type[msgspec.Struct]) -> _Reader:
    def read(value: object, path: str, oddities: Oddities) -> msgspec.Struct | None:
        if isinstance(value, dict):
            return _read_struct(value, struct, path, oddities)
        _count_unless_null(value, path, oddities)
        return None

    return read


def _list_reader(item_type: inspect.Type) -> _Reader:
    read_item = _reader(item_type)

    def read(value: object, path: str, oddities: Oddities) -> list[Any] | None:
        if not isinstance(value, list):
            _count_unless_null(value, path, oddities)
            return None
        if isinstance(item_type, inspect.AnyType):
            return cast("list[Any] | None", read_item(value, path, oddities))
        if None in value:
            oddities.count(WRONG_TYPE, f"{path}[]")
        items = (read_item(item, f"{path}[]", oddities) for item in value)
        return [item for item in items if item is not None]

    return read


def _scalar_reader(take: Callable[[Any], Any]) -> _Reader:
    """Read by a function that gives None for a value it cannot take."""

    def read(value: object, path: str, oddities: Oddities) -> Any:  # noqa: ANN401 - a field of any type
        taken = take(value)
        return _count_unless_null(value, path, oddities) if taken is None else taken

    return read


def _word_reader(known: frozenset[object]) -> _Reader:
    """Read a word of a list to which Genesys adds at any time: a new one is kept, and counted."""

    def read(value: object, path: str, oddities: Oddities) -> str | None:
        word = _text(value)
        if word is None:
            _count_unless_null(value, path, oddities)
        elif word not in known:
            oddities.count_unknown(path, word)
        return word

    return read


def _count_unless_null(value: object, path: str, oddities: Oddities) -> None:
    """Count a value of a wrong type; null is what a missing field is, whatever its type."""
    if value is not None:
        oddities.count(WRONG_TYPE, path)


def _text(value: object) -> str | None:
    """Give text that can be written as UTF-8: halves of surrogate pairs joined, lone ones replaced."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mapping(value: object) -> dict[str, Any] | None:
    return _anything(value) if isinstance(value, dict) else None


def _anything(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Give a free value with its texts cleaned; None where it is nested too deep to be walked."""
    try:
        return cleaned(value)
    except RecursionError:
        return None


def cleaned(value: Any, levels: int = DEEPEST) -> Any:  # noqa: ANN401 - any JSON value
    """Give a JSON value with its texts such as can be written as UTF-8.

    Raises:
        RecursionError: It is nested too deep to be walked.
    """
    if isinstance(value, str):
        return _text(value)
    if not levels:
        raise RecursionError
    if isinstance(value, list):
        return [cleaned(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {_text(key): cleaned(item, levels - 1) for key, item in value.items()}
    return value


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_SCALARS: Final[dict[type[inspect.Type], Callable[[Any], Any]]] = {
    inspect.StrType: _text,
    inspect.DateTimeType: parse_timestamp,
    inspect.BoolType: _boolean,
    inspect.DictType: _mapping,
    inspect.AnyType: _anything,
}
