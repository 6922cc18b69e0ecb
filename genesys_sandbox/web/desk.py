"""Everything the endpoints share: the organization, tokens, cursors, jobs, faults and the log."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from genesys_sandbox.client import ServedRequest
from genesys_sandbox.pages import Pages
from genesys_sandbox.web.cursors import Cursors, expired
from genesys_sandbox.web.faults import Trouble
from genesys_sandbox.web.jobs import Jobs
from genesys_sandbox.web.tokens import Tokens
from genesys_sandbox.world.dice import IdSpace
from genesys_sandbox.world.instants import HOUR
from genesys_sandbox.world.organization import Organization

if TYPE_CHECKING:
    from genesys_sandbox.options import SandboxOptions

LOG_LENGTH = 1_000_000


class Desk:
    """The state of one sandbox; only the server's own thread touches it."""

    def __init__(self, options: SandboxOptions) -> None:
        """A fresh organization, nothing served yet."""
        self.options = options
        self.organization = Organization(options)
        self.tokens = Tokens(options)
        self.cursors = Cursors(options.cursor_life_seconds)
        self.pages = Pages(options, self.organization) if options.pre_encoded else None
        self.jobs = Jobs(self.organization, self.pages)
        self.trouble = Trouble(options.seed, options.faults)
        self.denied = set(options.denied_permissions)
        self._correlations = IdSpace(options.seed, "correlation")
        self._answered = 0
        self.log: deque[ServedRequest] = deque(maxlen=LOG_LENGTH)

    def new_correlation_id(self) -> str:
        """An id for one answer."""
        self._answered += 1
        return self._correlations.encode(self._answered)

    def fail_expired_cursor(self, serial: int) -> None:
        """Let a cursor expire where a fault wants it to; it stays expired.

        Raises:
            Problem: 400, where it does.
        """
        if self.trouble.happens("expired_cursor", serial):
            raise expired()

    def watermark(self, serial: int) -> int:
        """The data-availability date as it is told; a fault makes it go back."""
        back = self.trouble.happens("availability_goes_back", serial)
        return self.organization.watermark - (HOUR if back else 0)

    def record(self, method: str, path: str, query: str, status: int) -> None:
        """Keep a served request in the log."""
        self.log.append(ServedRequest(method, path, query, status, time.monotonic()))
