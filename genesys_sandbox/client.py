"""Talks to a running sandbox's own endpoints: its control, its truth and its log."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMEOUT_SECONDS = 300


class ServedRequest(NamedTuple):
    """One request that the sandbox answered; `time` is of its monotonic clock, in seconds."""

    method: str
    path: str
    query: str
    status: int
    time: float


class RefusedError(Exception):
    """The sandbox was asked for something that makes no sense."""


class Line:
    """One address, a new connection for each call."""

    def __init__(self, url: str) -> None:
        """Remember where the sandbox is."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

    def call(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The decoded answer.

        Raises:
            RefusedError: The sandbox says that the call makes no sense.
        """
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, None if body is None else msgspec.json.encode(body))
            response = connection.getresponse()
            value = msgspec.json.decode(response.read())
        finally:
            connection.close()
        if response.status >= 400:  # noqa: PLR2004 - the border of HTTP errors
            raise RefusedError(value["error"])
        return value

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of an answer as they come."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            for line in connection.getresponse():
                yield line.rstrip(b"\n")
        finally:
            connection.close()


class Truth:
    """What the organization really holds, now or at an instant."""

    def __init__(self, line: Line) -> None:
        """Ask over this line."""
        self._line = line

    def raw_conversations(self, as_of: str | None = None) -> Iterator[bytes]:
        """Every conversation that has started, as JSON, in order of start."""
        return self._line.lines(f"/sandbox/truth/conversations{_as_of(as_of)}")

    def conversations(self, as_of: str | None = None) -> Iterator[dict[str, Any]]:
        """Every conversation that has started, in order of start."""
        return (msgspec.json.decode(line) for line in self.raw_conversations(as_of))

    def contacts(self, as_of: str | None = None) -> Iterator[dict[str, Any]]:
        """Every contact record as stored: auto-created ones and ancestors, too."""
        return (
            msgspec.json.decode(line) for line in self._line.lines(f"/sandbox/truth/contacts{_as_of(as_of)}")
        )

    def canonical_ids(self, as_of: str | None = None) -> dict[str, str]:
        """Every contact id, and the id at the end of its merges."""
        return {each["id"]: (each.get("canonicalContact") or each)["id"] for each in self.contacts(as_of)}


def _as_of(instant: str | None) -> str:
    return "" if instant is None else f"?as_of={quote(instant)}"


class Control:
    """Changes a running sandbox."""

    def __init__(self, line: Line) -> None:
        """Act over this line."""
        self._line = line

    def _do(self, name: str, **arguments: object) -> Any:  # noqa: ANN401 - each operation has its own
        return self._line.call("POST", f"/sandbox/control/{name}", arguments)["result"]

    def add_conversation(self, **wish: object) -> str:
        """A further conversation, described by the fields of `Wish`; returns its id."""
        return str(self._do("add_conversation", **wish))

    def end_conversation(
        self, conversation_id: str, *, wrap_up_code: str | None = None, disconnect_type: str = "peer"
    ) -> None:
        """Everybody leaves now."""
        self._do(
            "end_conversation",
            conversation_id=conversation_id,
            wrap_up_code=wrap_up_code,
            disconnect_type=disconnect_type,
        )

    def reopen_conversation(self, conversation_id: str) -> None:
        """The customer comes back into a conversation that had ended."""
        self._do("reopen_conversation", conversation_id=conversation_id)

    def link_conversation(self, conversation_id: str, contact_id: str) -> None:
        """The customer of a conversation becomes known."""
        self._do("link_conversation", conversation_id=conversation_id, contact_id=contact_id)

    def wrap_up_conversation(self, conversation_id: str, code: str) -> None:
        """A wrap-up turns up in the data late."""
        self._do("wrap_up_conversation", conversation_id=conversation_id, code=code)

    def add_contact(self, **fields: object) -> str:
        """A further contact record with these fields of the wire; returns its id."""
        return str(self._do("add_contact", **fields))

    def modify_contact(self, contact_id: str, **fields: object) -> None:
        """New values of a contact."""
        self._do("modify_contact", contact_id=contact_id, **fields)

    def remove_contact(self, contact_id: str) -> None:
        """The contact is not found any more."""
        self._do("remove_contact", contact_id=contact_id)

    def merge_contacts(self, contact_ids: Sequence[str]) -> str:
        """Contacts become one new contact; returns its id."""
        return str(self._do("merge_contacts", contact_ids=list(contact_ids)))

    def set_clock(self, instant: str) -> str:
        """Move the clock to an instant; returns where it stands."""
        return str(self._do("set_clock", instant=instant))

    def advance(self, seconds: float) -> str:
        """Let so many seconds pass; returns where the clock stands."""
        return str(self._do("advance", seconds=seconds))

    def set_availability(self, instant: str | None) -> str:
        """Fix the data-availability date, or let it follow the clock again (None); returns it."""
        return str(self._do("set_availability", instant=instant))

    def expire_cursors(self) -> None:
        """Every scan cursor issued so far is over."""
        self._do("expire_cursors")

    def expire_jobs(self) -> None:
        """Every job submitted so far is over."""
        self._do("expire_jobs")

    def expire_tokens(self) -> None:
        """Every token issued so far is over."""
        self._do("expire_tokens")

    def set_requests_per_minute(self, allowed: int) -> None:
        """Another budget for every token; 0 is none."""
        self._do("set_requests_per_minute", allowed=allowed)

    def set_faults(self, **rates: object) -> None:
        """Other rates of faults from now on, named as the fields of `Faults`; those not named are none."""
        self._do("set_faults", **rates)

    def plan_faults(self, kind: str, *, count: int = 1, path: str = "") -> None:
        """The next so many answers of paths that begin so get a fault, named as a field of `Faults`."""
        self._do("plan_faults", kind=kind, count=count, path=path)

    def deny_permission(self, permission: str) -> None:
        """The OAuth client loses a permission."""
        self._do("deny_permission", permission=permission)

    def allow_permission(self, permission: str) -> None:
        """The OAuth client gets a permission back."""
        self._do("allow_permission", permission=permission)
