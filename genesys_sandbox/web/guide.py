"""The surface that the guide describes: contacts and each contact's conversations, by opaque page tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.web.contacts import REPEATED, collect, holders, resolved, stored
from genesys_sandbox.web.wire import Answer, Ask, answer, bad_request, not_found
from genesys_sandbox.world import projection
from genesys_sandbox.world.dice import text_number
from genesys_sandbox.world.overlay import View

if TYPE_CHECKING:
    from genesys_sandbox.web.desk import Desk

ROOT = "/api/v2/external-contacts"
LARGEST_PAGE = 200


def _page_size(ask: Ask) -> int:
    if "pageNumber" in ask.query:
        raise bad_request("pageNumber is not supported; use pageToken.", "invalid.query.param.value")
    return ask.number("pageSize", 25, 1, LARGEST_PAGE)


def _token(desk: Desk, ask: Ask, kind: str) -> dict[str, int]:
    text = ask.query.get("pageToken")
    if not text:
        return {}
    position = desk.cursors.read(kind, desk.organization.now, text)
    desk.fail_expired_cursor(position["serial"])
    return position


def _listing(desk: Desk, ask: Ask, page: dict[str, Any], after: str | None) -> Answer:
    """A page; the last one leaves `nextPageToken` out or says null. A fault gives the same token again."""
    token = ask.query.get("pageToken")
    if token and desk.trouble.happens("endless_token", text_number(token)):
        after = token
    if after is not None or desk.options.guide_null_token:
        page["nextPageToken"] = after
    return answer(page)


# -- contacts


def contacts(desk: Desk, ask: Ask) -> Answer:
    """`GET /external-contacts`: all contacts, or those that hold an external id."""
    if "externalId" in ask.query:
        return _by_external_id(desk, ask)
    size, position = _page_size(ask), _token(desk, ask, "guide contacts")
    records, slot = collect(desk, position.get("slot", 0), size)
    after = None
    if slot < desk.organization.book.slots():
        after = desk.cursors.issue("guide contacts", desk.organization.now, slot=slot)
    page = {"pageSize": size, "entities": [projection.contact(record) for record in records]}
    return _listing(desk, ask, page, after)


def _by_external_id(desk: Desk, ask: Ask) -> Answer:
    """The contact itself, or a list of one by option; a list, too, where several hold the id."""
    found = [
        projection.contact(record) for record in holders(desk, "ExternalId", ask.query["externalId"], None)
    ]
    size = _page_size(ask)
    if len(found) == 1 and desk.options.guide_bare_contact:
        return answer(found[0])
    if not found and desk.options.guide_bare_contact:
        raise not_found("contact", "externalId")
    return answer({"pageSize": size, "pageNumber": 1, "total": len(found), "entities": found[:size]})


def contact(desk: Desk, ask: Ask) -> Answer:
    """`GET /external-contacts/{id}`: a merged id leads to the canonical contact, in one of three ways."""
    identity, view = ask.names["id"], desk.organization.view
    record = stored(desk, identity, view)
    canonical = resolved(desk, identity, view)
    if canonical["id"] != identity and desk.options.guide_merged == "redirect":
        return Answer(b"", 302, {"Location": f"{ROOT}/{canonical['id']}"})
    if desk.options.guide_merged == "stored":
        return answer(projection.contact(record))
    return answer(projection.contact(canonical))


def unresolved_contact(desk: Desk, ask: Ask) -> Answer:
    """`GET /external-contacts/{id}/unresolved`: the record as stored."""
    return answer(projection.contact(stored(desk, ask.names["id"], desk.organization.view)))


# -- conversations


def conversations(desk: Desk, ask: Ask) -> Answer:
    """`GET /conversations?externalContactId=…`: a contact's conversations as they were at the first page."""
    identity, order = _asked(ask)
    kind = f"guide {identity} {order}"
    size, position = _page_size(ask), _token(desk, ask, kind)
    organization = desk.organization
    view = View(position.get("at", organization.now), position.get("sequence", organization.overlay.sequence))
    numbers = organization.numbers_of_contacts(_carried(desk, identity, view), view)
    if order == "DESC":
        numbers.reverse()
    start, page_number = position.get("start", 0), position.get("page", 1)
    chosen = numbers[start : start + size]
    rows = [_conversation(desk, number, view) for number in chosen]
    page = {"pageSize": size, "pageNumber": page_number, "total": len(numbers), "entities": rows}
    after = start + len(chosen)
    if after >= len(numbers):
        return _listing(desk, ask, page, None)
    if desk.trouble.happens("repeated_rows", text_number(identity), start):
        after = max(start + 1, after - REPEATED)
    place = {"at": view.at, "sequence": view.sequence, "start": after, "page": page_number + 1}
    return _listing(desk, ask, page, desk.cursors.issue(kind, organization.now, **place))


def _asked(ask: Ask) -> tuple[str, str]:
    """The contact id and the order of a listing of conversations."""
    identity, order = ask.query.get("externalContactId"), ask.query.get("sortOrder", "DESC").upper()
    if not identity or order not in {"ASC", "DESC"}:
        raise bad_request(
            "externalContactId is required; sortOrder is ASC or DESC.", "invalid.query.param.value"
        )
    return identity, order


def _carried(desk: Desk, identity: str, view: View) -> frozenset[str]:
    """The ids on conversations that the asked one stands for: with those merged into it, or alone."""
    book = desk.organization.book
    if not desk.options.guide_redirects_history or book.canonical_id(identity, view) != identity:
        return frozenset((identity,))
    return frozenset(book.merges.merge_set(identity, view))


def _conversation(desk: Desk, number: int, view: View) -> dict[str, Any]:
    script = desk.organization.script(number, view)
    given = script.guide_payload or script.payload
    if given is not None:
        return given
    return projection.conversation(msgspec.json.decode(desk.organization.encoded(number, view) or b"{}"))
