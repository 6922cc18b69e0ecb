"""Filters of a details job: predicates over a conversation and over each of its segments.

A filter is `{type: and|or, clauses: [{type, predicates}], predicates}`: two levels, no more. Several filters
must hold together. Segment filters hold where one segment, with its session and participant, fits all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.web.wire import bad_request
from genesys_sandbox.world.instants import from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Facts = Callable[[str], Any]

PHONES = {"ani", "dnis", "callbackNumber"}
MAILS = {"addressFrom", "addressTo", "addressSelf", "addressOther"}
CONTACTS = {"externalContactId", "canonicalExternalContactId"}
CONVERSATION_DIMENSIONS = {
    "accessAttribute",
    "conversationEnd",
    "conversationId",
    "conversationInitiator",
    "conversationStart",
    "customerParticipation",
    "divisionId",
    "externalTag",
    "originatingDirection",
}
_OPERATORS = {"matches", "exists", "notExists"}


class Predicate(msgspec.Struct, frozen=True):
    """One comparison."""

    dimension: str
    operator: str = "matches"
    value: str | None = None
    range: dict[str, Any] | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether the facts fit."""
        actual = facts(self.dimension)
        if self.operator == "exists":
            return actual is not None
        if self.operator == "notExists":
            return actual is None
        if self.range is not None:
            return actual is not None and _within(str(actual), self.range)
        values = actual if isinstance(actual, list) else [actual]
        return any(self._fits(each) for each in values)

    def _fits(self, actual: Any) -> bool:  # noqa: ANN401 - any value of the wire
        if actual is None or self.value is None:
            return actual is None and self.value is None
        if isinstance(actual, bool):
            actual = str(actual)
        have, want = str(actual).lower(), self.value.lower()
        if self.dimension in PHONES:
            return have == want or bare(have) == bare(want)
        return want in have if self.dimension in MAILS else have == want


def bare(address: str) -> str:
    """An address without scheme, host and parameters."""
    for scheme in ("tel:", "sip:", "sips:", "mailto:"):
        address = address.removeprefix(scheme)
    return address.partition(";")[0].partition("@")[0]


def _within(actual: str, bounds: dict[str, Any]) -> bool:
    have = from_text(actual) if "T" in actual else float(actual)
    checks = {"gt": float.__gt__, "gte": float.__ge__, "lt": float.__lt__, "lte": float.__le__}
    for name, check in checks.items():
        bound = bounds.get(name)
        if bound is not None:
            limit = from_text(bound) if isinstance(bound, str) and "T" in bound else float(bound)
            if not check(float(have), float(limit)):
                return False
    return True


class Filter(msgspec.Struct, frozen=True):
    """Predicates and, one level below, clauses of predicates."""

    every: bool
    predicates: tuple[Predicate, ...]
    clauses: tuple[Filter, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the facts fit all of it, or any of it."""
        results = [
            *(each.holds(facts) for each in self.predicates),
            *(each.holds(facts) for each in self.clauses),
        ]
        return all(results) if self.every else any(results)

    def walk(self) -> Iterator[Predicate]:
        """Every predicate of both levels."""
        yield from self.predicates
        for clause in self.clauses:
            yield from clause.walk()


def parse(raw: list[dict[str, Any]], level: str) -> tuple[Filter, ...]:
    """The filters of one level, `conversation` or `segment`.

    Raises:
        Problem: 400, where a filter is no such thing, or a dimension belongs to the other level.
    """
    return tuple(_filter(each, level, depth=1) for each in raw)


def _filter(raw: dict[str, Any], level: str, depth: int) -> Filter:
    kind = str(raw.get("type", "")).lower()
    predicates = tuple(_predicate(each, level) for each in raw.get("predicates") or ())
    clauses = raw.get("clauses") or ()
    if kind not in {"and", "or"} or not (predicates or clauses):
        raise bad_request(
            "A filter needs a type of and or or, and predicates or clauses.", "invalid.property"
        )
    if clauses and depth > 1:
        raise bad_request("Filters are at most two levels deep.", "invalid.property")
    return Filter(kind == "and", predicates, tuple(_filter(each, level, depth + 1) for each in clauses))


def _predicate(raw: dict[str, Any], level: str) -> Predicate:
    dimension, operator = raw.get("dimension"), raw.get("operator") or "matches"
    if not isinstance(dimension, str) or operator not in _OPERATORS:
        raise bad_request("A predicate needs a dimension and a known operator.", "invalid.property")
    if level == "conversation" and dimension not in CONVERSATION_DIMENSIONS:
        raise bad_request(f"{dimension} is not a dimension of conversations.", "invalid.property")
    return Predicate(dimension, operator, raw.get("value"), raw.get("range"))


def fits(
    payload: dict[str, Any],
    conversation: tuple[Filter, ...],
    segment: tuple[Filter, ...],
    canonical: Callable[[str], str],
) -> bool:
    """Whether a conversation passes its own filters and one of its segments passes the others."""
    if not all(each.holds(lambda name: _conversation_fact(payload, name)) for each in conversation):
        return False
    if not segment:
        return True
    return any(all(each.holds(facts) for each in segment) for facts in _segment_facts(payload, canonical))


def _conversation_fact(payload: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - any value of the wire
    return payload.get("divisionIds" if name == "divisionId" else name)


def _segment_facts(payload: dict[str, Any], canonical: Callable[[str], str]) -> Iterator[Facts]:
    for participant in payload.get("participants", ()):
        contact = participant.get("externalContactId")
        known = {**participant, "canonicalExternalContactId": None if contact is None else canonical(contact)}
        for session in participant.get("sessions", ()):
            numbers = {"callbackNumber": session.get("callbackNumbers")}
            around = {**known, **session, **numbers, **session.get("flow", {})}
            for segment in session.get("segments", ()):
                yield {**around, **segment}.get
