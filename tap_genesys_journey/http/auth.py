"""Access tokens: fetched when first needed, kept until they end, renewed once when refused."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from tap_genesys_journey.exceptions import ApiError, CredentialsError, RetryError
from tap_genesys_journey.http.messages import Answer
from tap_genesys_journey.http.retry import Retrier, Verdict, judge
from tap_genesys_journey.http.transport import Request, Transport
from tap_genesys_journey.http.waiting import Waiting

LEEWAY_SECONDS = 60.0
"""A token is renewed this long before it ends, or halfway through a shorter life."""


@dataclass(frozen=True)
class Token:
    """One access token.

    Attributes:
        value: The secret.
        expires_in_seconds: Its life as the login told it, None where it is unknown.
    """

    value: str = field(repr=False)
    expires_in_seconds: float | None = None


class TokenSource:
    """Gives every thread the same token and fetches one at a time."""

    def __init__(self, fetch: Callable[[], Token], waiting: Waiting) -> None:
        """Remember how to fetch; nothing is sent yet.

        Args:
            fetch: Asks the login for a token; raises CredentialsError when refused.
            waiting: The clock.
        """
        self._fetch = fetch
        self._waiting = waiting
        self._lock = threading.Lock()
        self._value = ""
        self._ends_at = 0.0

    def token(self) -> str:
        """A token that has not ended."""
        with self._lock:
            if not self._value or self._waiting.monotonic() >= self._ends_at:
                self._renew()
            return self._value

    def token_instead_of(self, refused: str) -> str:
        """Another token than the refused one: that of a thread that was quicker, else a fresh one."""
        with self._lock:
            if self._value == refused:
                self._renew()
            return self._value

    def _renew(self) -> None:
        token = self._fetch()
        life = token.expires_in_seconds
        self._value = token.value
        self._ends_at = float("inf") if life is None else self._waiting.monotonic() + max(
            life / 2, life - LEEWAY_SECONDS
        )  # fmt: skip


def given_token(value: str) -> Callable[[], Token]:
    """A fetch for a token that the user gave: it works once, for there is nothing to renew it with."""
    tokens = iter([Token(value)])

    def fetch() -> Token:
        for token in tokens:
            return token
        raise CredentialsError(
            "access_token was refused or has ended; give a new one, or none, and client_id and client_secret"
        )

    return fetch


class _TokenBody(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


@dataclass(frozen=True)
class OAuthClient:
    """The user's OAuth client; its secret never reaches a log."""

    login_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


def client_credentials(client: OAuthClient, transport: Transport, retrier: Retrier) -> Callable[[], Token]:
    """A fetch for `POST /oauth/token` with client credentials (fact sheet, section 1)."""
    pair = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()

    def attempt() -> Token:
        url = f"{client.login_url}/oauth/token"
        form = {"grant_type": "client_credentials"}
        answer = transport.send(Request("POST", url, {"Authorization": f"Basic {pair}"}, form=form))
        return _read_token(client, answer)

    return lambda: retrier.run("POST /oauth/token", attempt)


_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def _read_token(client: OAuthClient, answer: Answer) -> Token:
    if answer.status in _REFUSED:
        raise CredentialsError(
            f"{client.login_url} refused the login ({answer.error_code or answer.status});"
            " check client_id, client_secret and region"
        )
    if judge(answer) is not Verdict.USE:
        what = f"status {answer.status}, correlation id {answer.correlation_id}"
        if judge(answer) is Verdict.RETRY:
            raise RetryError(what, retry_after_seconds=answer.retry_after_seconds)
        raise ApiError(f"POST /oauth/token at {client.login_url}: {what}; check region and login_url")
    try:
        body = msgspec.json.decode(answer.body, type=_TokenBody)
    except msgspec.DecodeError as error:
        raise RetryError("the login's answer holds no token") from error
    return Token(body.access_token, body.expires_in)
