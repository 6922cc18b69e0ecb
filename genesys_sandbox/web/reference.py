"""Reference lists on the platform surface (fact sheet, section 8), and who is asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from genesys_sandbox.web.wire import Answer, Ask, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from genesys_sandbox.web.desk import Desk
    from genesys_sandbox.world.staff import Staff


def _numbered(ask: Ask, rows: list[dict[str, Any]], largest: int) -> Answer:
    """A page by number, with everything these lists say about paging."""
    size = ask.number("pageSize", 25, 1, largest)
    number = ask.number("pageNumber", 1, 1, 1 << 31)
    count = max(1, -(-len(rows) // size))

    def uri(page: int) -> str:
        return f"{ask.path}?{urlencode({**ask.query, 'pageSize': size, 'pageNumber': page})}"

    page: dict[str, Any] = {
        "entities": rows[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(rows),
        "pageCount": count,
        "selfUri": uri(number),
        "firstUri": uri(1),
        "lastUri": uri(count),
    }
    if number < count:
        page["nextUri"] = uri(number + 1)
    if number > 1:
        page["previousUri"] = uri(number - 1)
    return answer(page)


def numbered(
    rows: Callable[[Staff], list[dict[str, Any]]], largest: int = 500
) -> Callable[[Desk, Ask], Answer]:
    """An endpoint that lists entities by page number."""

    def endpoint(desk: Desk, ask: Ask) -> Answer:
        return _numbered(ask, rows(desk.organization.staff), largest)

    return endpoint


def users(desk: Desk, ask: Ask) -> Answer:
    """`GET /api/v2/users`: active ones unless `state` asks for others."""
    wanted = ask.query.get("state", "active")
    rows = [each for each in desk.organization.staff.users() if wanted in {"any", each["state"]}]
    return _numbered(ask, rows, 500)


def flows(desk: Desk, ask: Ask) -> Answer:
    """`GET /api/v2/flows`: `deleted=true` lists the deleted ones, too."""
    staff = desk.organization.staff
    rows = staff.flows()
    if ask.query.get("deleted", "false").lower() == "true":
        rows = [*rows, *staff.flows(deleted=True)]
    return _numbered(ask, rows, 500)


def teams(desk: Desk, ask: Ask) -> Answer:
    """`GET /api/v2/teams`: `after` pages, the next one named by `nextUri` alone."""
    rows = desk.organization.staff.teams()
    size = ask.number("pageSize", 25, 1, 100)
    start = ask.number("after", 0, 0, len(rows))
    page: dict[str, Any] = {"entities": rows[start : start + size], "selfUri": ask.path}
    if start + size < len(rows):
        page["nextUri"] = f"{ask.path}?{urlencode({'pageSize': size, 'after': start + size})}"
    return answer(page)


def organization(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 - one of a table
    """`GET /api/v2/organizations/me`."""
    return answer(desk.organization.staff.organization())


def token(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 - one of a table
    """`GET /api/v2/tokens/me`: the organization and the OAuth client behind the token."""
    named = {name: desk.organization.staff.organization()[name] for name in ("id", "name")}
    client = {
        "id": desk.options.client_id,
        "name": "Sandbox client",
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "state": "active",
        "organization": named,
    }
    return answer(
        {"organization": named, "homeOrganization": named, "authorizedScope": [], "OAuthClient": client}
    )
