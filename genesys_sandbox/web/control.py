"""The sandbox's own endpoints, under `/sandbox/`: change the organization, read the truth and the log.

They need no token, spend no budget, suffer no fault and do not appear in the log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as Path

from genesys_sandbox.web import operations
from genesys_sandbox.world.instants import from_text
from genesys_sandbox.world.overlay import View

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from genesys_sandbox.web.desk import Desk

encode = msgspec.json.Encoder().encode
CHUNK = 200


def paths(desk: Desk) -> list[Path]:
    """The routes of the control."""

    async def operate(request: Request) -> Response:
        arguments = msgspec.json.decode(await request.body() or b"{}")
        try:
            result = operations.run(desk, request.path_params["name"], arguments)
        except operations.Refused as refused:
            return _json({"error": str(refused)}, 400)
        return _json({"result": result})

    async def log(request: Request) -> Response:
        if request.method == "DELETE":
            desk.log.clear()
        return _json(list(desk.log))

    async def faults(request: Request) -> Response:  # noqa: ARG001 - every endpoint is given one
        return _json(desk.trouble.hits)

    async def truth(request: Request) -> Response:
        return StreamingResponse(_lines(_rows(desk, request)), media_type="application/x-ndjson")

    return [
        Path("/sandbox/control/{name}", operate, methods=["POST"]),
        Path("/sandbox/requests", log, methods=["GET", "DELETE"]),
        Path("/sandbox/faults", faults, methods=["GET"]),
        Path("/sandbox/truth/{kind}", truth, methods=["GET"]),
    ]


def _json(value: object, status: int = 200) -> Response:
    return Response(encode(value), status, media_type="application/json")


def _rows(desk: Desk, request: Request) -> Iterator[bytes]:
    organization = desk.organization
    as_of = request.query_params.get("as_of")
    view = organization.view if as_of is None else View(from_text(as_of), organization.overlay.sequence)
    if request.path_params["kind"] == "conversations":
        return organization.truth(view) if desk.pages is None else desk.pages.conversations()
    return (encode(record) for record in organization.contacts(view))


async def _lines(rows: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Rows as lines, letting other requests through between chunks."""
    chunk: list[bytes] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield b"\n".join(chunk) + b"\n"
            chunk = []
            await asyncio.sleep(0)
    if chunk:
        yield b"\n".join(chunk) + b"\n"
