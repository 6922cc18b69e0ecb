"""Serves the application on loopback, from a thread of its own or in the foreground."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.applications import Starlette

BACKLOG = 2048


def listen(port: int = 0) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener


def url_of(listener: socket.socket) -> str:
    """Where the socket is reached."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def make_server(app: Starlette) -> uvicorn.Server:
    """A server that says nothing and sets no header of its own."""
    config = uvicorn.Config(
        app,
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
    """A server that runs in a thread until it is stopped."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        """Listen at once, so that a client may connect before the thread has begun."""
        self._listener = listen(port)
        self.url = url_of(self._listener)
        self._server = make_server(app)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="genesys-sandbox", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for the thread."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._listener.close()
