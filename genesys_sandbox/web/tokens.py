"""OAuth client credentials and the request budget that hangs on each token."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING

import msgspec

from genesys_sandbox.web.wire import Answer, Ask, Problem, encode
from genesys_sandbox.world.dice import mix

if TYPE_CHECKING:
    from genesys_sandbox.options import SandboxOptions

UNLIMITED = 1_000_000_000


class Budget(msgspec.Struct):
    """Calls of one token in its current window; the window begins with its first call."""

    allowed: int
    window_seconds: float
    opened: float = -1e18
    count: int = 0

    def spend(self, now: float) -> bool:
        """Count one call; False where the budget was already used up."""
        if now - self.opened >= self.window_seconds:
            self.opened, self.count = now, 0
        if self.count >= self.allowed:
            return False
        self.count += 1
        return True

    def seconds_left(self, now: float) -> int:
        """Whole seconds until the window ends, rounded up, at least one."""
        return max(1, -int(-(self.opened + self.window_seconds - now) // 1))

    def headers(self, now: float) -> dict[str, str]:
        """The three headers that tell the budget; the reset is in seconds, not an instant."""
        return {
            "inin-ratelimit-count": str(self.count),
            "inin-ratelimit-allowed": str(self.allowed),
            "inin-ratelimit-reset": str(self.seconds_left(now)),
        }

    def guide_headers(self) -> dict[str, str]:
        """The one header that the guide's surface has."""
        return {"X-RateLimit-Remaining": str(self.allowed - self.count)}


class Token(msgspec.Struct):
    """One access token."""

    text: str
    issued: float
    life_seconds: float
    budget: Budget
    serial: int = 0


class Tokens:
    """The tokens of the organization's only OAuth client."""

    def __init__(self, options: SandboxOptions) -> None:
        """No token was issued yet."""
        self.options = options
        self._tokens: dict[str, Token] = {}
        self._issued = 0
        self.anonymous = self._new_budget()
        """What requests without a valid token count against."""

    def _new_budget(self) -> Budget:
        return Budget(self.options.requests_per_minute or UNLIMITED, self.options.rate_window_seconds)

    def issue(self, ask: Ask) -> Answer:
        """A new token for the right credentials, `invalid_client` for others."""
        if ask.form.get("grant_type", "client_credentials") != "client_credentials":
            return Answer(
                encode({"error": "unsupported_grant_type", "description": "grant type not supported"}), 400
            )
        if self._credentials(ask) != (self.options.client_id, self.options.client_secret):
            words = "authentication failed"
            return Answer(
                encode({"error": "invalid_client", "description": words, "error_description": words}), 400
            )
        self._issued += 1
        text = f"sandbox-token-{mix(self.options.seed, self._issued):016x}-{self._issued}"
        life = self.options.token_life_seconds
        self._tokens[text] = Token(text, time.monotonic(), life, self._new_budget(), self._issued)
        return Answer(encode({"access_token": text, "token_type": "bearer", "expires_in": max(1, int(life))}))

    @staticmethod
    def _credentials(ask: Ask) -> tuple[str, str]:
        scheme, _, encoded = ask.authorization.partition(" ")
        if scheme.lower() != "basic":
            return ask.form.get("client_id", ""), ask.form.get("client_secret", "")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret

    def find(self, authorization: str) -> Token:
        """The token of a request.

        Raises:
            Problem: 401, where there is none, it is unknown, or its life is over.
        """
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Problem(
                401,
                "authentication.required",
                "No authentication bearer token specified in authorization header.",
            )
        token = self._tokens.get(text.strip())
        if token is None:
            raise Problem(401, "bad.credentials", "Invalid login credentials.")
        if time.monotonic() - token.issued >= token.life_seconds:
            raise Problem(401, "credentials.expired", "The supplied token has expired.")
        return token

    def expire_all(self) -> None:
        """End the life of every token issued so far."""
        for token in self._tokens.values():
            token.life_seconds = 0

    def set_requests_per_minute(self, allowed: int) -> None:
        """Give every token another budget from now on."""
        self.options = msgspec.structs.replace(self.options, requests_per_minute=allowed)
        for token in self._tokens.values():
            token.budget.allowed = allowed or UNLIMITED

    def spend(self, token: Token) -> None:
        """Count one call.

        Raises:
            Problem: 429, where the budget is used up.
        """
        now = time.monotonic()
        if not token.budget.spend(now):
            raise too_many(token.budget.seconds_left(now), token.budget.allowed)


def too_many(seconds: int, allowed: int, *, retry_after: bool = True) -> Problem:
    """The answer to one call too many; the text carries the seconds to wait in brackets."""
    problem = Problem(
        429,
        "too.many.requests",
        f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
        limit={
            "key": "client.credentials.token.rate.per.minute",
            "namespace": "platform.api",
            "value": allowed,
        },
    )
    if retry_after:
        problem.headers["Retry-After"] = str(seconds)
    return problem
