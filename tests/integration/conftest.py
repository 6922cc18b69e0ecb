"""Sandboxes for tests that run the tap as a process."""

from __future__ import annotations

import pytest
from support.sandboxes import starting

from genesys_sandbox import Sandbox, SandboxOptions

SMALL = {"contacts": 60, "conversations": 120, "days": 6, "job_polls": 0, "requests_per_minute": 0}
"""Six windows of a day, no waiting."""


@pytest.fixture
def start():
    """Starts a sandbox of its own for a test; it ends with the test."""
    with starting(**SMALL) as starter:
        yield starter


@pytest.fixture(scope="module")
def sandbox():
    """An organization that no test of the module changes."""
    with Sandbox(SandboxOptions(**SMALL)) as running:
        yield running
