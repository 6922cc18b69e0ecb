"""What an endpoint gets and gives, and how Genesys words an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

encode = msgspec.json.Encoder().encode


class Ask(msgspec.Struct):
    """One request, read whole."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    names: dict[str, Any]
    """The variable parts of the path."""
    authorization: str = ""
    form: dict[str, str] = {}

    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            Problem: It is not one.
        """
        try:
            value = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError:
            raise bad_request("The request body is not valid JSON.") from None
        if not isinstance(value, dict):
            raise bad_request("The request body is not an object.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query within bounds.

        Raises:
            Problem: It is none, or out of bounds.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or not low <= int(text) <= high:
            raise Problem(
                400,
                "invalid.query.param.value",
                f"The value of {name} must be between {low} and {high}.",
                {name: text},
            )
        return int(text)


class Answer(msgspec.Struct):
    """One answer before the headers that all answers have."""

    body: bytes | memoryview
    status: int = 200
    headers: dict[str, str] = {}


def answer(value: object, status: int = 200) -> Answer:
    """An answer with a JSON body."""
    return Answer(encode(value), status)


class Problem(Exception):  # noqa: N818 - an answer, not a fault of the program
    """An answer that is an error, with Genesys' envelope (fact sheet, section 9)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        params: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        """Keep what the envelope needs."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.params = dict(params or {})
        self.more = more
        self.headers: dict[str, str] = {}

    def body(self, correlation_id: str) -> bytes:
        """The envelope; `contextId` is the correlation id of the answer."""
        envelope = {
            "message": str(self),
            "code": self.code,
            "status": self.status,
            "messageWithParams": str(self),
            "messageParams": self.params,
            "contextId": correlation_id,
            "details": [],
            "errors": [],
            **self.more,
        }
        return encode(envelope)


def bad_request(message: str, code: str = "bad.request") -> Problem:
    """The request makes no sense."""
    return Problem(400, code, message)


def not_found(kind: str, identity: str) -> Problem:
    """The thing asked for is not there."""
    return Problem(
        404, "not.found", f"The requested {kind} was not found.", entityId=identity, entityName=kind
    )


def missing_permission(sufficient: tuple[str, ...]) -> Problem:
    """The client lacks all of the permissions of which one would be enough; the text names them."""
    names = ", ".join(sufficient)
    return Problem(
        403,
        "missing.permissions" if len(sufficient) == 1 else "missing.any.permissions",
        f"Unable to perform the requested action. You are missing the following permission(s): {names}",
        {"permissions": names},
    )


def too_large(rows: int, allowed: int) -> Problem:
    """The answer would hold too much; a smaller page is the way out."""
    return Problem(
        400,
        "response.entity.too.large",
        f"The response of {rows} rows is too large; request {allowed} or fewer, or expand less.",
    )
