"""The CRM ids to follow: a list, a file of lines, or a column of a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_genesys_journey.exceptions import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def read_external_ids(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Gather the ids of `external_ids` and `external_ids_file`: each once, in the order given.

    Raises:
        SettingError: The file cannot be read, holds no id, or is CSV without an `external_id` column.
    """
    listed = values.get("external_ids", [])
    if "external_ids_file" not in values:
        return unique_ids(listed)
    filed = unique_ids(_read_id_file(Path(values["external_ids_file"])))
    if not filed:
        raise SettingError("external_ids_file: holds no id; allowed: a file with at least one id")
    return unique_ids([*listed, *filed])


def _read_id_file(path: Path) -> Iterator[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingError(
            f"external_ids_file: {str(path)!r} cannot be read ({reason}); allowed: a text file of one id "
            f"a line, or CSV with an external_id column"
        ) from None
    header = next(csv.reader(lines[:1]), [])
    names = [name.strip() for name in header]
    if "external_id" in names:
        column = names.index("external_id")
        return (row[column] for row in csv.reader(lines[1:]) if len(row) > column)
    if len(header) > 1:
        raise SettingError(
            f"external_ids_file: {str(path)!r} has several columns and none is named external_id; allowed: "
            f"one id a line, or CSV with an external_id column"
        )
    return iter(lines)


def unique_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Give the ids stripped, without blanks, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(stripped for text in ids if (stripped := text.strip())))
