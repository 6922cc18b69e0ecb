"""Requests and answers as values: what the layers above ask for and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final

_CORRELATION_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_ERROR_CODE: Final = re.compile(r"[a-z]+([._][a-z]+)+")
"""Codes are words of the API; whatever else a server puts there may be of a person."""


@dataclass(frozen=True)
class Call:
    """One call of the API.

    Attributes:
        method: `GET` or `POST`.
        path: Path below the API's address, as it may appear in logs.
        params: Query; never shown, for it may hold a customer's id.
        body: JSON body; never shown.
        permission: What the OAuth client needs for it, named when the answer is 403.
        gone: Statuses that say that the thing asked for, or the cursor to it, has ended.
    """

    method: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    permission: str = ""
    gone: tuple[int, ...] = (404, 410)

    def __str__(self) -> str:
        """Method and path, fit for logs and errors."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """One answer, whole.

    Attributes:
        status: HTTP status.
        headers: Case-insensitive.
        body: Every byte; never shown.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def correlation_id(self) -> str:
        """What Genesys' support asks for, "none" where the answer names none."""
        given = self.headers.get("ININ-Correlation-Id") or ""
        return given if _CORRELATION_ID.fullmatch(given) else "none"

    @property
    def served_at(self) -> datetime | None:
        """The server's clock when it answered, aware UTC; None where it does not tell."""
        try:
            return parsedate_to_datetime(self.headers.get("Date") or "").astimezone(timezone.utc)
        except ValueError:
            return None

    @property
    def error_code(self) -> str:
        """The `code` of an error envelope, empty where it holds none (fact sheet, section 9)."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        code = (body.get("code") or body.get("error")) if isinstance(body, dict) else None
        return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""

    @property
    def retry_after_seconds(self) -> float | None:
        """What the server asks to wait, plus one second because it is rounded (fact sheet, section 2)."""
        try:
            return max(0.0, float(self.headers.get("Retry-After", ""))) + 1.0
        except ValueError:
            return None
