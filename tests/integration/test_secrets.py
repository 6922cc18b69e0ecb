"""Secrets, tokens, bodies and people stay out of logs, errors and state, whatever goes wrong.

The made-up service is as indiscreet as it can be: it says everything it was told, in bodies, headers, codes
and addresses. Logging is set up to say everything it can, urllib3's lines included.
"""

from __future__ import annotations

import json

import pytest
from support.loopback import Asked, Loopback, organization, reply
from support.processes import STRUCTURED_LOGGING, TAP, command, run_forked

SECRETS = {
    "client_id": "planted-client",
    "client_secret": "planted-secret",
    "basic": "cGxhbnRlZC1jbGllbnQ6cGxhbnRlZC1zZWNyZXQ=",
    "key": "planted-key-of-pseudonyms",
    "token": "planted-token",
}
PEOPLE = [
    "Elena",
    "Planted",
    "+12015550142",
    "2015550142",
    "elena.planted@example.com",
    "CRM-4711",
    "Elm Street",
]
EVERYBODY = " ".join(PEOPLE)

LOGGERS = """
root: {level: DEBUG, handlers: [all]}
loggers: {urllib3: {level: DEBUG, propagate: true}, urllib3.connectionpool: {level: DEBUG, propagate: true}}
"""

CONTACT = {
    "id": "k1",
    "firstName": "Elena",
    "lastName": ["Planted"],
    "workEmail": "elena.planted@example.com",
    "workPhone": {"e164": "+12015550142", "userInput": 2015550142},
    "address": {"address1": "Elm Street"},
    "externalIds": [{"externalSource": {"id": "s1"}, "value": "CRM-4711"}],
    "modifyDate": EVERYBODY,
}
CONVERSATION = {
    "conversationId": "v1",
    "conversationStart": "2026-01-01T01:00:00Z",
    "conversationEnd": EVERYBODY,
    "originatingDirection": EVERYBODY,
    "participants": [
        {
            "participantId": "p1",
            "purpose": "customer",
            "participantName": EVERYBODY,
            "externalContactId": "k9",
            "sessions": [
                {
                    "ani": "tel:+12015550142",
                    "mediaType": "Elena",
                    "segments": [{"segmentType": EVERYBODY, "disconnectType": EVERYBODY}],
                }
            ],
        },
        {"participantId": "p2", "purpose": EVERYBODY},
    ],
}
GUIDE_CONVERSATION = {
    "id": "v1",
    "state": "Elena",
    "type": "Planted",
    "createdTime": "2026-01-01T01:00:00Z",
    "updatedTime": EVERYBODY,
    "participants": [{"participantId": 7, "purpose": EVERYBODY, "externalContactId": "k1", "address": 7}],
}
TOKEN = json.dumps({"access_token": SECRETS["token"], "token_type": "bearer", "expires_in": 86400})
CONTACTS, CONVERSATIONS = [json.dumps(CONTACT).encode()], [json.dumps(CONVERSATION).encode()]


def said(asked: Asked) -> str:
    return f"{EVERYBODY} {asked.headers} {asked.body!r} {asked.query} {TOKEN} {SECRETS}"


def indiscreet(status: int = 400):
    """Answers with all that it was told."""

    def answer(asked: Asked) -> bytes:
        body = json.dumps({"message": said(asked), "code": EVERYBODY, "error": EVERYBODY, "access_token": 7})
        headers = {"ININ_Correlation_Id": EVERYBODY, "WWW_Authenticate": EVERYBODY, "Server": EVERYBODY}
        return reply(body, status, **headers)

    return answer


def torn(asked: Asked) -> bytes:
    return reply(json.dumps({"entities": said(asked)})[:-9])


def shapeless(asked: Asked) -> bytes:
    return reply(json.dumps({"entities": said(asked), "conversations": said(asked), "results": said(asked)}))


def astray(asked: Asked) -> bytes:
    return reply(
        b"", 302, Location=f"https://Planted:planted-secret@elsewhere.example/{EVERYBODY}?{said(asked)}"
    )


def bad_header(_: Asked) -> bytes:
    return reply(b"{", 200).replace(b"\r\n\r\n", f"\r\n{EVERYBODY}\r\nX: {TOKEN}\r\n\r\n".encode())


def refused_item(asked: Asked) -> bytes:
    item = {"id": "k9", "status": 400, "error": {"status": 400, "message": said(asked)}}
    return reply(json.dumps({"results": [item]}))


FAILURES = {
    "nothing": {},
    "login refused": {"token": indiscreet(401)},
    "login busy": {"token": indiscreet(503)},
    "login odd": {"token": indiscreet(200)},
    "login astray": {"token": astray},
    "login gone": {"token": indiscreet(404)},
    "token refused": {"scan": indiscreet(401)},
    "forbidden": {"scan": indiscreet(403), "availability": indiscreet(403)},
    "busy": {"scan": indiscreet(500)},
    "wrong": {"scan": indiscreet(400)},
    "limited": {"scan": indiscreet(429)},
    "torn": {"scan": torn},
    "shapeless": {"scan": shapeless},
    "astray": {"scan": astray},
    "bad header": {"scan": bad_header},
    "cut": {"scan": lambda _: b""},
    "contacts refused": {"bulk": refused_item},
    "contacts shapeless": {"bulk": shapeless},
    "job refused": {"submit": indiscreet(400)},
    "job lost": {"poll": lambda _: reply(json.dumps({"state": EVERYBODY}))},
    "results wrong": {"results": indiscreet(422)},
    "results shapeless": {"results": shapeless},
    "results gone": {"results": indiscreet(404)},
}


@pytest.fixture
def read_all(tmp_path):
    """Runs the tap on an indiscreet service and holds all that it says against the planted values."""
    (tmp_path / "logging.yml").write_text(STRUCTURED_LOGGING + LOGGERS)

    def run(answers, *options, **config):
        everything = {
            "client_id": SECRETS["client_id"],
            "client_secret": SECRETS["client_secret"],
            "start_date": "2026-01-01T00:00:00Z",
            "end_date": "2026-01-02T00:00:00Z",
            "pii": {"policy": "keep", "key": SECRETS["key"]},
            "max_retries": 1,
        }
        with Loopback(answers) as server:
            where = {"api_url": server.url, "login_url": server.url}
            given = {
                name: value for name, value in (everything | where | config).items() if value is not None
            }
            arguments = command(tmp_path, given, *options)
            found = run_forked(arguments, SINGER_SDK_LOG_CONFIG=str(tmp_path / "logging.yml"))
        lines = found.output.decode().splitlines()
        untold = found.log + "".join(line for line in lines if '"type":"RECORD"' not in line)
        assert all(isinstance(json.loads(line), dict) for line in found.log.splitlines())
        assert [word for word in [*PEOPLE, *SECRETS.values()] if word in untold] == []
        assert [word for word in SECRETS.values() if word in found.output.decode()] == []
        return found

    return run


@pytest.mark.parametrize("failure", FAILURES)
def test_the_platform_s_failures_show_nothing(read_all, failure):
    usual = {"token": lambda _: reply(TOKEN)}

    run = read_all(organization(CONTACTS, CONVERSATIONS, **(usual | FAILURES[failure])))

    assert run.exit_code == (failure != "nothing")
    if failure == "nothing":
        assert "Elena" in run.output.decode()
        assert "Odd in the source" in run.log


def guide(**others):
    """The guide's surface."""
    pages = {
        "token": lambda _: reply(TOKEN),
        "external-contacts": lambda _: reply(json.dumps({"entities": [CONTACT]})),
        "unresolved": lambda _: reply(json.dumps(CONTACT)),
        "conversations": lambda _: reply(json.dumps({"entities": [GUIDE_CONVERSATION]})),
    }
    return lambda asked: (pages | others)[asked.path.rpartition("/")[2]](asked)


@pytest.mark.parametrize("answer", [None, indiscreet(403), torn, shapeless])
@pytest.mark.parametrize("name", ["external-contacts", "conversations"])
def test_the_guide_s_failures_show_nothing(read_all, name, answer):
    run = read_all(guide(**{name: answer} if answer else {}), api="guide")

    assert run.exit_code == (answer is not None)


@pytest.mark.parametrize("answer", [None, indiscreet(404), shapeless, bad_header])
def test_looking_up_external_ids_shows_none(read_all, answer, tmp_path):
    others = {"external-contacts": answer} if answer else {}

    run = read_all(
        guide(**others), api="guide", external_ids=["CRM-4711"], store_path=str(tmp_path / "store.duckdb")
    )

    assert run.exit_code in {0, 1}


@pytest.mark.parametrize("options", [(), ("--test",)])
def test_a_given_token_is_not_shown(read_all, options):
    given = {"client_id": None, "client_secret": None, "login_url": None, "access_token": SECRETS["token"]}

    assert read_all(organization(scan=indiscreet(401)), *options, **given).exit_code == 1


@pytest.mark.parametrize("failure", ["login refused", "forbidden", "busy", "shapeless", "astray"])
def test_the_connection_test_shows_nothing(read_all, failure):
    answers = organization(**({"token": lambda _: reply(TOKEN)} | FAILURES[failure]))

    assert read_all(answers, "--test").exit_code == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": ["planted-secret"]},
        {"pii": {"policy": "planted-key-of-pseudonyms"}},
        {"pii": {"policy": "hash", "key": ["planted-key-of-pseudonyms"]}},
        {"pii": "planted-key-of-pseudonyms"},
        {"external_ids": {"CRM-4711": "Elena"}},
        {"api_url": "https://Planted:planted-secret@example.com/?q=Elena"},
        {"api_url": "http://elsewhere.example"},
        {"pii": {"fields": {"email": "planted-key-of-pseudonyms"}}},
    ],
)
def test_a_wrong_setting_shows_no_secret(read_all, wrong):
    assert read_all(organization(), **wrong).exit_code == 1


@pytest.mark.parametrize(
    "expression",
    ["int(record['raw']['participants'][0]['participantName'])", "record['raw']['Elena']", "undefined(raw)"],
)
def test_a_stream_map_that_fails_on_a_row_shows_none_of_it(read_all, expression):
    answers = organization(CONTACTS, CONVERSATIONS, token=lambda _: reply(TOKEN))
    mapped = {"conversations": {"x": expression.replace("Elena", "nobody")}}

    assert read_all(answers, stream_maps=mapped).exit_code == 1


def test_what_the_tap_says_about_itself_marks_the_secrets():
    about = json.loads(run_forked([*TAP, "--about", "--format=json"]).output)

    settings = about["settings"]["properties"]
    marked = {name for name, rule in settings.items() if rule.get("secret")}
    assert {"client_id", "client_secret", "access_token"} <= marked
    assert settings["pii"]["properties"]["key"]["secret"]
    assert about["description"].startswith("Singer tap for Genesys Cloud")
