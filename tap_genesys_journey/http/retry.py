"""What to do about an answer, as pure functions, and trying again until it works or patience ends."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import backoff

from tap_genesys_journey.exceptions import ApiError, RetryError
from tap_genesys_journey.http.messages import Answer
from tap_genesys_journey.http.waiting import Waiting

T = TypeVar("T")

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

RETRIED = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""Statuses that a further try may mend."""

TOO_LARGE_CODE = "response.entity.too.large"


class Verdict(enum.Enum):
    """What the caller does with an answer."""

    USE = "use"
    RETRY = "retry"
    NEW_TOKEN = "new token"  # noqa: S105  # a name, not a secret
    FORBIDDEN = "forbidden"
    GONE = "gone"
    TOO_LARGE = "too large"
    FAIL = "fail"


_BY_STATUS: dict[int, Verdict] = {
    HTTPStatus.UNAUTHORIZED: Verdict.NEW_TOKEN,
    HTTPStatus.FORBIDDEN: Verdict.FORBIDDEN,
}


def judge(answer: Answer, gone: tuple[int, ...] = ()) -> Verdict:
    """What an answer asks for (contract, section 8; fact sheet, section 9).

    Args:
        answer: What came back.
        gone: Statuses that say, for this call, that the thing or the cursor has ended.
    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.USE
    if answer.status in RETRIED:
        return Verdict.RETRY
    if answer.status == HTTPStatus.BAD_REQUEST and answer.error_code == TOO_LARGE_CODE:
        return Verdict.TOO_LARGE
    if answer.status in gone:
        return Verdict.GONE
    return _BY_STATUS.get(answer.status, Verdict.FAIL)


def growing_waits() -> Iterator[float]:
    """Seconds to wait before each further try: exponential, full jitter, at most a minute."""
    schedule = backoff.expo(base=2, factor=FIRST_WAIT_SECONDS, max_value=LONGEST_WAIT_SECONDS)
    next(schedule)  # the library's generators give nothing useful before the first send
    for seconds in schedule:
        yield backoff.full_jitter(seconds)


@dataclass(frozen=True)
class Patience:
    """How long a call is tried.

    Attributes:
        max_retries: Tries after the first.
        max_wait_seconds: Waiting for one call, all its tries together.
    """

    max_retries: int = 8
    max_wait_seconds: float = 900.0


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


class Retrier:
    """Tries something until it works, patience ends, or the error is not one that time mends."""

    def __init__(self, patience: Patience, waiting: Waiting, logger: logging.Logger) -> None:
        """Start with nothing retried."""
        self._patience = patience
        self._waiting = waiting
        self._logger = logger
        self.retries = 0

    def bears(self, seconds: float) -> bool:
        """Whether patience goes so far as to wait for so long."""
        return seconds <= self._patience.max_wait_seconds

    def run(self, what: str, attempt: Callable[[], T]) -> T:
        """Result of the first attempt that succeeds.

        Args:
            what: Names the call in logs and errors.
            attempt: One try; raises RetryError when a further one may help.

        Raises:
            ApiError: Patience ended.
        """
        waited = 0.0
        for tries, seconds in enumerate(growing_waits(), 1):
            try:
                return attempt()
            except RetryError as error:
                pause = seconds if error.retry_after_seconds is None else error.retry_after_seconds
                waited += pause
                if tries > self._patience.max_retries or not self.bears(waited):
                    raise ApiError(f"{what} failed {_times(tries)}: {error}") from error
                self.retries += 1
                self._logger.info("%s: %s; trying again in %.1f s", what, error, pause)
                self._waiting.wait(pause, "retry", visible=False)
        raise AssertionError  # growing_waits never ends
