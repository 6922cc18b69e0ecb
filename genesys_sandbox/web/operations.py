"""What can be done to a sandbox while it runs, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.options import Faults
from genesys_sandbox.world.added import added_conversation
from genesys_sandbox.world.dice import IdSpace
from genesys_sandbox.world.instants import SECOND, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from genesys_sandbox.web.desk import Desk


class Refused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The operation makes no sense."""


def run(desk: Desk, name: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - each operation has its own
    """Do one operation; its result is something JSON can hold.

    Raises:
        Refused: There is no such operation, or it makes no sense.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Refused(f"no operation {name}; there are {', '.join(sorted(OPERATIONS))}")
    try:
        result = operation(desk, **arguments)
    except (TypeError, ValueError, msgspec.ValidationError) as wrong:
        raise Refused(str(wrong)) from wrong
    desk.organization.forget()
    return result


# -- conversations


def add_conversation(desk: Desk, **given: object) -> str:
    """A conversation the generator does not know; returns its id."""
    organization = desk.organization
    number = len(organization.overlay.order)
    identity = IdSpace(desk.options.seed, "added conversation").encode(number)
    script = added_conversation(organization.staff, identity, organization.now, given)
    if script.identity in organization.overlay.added_conversations:
        raise Refused("a conversation of that id was added before")
    organization.overlay.add_conversation(script)
    return script.identity


def _change(desk: Desk, identity: str, kind: str, **detail: object) -> None:
    organization = desk.organization
    number = organization.number_of(identity)
    if number is None or organization.payload(number, organization.view) is None:
        raise Refused("there is no conversation of that id")
    organization.overlay.change_conversation(identity, organization.now, kind, detail)


def end_conversation(
    desk: Desk, conversation_id: str, wrap_up_code: str | None = None, disconnect_type: str = "peer"
) -> None:
    """Everybody leaves now."""
    _change(desk, conversation_id, "end", wrap_up_code=wrap_up_code, disconnect_type=disconnect_type)


def reopen_conversation(desk: Desk, conversation_id: str) -> None:
    """The customer comes back into a conversation that had ended."""
    _change(desk, conversation_id, "reopen")


def link_conversation(desk: Desk, conversation_id: str, contact_id: str) -> None:
    """The customer of a conversation is now known."""
    _change(desk, conversation_id, "link", contact_id=contact_id)


def wrap_up_conversation(desk: Desk, conversation_id: str, code: str) -> None:
    """A wrap-up turns up in the data late."""
    _change(desk, conversation_id, "wrapup", code=code)


# -- contacts


def add_contact(desk: Desk, **fields: object) -> str:
    """A contact record; returns its id."""
    organization = desk.organization
    identity = str(fields.pop("id", None) or organization.book.new_id())
    organization.overlay.add_contact(identity, organization.now, fields)
    return identity


def _stored(desk: Desk, identity: str) -> dict[str, Any]:
    record = desk.organization.book.record(identity, desk.organization.view)
    if record is None:
        raise Refused("there is no contact of that id")
    return record


def modify_contact(desk: Desk, contact_id: str, **fields: object) -> None:
    """New values of a contact; one that was merged away changes no more."""
    if "mergedTo" in _stored(desk, contact_id):
        raise Refused("a contact that was merged away cannot be changed")
    desk.organization.overlay.change_contact(contact_id, desk.organization.now, fields)


def remove_contact(desk: Desk, contact_id: str) -> None:
    """The contact is gone; asked for, it is not found."""
    _stored(desk, contact_id)
    desk.organization.overlay.change_contact(contact_id, desk.organization.now, None)


def merge_contacts(desk: Desk, contact_ids: list[str]) -> str:
    """Contacts become one new contact; returns its id."""
    if len(contact_ids) < 2:  # noqa: PLR2004 - a merge needs two
        raise Refused("a merge needs two contacts")
    for identity in contact_ids:
        if "mergedTo" in _stored(desk, identity):
            raise Refused("a contact that was merged away cannot be merged again")
    result = desk.organization.book.new_id()
    desk.organization.overlay.merge(desk.organization.now, tuple(contact_ids), result)
    return result


# -- clock and data


def set_clock(desk: Desk, instant: str) -> str:
    """Move the clock, forward or back; returns where it stands."""
    desk.organization.set_clock(from_text(instant))
    return to_text(desk.organization.now)


def advance(desk: Desk, seconds: float) -> str:
    """Let so many seconds pass; returns where the clock stands."""
    desk.organization.set_clock(desk.organization.now + int(seconds * SECOND))
    return to_text(desk.organization.now)


def set_availability(desk: Desk, instant: str | None = None) -> str:
    """Fix the data-availability date, or let it follow the clock again (None); returns it."""
    desk.organization.set_availability(None if instant is None else from_text(instant))
    return to_text(desk.organization.watermark)


# -- limits and faults


def expire_cursors(desk: Desk) -> None:
    """Every scan cursor issued so far is over."""
    desk.cursors.expire_all()


def expire_jobs(desk: Desk) -> None:
    """Every job submitted so far is over."""
    desk.jobs.expire_all()


def expire_tokens(desk: Desk) -> None:
    """Every token issued so far is over."""
    desk.tokens.expire_all()


def set_requests_per_minute(desk: Desk, allowed: int) -> None:
    """Another budget for every token; 0 is none."""
    desk.tokens.set_requests_per_minute(allowed)


def set_faults(desk: Desk, **rates: object) -> None:
    """Other rates of faults from now on; those not named are none."""
    desk.trouble.faults = msgspec.convert(rates, Faults)


def plan_faults(desk: Desk, kind: str, count: int = 1, path: str = "") -> None:
    """The next so many answers of paths that begin so get this fault."""
    desk.trouble.plan(kind, count, path)


def deny_permission(desk: Desk, permission: str) -> None:
    """The OAuth client loses a permission."""
    desk.denied.add(permission)


def allow_permission(desk: Desk, permission: str) -> None:
    """The OAuth client gets a permission back."""
    desk.denied.discard(permission)


OPERATIONS: dict[str, Callable[..., Any]] = {
    operation.__name__: operation
    for operation in (
        add_conversation,
        end_conversation,
        reopen_conversation,
        link_conversation,
        wrap_up_conversation,
        add_contact,
        modify_contact,
        remove_contact,
        merge_contacts,
        set_clock,
        advance,
        set_availability,
        expire_cursors,
        expire_jobs,
        expire_tokens,
        set_requests_per_minute,
        set_faults,
        plan_faults,
        deny_permission,
        allow_permission,
    )
}
