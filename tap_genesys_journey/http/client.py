"""One call of the API, with its pace, its token, its retries, and its errors in our words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from tap_genesys_journey.exceptions import (
    ApiError,
    CredentialsError,
    ForbiddenError,
    GoneError,
    RetryError,
    SkipError,
    TooLargeError,
)
from tap_genesys_journey.http.auth import TokenSource
from tap_genesys_journey.http.bodies import decode_json
from tap_genesys_journey.http.messages import Answer, Call
from tap_genesys_journey.http.pacing import Pacer
from tap_genesys_journey.http.retry import Retrier, Verdict, judge
from tap_genesys_journey.http.transport import Request, Transport

T = TypeVar("T")


class ApiClient:
    """Calls one API host with one OAuth client. Threads may share it.

    Attributes:
        pacer: The budget of this client's calls.
        served_at: The server's clock at its latest answer, aware UTC; None before the first.
    """

    def __init__(
        self, api_url: str, transport: Transport, tokens: TokenSource, pacer: Pacer, retrier: Retrier
    ) -> None:
        """Keep the parts; nothing is sent yet."""
        self._api_url = api_url
        self._transport = transport
        self._tokens = tokens
        self._retrier = retrier
        self.pacer = pacer
        self.served_at: datetime | None = None

    def call(self, call: Call, shape: type[T], check: Callable[[T], None] | None = None) -> T:
        """Body of a call's answer, decoded.

        Args:
            call: What to ask.
            shape: A msgspec type; the body must be JSON of that shape.
            check: Looks at the decoded body and raises RetryError where it is not good enough yet.

        Raises:
            ApiError: See `read`.
        """

        def decode(body: bytes) -> T:
            result = decode_json(body, shape)
            if check:
                check(result)
            return result

        return self.read(call, decode, shape.__name__)

    def read(self, call: Call, decode: Callable[[bytes], T], shape: str) -> T:
        """Body of a call's answer, decoded by a function.

        Args:
            call: What to ask.
            decode: Raises what `decode_json` raises, and RetryError.
            shape: Names what it expects.

        Raises:
            ForbiddenError: 403; the stream is skipped.
            GoneError: 404 or 410.
            TooLargeError: The page must be smaller.
            CredentialsError: 401 with a fresh token as well.
            ApiError: Anything else that did not work in the end.
        """

        def attempt() -> T:
            return _decode(call, self._authorized(call), decode, shape)

        return self._retrier.run(str(call), attempt)

    def _authorized(self, call: Call) -> Answer:
        token = self._tokens.token()
        answer = self._send(call, token)
        verdict = judge(answer, call.gone)
        if verdict is Verdict.NEW_TOKEN:
            answer = self._send(call, self._tokens.token_instead_of(token))
            verdict = judge(answer, call.gone)
        if verdict is not Verdict.USE:
            raise self._error(call, answer, verdict)
        return answer

    def _send(self, call: Call, token: str) -> Answer:
        with self.pacer.place() as observe:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            url = self._api_url + call.path
            answer = self._transport.send(
                Request(call.method, url, headers, params=call.params, json=call.body)
            )
            observe(answer.headers)
        self.served_at = answer.served_at or self.served_at
        return answer

    def _error(self, call: Call, answer: Answer, verdict: Verdict) -> Exception:
        what = f"status {answer.status}, correlation id {answer.correlation_id}"
        if verdict is Verdict.RETRY:
            seconds = answer.retry_after_seconds
            if seconds is not None and self._retrier.bears(seconds):
                self.pacer.hold(seconds)  # beyond that, the run ends: no other thread is to wait for it
            return RetryError(what, retry_after_seconds=seconds)
        if verdict is Verdict.FORBIDDEN:
            return ForbiddenError(f"{call}: the OAuth client lacks the permission {call.permission} ({what})")
        if verdict is Verdict.NEW_TOKEN:
            return CredentialsError(
                f"{call}: a fresh token was refused; check client_id, client_secret and region ({what})"
            )
        by_verdict: dict[Verdict, type[SkipError]] = {
            Verdict.GONE: GoneError,
            Verdict.TOO_LARGE: TooLargeError,
        }
        return by_verdict.get(verdict, ApiError)(f"{call}: {what}{_code(answer)}")


def _code(answer: Answer) -> str:
    return f", code {answer.error_code}" if answer.error_code else ""


def _decode(call: Call, answer: Answer, decode: Callable[[bytes], T], shape: str) -> T:
    try:
        return decode(answer.body)
    except msgspec.ValidationError as error:
        raise ApiError(f"{call}: the answer is not of the expected shape ({shape})") from error
    except RecursionError as error:
        raise ApiError(f"{call}: the answer is nested deeper than it can be read") from error
    except msgspec.DecodeError as error:
        what = f"truncated or non-JSON body, correlation id {answer.correlation_id}"
        raise RetryError(what) from error
