"""The HTTP application: what every request passes through before and after its endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as Path

from genesys_sandbox.web import control
from genesys_sandbox.web.faults import spoiled
from genesys_sandbox.web.routes import GUIDE, PLATFORM, Route
from genesys_sandbox.web.wire import Answer, Ask, Problem, missing_permission, not_found
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
    paths += [
        Path(route.path, _guarded(desk, route), methods=[route.method]) for route in (*PLATFORM, *GUIDE)
    ]
    paths += control.paths(desk)
    paths.append(Path("/{rest:path}", _guarded(desk, Route("", "", _nowhere)), methods=EVERY_METHOD))
    return Starlette(routes=paths, exception_handlers={ClientDisconnect: _nobody_there})


def _nobody_there(_request: Request, _left: Exception) -> Response:
    """A client that left before its request was whole gets an answer that nobody reads."""
    return Response(status_code=400)


def _nowhere(desk: Desk, ask: Ask) -> Answer:
    del desk
    raise not_found("resource", ask.path)


async def read_ask(request: Request) -> Ask:
    """The request, read whole."""
    body = await request.body()
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return Ask(
        request.method,
        request.scope["path"],
        dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        body,
        request.path_params,
        request.headers.get("authorization", ""),
        dict(parse_qsl(body.decode("latin-1"))) if form else {},
    )


def _login(desk: Desk) -> Handler:
    async def endpoint(request: Request) -> Response:
        ask = await read_ask(request)
        fault = (
            desk.trouble.of_answer(ask)
            if desk.trouble.faults.token or desk.trouble.is_planned(ask.path)
            else None
        )
        await _wait(desk, request, fault)
        try:
            desk.trouble.raise_status(fault, desk.tokens.anonymous.allowed)
            answered = desk.tokens.issue(ask)
        except Problem as problem:
            answered = Answer(problem.body(desk.new_correlation_id()), problem.status, problem.headers)
        return _respond(desk, request, answered, {}, fault)

    return endpoint


def _guarded(desk: Desk, route: Route) -> Handler:
    """The endpoint behind token, budget and permission; errors become the envelope of Genesys."""

    async def endpoint(request: Request) -> Response:
        ask = await read_ask(request)
        fault = desk.trouble.of_answer(ask)
        await _wait(desk, request, fault)
        correlation = desk.new_correlation_id()
        budget = desk.tokens.anonymous
        try:
            token = desk.tokens.find(ask.authorization)
            budget = token.budget
            answered = _serve(desk, route, ask, token, fault)
        except Problem as problem:
            answered = Answer(problem.body(correlation), problem.status, problem.headers)
        told = budget.guide_headers() if route.is_guide else budget.headers(time.monotonic())
        headers = {"ININ-Correlation-Id": correlation, **told}
        return _respond(desk, request, answered, headers, fault)

    return endpoint


def _serve(desk: Desk, route: Route, ask: Ask, token: Token, fault: str | None) -> Answer:
    desk.tokens.spend(token)
    is_used = token.budget.count > 1  # a token that had just been issued would be refused credentials
    if is_used and desk.trouble.happens("expired_token", token.budget.count, token.serial):
        token.life_seconds = 0
        desk.tokens.find(ask.authorization)
    desk.trouble.raise_status(fault, token.budget.allowed)
    if route.permissions and desk.denied.issuperset(route.permissions):
        raise missing_permission(route.permissions)
    return route.endpoint(desk, ask)


async def _wait(desk: Desk, request: Request, fault: str | None) -> None:
    """Let the latency pass; a slow answer takes longer, unless nobody waits for it any more."""
    if desk.options.latency_ms:
        await asyncio.sleep(desk.options.latency_ms / 1000)
    if fault == "slow":
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(_client_has_left(request), desk.trouble.faults.slow_seconds)


async def _client_has_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _respond(
    desk: Desk, request: Request, answered: Answer, headers: dict[str, str], fault: str | None
) -> Response:
    all_headers = {"Date": http_date(desk.organization.now), **headers, **answered.headers}
    response = spoiled(answered, all_headers, fault)
    query = request.scope["query_string"].decode("latin-1")
    desk.record(request.method, request.scope["path"], query, 0 if fault == "cut_before" else answered.status)
    return response or Response(answered.body, answered.status, all_headers, "application/json")
