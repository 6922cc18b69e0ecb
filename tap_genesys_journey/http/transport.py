"""The wire: sends one request, gives one whole answer, and turns what `requests` raises into our errors."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from tap_genesys_journey.exceptions import ApiError, RetryError
from tap_genesys_journey.http.deadline import DeadlineAdapter
from tap_genesys_journey.http.messages import Answer

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_MOVED_TO_GET = {301, 302, 303}
_NO_PROXY: dict[str, str] = {"http": "", "all": ""}
"""Plain http is for loopback: a proxy of the environment would carry the token beyond it."""


@dataclass(frozen=True)
class Request:
    """What goes over the wire, secrets included: never shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str | int] | None = field(default=None, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


class Transport(Protocol):
    """What the client needs of the wire."""

    def send(self, request: Request) -> Answer:
        """Send one request and give the whole answer.

        Raises:
            RetryError: No whole answer arrived.
            ApiError: The answer led to another host, or the host's certificate is not trusted.
        """


class RequestsTransport:
    """`requests`, with a time limit on every call and no redirect to another host."""

    def __init__(self, *, timeout_seconds: float, connections: int, user_agent: str) -> None:
        """Prepare a pool; nothing is sent yet.

        Args:
            timeout_seconds: Limit of each wait for the server, and of an answer; see `DeadlineAdapter`.
            connections: Requests in flight at once, whatever the number of threads.
            user_agent: Who asks.
        """
        self._timeout_seconds = timeout_seconds
        self._in_flight = threading.BoundedSemaphore(connections)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        self._session.mount("https://", DeadlineAdapter(pool_maxsize=connections))
        self._session.mount("http://", DeadlineAdapter(pool_maxsize=connections))

    def send(self, request: Request) -> Answer:
        """Send one request, following redirects within its own host only.

        Raises:
            RetryError: Connection lost, time limit passed, or body cut short.
            ApiError: Redirected to another host, too often, or nowhere; or a certificate is not trusted.
        """
        for _ in range(MAX_REDIRECTS):
            answer = self._send_once(request)
            if answer.status not in _REDIRECTS:
                return answer
            url = _redirect_target(request.url, answer.headers)
            request = dataclasses.replace(request, url=url, params=None)
            if answer.status in _MOVED_TO_GET:
                request = dataclasses.replace(request, method="GET", json=None, form=None)
        raise ApiError(
            f"{request.method} {urlsplit(request.url).path}: redirected more than {MAX_REDIRECTS} times"
        )

    def _send_once(self, request: Request) -> Answer:
        try:
            with (
                self._in_flight,
                self._session.request(
                    request.method,
                    request.url,
                    headers=request.headers,
                    auth=_as_it_is,
                    params=request.params,
                    json=request.json,
                    data=request.form,
                    timeout=self._timeout_seconds,
                    proxies=_NO_PROXY if request.url.startswith("http://") else None,
                    stream=True,
                    allow_redirects=False,
                ) as response,
            ):
                body = response.raw.read(decode_content=True)
                return Answer(response.status_code, response.headers, body)
        except (requests.Timeout, ReadTimeoutError) as error:
            raise RetryError(f"no answer within {self._timeout_seconds:g} s") from error
        except requests.ConnectionError as error:
            raise _connection_error(urlsplit(request.url).netloc, error) from error
        except (requests.RequestException, HTTPError) as error:  # the latter while the body is read
            raise RetryError(f"broken answer ({type(error).__name__})") from error


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps the headers; without it `requests` puts a login of the user's netrc in the token's place."""
    return request


def _connection_error(host: str, error: Exception) -> ApiError | RetryError:
    """What a failed connection asks for: a certificate that is not trusted stays so, the rest may pass."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ApiError(
                f"the certificate of {host} is not trusted ({cause.verify_message}); check region, api_url"
                " and login_url, or name your own authority's file in REQUESTS_CA_BUNDLE"
            )
        if isinstance(cause, socket.gaierror):
            return RetryError(f"no such host ({host}); check region, api_url, login_url and network")
        cause = cause.__context__
    return RetryError(f"connection lost or refused ({host}); check network and proxy")


def _redirect_target(url: str, headers: Mapping[str, str]) -> str:
    """Address to go on with.

    Raises:
        ApiError: It is another host's: the token must not go there. Or it is the same again.
    """
    target = urljoin(url, headers.get("Location") or "")
    if target == url:
        raise ApiError(f"{urlsplit(url).path}: redirected to itself, or to no address at all")
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise ApiError(
            f"{urlsplit(url).path}: redirected to another host ({urlsplit(target).hostname or 'none'}),"
            " which is refused; check region, api_url and login_url"
        )
    return target
