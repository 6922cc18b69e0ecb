"""The command `genesys-sandbox`: one line of JSON on standard output when it listens, then silence."""

from __future__ import annotations

import os
import threading
import time
import types
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import click
import msgspec

from genesys_sandbox.options import Faults, SandboxOptions
from genesys_sandbox.sandbox import tap_config
from genesys_sandbox.serving import listen, make_server, url_of
from genesys_sandbox.web.app import build_app
from genesys_sandbox.web.desk import Desk
from genesys_sandbox.world.instants import from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn

WATCH_SECONDS = 0.5


def _click_type(field: msgspec.structs.FieldInfo) -> Any:  # noqa: ANN401 - click takes classes and instances
    kind = field.type
    kind = get_args(kind)[0] if get_origin(kind) not in {None, tuple, Union, types.UnionType} else kind
    return kind if kind in {int, float, str, bool} else str


def _options_of(struct: type[msgspec.Struct], prefix: str) -> Callable[[Any], Any]:
    """Adds a command line option for each simple field of the struct."""

    def decorate(command: Any) -> Any:  # noqa: ANN401 - as click's own decorators
        for field in reversed(msgspec.structs.fields(struct)):
            if field.name in {"faults", "denied_permissions"}:
                continue
            name = prefix + field.name.replace("_", "-")
            kind = _click_type(field)
            flags = f"--{name}/--no-{name}" if kind is bool else f"--{name}"
            destination = (prefix + field.name).replace("-", "_")
            command = click.option(
                flags, destination, type=kind, default=None, help=f"default: {field.default!r}"
            )(command)
        return command

    return decorate


def _collect(given: dict[str, Any], struct: type[msgspec.Struct], prefix: str) -> dict[str, Any]:
    names = {field.name: (prefix + field.name).replace("-", "_") for field in msgspec.structs.fields(struct)}
    return {name: given[key] for name, key in names.items() if given.get(key) is not None}


@click.command()
@click.option("--port", default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--stop-after-seconds", default=3600.0, show_default=True, help="End by itself after so long.")
@click.option("--exit-with-parent", type=int, default=None, help="End when the process of this id is gone.")
@click.option(
    "--options", "whole", default=None, help="All options as one JSON object; single ones win over it."
)
@click.option(
    "--denied-permission", "denied", multiple=True, help="A permission the client lacks; may be repeated."
)
@_options_of(SandboxOptions, "")
@_options_of(Faults, "fault-")
def main(
    port: int,
    stop_after_seconds: float,
    exit_with_parent: int | None,
    whole: str | None,
    denied: tuple[str, ...],
    **given: object,
) -> None:
    """Serve a made-up Genesys Cloud organization on loopback."""
    options = read_options(whole, denied, given)
    try:
        listener = listen(port)
    except OSError as failed:
        raise click.ClickException(f"cannot listen on port {port}: {failed.strerror}") from failed
    url = url_of(listener)
    server = make_server(build_app(Desk(options)))
    threading.Thread(target=_watch, args=(server, stop_after_seconds, exit_with_parent), daemon=True).start()
    click.echo(msgspec.json.encode({"url": url, "config": tap_config(options, url)}).decode())
    server.run(sockets=[listener])


def read_options(whole: str | None, denied: tuple[str, ...], given: dict[str, Any]) -> SandboxOptions:
    """The options from the command line.

    Raises:
        click.UsageError: One of them is wrong.
    """
    try:
        base = msgspec.to_builtins(msgspec.json.decode(whole or "{}", type=SandboxOptions))
        base["faults"] = {**base["faults"], **_collect(given, Faults, "fault-")}
        base["denied_permissions"] = [*base["denied_permissions"], *denied]
        options = msgspec.convert({**base, **_collect(given, SandboxOptions, "")}, SandboxOptions)
        from_text(options.now)
    except ValueError as wrong:  # msgspec's own among them
        raise click.UsageError(str(wrong)) from wrong
    return options


def _watch(server: uvicorn.Server, seconds: float, parent: int | None) -> None:
    """Ends the server when its time is over, or when the process that asked for it is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (parent is None or os.getppid() == parent):
        time.sleep(min(WATCH_SECONDS, max(0.0, deadline - time.monotonic())))
    server.should_exit = True
