"""What the wire and the store can do to a run: how often it tries, what it says, what stands."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter

import duckdb
import pytest
from support.failing import fails
from support.loopback import JOBS, SCAN, Loopback, endpoint, organization, reply, settings
from support.processes import command, run_forked, started_tap, upserted

AVAILABILITY = f"GET {JOBS}/availability"
CONTACT = b'{"id":"k1","modifyDate":"2026-01-01T00:00:00Z"}'
CONVERSATION = (
    b'{"conversationId":"v1","conversationStart":"2026-01-01T01:00:00Z","conversationEnd":'
    b'"2026-01-01T02:00:00Z","participants":[{"participantId":"p1","purpose":"customer",'
    b'"externalContactId":"k9","sessions":[{"mediaType":"voice","segments":[]}]}]}'
)


def asked(server):
    """How often each endpoint was asked."""
    return Counter(endpoint(each) for each in server.asked)


def once(answer, otherwise):
    """Gives the answer to the first request and the other one from then on."""
    answers = iter([answer])
    return lambda _: next(answers, otherwise)


# --- answers that may pass


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_as_often_as_allowed_and_named(tmp_path, status):
    busy = reply(b"{}", status, ININ_Correlation_Id="made-up-1")
    with Loopback(organization([CONTACT], availability=lambda _: busy)) as server:
        failed = fails(
            command(tmp_path, settings(server, max_retries=1)),
            f"{AVAILABILITY} failed 2 times: status {status}, correlation id made-up-1",
        )

    assert asked(server)["availability"] == 2
    assert f"{AVAILABILITY}: status {status}" in failed.log
    assert failed.messages[-1]["type"] == "STATE"
    assert len(failed.rows("external_contacts")) == 1


@pytest.mark.parametrize("answer", [b"", reply(b'{"dataAvail'), reply(b"<html></html>")])
def test_an_answer_that_is_no_whole_json_is_tried_again_and_the_run_goes_on(tmp_path, answer):
    good = organization([], [CONVERSATION])
    broken = iter([answer])
    with Loopback(organization([], [CONVERSATION], availability=lambda a: next(broken, good(a)))) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert run.errors == []
    assert len(run.rows("conversations")) == 1
    assert asked(server)["availability"] == 2


def test_a_wait_longer_than_the_patience_of_the_settings_is_not_begun(tmp_path):
    busy = reply(b"{}", 429, Retry_After="3600")
    with Loopback(organization(availability=lambda _: busy)) as server:
        fails(
            command(tmp_path, settings(server, max_wait_seconds=900)),
            f"{AVAILABILITY} failed once: status 429, correlation id none",
        )


def test_silence_longer_than_the_limit_is_named(tmp_path):
    half = reply(b"{", Content_Length="100")
    with Loopback(organization(scan=lambda _: half), hold_open=True) as server:
        fails(
            command(tmp_path, settings(server, max_retries=0, request_timeout_seconds=1)),
            f"GET {SCAN} failed once: no answer within 1 s",
        )


# --- tokens


def test_a_token_that_ended_is_renewed_once_and_the_run_goes_on(tmp_path):
    ended, page = reply(b"{}", 401), reply(b'{"entities":[%s],"cursors":{}}' % CONTACT)
    with Loopback(organization(scan=once(ended, page))) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert run.errors == []
    assert len(run.rows("external_contacts")) == 1
    assert asked(server)["token"] == asked(server)["scan"] == 2


def test_a_fresh_token_that_is_refused_ends_the_run_after_two_logins(tmp_path):
    with Loopback(organization(scan=lambda _: reply(b"{}", 401))) as server:
        fails(
            command(tmp_path, settings(server)),
            f"GET {SCAN}: a fresh token was refused; check client_id, client_secret and region"
            r" \(status 401, correlation id none\)",
        )

    assert [endpoint(each) for each in server.asked] == ["token", "scan", "token", "scan"]


# --- things that are gone


def test_a_contact_that_is_gone_is_counted_and_its_conversations_stay(tmp_path):
    gone = reply(b'{"results":[{"id":"k9","success":false,"status":404}]}')
    with Loopback(organization([CONTACT], [CONVERSATION], bulk=lambda _: gone)) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert run.errors == []
    assert "Contacts that the API does not know: 1" in run.log
    assert [row["contact_ids"] for row in run.rows("conversations")] == [["k9"]]


@pytest.mark.parametrize("name", ["poll", "results"])
def test_a_job_that_is_gone_is_submitted_again(tmp_path, name):
    good = organization([], [CONVERSATION])
    lost = iter([reply(b"{}", 404)])
    with Loopback(organization([], [CONVERSATION], **{name: lambda a: next(lost, good(a))})) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert len(run.rows("conversations")) == 1
    assert asked(server)["submit"] == 2


def test_a_job_that_is_lost_again_and_again_ends_the_run_with_a_way_out(tmp_path):
    with Loopback(organization(poll=lambda _: reply(b'{"state":"FAILED"}'))) as server:
        failed = fails(
            command(tmp_path, settings(server)),
            "the job over 2026-01-01 00:00 to 2026-01-02 00:00 UTC was lost 5 times, at last: .*;"
            " try a smaller window_days, or a greater max_wait_seconds where jobs are not done in time",
        )

    assert asked(server)["submit"] == 5
    assert failed.log.count("the window is submitted again") == 5


# --- where the token may go


def test_a_redirect_to_another_host_is_refused_in_one_line_and_the_token_stays(tmp_path):
    with Loopback(lambda _: reply()) as other:
        there = reply(b"", 302, Location=f"{other.url}/x")
        with Loopback(organization(scan=lambda _: there)) as server:
            fails(
                command(tmp_path, settings(server)),
                f"{SCAN}: redirected to another host \\(127.0.0.1\\), which is refused;"
                " check region, api_url and login_url",
            )

    assert other.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused_in_one_line_at_once(tmp_path):
    with Loopback(organization(), is_self_signed=True) as server:
        host = re.escape(server.url.removeprefix("https://"))
        failed = fails(
            command(tmp_path, settings(server)),
            rf"the certificate of {host} is not trusted \(self-signed certificate\); check region, api_url"
            " and login_url, or name your own authority's file in REQUESTS_CA_BUNDLE",
        )

    assert server.asked == []
    assert "trying again" not in failed.log


# --- the store


def test_a_store_that_another_process_holds_is_named_and_nothing_is_requested(tmp_path):
    path = tmp_path / "store.duckdb"
    holder = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
    with (
        Loopback(organization()) as server,
        subprocess.Popen(
            [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
    ):
        process.stdout.readline()
        fails(
            command(tmp_path, settings(server, store_path=str(path))),
            f"store_path: {re.escape(str(path))} is in use by another process; wait for it, or give each run"
            " its own store",
        )
        process.communicate()

    assert server.asked == []


def test_a_store_that_is_damaged_or_of_another_layout_is_named_with_a_way_out_and_left_alone(tmp_path):
    path = tmp_path / "store.duckdb"
    way_out = "move it away and the next run reads the history again"
    with Loopback(organization()) as server:
        arguments = command(tmp_path, settings(server, store_path=str(path)))
        path.write_bytes(b"no database at all")
        fails(arguments, f"store_path: {re.escape(str(path))} is damaged or no DuckDB file; {way_out}")
        assert path.read_bytes() == b"no database at all"

        path.unlink()
        assert run_forked(arguments).exit_code == 0
        with duckdb.connect(str(path)) as connection:
            connection.execute("update layout set number = 0")
        content = path.read_bytes()
        fails(
            arguments,
            f"store_path: {re.escape(str(path))} has layout 0, this version of the tap needs \\d+; {way_out}",
        )
        assert path.read_bytes() == content


# --- signals


@pytest.mark.parametrize(
    ("number", "waits", "busy"),
    [
        (
            signal.SIGTERM,
            "trying again in 601.0 s",
            {"availability": lambda _: reply(b"{}", 503, Retry_After="600")},
        ),
        (
            signal.SIGINT,
            "trying again in 601.0 s",
            {"availability": lambda _: reply(b"{}", 429, Retry_After="600")},
        ),
        (signal.SIGINT, "Waiting", {"poll": lambda _: reply(b'{"state":"QUEUED"}')}),
    ],
    ids=["busy server", "rate limit", "pending job"],
)
def test_a_signal_ends_every_wait_at_once_with_the_state_written(tmp_path, number, waits, busy):
    with (
        Loopback(organization([CONTACT], **busy)) as server,
        started_tap(tmp_path, settings(server)) as tap,
    ):
        tap.read(lambda output: b'"STATE"' in output)
        tap.await_log(waits)
        tap.process.send_signal(number)
        run = tap.finish()

    assert run.exit_code == 128 + number
    assert run.messages[-1]["type"] == "STATE"
    assert run.errors == []
    assert "Traceback" not in run.log
    assert len(run.rows("external_contacts")) == 1


def test_a_target_that_died_leaves_a_state_from_which_nothing_is_lost(sandbox, tmp_path):
    config = sandbox.config | {"page_size": 10}
    with started_tap(tmp_path, config) as tap:
        tap.read(lambda output: output.count(b'"STATE"') > 8)
        tap.output.close()
        died = tap.finish()

    assert died.exit_code == 1
    assert died.errors == ["the target closed its input; the state stands at its last STATE"]
    resumed = run_forked(command(tmp_path, config, state=died.state))
    assert upserted(died, resumed) == upserted(run_forked(command(tmp_path, config)))
    assert json.dumps(died.state) != json.dumps(resumed.state)
