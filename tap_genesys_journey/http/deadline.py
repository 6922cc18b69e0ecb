"""A time limit on a whole answer: the one on each wait would let an answer go on that comes byte by byte."""

from __future__ import annotations

import io
import socket
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class DeadlineAdapter(HTTPAdapter):
    """Sends as `requests` does; reading an answer fails once it takes longer than the limit of one wait.

    It is looked at between waits, so that an answer takes up to twice the limit. Through a SOCKS proxy only
    waits are limited.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as requests has it
        """Make connections that look at the time."""
        super().init_poolmanager(*args, **kwargs)
        _limit(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:  # noqa: ANN401  # as requests has it
        """Likewise through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        if type(manager) is ProxyManager:
            _limit(manager)
        return manager


def _limit(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = _POOLS


class _Reader(io.RawIOBase):
    """What comes out of a socket, until its time is over."""

    def __init__(self, connection: socket.socket) -> None:
        self._incoming = connection.makefile("rb", buffering=0)
        self._ends = monotonic() + (connection.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if monotonic() > self._ends:
            raise TimeoutError
        return self._incoming.readinto(buffer)

    def close(self) -> None:
        self._incoming.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that is read against the clock, head and body."""

    def __init__(self, connection: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # http.client's
        super().__init__(connection, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(connection))


class _Connection(HTTPConnection):
    response_class = _Answer


class _TlsConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS: Final = {"http": _Pool, "https": _TlsPool}
