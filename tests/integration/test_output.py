"""How a run ends that is stopped, or whose target is gone."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading

import pytest
from support.loopback import Loopback, organization, reply, settings
from support.processes import (
    SECONDS,
    SMALL_PIPE_BYTES,
    TAP,
    command,
    run_forked,
    run_tap,
    started_tap,
    upserted,
)


@pytest.fixture(scope="module")
def config(sandbox):
    return sandbox.config | {"page_size": 10}


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A run that goes to its end."""
    return run_tap(tmp_path_factory.mktemp("whole"), config)


SIGNALS = [(signal.SIGTERM, 143), (signal.SIGINT, 130)]


@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_a_signal_before_the_run_has_begun_ends_the_process_without_a_word(tmp_path, number, exit_code):
    config = tmp_path / "config.json"
    os.mkfifo(config)
    arguments = [*TAP, "--config", str(config)]
    with (
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        config.open("wb"),  # returns when the command has come to read them
    ):
        process.send_signal(number)
        output, log = process.communicate(timeout=SECONDS)

    assert (process.returncode, output, log) == (exit_code, b"", b"")


@pytest.fixture(params=["", "1"])
def buffering(request, monkeypatch):
    """Python's own and none; without, a signal ends a write that waits for the reader."""
    monkeypatch.setenv("PYTHONUNBUFFERED", request.param)


@pytest.mark.usefixtures("buffering")
@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_a_signal_lets_the_line_in_hand_be_written_then_the_state_and_the_next_run_goes_on(
    config, whole, tmp_path, number, exit_code
):
    with started_tap(tmp_path, config) as tap:
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(tap.output.fileno(), fcntl.F_SETPIPE_SZ, SMALL_PIPE_BYTES)
        tap.read(lambda output: output.count(b'"RECORD","stream":"conversations"') > 20)
        tap.process.send_signal(number)
        first = tap.finish()

    assert first.exit_code == exit_code
    assert first.output.endswith(b"\n")
    assert first.messages[-1]["type"] == "STATE"
    assert first.errors == []
    assert 0 < len(first.rows("conversations")) < len(whole.rows("conversations"))

    second = run_tap(tmp_path, config, state=first.state)

    assert upserted(first, second) == upserted(whole)


def test_a_signal_ends_a_run_that_waits_for_a_job(start, tmp_path):
    sandbox = start(job_polls=10_000)

    with started_tap(tmp_path, sandbox.config) as tap:
        tap.read(lambda output: b'"STATE"' in output)
        tap.process.send_signal(signal.SIGTERM)
        run = tap.finish()

    assert run.exit_code == 143
    assert run.messages[-1]["type"] == "STATE"
    assert "Traceback" not in run.log


def test_a_signal_while_timelines_are_assembled_loses_nothing(config, whole, tmp_path):
    durable = config | {"store_path": str(tmp_path / "store.duckdb")}
    with started_tap(tmp_path, durable) as tap:
        with tap.drained():
            tap.await_log("Timelines: assembling")
            tap.process.send_signal(signal.SIGTERM)
        first = tap.finish()

    assert first.exit_code == 143
    assert first.errors == []
    assert first.messages[-1]["type"] == "STATE"

    second = run_forked(command(tmp_path, durable, state=first.state))

    assert second.exit_code == 0
    assert upserted(first, second) == upserted(whole)


def test_a_signal_while_requests_are_under_way_is_no_reason_to_say_more(tmp_path):
    is_asked = threading.Event()

    def half_an_answer(_):
        is_asked.set()
        return reply(b"{", Content_Length="100")

    with (
        Loopback(organization(scan=half_an_answer), hold_open=True) as server,
        started_tap(tmp_path, settings(server)) as tap,
    ):
        is_asked.wait(SECONDS)
        tap.process.send_signal(signal.SIGTERM)
        run = tap.finish()

    assert run.exit_code == 143
    assert [line for line in run.log.splitlines() if " | " not in line] == []


def test_nothing_but_log_lines_is_said(whole):
    assert whole.exit_code == 0
    assert [line for line in whole.log.splitlines() if " | " not in line] == []


def test_a_target_that_is_gone_is_one_line_and_exit_code_1(config, tmp_path):
    with started_tap(tmp_path, config) as tap:
        tap.read(lambda output: len(output) > 0)
        tap.output.close()
        run = tap.finish()

    assert run.exit_code == 1
    assert run.errors == ["the target closed its input; the state stands at its last STATE"]
    assert "Traceback" not in run.log
    assert "Exception ignored" not in run.log
