"""What a part of the campaign found, and the folder and the names that its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from chaos.comparison import Differences
from genesys_sandbox import Sandbox, SandboxOptions

NOTHING = Differences()

API_PATHS = ("/api/", "/oauth/")

ORGANIZATION: dict[str, Any] = {
    "contacts": 120,
    "conversations": 240,
    "days": 6,
    "job_polls": 0,
    "requests_per_minute": 0,
}


@dataclass(frozen=True)
class Way:
    """How the tap is run: over which surface, and with or without a store between the runs."""

    api: str
    durable: bool

    def __str__(self) -> str:
        """Both in words."""
        return f"{self.api}, {'store' if self.durable else 'no store'}"


WAYS = tuple(Way(api, durable) for api, durable in product(("platform", "guide"), (False, True)))


@dataclass(frozen=True)
class Measured:
    """Figures of one thing that was tried, all ways together.

    Attributes:
        what: What was tried.
        runs: Runs of the tap, killed and failed ones included.
        killed: Those that SIGKILL ended.
        failed: Those that ended with an error, and were resumed.
        requests: Requests that the sandbox served to them.
        hits: How often the sandbox did what was tried: faults, changes, leaps of the clock.
        differences: What a comparison at the end found.
    """

    what: str
    runs: int = 0
    killed: int = 0
    failed: int = 0
    requests: int = 0
    hits: int = 0
    differences: Differences = NOTHING

    def __add__(self, other: Measured) -> Measured:
        """Both together, under the first one's name."""
        return Measured(
            self.what,
            self.runs + other.runs,
            self.killed + other.killed,
            self.failed + other.failed,
            self.requests + other.requests,
            self.hits + other.hits,
            self.differences + other.differences,
        )


def total(what: str, parts: Iterable[Measured]) -> Measured:
    """All together under one name."""
    return sum(parts, Measured(what))


def organization(**options: Any) -> Sandbox:  # noqa: ANN401  # its options
    """A small organization of many windows and pages, in a thread; to be entered."""
    return Sandbox(SandboxOptions(**ORGANIZATION | options))


def config_for(sandbox: Sandbox, way: Way) -> dict[str, Any]:
    """Settings under which a run makes many requests and checkpoints."""
    return sandbox.config | {"api": way.api, "page_size": 20, "bulk_contacts_size": 20}


def requests_served(sandbox: Sandbox) -> int:
    """Requests of the tap since the log was cleared."""
    return sum(1 for entry in sandbox.requests() if entry.path.startswith(API_PATHS))


def shares(count: int, parts: int) -> Iterator[int]:
    """A number in so many nearly equal parts, the greatest first."""
    return ((count + parts - 1 - part) // parts for part in range(parts))
