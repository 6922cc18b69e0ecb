"""What a person, and a collector of logs, can read of a run."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from support.failing import LOG_LINE
from support.loopback import JOBS, Loopback, endpoint, organization, reply, settings
from support.processes import STRUCTURED_LOGGING, command, run_forked

STREAMS = {
    "contact_addresses",
    "contact_aliases",
    "conversations",
    "external_contacts",
    "interactions",
    "timeline_events",
    "timelines",
}


def said(run):
    """Texts of the log's lines."""
    return [LOG_LINE.sub("", line) for line in run.log.splitlines()]


def metrics(run):
    """What the run measured, by metric and stream."""
    points = [json.loads(line.removeprefix("METRIC: ")) for line in said(run) if line.startswith("METRIC: ")]
    return {(point["metric"], point["tags"].get("stream")): point["value"] for point in points}


def summary(run):
    """The one line that sums the run up."""
    (line,) = [line for line in said(run) if " Rows: " in line]
    return line


def counted(run):
    """Rows by stream, as written."""
    return Counter(message["stream"] for message in run.messages if message["type"] == "RECORD")


def test_a_run_says_how_far_it_is_without_noise_and_sums_itself_up(start, tmp_path):
    sandbox = start()
    sandbox.control.plan_faults("status_503", count=2, path=JOBS)
    sandbox.clear_requests()

    run = run_forked(command(tmp_path, sandbox.config | {"window_days": 0.05}))

    told = [line for line in said(run) if not line.startswith("METRIC: ")]
    begins = [re.split(r": \d|: [a-z]", line)[0] for line in told]
    assert "Conversations: 0 of 120 windows; reading 2026-03-10 12:00 to 2026-03-10 13:12 UTC" in run.log
    assert re.search(r"Conversations: 120 of 120 windows in [\d.]+ s", run.log)
    assert Counter(begins)["Conversations"] <= 8
    assert len(told) <= 25
    rows = ", ".join(f"{stream} {counted(run)[stream]}" for stream in sorted(STREAMS))
    asked = [request for request in sandbox.requests() if request.path != "/oauth/token"]
    assert f"Rows: {rows}. Requests: {len(asked)}, sent again: 2. Waited, all threads" in summary(run)
    assert re.search(r"retry \d+ s", summary(run))


@pytest.mark.parametrize("api", ["platform", "guide"])
def test_singer_metrics_are_those_of_the_rows_and_of_the_run(sandbox, tmp_path, api):
    run = run_forked(command(tmp_path, sandbox.config | {"api": api}))

    measured = metrics(run)
    assert {stream: measured["record_count", stream] for stream in STREAMS} == counted(run)
    took = [measured["sync_duration", stream] for stream in STREAMS]
    assert min(took) > 0.9 * max(took)
    assert measured["http_request_count", None] > 0


def test_a_run_that_failed_is_summed_up_and_measured_too(tmp_path):
    contact = b'{"id":"k1","firstName":7,"modifyDate":"2026-01-01T00:00:00Z"}'
    with Loopback(organization([contact], submit=lambda _: reply(b"{}", 400))) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 1
    assert summary(run).startswith("Ended early, after ")
    assert "external_contacts 1" in summary(run)
    assert summary(run).endswith("Odd fields: 1, told above by path")
    assert "Odd in the source: wrong type: firstName: 1" in run.log
    assert {stream: metrics(run)["record_count", stream] for stream in STREAMS} == dict.fromkeys(
        STREAMS, 0
    ) | counted(run)


def test_waiting_for_a_job_is_visible_and_says_for_which(tmp_path):
    states = iter(["QUEUED", "PENDING"])
    poll = organization()

    def slow(asked):
        state = next(states, None)
        return reply(json.dumps({"state": state})) if state else poll(asked)

    with Loopback(organization(poll=slow)) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert "Waiting 2 s: job (2026-01-01 00:00 to 2026-01-02 00:00 UTC)" in run.log
    assert "job 3 s" in summary(run)


def test_waiting_for_the_rate_limit_is_visible_and_says_why(tmp_path):
    answers = organization()
    headers = {"inin_ratelimit_allowed": "300", "inin_ratelimit_count": "270", "inin_ratelimit_reset": "2"}

    def limited(asked):
        budget = headers if endpoint(asked) == "scan" else {}
        return reply(b'{"entities":[],"cursors":{}}', **budget) if budget else answers(asked)

    with Loopback(limited) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert "Waiting 2 s: rate limit (30 calls left, at most 255 of 300 a minute are used)" in run.log
    assert "rate limit 2 s" in summary(run)


def test_the_sdk_s_configuration_of_logging_gives_structured_lines_with_the_figures(sandbox, tmp_path):
    path = tmp_path / "logging.yml"
    path.write_text(STRUCTURED_LOGGING + "root: {level: INFO, handlers: [all]}\n")

    run = run_forked(command(tmp_path, sandbox.config), SINGER_SDK_LOG_CONFIG=str(path))

    lines = [json.loads(line) for line in run.log.splitlines()]
    (figures,) = [line["extra"] for line in lines if "run_seconds" in line["extra"]]
    assert figures["rows"] == counted(run)
    assert figures["is_complete"] is True
    measured = [line["metric_info"] for line in lines if line["message"] == "METRIC"]
    assert {point["metric"] for point in measured} == {"record_count", "sync_duration", "http_request_count"}
    assert any(line["message"].startswith("Conversations: 0 of 6 windows") for line in lines)
