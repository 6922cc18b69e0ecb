"""The sandbox as a context manager, in a thread or in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import msgspec
import pytest
import requests
from support.sandbox_client import SandboxClient

from genesys_sandbox import Sandbox, SandboxOptions

SMALL = SandboxOptions(contacts=30, conversations=40, seed=7)
COMMAND = [sys.executable, "-m", "genesys_sandbox"]


@pytest.mark.parametrize("process", [False, True])
def test_thread_and_process_give_the_same_organization_and_interface(process):
    with Sandbox(SMALL, process=process) as sandbox:
        client = SandboxClient(sandbox)
        contacts = [each["id"] for page in client.scan() for each in page]
        sandbox.control.add_conversation(
            media="chat", payload={"conversationId": "x", "conversationStart": "2026-03-16"}
        )
        rows = list(sandbox.truth.conversations())
        log = [(each.method, each.path, each.query, each.status) for each in sandbox.requests()]
    assert contacts
    assert len(rows) == 41
    assert log[:2] == [
        ("POST", "/oauth/token", "", 200),
        ("GET", "/api/v2/externalcontacts/scan/contacts", "", 200),
    ]
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.url, timeout=1)


def test_the_config_holds_the_settings_that_a_tap_needs():
    with Sandbox(SMALL) as sandbox:
        assert sandbox.config == {
            "client_id": SMALL.client_id,
            "client_secret": SMALL.client_secret,
            "api_url": sandbox.url,
            "login_url": sandbox.url,
            "start_date": "2026-03-02T12:00:00.000Z",
        }


def test_the_log_tells_queries_apart_and_can_be_cleared(start):
    client = start()
    client.get("/api/v2/users", pageSize=5)
    served = client.sandbox.requests()[-1]
    assert (served.path, served.query, served.status) == ("/api/v2/users", "pageSize=5", 200)
    assert served.time <= time.monotonic()
    client.sandbox.clear_requests()
    assert client.sandbox.requests() == []


def test_reading_truth_and_log_or_changing_things_is_not_logged(start):
    client = start()
    before = len(client.sandbox.requests())
    list(client.sandbox.truth.contacts())
    client.sandbox.control.advance(1)
    assert len(client.sandbox.requests()) == before


def test_two_sandboxes_run_side_by_side():
    with Sandbox(SMALL) as one, Sandbox(SMALL) as other:
        assert one.url != other.url
        one.control.advance(60)
        assert list(one.truth.conversations()) != [] != list(other.truth.conversations())


def test_a_sandbox_that_is_not_running_says_so():
    with pytest.raises(RuntimeError, match="not running"):
        Sandbox(SMALL).requests()


def test_a_process_that_cannot_start_is_told(start):
    taken = int(start().sandbox.url.rpartition(":")[2])
    with pytest.raises(RuntimeError, match="did not start"), Sandbox(SMALL, process=True, port=taken):
        pass


def run(*arguments):
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    return process.returncode, out, err


def test_the_command_prints_one_line_of_json_and_ends_after_its_time():
    code, out, err = run(
        "--stop-after-seconds", "0.2", "--contacts", "5", "--conversations", "5", "--days", "3"
    )
    ready = msgspec.json.decode(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert ready["config"]["api_url"] == ready["url"]
    assert ready["config"]["start_date"] == "2026-03-13T12:00:00.000Z"


def test_the_command_refuses_a_wrong_option_by_name():
    code, out, err = run("--contacts", "-1")
    assert (code, out) == (2, "")
    assert "contacts" in err


def test_the_command_ends_with_the_process_that_asked_for_it():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    began = time.monotonic()
    assert run("--exit-with-parent", str(gone.pid))[0] == 0
    assert time.monotonic() - began < 10
    assert gone.pid != os.getpid()
