"""Faults on request: which answer is hit by which, and what is left of the answer then.

A draw depends on the seed, the request and how often it was made before, so a run can be repeated; a request
that is made again draws again. Faults can also be planned: the next so many answers of a kind.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from genesys_sandbox.web.tokens import too_many
from genesys_sandbox.web.wire import Problem
from genesys_sandbox.world.dice import share, text_number

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope, Send

    from genesys_sandbox.options import Faults
    from genesys_sandbox.web.wire import Answer, Ask

TRANSPORT = "sandbox.transport"
"""Where the server leaves the connection's transport, among the extensions of the scope."""

_STATUSES = {
    "status_500": (500, "internal.server.error", "The server encountered an unexpected condition."),
    "status_502": (502, "bad.gateway", "The gateway received an invalid response."),
    "status_503": (503, "service.unavailable", "Service Unavailable - The server is currently unavailable."),
    "status_504": (504, "gateway.timeout", "The request timed out."),
    "status_408": (
        408,
        "request.timeout",
        "The client did not produce a request within the server timeout limit.",
    ),
}
_LIMITS = ("status_429", "status_429_without_retry_after")
_SPOILING = ("cut_before", "cut_inside", "truncated_json", "html", "wrong_length")
ANSWER_FAULTS = (*_LIMITS, *_STATUSES, *_SPOILING, "slow")
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


class Planned(msgspec.Struct):
    """A fault that the next answers get."""

    kind: str
    count: int
    path: str


class Trouble:
    """Decides about faults; what it decides can be changed while the sandbox runs."""

    def __init__(self, seed: int, faults: Faults) -> None:
        """Nothing was asked yet."""
        self._seed = seed
        self.faults = faults
        self._asked: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        """How often each fault has happened."""
        self._planned: list[Planned] = []

    def plan(self, kind: str, count: int, path: str) -> None:
        """Give the next answers of a path a fault.

        Raises:
            ValueError: There is no such fault.
        """
        if kind not in ANSWER_FAULTS:
            raise ValueError(f"no fault {kind}; there are {', '.join(ANSWER_FAULTS)}")
        self._planned.append(Planned(kind, count, path))

    def is_planned(self, path: str) -> bool:
        """Whether a planned fault waits for an answer of this path."""
        return any(planned.count and path.startswith(planned.path) for planned in self._planned)

    def of_answer(self, ask: Ask) -> str | None:
        """The fault that the answer to this request gets, None mostly."""
        fault = self._fault_of(ask)
        if fault is not None:
            self.hits[fault] += 1
        return fault

    def _fault_of(self, ask: Ask) -> str | None:
        planned = self._take_planned(ask.path)
        if planned is not None or not ask.path.startswith(self.faults.only):
            return planned
        rates = [getattr(self.faults, kind) for kind in ANSWER_FAULTS]
        if not any(rates):
            return None
        drawn = self._draw(ask)
        for kind, rate in zip(ANSWER_FAULTS, rates, strict=True):
            if drawn < rate:
                return kind
            drawn -= rate
        return None

    def _take_planned(self, path: str) -> str | None:
        for planned in self._planned:
            if planned.count and path.startswith(planned.path):
                planned.count -= 1
                return planned.kind
        return None

    def _draw(self, ask: Ask) -> float:
        key = f"{ask.method} {ask.path} {sorted(ask.query.items())}"
        self._asked[key] += 1
        return share(self._seed, text_number(key), self._asked[key])

    def happens(self, kind: str, *parts: int) -> bool:
        """Whether a fault that is none of an answer happens to the thing that the parts name."""
        rate: float = getattr(self.faults, kind)
        does = rate > 0 and share(self._seed, text_number(kind), *parts) < rate
        self.hits[kind] += does
        return does

    def raise_status(self, fault: str | None, allowed: int) -> None:
        """Answer with an error where the fault is one.

        Raises:
            Problem: It is.
        """
        if fault in _LIMITS:
            seconds = self.faults.retry_after_seconds
            raise too_many(seconds, allowed, retry_after=fault == "status_429")
        if fault in _STATUSES:
            raise Problem(*_STATUSES[fault])


def spoiled(answered: Answer, headers: dict[str, str], fault: str | None) -> Response | None:
    """What is sent in place of the answer where a fault spoils it, None where none does."""
    if fault not in _SPOILING:
        return None
    body, status = bytes(answered.body), answered.status
    half = body[: len(body) // 2]
    spoilt: dict[str, Response] = {
        "cut_before": Severed(b""),
        "cut_inside": Severed(_raw(status, headers, len(body)) + half),
        "wrong_length": Severed(_raw(status, headers, len(half)) + body),
        "truncated_json": Response(half, status, headers, "application/json"),
        "html": Response(PAGE, 200, headers, "text/html"),
    }
    return spoilt[fault]


def _raw(status: int, headers: dict[str, str], length: int) -> bytes:
    """The head of an HTTP answer that claims a length."""
    lines = [f"HTTP/1.1 {status} Answer", "content-type: application/json", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


class Severed(Response):
    """Sends some bytes as they are, then closes the connection."""

    def __init__(self, raw: bytes) -> None:
        """Nothing of a proper answer but these bytes."""
        super().__init__()
        self._bytes = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write, close, and wait until the server has noticed; `send` stays unused."""
        del send
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        if self._bytes:
            transport.write(self._bytes)
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass
