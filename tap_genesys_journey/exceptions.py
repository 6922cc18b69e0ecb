"""Every error the tap raises by itself, grouped by what the caller must do.

    JourneyError
    ├── AbortError            the run ends; state stays where it was
    │   ├── SettingError      a setting is missing, wrong or unknown; nothing was requested
    │   ├── CredentialsError  the login was refused
    │   ├── ApiError          a call kept failing, or failed in a way no retry mends
    │   ├── StoreError        the store file is locked, damaged or of another layout
    │   ├── OutputClosedError the target no longer reads
    │   └── IncompleteError   the run is over, but a stream could not be had
    ├── RetryError            the same call may succeed later (raised and caught inside `http`)
    └── SkipError             one thing cannot be had; the others go on
        ├── ForbiddenError    a permission is missing: the stream is skipped
        ├── GoneError         the thing asked for is not there (any more)
        ├── AmbiguousError    several things answer to what should name one
        └── TooLargeError     the answer would be too large: ask for a smaller page

Messages are one line and name method, path, status and correlation id where there are any.
They never hold a secret, a body or a person's data.
"""

from __future__ import annotations


class JourneyError(Exception):
    """Base of all errors of the tap."""


class AbortError(JourneyError):
    """The run cannot go on; what was written so far stays valid."""


class SettingError(AbortError):
    """A setting is missing, wrong or unknown."""


class CredentialsError(AbortError):
    """The login or the token was refused."""


class ApiError(AbortError):
    """A call failed for good."""


class StoreError(AbortError):
    """The store file cannot be used."""


class OutputClosedError(AbortError):
    """The target closed its input."""


class IncompleteError(AbortError):
    """All that could be read was read; some stream could not."""


class RetryError(JourneyError):
    """The same call may succeed later.

    Attributes:
        retry_after_seconds: What the answer asked to wait, None where it said nothing.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        """Keep the wait the server asked for beside the message."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class SkipError(JourneyError):
    """One thing cannot be had; the caller goes on without it."""


class ForbiddenError(SkipError):
    """A permission is missing."""


class GoneError(SkipError):
    """The thing asked for is not there, or not any more."""


class AmbiguousError(SkipError):
    """Several things answer to what should name one."""


class TooLargeError(SkipError):
    """The answer would be too large for the service to give."""
