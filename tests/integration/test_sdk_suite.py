"""The SDK's standard tests of a tap, against a sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from genesys_sandbox import Sandbox, SandboxOptions
from tap_genesys_journey.tap import TapGenesysJourney

# The test class is made before there is a sandbox; its address comes in when the tests begin.
CONFIG: dict[str, Any] = {
    "access_token": "made-up",
    "api_url": "http://127.0.0.1:1",
    "start_date": "2026-03-01T00:00:00Z",
}


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    """Serves the organization that the standard tests read."""
    options = SandboxOptions(contacts=60, conversations=120, days=6, job_polls=0, requests_per_minute=0)
    with Sandbox(options) as running:
        CONFIG.clear()
        CONFIG.update(running.config)
        yield running


TestStandard = get_tap_test_class(
    TapGenesysJourney,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=50),
    parse_env_config=False,
)
