"""A tap of this process whose streams write where a test can read it."""

from __future__ import annotations

import signal

import pytest
from support.processes import Run

from tap_genesys_journey.tap import TapGenesysJourney

CONFIG = {
    "access_token": "made-up",
    "api_url": "http://127.0.0.1:9",
    "start_date": "2026-01-01T00:00:00Z",
}


@pytest.fixture(autouse=True)
def _keep_signal_handlers():
    """A tap puts its own in place as soon as it is made."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def new_tap():
    """Makes a tap that never asks anybody."""

    def make(catalog=None, **config):
        return TapGenesysJourney(config=CONFIG | config, catalog=catalog)

    return make


@pytest.fixture
def written(new_tap, capsysbinary):
    """What a stream writes for some rows, beginning with its schema."""

    def write(stream_name, *batches, catalog=None, **config):
        capsysbinary.readouterr()
        stream = new_tap(catalog, **config).streams[stream_name]
        stream.open()
        for rows in batches:
            stream.write(rows)
        return Run(0, capsysbinary.readouterr().out, "")

    return write
