"""Serves the application on loopback, from a thread of its own or in the foreground."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from genesys_sandbox.web.faults import TRANSPORT

if TYPE_CHECKING:
    from starlette.applications import Starlette

BACKLOG = 2048
STOP_SECONDS = 10


def listen(port: int = 0) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener


def url_of(listener: socket.socket) -> str:
    """Where the socket is reached."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


class Connection(HttpToolsProtocol):
    """A connection whose transport an answer may cut."""

    def on_message_begin(self) -> None:
        """Leave the transport where the application finds it."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item] # an extension of our own


def make_server(app: Starlette) -> uvicorn.Server:
    """A server that says nothing and sets no header of its own."""
    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        date_header=False,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


class ServerThread:
    """A server that runs in a thread until it is stopped, which takes no time."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        """Listen at once, so that a client may connect before the thread has begun."""
        self._listener = listen(port)
        self.url = url_of(self._listener)
        self._server = make_server(app)
        self._loop = (self._server.config.get_loop_factory() or asyncio.new_event_loop)()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="genesys-sandbox", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_SECONDS)
        self._listener.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self) -> None:
        """What `uvicorn.Server.serve` does, without looking ten times a second whether to stop."""
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._listener])
        await self._stop.wait()
        for listening in self._server.servers:
            listening.close()
        tasks = list(self._server.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._server.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
