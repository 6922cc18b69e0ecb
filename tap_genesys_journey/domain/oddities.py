"""What a run met that was not as documented: counted by kind and path, never by value."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

WRONG_TYPE: Final = "wrong type"
UNKNOWN_VALUE: Final = "unknown value"
NEGATIVE_DURATION: Final = "negative duration"
END_BEFORE_START: Final = "end before start"
MISSING_START: Final = "missing start"
MISSING_ID: Final = "missing id"
REPEATED_ID: Final = "repeated id"
ANOTHER_ID: Final = "another id than asked for"
UNREADABLE: Final = "unreadable"
OWN_ANCESTOR: Final = "own ancestor"
CYCLE_OF_MERGES: Final = "cycle of merges"

_ENUM_LIKE: Final = re.compile(r"[a-z][A-Za-z_]{0,39}|[A-Z][A-Z_]{1,39}")
"""`consultTransfer`, `CONSULT_TRANSFER`; not what begins like somebody's name."""

_NAMED_VALUES_PER_PATH: Final = 20
_UNNAMED: Final = "(other)"
_REMEMBERED_PAYLOADS: Final = 100_000


class Oddities:
    """Counts of odd fields, kept over a run and reported once.

    Paths are the source's field names (`participants[].sessions[].segments[].segmentEnd`), so the
    number of entries is bounded by the model, not by the data. Values are kept for unknown enum values
    alone, and of these only such as look like an enum value.
    """

    def __init__(self) -> None:
        """Start with nothing odd."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._values: dict[str, Counter[str]] = {}
        self._payloads: set[int] = set()

    def count(self, kind: str, path: str, times: int = 1) -> None:
        """Count oddities of a kind at a path; none leaves no trace."""
        if times:
            self._counts[kind, path] += times

    def count_unknown(self, path: str, value: str) -> None:
        """Count a value that an enum-like field (a state, a purpose, a media type) did not have so far."""
        self.count(UNKNOWN_VALUE, path)
        self._name(path, value, 1)

    def take(self, others: Oddities) -> None:
        """Add what was counted elsewhere, and leave nothing there."""
        if not others._counts:
            return
        self._counts.update(others._counts)
        for path, values in others._values.items():
            for value, times in values.items():
                self._name(path, value, times)
        others.clear()

    def take_once(self, others: Oddities, payload: bytes | memoryview) -> None:
        """Add what is odd in a payload, once however often it is read, and leave nothing there.

        Args:
            others: What was counted in it.
            payload: As the source sent it. Of the first hundred thousand that are odd a hash is remembered,
                and no more, so that memory stays flat where everything is odd.
        """
        if not others._counts:
            return
        key = hash(bytes(payload))
        if key in self._payloads:
            others.clear()
            return
        if len(self._payloads) < _REMEMBERED_PAYLOADS:
            self._payloads.add(key)
        self.take(others)

    def clear(self) -> None:
        """Forget everything."""
        self._counts.clear()
        self._values.clear()

    @property
    def total(self) -> int:
        """How many oddities were counted."""
        return sum(self._counts.values())

    def counts(self) -> dict[tuple[str, str], int]:
        """Give the counts by (kind, path)."""
        return dict(self._counts)

    def summary(self) -> list[str]:
        """Give one line for each kind and path, in order of kind and path; empty when nothing was odd."""
        return [self._line(kind, path, times) for (kind, path), times in sorted(self._counts.items())]

    def _name(self, path: str, value: str, times: int) -> None:
        values = self._values.setdefault(path, Counter())
        is_named = _ENUM_LIKE.fullmatch(value) and (value in values or len(values) < _NAMED_VALUES_PER_PATH)
        values[value if is_named else _UNNAMED] += times

    def _line(self, kind: str, path: str, times: int) -> str:
        line = f"{kind}: {path}: {times}"
        if kind != UNKNOWN_VALUE:
            return line
        named = ", ".join(f"{value} {count}" for value, count in sorted(self._values[path].items()))
        return f"{line} ({named})"
