"""`--test` as a process: 0 only where all selected streams would work, and what is missing is said."""

from __future__ import annotations

import re
import socket

import pytest
from support.processes import command, discovered, run_forked, selecting

SURFACES = ("platform", "guide")
CONTACTS = "externalContacts:contact:view"
RELATE = "relate:contact:view"
CONVERSATIONS = {"platform": "analytics:conversationDetail:view", "guide": "conversation:communication:view"}
NAMED = {
    "platform": {"contacts": CONTACTS, "conversations": CONVERSATIONS["platform"]},
    "guide": {"contacts": "External Contact > View", "conversations": "Conversation > View"},
}
CONTACT_STREAMS = {"external_contacts", "contact_aliases", "contact_addresses"}
CONVERSATION_STREAMS = {"conversations", "interactions"}
JOURNEY_STREAMS = {"timeline_events", "timelines"}
STREAMS = CONTACT_STREAMS | CONVERSATION_STREAMS | JOURNEY_STREAMS
LINE = re.compile(r"(ok|FAILED) +(\w+)  +(\w+): (.+)")


@pytest.fixture(scope="module")
def catalog():
    return discovered()


def try_out(folder, config, **files):
    return run_forked([*command(folder, config | {"max_retries": 0}, **files), "--test"])


def findings(run):
    """Mark, stream, what was asked for and what came of it, of every line of the table."""
    lines = run.output.decode().splitlines()
    assert re.fullmatch(r"Calls left in this minute: (\d+|unknown)", lines[-1])
    return [LINE.fullmatch(line).groups() for line in lines[:-1]]


def failing(run):
    return {stream for mark, stream, _, _ in findings(run) if mark == "FAILED"}


@pytest.mark.parametrize("api", SURFACES)
def test_all_streams_of_a_permitted_client_are_reported_good_without_a_record(sandbox, tmp_path, api):
    run = try_out(tmp_path, sandbox.config | {"api": api})

    assert run.exit_code == 0, run.log
    assert {stream for _, stream, _, _ in findings(run)} == STREAMS
    assert failing(run) == set()
    assert b"RECORD" not in run.output


@pytest.mark.parametrize("api", SURFACES)
def test_each_endpoint_is_asked_once_and_a_table_says_what_is_left(sandbox, tmp_path, api):
    sandbox.clear_requests()

    run = try_out(tmp_path, sandbox.config | {"api": api})

    asked = [request.path for request in sandbox.requests()]
    assert len(asked) == len(set(asked)) == 4
    assert re.search(rb"Calls left in this minute: \d+", run.output)


@pytest.mark.parametrize("api", SURFACES)
def test_without_the_permission_for_contacts_the_streams_that_need_them_fail(start, tmp_path, api):
    sandbox = start(denied_permissions=(CONTACTS, RELATE))

    run = try_out(tmp_path, sandbox.config | {"api": api})

    assert run.exit_code == 1
    assert failing(run) == (STREAMS if api == "guide" else STREAMS - CONVERSATION_STREAMS)
    said = {text for mark, _, name, text in findings(run) if (mark, name) == ("FAILED", "contacts")}
    assert all(f"lacks the permission {NAMED[api]['contacts']}" in text for text in said)


def test_a_permission_that_opens_the_scan_but_no_contact_by_id_is_not_enough(start, tmp_path):
    run = try_out(tmp_path, start(denied_permissions=(CONTACTS,)).config)

    assert run.exit_code == 1
    assert failing(run) == STREAMS - CONVERSATION_STREAMS


@pytest.mark.parametrize("api", SURFACES)
def test_without_the_permission_for_conversations_the_streams_that_need_them_fail(start, tmp_path, api):
    sandbox = start(denied_permissions=(CONVERSATIONS[api],))

    run = try_out(tmp_path, sandbox.config | {"api": api})

    assert run.exit_code == 1
    assert failing(run) == STREAMS - CONTACT_STREAMS
    said = {text for mark, _, _, text in findings(run) if mark == "FAILED"}
    assert all(f"lacks the permission {NAMED[api]['conversations']}" in text for text in said)


@pytest.mark.parametrize("api", SURFACES)
@pytest.mark.parametrize("is_before", [True, False])
def test_the_catalog_says_which_streams_count_wherever_it_stands_on_the_command_line(
    start, tmp_path, catalog, api, is_before
):
    sandbox = start(denied_permissions=(CONVERSATIONS[api],))
    given = command(tmp_path, sandbox.config | {"api": api}, catalog=selecting(catalog, *CONTACT_STREAMS))
    tap, options = given[:3], given[3:]

    run = run_forked([*tap, "--test", *options] if is_before else [*tap, *options, "--test"])

    assert run.exit_code == 0
    assert {stream for _, stream, _, _ in findings(run)} == CONTACT_STREAMS


def test_conversations_alone_need_no_permission_for_contacts_but_where_customers_are_followed(
    start, tmp_path, catalog
):
    config = start(denied_permissions=(CONTACTS, RELATE)).config
    chosen = selecting(catalog, "conversations")

    assert try_out(tmp_path, config, catalog=chosen).exit_code == 0
    assert try_out(tmp_path, config | {"contact_ids": ["k1"]}, catalog=chosen).exit_code == 1


@pytest.mark.parametrize("api", SURFACES)
def test_a_wrong_secret_fails_all_streams_and_is_not_said(sandbox, tmp_path, api):
    sandbox.clear_requests()

    run = try_out(tmp_path, sandbox.config | {"api": api, "client_secret": "hush-hush"})

    assert run.exit_code == 1
    assert failing(run) == STREAMS
    assert b"refused the login (invalid_client); check client_id, client_secret and region" in run.output
    assert "hush-hush" not in run.output.decode() + run.log
    assert [request.path for request in sandbox.requests()] == ["/oauth/token"]


@pytest.mark.parametrize("api", SURFACES)
@pytest.mark.parametrize("which", ["login_url", "api_url"])
def test_a_host_that_nobody_answers_at_fails_all_streams_and_is_named(sandbox, tmp_path, api, which):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"

    run = try_out(tmp_path, sandbox.config | {"api": api, which: f"http://{host}"})

    assert run.exit_code == 1
    assert failing(run) == STREAMS
    assert f"connection lost or refused ({host})" in run.output.decode()


@pytest.mark.parametrize("api", SURFACES)
def test_following_customers_it_looks_the_first_one_up_and_scans_nothing(sandbox, tmp_path, api):
    source = {"external_source": "Sandbox CRM"} if api == "platform" else {}
    config = sandbox.config | {"api": api} | source
    sandbox.clear_requests()

    found = try_out(tmp_path, config | {"external_ids": ["CRM-000001"]})
    missed = try_out(tmp_path, config | {"external_ids": ["CRM-999999"]})

    assert (found.exit_code, missed.exit_code) == (0, 0)
    assert b"the first external id leads to a contact" in found.output
    assert b"the first external id leads to no contact" in missed.output
    assert b"CRM-" not in found.output + missed.output
    scans = {"/api/v2/externalcontacts/scan/contacts", "pageSize=200"}
    assert not [each for each in sandbox.requests() if scans & {each.path, each.query}]


def test_an_external_source_that_does_not_exist_fails_and_names_those_that_do(sandbox, tmp_path):
    config = sandbox.config | {"external_ids": ["CRM-000001"], "external_source": "Sandbox CRN"}

    run = try_out(tmp_path, config)

    assert run.exit_code == 1
    assert failing(run) == STREAMS
    assert b"external_source: no such source; allowed: one of the organization's sources: " in run.output


def test_a_contact_to_follow_that_is_gone_fails_nothing(sandbox, tmp_path):
    for api in SURFACES:
        run = try_out(tmp_path, sandbox.config | {"api": api, "contact_ids": ["nobody"]})

        assert run.exit_code == 0, run.output


def test_an_organization_without_a_contact_fails_nothing(start, tmp_path):
    sandbox = start(contacts=0, conversations=0)
    for api in SURFACES:
        assert try_out(tmp_path, sandbox.config | {"api": api}).exit_code == 0


def test_a_wrong_setting_is_one_line_and_nothing_is_asked(sandbox, tmp_path):
    sandbox.clear_requests()

    run = try_out(tmp_path, sandbox.config | {"window_days": 0})

    assert run.exit_code == 1
    assert run.errors == ["window_days: 0 does not fit; allowed: a number from 0.001 to 31"]
    assert sandbox.requests() == []
