"""The HTTP application: what every request passes through before and after its endpoint."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from genesys_sandbox.web import control
from genesys_sandbox.web.routes import PLATFORM, Route
from genesys_sandbox.web.wire import Answer, Ask, Problem, not_found
from genesys_sandbox.world.instants import http_date

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from genesys_sandbox.web.desk import Desk
    from genesys_sandbox.web.tokens import Token

    Handler = Callable[[Request], Awaitable[Response]]

EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_app(desk: Desk) -> Starlette:
    """The application over one desk."""
    paths = [Path("/oauth/token", _login(desk), methods=["POST"])]
    paths += [Path(route.path, _guarded(desk, route), methods=[route.method]) for route in PLATFORM]
    paths += control.paths(desk)
    paths.append(Path("/{rest:path}", _guarded(desk, Route("", "", _nowhere)), methods=EVERY_METHOD))
    return Starlette(routes=paths)


def _nowhere(desk: Desk, ask: Ask) -> Answer:
    del desk
    raise not_found("resource", ask.path)


async def read_ask(request: Request) -> Ask:
    """The request, read whole."""
    body = await request.body()
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return Ask(
        request.method,
        request.url.path,
        dict(parse_qsl(request.url.query, keep_blank_values=True)),
        body,
        request.path_params,
        request.headers.get("authorization", ""),
        dict(parse_qsl(body.decode("latin-1"))) if form else {},
    )


def _login(desk: Desk) -> Handler:
    async def endpoint(request: Request) -> Response:
        ask = await read_ask(request)
        await _wait(desk)
        return _respond(desk, request, desk.tokens.issue(ask), {})

    return endpoint


def _guarded(desk: Desk, route: Route) -> Handler:
    """The endpoint behind token, budget and permission; errors become the envelope of Genesys."""

    async def endpoint(request: Request) -> Response:
        ask = await read_ask(request)
        await _wait(desk)
        correlation = desk.new_correlation_id()
        budget = desk.tokens.anonymous
        try:
            token = desk.tokens.find(ask.authorization)
            budget = token.budget
            answered = _serve(desk, route, ask, token)
        except Problem as problem:
            answered = Answer(problem.body(correlation), problem.status, problem.headers)
        headers = {"ININ-Correlation-Id": correlation, **budget.headers(time.monotonic())}
        return _respond(desk, request, answered, headers)

    return endpoint


def _serve(desk: Desk, route: Route, ask: Ask, token: Token) -> Answer:
    desk.tokens.spend(token)
    if route.permissions and desk.denied.issuperset(route.permissions):
        names = ", ".join(route.permissions)
        code = "missing.permissions" if len(route.permissions) == 1 else "missing.any.permissions"
        raise Problem(
            403,
            code,
            f"Unable to perform the requested action. You are missing the following permission(s): {names}",
            {"permissions": names},
        )
    return route.endpoint(desk, ask)


async def _wait(desk: Desk) -> None:
    if desk.options.latency_ms:
        await asyncio.sleep(desk.options.latency_ms / 1000)


def _respond(desk: Desk, request: Request, answered: Answer, headers: dict[str, str]) -> Response:
    desk.record(request.method, request.url.path, request.url.query, answered.status)
    all_headers = {"Date": http_date(desk.organization.now), **headers, **answered.headers}
    return Response(answered.body, answered.status, all_headers, "application/json")
