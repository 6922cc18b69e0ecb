"""How a run is told to end, whatever it is doing at that moment."""

from __future__ import annotations

import contextlib
import signal
import threading

import pytest

from tap_genesys_journey import tap as tap_module
from tap_genesys_journey.tap import TapGenesysJourney

CONFIG = {"access_token": "made-up", "api_url": "http://127.0.0.1:1", "start_date": "2024-01-01"}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
SECONDS = 30


@pytest.fixture
def told_to_end():
    """A tap that took a SIGTERM while it was in code that swallows whatever is raised in it."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    tap = TapGenesysJourney(config=CONFIG)
    with contextlib.suppress(SystemExit):  # as DuckDB does where it looks for a Python module
        signal.raise_signal(signal.SIGTERM)
    yield tap
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_an_exit_that_was_swallowed_is_taken_at_the_next_row(told_to_end, capfdbinary):
    with pytest.raises(SystemExit, match="143"):
        told_to_end.streams["contact_aliases"].write([{"contact_id": "c"}])

    assert capfdbinary.readouterr().out == b""


def test_an_exit_that_was_swallowed_is_taken_at_the_next_checkpoint(told_to_end, capfdbinary):
    with pytest.raises(SystemExit, match="143"):
        told_to_end.checkpoint()

    assert capfdbinary.readouterr().out == b""


@pytest.mark.usefixtures("told_to_end")
def test_an_exit_that_was_swallowed_ends_a_wait_as_well(monkeypatch):
    monkeypatch.setattr(tap_module, "INSIST_AFTER_SECONDS", 0.01)
    with contextlib.suppress(SystemExit):
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit, match="143"):
        threading.Event().wait(SECONDS)
