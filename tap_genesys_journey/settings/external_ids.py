"""The CRM ids to follow: a list, a file of lines, or a column of a CSV file."""

from __future__ import annotations

import csv
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tap_genesys_journey.exceptions import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_OTHER_SEPARATORS: Final = re.compile(r"[;\t|]")
_ALLOWED: Final = "one id a line, or CSV with an external_id column"


def read_external_ids(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Gather the ids of `external_ids` and `external_ids_file`: each once, in the order given.

    The file is read line by line: a million ids are held once.

    Raises:
        SettingError: The file cannot be read, holds no id, or is CSV without an `external_id` column.
    """
    listed = read_listed_ids(values, "external_ids")
    if "external_ids_file" not in values:
        return listed
    filed = _require_one(_stripped(_read_id_file(Path(values["external_ids_file"]))))
    return unique_ids(chain(listed, filed))


def read_listed_ids(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Gather the ids of a list: each once, in the order given; none where it is not set, or empty.

    Raises:
        SettingError: It holds blanks alone, which would ask for everybody, or what no text can be.
    """
    ids = unique_ids(values.get(name, ()))
    if values.get(name) and not ids:
        raise SettingError(f"{name}: holds no id but blanks; allowed: a list of texts, not blank")
    for number, each in enumerate(values.get(name, ())):
        if any("\ud800" <= character <= "\udfff" for character in each):
            raise SettingError(f"{name}[{number}]: holds half a character; allowed: a list of texts")
    return ids


def unique_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Give the ids stripped, without blanks, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(_stripped(ids)))


def _stripped(ids: Iterable[str]) -> Iterator[str]:
    return (stripped for text in ids if (stripped := text.strip()))


def _require_one(ids: Iterator[str]) -> Iterator[str]:
    first = next(ids, None)
    if first is None:
        raise SettingError("external_ids_file: holds no id; allowed: a file with at least one id")
    yield first
    yield from ids


def _read_id_file(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _read_ids(_text_lines(file))
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", "not CSV" if isinstance(error, csv.Error) else "not UTF-8 text")
        raise SettingError(
            f"external_ids_file: {str(path)!r} cannot be read ({reason}); allowed: a text file of {_ALLOWED}"
        ) from None
    except _NoColumnError:
        raise SettingError(
            f"external_ids_file: {str(path)!r} has several columns and none, parted by commas, is named"
            f" external_id; allowed: {_ALLOWED}"
        ) from None


class _NoColumnError(Exception):
    """The file is CSV without the column."""


def _text_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "\0" in line:  # no text has one, and csv takes it differently from one Python to the next
            raise ValueError
        yield line


def _read_ids(lines: Iterator[str]) -> Iterator[str]:
    first = next(lines, "")
    names = [name.strip().lower() for name in next(csv.reader([first]), [])]  # some databases write capitals
    if "external_id" in names:
        column = names.index("external_id")
        return (row[column] for row in csv.reader(lines) if len(row) > column)
    if len(names) > 1 or "external_id" in _OTHER_SEPARATORS.split(first.strip().replace('"', "").lower()):
        raise _NoColumnError
    return map(_without_quotes, chain([first], lines))


def _without_quotes(line: str) -> str:
    """The id of a line; one within quotation marks stands as CSV would have it."""
    text = line.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text
