"""One running sandbox for each module that only reads, and a small client that tests talk through."""

from __future__ import annotations

import pytest
from support.sandbox_client import SandboxClient
from support.sandboxes import starting

from genesys_sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="package")
def sandbox():
    """An organization that no test changes."""
    with Sandbox(SandboxOptions(conversations=500, requests_per_minute=0)) as running:
        yield running


@pytest.fixture
def client(sandbox):
    return SandboxClient(sandbox)


@pytest.fixture
def start():
    """Starts a sandbox of its own for a test; it ends with the test."""
    with starting(contacts=50, conversations=100, requests_per_minute=0) as starter:
        yield lambda **options: SandboxClient(starter(**options))
