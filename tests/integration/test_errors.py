"""What goes wrong is told in one line, with an exit code of 1, and never shows a secret or a person."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter

import pytest
from support import truth
from support.failing import fails
from support.loopback import Loopback, organization, reply, settings
from support.processes import TAP, command, discovered, run_forked, selecting

from genesys_sandbox.options import Faults

CONTACTS = "externalContacts:contact:view"
RELATE = "relate:contact:view"
CONVERSATIONS = "analytics:conversationDetail:view"
DETAILS = "/api/v2/analytics/conversations/details/jobs"
SCAN = "/api/v2/externalcontacts/scan/contacts"
BULK = "/api/v2/externalcontacts/bulk/contacts/unresolved"
ID = "[0-9a-f-]{36}"


@pytest.fixture(scope="module")
def config(sandbox):
    return sandbox.config | {"max_retries": 0}


# --- settings and files


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"window_days": "often"}, "window_days: 'often' does not fit; allowed: a number from 0.001 to 31"),
        ({"concurrency": 17}, "concurrency: 17 does not fit; allowed: a whole number from 1 to 16"),
        ({"windw_days": 1}, r"windw_days: unknown setting; did you mean window_days\?"),
        ({"start_date": None}, "start_date: missing; allowed: a date or date-time such as .*"),
        (
            {"client_secret": None},
            "client_secret: missing; allowed: client_secret together with client_id, .*",
        ),
        ({"region": "eu-north-9"}, "region: 'eu-north-9' is not a known AWS region; allowed: us-east-1, .*"),
        ({"api_url": "http://api.example.com"}, r"api_url: not https; allowed: https, or plain http to .*"),
        ({"stream_maps": {"conversations": {"x": "1/"}}}, r"stream_maps: Failed to parse expression 1/\."),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_requested(sandbox, config, tmp_path, change, error):
    sandbox.clear_requests()

    failed = fails(command(tmp_path, config | change), error)

    assert failed.output == b""
    assert sandbox.requests() == []


def test_a_setting_of_the_environment_that_cannot_be_read_is_named():
    failed = run_forked([*TAP, "--config", "ENV"], TAP_GENESYS_JOURNEY_CONCURRENCY="many")

    assert failed.exit_code == 1
    (error,) = failed.errors
    assert error == (
        "concurrency: the environment variable TAP_GENESYS_JOURNEY_CONCURRENCY cannot be read;"
        " allowed: a whole number from 1 to 16"
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b'{"client_secret": "hush-hush",\n oops', "is not JSON (line 2); allowed: a JSON object"),
        (b"", "is not JSON (line 1); allowed: a JSON object"),
        (b'{"window_days": NaN}', "is not JSON (NaN is no number of JSON); allowed: a JSON object"),
        (b"\xff\xfe\x00", "is not JSON in UTF-8; allowed: a JSON object"),
        ('{"client_secret": "hush-hush"}'.encode("utf-16"), "is not JSON in UTF-8; allowed: a JSON object"),
        (b'["hush-hush"]', "holds JSON that is no object; allowed: a JSON object"),
    ],
)
def test_a_file_of_settings_that_cannot_be_used_is_named_and_not_shown(tmp_path, content, error):
    path = tmp_path / "settings.json"
    if content is not None:
        path.write_bytes(content)

    failed = fails([*TAP, "--config", str(path)], re.escape(f"config: {path} {error}"))

    assert "hush-hush" not in failed.log


@pytest.mark.parametrize(
    ("option", "content", "error"),
    [
        ("state", "{broken", r"state: \S+ is not JSON \(line 1\); allowed: a JSON object"),
        ("state", "[]", r"state: \S+ holds JSON that is no object; allowed: a JSON object"),
        ("state", '{"type": "STATE", "value": {}}', "state: a whole STATE message; allowed: its value alone"),
        ("state", '{"bookmarks": []}', "state: bookmarks is no object of objects; allowed: the value of .*"),
        ("state", '{"bookmarks": {"users": 1}}', "state: bookmarks is no object of objects; allowed: .*"),
        ("catalog", "{broken", r"catalog: \S+ is not JSON \(line 1\); allowed: a JSON object"),
        ("catalog", "{}", "catalog: streams is no list of streams; allowed: what --discover writes, edited"),
        ("catalog", '{"streams": [{}]}', "catalog: streams is no list of streams; allowed: .*"),
        (
            "catalog",
            '{"streams": [{"tap_stream_id": "conversations"}]}',
            "catalog: streams is no list of streams; allowed: .*",
        ),
    ],
)
def test_a_state_or_catalog_that_cannot_be_used_is_named(config, tmp_path, option, content, error):
    path = tmp_path / "broken.json"
    path.write_text(content)

    assert fails([*command(tmp_path, config), f"--{option}", str(path)], error).output == b""


def test_a_catalog_without_a_replication_key_is_named(config, tmp_path):
    catalog = selecting(discovered(), "conversations")
    for stream in catalog["streams"]:
        stream["schema"]["properties"].pop("updated_time_utc", None)

    fails(
        command(tmp_path, config, catalog=catalog),
        "catalog: .*updated_time_utc.*; allowed: what --discover writes, edited",
    )


def test_a_stream_of_the_catalog_that_does_not_exist_is_said(config, tmp_path):
    catalog = {"streams": [{"tap_stream_id": "users", "schema": {"properties": {}}}]}

    ended = run_forked(command(tmp_path, config, catalog=catalog))

    assert (ended.exit_code, ended.output) == (0, b"")
    assert "Streams of the catalog that this tap does not have: users" in ended.log


def test_a_bookmark_that_cannot_be_read_is_named_with_the_way_out(config, tmp_path):
    state = {"bookmarks": {"conversations": {"position": {"settled_until_utc": "soon"}}}}

    fails(
        command(tmp_path, config, state=state),
        "state: the bookmark of stream conversations cannot be read; restore it, or remove"
        " bookmarks.conversations to read that stream again from start_date",
    )


def test_an_option_that_does_not_exist_and_a_file_that_is_not_there_are_one_line(config, tmp_path):
    fails([*TAP, "--frobnicate"], "No such option:? '?--frobnicate.*")
    fails([*command(tmp_path, config), "--state", "nowhere.json"], r"Invalid value for '--state': .*")


@pytest.mark.parametrize("variable", ["TAP_GENESYS_JOURNEY_LOGLEVEL", "LOGLEVEL"])
def test_a_level_of_logging_that_does_not_exist_is_named(config, tmp_path, variable):
    level = {"TAP_GENESYS_JOURNEY_LOGLEVEL": "", variable: "loud"}

    run = run_forked(command(tmp_path, config), **level)

    assert (run.exit_code, run.output) == (1, b"")
    assert run.log == f"{variable}: 'loud' is no level; allowed: DEBUG, INFO, WARNING or ERROR\n"


@pytest.mark.parametrize("content", ["[", "version: 7", "formatters: {a: {(): hush.Hush}}", None])
def test_a_configuration_of_logging_that_cannot_be_used_is_named(config, tmp_path, content):
    path = tmp_path / "logging.yml"
    if content is not None:
        path.write_text(content)
    variables = {"SINGER_SDK_LOG_CONFIG": str(path)}

    if content is None:
        assert "Logging config file not found" in run_forked([*TAP, "--version"], **variables).log
    else:
        fails(
            command(tmp_path, config),
            f"SINGER_SDK_LOG_CONFIG: {re.escape(str(path))} cannot be used; allowed: a YAML file .*",
            **variables,
        )


def test_a_start_that_is_still_to_come_is_said(config, tmp_path):
    run = run_forked(command(tmp_path, config | {"start_date": "2199-01-01"}))

    assert run.exit_code == 0
    assert "start_date: 2199-01-01 00:00:00+00:00 is still to come; there is nothing to read" in run.log


# --- login and permissions


def test_a_refused_login_says_what_to_check(sandbox, config, tmp_path):
    failed = fails(
        command(tmp_path, config | {"client_secret": "hush-hush"}),
        f"{sandbox.url} refused the login \\(invalid_client\\); check client_id, client_secret and region",
    )

    assert "hush-hush" not in failed.log


def test_a_given_token_that_is_refused_is_named(sandbox, tmp_path):
    given = {"access_token": "hush-hush", "api_url": sandbox.url, "start_date": "2026-03-10"}

    failed = fails(
        command(tmp_path, given),
        "access_token was refused or has ended; give a new one, or none, and client_id and client_secret",
    )

    assert "hush-hush" not in failed.log


def lacks(method, path, permission):
    reason = rf"\(status 403, correlation id {ID}\)"
    return f"{method} {path}: the OAuth client lacks the permission {permission} {reason}"


OF_CONTACTS = "contact_addresses, contact_aliases, external_contacts, timeline_events, timelines"
OF_CONVERSATIONS = "conversations, interactions, timeline_events, timelines"


def incomplete(streams, missing):
    return f"{streams} incomplete: {missing}"


def test_conversations_are_read_whole_without_the_permission_for_contacts(start, tmp_path):
    sandbox = start(denied_permissions=(CONTACTS, RELATE))
    missing = lacks("GET", SCAN, CONTACTS)

    failed = fails(command(tmp_path, sandbox.config), incomplete(OF_CONTACTS, missing))

    assert "Skipped: contact_addresses" in failed.log
    assert len(failed.rows("conversations")) == 120
    assert failed.rows("external_contacts") == failed.rows("timelines") == []


def test_conversations_are_read_whole_without_the_permission_for_contacts_that_no_scan_lists(start, tmp_path):
    sandbox = start(denied_permissions=(CONTACTS,))
    missing = lacks("POST", BULK, CONTACTS)

    failed = fails(command(tmp_path, sandbox.config), incomplete(OF_CONTACTS, missing))

    assert len(failed.rows("conversations")) == 120


def test_conversations_go_on_where_the_first_contact_that_no_scan_lists_may_not_be_read(start, tmp_path):
    sandbox = start(contacts=3, conversations=0, denied_permissions=(CONTACTS,))
    unlisted = sandbox.control.add_contact(type="Ephemeral")
    for day in range(11, 16):
        sandbox.control.add_conversation(contact_id=unlisted, start=f"2026-03-{day}T00:00:00Z")
    missing = lacks("POST", BULK, CONTACTS)

    failed = fails(command(tmp_path, sandbox.config), incomplete(OF_CONTACTS, missing))

    assert len({row["conversation_id"] for row in failed.rows("conversations")}) == 5
    bookmarks = failed.state["bookmarks"]
    assert bookmarks["conversations"]["position"]["settled_until_utc"] == "2026-03-16T12:00:00Z"
    assert bookmarks["contact_aliases"]["position"].get("settled_until_utc", "") < "2026-03-11"

    sandbox.control.allow_permission(CONTACTS)
    later = run_forked(command(tmp_path, sandbox.config, state=failed.state))

    assert later.exit_code == 0
    assert unlisted in {row["id"] for row in later.rows("external_contacts")}


def test_contacts_are_read_whole_without_the_permission_for_conversations(start, tmp_path):
    sandbox = start(denied_permissions=(CONVERSATIONS,))
    missing = lacks("GET", f"{DETAILS}/availability", CONVERSATIONS)

    failed = fails(command(tmp_path, sandbox.config), incomplete(OF_CONVERSATIONS, missing))

    listed = {
        identity
        for identity, record in truth.contacts(sandbox).items()
        if record["type"] == "Curated" and "mergedTo" not in record
    }
    assert listed <= {row["id"] for row in failed.rows("external_contacts")}
    assert failed.rows("conversations") == []


# --- the wire


def test_a_host_that_nobody_answers_at_is_named_after_the_tries_allowed(config, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    refused = rf"connection lost or refused \({host}\); check network and proxy"
    fails(
        command(tmp_path, config | {"login_url": f"http://{host}"}),
        f"POST /oauth/token failed once: {refused}",
    )
    fails(
        command(tmp_path, config | {"api_url": f"http://{host}", "max_retries": 1, "max_wait_seconds": 5}),
        f"GET {SCAN} failed 2 times: {refused}",
    )


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("truncated_json", f"truncated or non-JSON body, correlation id {ID}"),
        ("html", f"truncated or non-JSON body, correlation id {ID}"),
        ("cut_before", r"connection lost or refused \(.*\); check network and proxy"),
        ("cut_inside", r"broken answer \(\w+\)"),
        ("status_500", f"status 500, correlation id {ID}"),
        ("status_503", f"status 503, correlation id {ID}"),
        ("status_429_without_retry_after", f"status 429, correlation id {ID}"),
    ],
)
def test_what_keeps_failing_is_named_with_method_and_path_and_the_state_stands(start, tmp_path, fault, what):
    sandbox = start(conversations=20)
    sandbox.control.plan_faults(fault, count=1000, path=DETAILS)
    config = sandbox.config | {"max_retries": 1}

    failed = fails(command(tmp_path, config), f"GET {DETAILS}/availability failed 2 times: {what}")

    assert failed.messages[-1]["type"] == "STATE"
    assert failed.rows("external_contacts") != []


def test_passing_faults_of_every_kind_are_got_over_and_nothing_is_lost(start, tmp_path):
    kinds = ("status_500", "cut_before", "cut_inside", "truncated_json", "html", "wrong_length")
    rates = dict.fromkeys(kinds, 0.03) | {"job_failed": 0.1, "expired_job": 0.1, "expired_cursor": 0.05}
    sandbox = start(faults=Faults(**rates))

    run = run_forked(command(tmp_path, sandbox.config | {"page_size": 40}))

    assert run.exit_code == 0
    assert run.errors == []
    assert {json.loads(row["conversation_id"]): row["raw"] for row in run.raw_rows("conversations")} == (
        truth.conversations(sandbox)
    )
    assert {row["id"]: row["raw"] for row in run.rows("external_contacts")} == truth.contacts(sandbox)


def test_a_page_that_is_too_large_is_asked_for_again_by_halves(start, tmp_path):
    sandbox = start(max_answer_rows=30)

    run = run_forked(command(tmp_path, sandbox.config))

    sizes = [
        int(size.group(1))
        for request in sandbox.requests()
        if (size := re.search(r"limit=(\d+)", request.query))
    ]
    assert run.exit_code == 0
    assert sizes[:4] == [200, 100, 50, 25]
    assert set(sizes[4:]) == {25}
    assert len(run.rows("conversations")) == 120


def test_an_answer_of_another_shape_is_named_and_not_shown(tmp_path):
    strange = organization(results=lambda _: reply('{"conversations": "Elena"}'))
    with Loopback(strange) as server:
        failed = fails(
            command(tmp_path, settings(server)),
            rf"GET {DETAILS}/job/results: the answer is not of the expected shape \(JobPage\)",
        )

    assert "Elena" not in failed.log


def test_a_page_that_is_broken_in_its_middle_is_asked_for_again_and_no_row_is_lost(tmp_path):
    rows = [
        b'{"conversationId":"v%d","conversationStart":"2026-01-01T01:00:00Z"}' % each for each in range(4)
    ]
    broken = [*rows[:2], rows[2][:-1], rows[3]]
    answers = [broken, broken, rows]
    strange = organization(results=lambda _: reply(b'{"conversations":[%b]}' % b",".join(answers.pop(0))))
    with Loopback(strange) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert [row["raw"] for row in run.raw_rows("conversations")] == rows
    assert answers == []


# --- rows that break their types


def test_rows_that_break_their_types_are_kept_whole_and_reported_once_by_path(tmp_path):
    odd = [
        b'{"conversationId":"v%d","conversationStart":"2026-01-01T01:00:00Z","conversationEnd":"Elena",'
        b'"participants":[{"participantId":7,"purpose":"customer","sessions":"none"}]}' % number
        for number in range(3)
    ]
    contacts = [
        b'{"id":"k1","firstName":["Elena"],"modifyDate":"Elena","workEmail":7}',
        b'{"firstName":"Elena"}',
        b"[]",
    ]
    with Loopback(organization(contacts, odd)) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 0
    assert [row["raw"] for row in run.raw_rows("conversations")] == odd
    assert [row["raw"] for row in run.raw_rows("external_contacts")] == contacts[:1]
    (contact,) = run.rows("external_contacts")
    assert (contact["first_name"], contact["modify_date_utc"], contact["work_email"]) == (None, None, None)
    reported = [line.split(" | ", 3)[3] for line in run.log.splitlines() if "Odd in the source" in line]
    assert "Odd in the source: wrong type: firstName: 1" in reported
    assert "Odd in the source: wrong type: conversationEnd: 3" in reported
    assert max(Counter(reported).values()) == 1
    assert "Elena" not in run.log


# --- what must never be said


def test_at_debug_level_nothing_is_said_of_secrets_tokens_bodies_or_people(tmp_path):
    people = ["Elena", "Planted", "+12015550142", "2015550142", "elena.planted@example.com", "CRM-4711"]
    contact = {
        "id": "k1",
        "firstName": "Elena",
        "lastName": "Planted",
        "workEmail": "elena.planted@example.com",
        "workPhone": {"e164": "+12015550142", "userInput": 2015550142},
        "externalIds": [{"externalSource": {"id": "s1"}, "value": "CRM-4711"}],
        "modifyDate": "Elena",
    }
    conversation = {
        "conversationId": "v1",
        "conversationStart": "2026-01-01T01:00:00Z",
        "conversationEnd": "Planted",
        "participants": [
            {
                "participantId": "p1",
                "purpose": "Elena Planted",
                "participantName": "Elena Planted",
                "sessions": [{"ani": "tel:+12015550142", "mediaType": "Elena Planted", "segments": []}],
            }
        ],
    }
    secrets = ["made-up-secret", "made-up-token", "bWFkZS11cC1jbGllbnQ6bWFkZS11cC1zZWNyZXQ="]
    answers = organization([json.dumps(contact).encode()], [json.dumps(conversation).encode()])
    with Loopback(answers) as server:
        run_level = {"TAP_GENESYS_JOURNEY_LOGLEVEL": "DEBUG"}
        good = run_forked(command(tmp_path, settings(server)), **run_level)

    def refuse(_):
        return reply('{"message":"Elena Planted +12015550142","code":"bad.request"}', 400)

    with Loopback(organization(bulk=refuse, results=refuse, scan=answers)) as server:
        bad = run_forked(command(tmp_path, settings(server)), **run_level)

    assert " DEBUG " in good.log
    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert len(good.rows("external_contacts")) == len(good.rows("conversations")) == 1
    for word in [*people, *secrets]:
        assert word not in good.log
        assert word not in bad.log
