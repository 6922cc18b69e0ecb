"""A running sandbox, as a context manager."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.client import Control, Line, ServedRequest, Truth
from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.serving import STOP_SECONDS, ServerThread
from genesys_sandbox.web.app import build_app
from genesys_sandbox.web.desk import Desk
from genesys_sandbox.world.instants import DAY, from_text, to_text

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


def tap_config(options: SandboxOptions, url: str) -> dict[str, Any]:
    """Settings with which a tap reads the whole organization at this address."""
    return {
        "client_id": options.client_id,
        "client_secret": options.client_secret,
        "api_url": url,
        "login_url": url,
        "start_date": to_text(from_text(options.now) - options.days * DAY),
    }


class Sandbox:
    """A made-up organization, served while the context lasts.

    Attributes:
        url: Address of both the API and the login.
        config: Settings with which the tap reads all of it.
        control: Changes the organization, its clock, its limits and its faults.
        truth: What the organization really holds.
    """

    url: str
    config: dict[str, Any]
    control: Control
    truth: Truth

    def __init__(
        self, options: SandboxOptions | None = None, *, process: bool = False, port: int = 0
    ) -> None:
        """Serve from a thread of this process, or (`process=True`) from a process of its own."""
        self.options = options or SandboxOptions()
        self._in_process = process
        self._port = port
        self._thread: ServerThread | None = None
        self._process: subprocess.Popen[str] | None = None
        self._line: Line | None = None

    def __enter__(self) -> Self:
        """Start; the address is known from here on."""
        self.url = self._start_process() if self._in_process else self._start_thread()
        self.config = tap_config(self.options, self.url)
        self._line = Line(self.url)
        self.control, self.truth = Control(self._line), Truth(self._line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; nothing of it stays."""
        if self._thread is not None:
            self._thread.stop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)
            if self._process.stdout is not None:
                self._process.stdout.close()

    def _start_thread(self) -> str:
        self._thread = ServerThread(build_app(Desk(self.options)), self._port)
        self._thread.start()
        return self._thread.url

    def _start_process(self) -> str:
        command = [sys.executable, "-m", "genesys_sandbox", "--exit-with-parent", str(os.getpid())]
        command += ["--port", str(self._port), "--options", msgspec.json.encode(self.options).decode()]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        ready = self._process.stdout.readline()
        if not ready:
            self._process.stdout.close()
            raise RuntimeError(f"the sandbox did not start: exit code {self._process.wait(STOP_SECONDS)}")
        return str(json.loads(ready)["url"])

    @property
    def line(self) -> Line:
        """The way to the sandbox's own endpoints.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        if self._line is None:
            raise RuntimeError("the sandbox is not running")
        return self._line

    def requests(self) -> list[ServedRequest]:
        """The requests served so far, in order."""
        return [ServedRequest(*entry) for entry in self.line.call("GET", "/sandbox/requests")]

    def faults(self) -> dict[str, int]:
        """How often each fault has happened so far; those that never did may be left out."""
        return dict(self.line.call("GET", "/sandbox/faults"))

    def clear_requests(self) -> None:
        """Forget the requests served so far."""
        self.line.call("DELETE", "/sandbox/requests")
