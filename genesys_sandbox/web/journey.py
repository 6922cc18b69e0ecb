"""Journey sessions and events on the platform surface (fact sheet, section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from genesys_sandbox.web.contacts import stored
from genesys_sandbox.web.wire import Answer, Ask, answer, not_found
from genesys_sandbox.world import journeys

if TYPE_CHECKING:
    from genesys_sandbox.web.desk import Desk

LARGEST_PAGE = 200


def _listing(desk: Desk, ask: Ask, rows: list[dict[str, Any]]) -> Answer:
    """A page; the next one is named by `nextUri` alone."""
    size = ask.number("pageSize", LARGEST_PAGE, 1, LARGEST_PAGE)
    kind, now = f"journey {ask.path}", desk.organization.now
    start = desk.cursors.read(kind, now, ask.query["after"])["start"] if "after" in ask.query else 0
    page: dict[str, Any] = {"entities": rows[start : start + size], "selfUri": ask.path}
    if start + size < len(rows):
        after = desk.cursors.issue(kind, now, start=start + size)
        page["nextUri"] = f"{ask.path}?{urlencode({**ask.query, 'after': after})}"
    return answer(page)


def sessions_of_contact(desk: Desk, ask: Ask) -> Answer:
    """`GET …/contacts/{id}/journey/sessions`: of the contact alone, or of its whole merge set."""
    organization, view = desk.organization, desk.organization.view
    identity = ask.names["id"]
    stored(desk, identity, view)
    asked = {identity}
    if ask.query.get("includeMerged", "false").lower() == "true":
        asked = set(organization.book.merges.merge_set(organization.book.canonical_id(identity, view), view))
    numbers = organization.numbers_of_contacts(frozenset(asked), view)
    found = [session for number in numbers for session in _sessions(desk, number)]
    return _listing(desk, ask, [each for each in found if each["externalContact"]["id"] in asked])


def _sessions(desk: Desk, number: int) -> list[dict[str, Any]]:
    organization = desk.organization
    if organization.script(number, organization.view).payload is not None:
        return []
    return journeys.sessions_of(msgspec.json.decode(organization.encoded(number, organization.view) or b"{}"))


def _session(desk: Desk, identity: str) -> dict[str, Any]:
    conversation, _ = journeys.conversation_id(identity)
    number = desk.organization.number_of(conversation)
    started = number is not None and desk.organization.encoded(number, desk.organization.view) is not None
    for session in _sessions(desk, number) if number is not None and started else ():
        if session["id"] == identity:
            return session
    raise not_found("session", identity)


def session(desk: Desk, ask: Ask) -> Answer:
    """`GET /journey/sessions/{id}`."""
    return answer(_session(desk, ask.names["id"]))


def session_events(desk: Desk, ask: Ask) -> Answer:
    """`GET /journey/sessions/{id}/events`; `eventType` is a list with commas."""
    events = journeys.events_of(_session(desk, ask.names["id"]))
    kinds = ask.query.get("eventType")
    return _listing(
        desk, ask, [each for each in events if kinds is None or each["eventType"] in kinds.split(",")]
    )
