"""External contacts on the platform surface (fact sheet, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from genesys_sandbox.web.wire import Answer, Ask, Problem, answer, bad_request, not_found, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genesys_sandbox.web.desk import Desk
    from genesys_sandbox.world.overlay import View

EMPTY_PAGE, SHORT_PAGE, PAGE_PATTERN = 1, 2, 4
"""Of every four pages of a scan the second is empty and the third half full."""
REPEATED = 3
"""Places that the next page goes back where rows are repeated on request."""


def scan_contacts(desk: Desk, ask: Ask) -> Answer:
    """`GET …/scan/contacts`: a page may be short or empty; only a missing `cursors.after` ends the scan."""
    limit = ask.number("limit", 100, 10, 200)
    if desk.options.max_answer_rows and limit > desk.options.max_answer_rows:
        raise too_large(limit, desk.options.max_answer_rows)
    position = _scan_position(desk, ask)
    entities, slot = collect(desk, position["slot"], _room(position["page"], limit))
    after = None
    if slot < desk.organization.book.slots():
        if entities and desk.trouble.happens("repeated_rows", position["serial"]):
            slot = max(position["slot"] + 1, slot - REPEATED)
        after = desk.cursors.issue("contacts", desk.organization.now, slot=slot, page=position["page"] + 1)
    return answer(_listing(ask, entities, after))


def _scan_position(desk: Desk, ask: Ask) -> dict[str, int]:
    if not ask.query.get("cursor"):
        return {"slot": 0, "page": 0, "serial": 0}
    position = desk.cursors.read("contacts", desk.organization.now, ask.query["cursor"])
    desk.fail_expired_cursor(position["serial"])
    return position


def _room(page: int, limit: int) -> int:
    if page % PAGE_PATTERN == EMPTY_PAGE:
        return 0
    return limit // 2 if page % PAGE_PATTERN == SHORT_PAGE else limit


def collect(desk: Desk, slot: int, room: int) -> tuple[list[dict[str, Any]], int]:
    """So many listed records from a place on, and the place behind them."""
    book, view = desk.organization.book, desk.organization.view
    entities: list[dict[str, Any]] = []
    while len(entities) < room and slot < book.slots():
        record = book.record(book.id_in_slot(slot), view)
        if record is not None and book.is_listed(record):
            entities.append(record)
        slot += 1
    return entities, slot


def _listing(ask: Ask, entities: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    page: dict[str, Any] = {"entities": entities, "selfUri": _uri(ask, ask.query)}
    if after is not None:
        page["cursors"] = {"after": after}
        page["nextUri"] = _uri(ask, {**ask.query, "cursor": after})
    else:
        page["cursors"] = {}
    return page


def _uri(ask: Ask, query: dict[str, str]) -> str:
    return f"{ask.path}?{urlencode(query)}" if query else ask.path


def scan_organizations(desk: Desk, ask: Ask) -> Answer:
    """`GET …/scan/organizations`, the same paging."""
    return _small_scan(desk, ask, "organizations", desk.organization.staff.external_organizations())


def external_sources(desk: Desk, ask: Ask) -> Answer:
    """`GET …/externalsources`; `name` filters by prefix."""
    sources = desk.organization.staff.sources()
    prefix, active = ask.query.get("name", "").lower(), ask.query.get("active")
    sources = [each for each in sources if each["name"].lower().startswith(prefix)]
    if active is not None:
        sources = [each for each in sources if each["active"] == (active.lower() == "true")]
    return _small_scan(desk, ask, "externalsources", sources)


def _small_scan(desk: Desk, ask: Ask, kind: str, rows: list[dict[str, Any]]) -> Answer:
    limit = ask.number("limit", 100, 10, 200)
    slot = 0
    if ask.query.get("cursor"):
        slot = desk.cursors.read(kind, desk.organization.now, ask.query["cursor"])["slot"]
    after = None
    if slot + limit < len(rows):
        after = desk.cursors.issue(kind, desk.organization.now, slot=slot + limit)
    return answer(_listing(ask, rows[slot : slot + limit], after))


# -- one contact


def contact(desk: Desk, ask: Ask) -> Answer:
    """`GET …/contacts/{id}`: a merged id answers with the canonical record."""
    return answer(resolved(desk, ask.names["id"], desk.organization.view))


def unresolved_contact(desk: Desk, ask: Ask) -> Answer:
    """`GET …/contacts/{id}/unresolved`: the record as stored, ancestor or not."""
    return answer(stored(desk, ask.names["id"], desk.organization.view))


def stored(desk: Desk, identity: str, view: View) -> dict[str, Any]:
    """The record as stored.

    Raises:
        Problem: 404, where there is none.
    """
    record = desk.organization.book.record(identity, view)
    if record is None:
        raise not_found("contact", identity)
    return record


def resolved(desk: Desk, identity: str, view: View) -> dict[str, Any]:
    """The record at the end of the merges.

    Raises:
        Problem: 404, where there is none.
    """
    stored(desk, identity, view)
    return stored(desk, desk.organization.book.canonical_id(identity, view), view)


# -- many contacts


def bulk_contacts(desk: Desk, ask: Ask) -> Answer:
    """`POST …/bulk/contacts`: many contacts by id, merged ids resolved."""
    return _bulk(desk, ask, resolved)


def bulk_unresolved_contacts(desk: Desk, ask: Ask) -> Answer:
    """`POST …/bulk/contacts/unresolved`: many records as stored."""
    return _bulk(desk, ask, stored)


def _bulk(desk: Desk, ask: Ask, read: Callable[[Desk, str, View], dict[str, Any]]) -> Answer:
    entities = ask.json().get("entities")
    if not isinstance(entities, list) or not all(
        isinstance(each, dict) and "id" in each for each in entities
    ):
        raise bad_request("entities must be a list of objects with an id.", "invalid.property")
    if len(entities) > desk.options.bulk_limit:
        raise bad_request(
            f"At most {desk.options.bulk_limit} entities can be asked for at once.", "invalid.value"
        )
    asked = [str(each["id"]) for each in entities]
    asked.sort(key=lambda each: each[-4:])
    results = [_bulk_result(desk, identity, read) for identity in asked]
    failed = [number for number, result in enumerate(results) if not result["success"]]
    return answer({"results": results, "errorCount": len(failed), "errorIndexes": failed})


def _bulk_result(
    desk: Desk, identity: str, read: Callable[[Desk, str, View], dict[str, Any]]
) -> dict[str, Any]:
    try:
        record = read(desk, identity, desk.organization.view)
    except Problem as problem:
        error = {"code": problem.code, "message": str(problem), "status": problem.status, "retryable": False}
        return {"id": identity, "success": False, "status": problem.status, "error": error}
    return {"id": identity, "success": True, "status": 200, "entity": record}


# -- by identifier


def identifier_lookup(desk: Desk, ask: Ask) -> Answer:
    """`POST …/identifierlookup/contacts`: the curated contact that holds an identifier, or 404."""
    body = ask.json()
    kind, value = body.get("type"), body.get("value")
    source = (body.get("externalSource") or {}).get("id")
    if not isinstance(kind, str) or not isinstance(value, str) or not value:
        raise Problem(422, "invalid.property", "type and value are required.")
    if kind == "ExternalId" and not isinstance(source, str):
        raise Problem(422, "invalid.property", "An ExternalId needs an externalSource.")
    for record in holders(desk, kind, value, source):
        return answer(record)
    raise not_found("contact", "identifier")


def holders(desk: Desk, kind: str, value: str, source: str | None) -> Iterator[dict[str, Any]]:
    """The canonical curated contacts that hold an identifier, each once."""
    book, view = desk.organization.book, desk.organization.view
    seen: set[str] = set()
    for identity in book.candidates(kind, value):
        canonical = book.canonical_id(identity, view)
        record = None if canonical in seen else book.record(canonical, view)
        seen.add(canonical)
        if record is not None and record["type"] == "Curated" and _holds(record, kind, value, source):
            yield record


def _holds(record: dict[str, Any], kind: str, value: str, source: str | None) -> bool:
    if kind == "ExternalId":
        return any(
            each["value"] == value and source in {None, each["externalSource"]["id"]}
            for each in record.get("externalIds", ())
        )
    if kind == "Phone":
        phones = (record.get(name) for name in ("workPhone", "cellPhone", "homePhone", "otherPhone"))
        return any(phone is not None and phone.get("e164") == value for phone in phones)
    mails = (record.get(name) for name in ("workEmail", "personalEmail", "otherEmail"))
    return kind == "Email" and any(mail is not None and mail.lower() == value.lower() for mail in mails)


def contact_identifiers(desk: Desk, ask: Ask) -> Answer:
    """`GET …/contacts/{id}/identifiers`: phones, mails and external ids of a contact."""
    record = resolved(desk, ask.names["id"], desk.organization.view)
    dated = {"dateCreated": record["createDate"], "division": record["division"]}
    phones = [record[name]["e164"] for name in ("cellPhone", "homePhone") if "e164" in record.get(name, {})]
    entities: list[dict[str, Any]] = [{"type": "Phone", "value": phone, **dated} for phone in phones]
    entities += [{"type": "ExternalId", **each, **dated} for each in record.get("externalIds", ())]
    return answer({"entities": entities})
