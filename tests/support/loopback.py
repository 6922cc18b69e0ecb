"""A server on loopback whose answers a test writes itself, down to the byte."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import Self

JOBS = "/api/v2/analytics/conversations/details/jobs"
SCAN = "/api/v2/externalcontacts/scan/contacts"
BULK = "/api/v2/externalcontacts/bulk/contacts/unresolved"
SELF_SIGNED = Path(__file__).with_name("self_signed.pem")
"""Certificate and key of 127.0.0.1."""

SETTLED = "2026-01-02T00:00:00.000Z"


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Answerer = Callable[[Asked], bytes]


def reply(body: bytes | str = b"{}", status: int = 200, **headers: str) -> bytes:
    """A whole HTTP answer, its length right unless `Content_Length` says otherwise."""
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    every = {"Content-Length": str(len(content)), "Connection": "close"} | named
    head = "".join(f"{name}: {value}\r\n" for name, value in every.items())
    return f"HTTP/1.1 {status} Made up\r\n{head}\r\n".encode() + content


class Loopback:
    """Serves while the context lasts, one connection a request; an empty answer cuts the connection.

    Attributes:
        url: Where it is reached.
        asked: What was asked so far, in order.
    """

    def __init__(
        self,
        answer: Answerer,
        *,
        hold_open: bool = False,
        is_self_signed: bool = False,
        drips_every_seconds: float = 0,
    ) -> None:
        """Answer every request so.

        Args:
            answer: Gives the answers.
            hold_open: Keep connections after the answer until the end.
            is_self_signed: Speak TLS, with a certificate that nobody vouches for.
            drips_every_seconds: Send answers byte by byte, with such pauses.
        """
        self._answer = answer
        self._drips_every_seconds = drips_every_seconds
        self._over = threading.Event()
        self._is_held_open = hold_open
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True, name="loopback")
        scheme = "https" if is_self_signed else "http"
        self._tls = _self_signed() if is_self_signed else None
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        if self._tls:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError:  # the other side wants none of it
                connection.close()
                return
        with connection, connection.makefile("rb") as lines:
            method, target, _ = lines.readline().decode().split()
            headers: dict[str, str] = {}
            while line := lines.readline().strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = lines.read(int(headers.get("content-length", 0)))
            parts = urlsplit(target)
            asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            self.asked.append(asked)
            answer = self._answer(asked)
            if self._drips_every_seconds:
                self._drip(connection, answer)
            else:
                connection.sendall(answer)
            if self._is_held_open:
                self._over.wait()

    def _drip(self, connection: socket.socket, answer: bytes) -> None:
        """Send byte by byte, until the other side has enough."""
        for byte in answer:
            if self._over.wait(self._drips_every_seconds):
                return
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return


def _self_signed() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    return context


def organization(
    contacts: Iterable[bytes] = (), conversations: Iterable[bytes] = (), **others: Answerer
) -> Answerer:
    """The platform's surface over payloads that are served to the byte; all on one page.

    Args:
        contacts: Payloads of the contact scan.
        conversations: Payloads of every details job.
        others: Answers of single endpoints instead: `token`, `scan`, `bulk`, `submit`, `poll`, `results`,
            `availability`.
    """
    token = {"access_token": "made-up-token", "token_type": "bearer", "expires_in": 86400}
    pages: dict[str, bytes] = {
        "token": json.dumps(token).encode(),
        "scan": b'{"entities":[' + b",".join(contacts) + b'],"cursors":{}}',
        "bulk": b'{"results":[]}',
        "submit": b'{"jobId":"job"}',
        "poll": b'{"state":"FULFILLED"}',
        "results": b'{"conversations":[' + b",".join(conversations) + b"]}",
        "availability": json.dumps({"dataAvailabilityDate": SETTLED}).encode(),
    }

    def answer(asked: Asked) -> bytes:
        name = endpoint(asked)
        return others[name](asked) if name in others else reply(pages[name])

    return answer


def endpoint(asked: Asked) -> str:
    """Which of the endpoints of `organization` was asked."""
    named = {"/oauth/token": "token", SCAN: "scan", BULK: "bulk", JOBS: "submit"}
    if asked.path in named:
        return named[asked.path]
    last = asked.path.rpartition("/")[2]
    return last if last in {"results", "availability"} else "poll"


def settings(server: Loopback, **more: Any) -> dict[str, Any]:
    """Settings of a tap that reads the one day of this organization."""
    return {
        "client_id": "made-up-client",
        "client_secret": "made-up-secret",
        "api_url": server.url,
        "login_url": server.url,
        "start_date": "2026-01-01T00:00:00Z",
    } | more
