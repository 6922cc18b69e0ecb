"""Whatever the wire brings: no crash, no row lost without a word, records that keep to their own schema.

The way is the real one, from the bytes of a body to the lines of standard output: through the adapter's
envelope, the extraction, the domain and the tap's own streams, as they are and through the SDK.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import signal
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support import wire_fuzz
from support.processes import Run
from support.virtual_time import VirtualTime

from tap_genesys_journey.api.guide import GuideSurface
from tap_genesys_journey.api.job_pages import read_job_page
from tap_genesys_journey.api.payloads import GuidePage, JobPage, ScanBody
from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.api.surface import ContactPage, ConversationPage
from tap_genesys_journey.domain.payloads import Payloads
from tap_genesys_journey.extraction.journeys import JOURNEY_STREAMS
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.extraction.sinks import Output
from tap_genesys_journey.http.bodies import decode_json
from tap_genesys_journey.tap import TapGenesysJourney

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
"""Pages of each surface on each way out."""

SINCE = datetime(1, 1, 1, tzinfo=timezone.utc)
"""Nothing ended before it, so nothing may be left out."""

UNTIL = datetime(1, 1, 15, tzinfo=timezone.utc)
CONFIG = {
    "access_token": "made-up",
    "api_url": "http://127.0.0.1:9",
    "start_date": "1970-01-01T00:00:00Z",
    "window_days": 31,
    "concurrency": 1,
    "include_system_participants": True,
}
ROW_STREAMS = ("external_contacts", "contact_aliases", "contact_addresses", "conversations", "interactions")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WAYS = {
    "fast": {},
    "mapped": {"stream_maps": {stream: {"__filter__": "True"} for stream in ROW_STREAMS}},
    "flat": {"flattening_enabled": True, "flattening_max_depth": 4},
    "hashed": {"pii": {"policy": "hash", "key": "made-up"}},
    "redacted": {"pii": {"policy": "redact", "key": "made-up"}},
}


def body(name, rows):
    return f'{{"{name}":[{",".join(rows)}]}}'.encode()


class Platform(PlatformSurface):
    """Serves two bodies."""

    def __init__(self, contacts, conversations, stored):
        self.contacts = decode_json(body("entities", contacts), ScanBody).entities or []
        self.stored = decode_json(body("entities", stored), ScanBody).entities or []
        self.page = body("conversations", conversations)
        self.conversations = decode_json(self.page, JobPage).conversations or []

    def fetch_contact_page(self, _):
        return ContactPage(self.contacts, None, UNTIL)

    def fetch_contacts_as_stored(self, _):
        """What was asked for or not, once."""
        self.contacts, given, self.stored = [*self.contacts, *self.stored], self.stored, []
        return given

    def fetch_settled_until(self):
        return UNTIL

    def submit_job(self, *_):
        return "job"

    def is_job_done(self, _):
        return True

    def fetch_job_page(self, *_):
        return read_job_page(list, self.page)


class Guide(GuideSurface):
    """Serves two bodies; all conversations are a well-behaved contact's."""

    def __init__(self, contacts, conversations, stored):
        plain = [*contacts, '{"id":"plain"}']
        self.contacts = decode_json(body("entities", plain), GuidePage).entities or []
        self.stored = decode_json(body("entities", stored), GuidePage).entities or []
        self.conversations = decode_json(body("entities", conversations), GuidePage).entities or []

    fetch_contact_page = Platform.fetch_contact_page
    fetch_contacts_as_stored = Platform.fetch_contacts_as_stored
    fetch_settled_until = Platform.fetch_settled_until

    def fetch_conversation_page(self, contact_id, _):
        rows = self.conversations if contact_id == "plain" else []
        return ConversationPage(Payloads(rows), None, None, 100)


class Heard(logging.Handler):
    """What was reported as odd."""

    def __init__(self):
        super().__init__()
        self.unreadable = {"Contact": 0, "Conversation": 0}

    def emit(self, record):
        found = re.fullmatch(r"Odd in the source: unreadable: (\w+): (\d+)", record.getMessage())
        if found:
            self.unreadable[found[1].removeprefix("Guide")] += int(found[2])


@dataclass
class Outcome:
    """What a run made of two bodies."""

    surface: Platform | Guide
    run: Run
    unreadable: dict[str, int]


@pytest.fixture(scope="module")
def taps():
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    made = {way: TapGenesysJourney(config=CONFIG | more) for way, more in WAYS.items()}
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return made


@pytest.fixture(scope="module")
def read(taps):
    """Runs a tap of this process over two bodies, all that it wrote in hand."""
    logger = logging.getLogger("tap_genesys_journey.extraction.run")

    def run(way, surface, streams=ROW_STREAMS):
        tap, heard = taps[way], Heard()
        given = replace(tap.settings, start_date=SINCE)
        sinks = [tap.streams[name] for name in streams]
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as out:
            for sink in sinks:
                sink.stream_state.clear()
                sink._is_announced = False
                sink.open()
            logger.addHandler(heard)
            try:
                extract(surface, Output(list(sinks)), given, VirtualTime(UNTIL))
            finally:
                logger.removeHandler(heard)
            written = out.buffer.getvalue()
        return Outcome(surface, Run(0, written, ""), heard.unreadable)

    return run


fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def hold(outcome):
    """Every line parses and keeps to the schema announced before it; instants look as instants do."""
    validators = {}
    for line in outcome.run.output.splitlines():
        message = json.loads(line, parse_int=of_any_length)
        if message["type"] == "SCHEMA":
            validators[message["stream"]] = jsonschema.Draft7Validator(message["schema"])
        if message["type"] == "RECORD":
            validators[message["stream"]].validate(message["record"])
            for name, value in message["record"].items():
                assert not name.endswith("_utc") or value is None or INSTANT.fullmatch(value), (name, value)


def hold_every_payload_is_there(outcome, id_name, way):
    """Each is a record under its own id, or was reported; as they are, records carry it to the byte.

    The same conversation that cannot be read counts once, however often it comes.
    """
    surface, run = outcome.surface, outcome.run
    for kind, stream, wire_name, name, payloads in (
        ("Contact", "external_contacts", "id", "id", surface.contacts),
        ("Conversation", "conversations", id_name, "conversation_id", surface.conversations),
    ):
        ids = [id_of(raw, wire_name) for raw in payloads]
        lost = [bytes(raw) for raw, found in zip(payloads, ids, strict=True) if found is None]
        assert len(set(lost) if kind == "Conversation" else lost) == outcome.unreadable[kind]
        assert {json.loads(row[name]) for row in run.raw_rows(stream)} == set(ids) - {None}
        if way == "fast":
            sent = [bytes(raw) for raw, found in zip(payloads, ids, strict=True) if found]
            assert {row["raw"] for row in run.raw_rows(stream)} <= set(sent)


def of_any_length(digits):
    return int(digits) if len(digits) < 400 else Decimal(digits)


def id_of(raw, name):
    """Id of a payload; None where it has none that could be a key."""
    try:
        value = json.loads(bytes(raw), parse_int=float)
    except ValueError:
        return None
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


@pytest.mark.parametrize("way", WAYS)
@fuzz
@given(
    contacts=wire_fuzz.platform_contacts,
    conversations=wire_fuzz.platform_conversations,
    stored=wire_fuzz.platform_contacts,
)
def test_the_platform_s_payloads(read, way, contacts, conversations, stored):
    outcome = read(way, Platform(contacts, conversations, stored))

    hold(outcome)
    hold_every_payload_is_there(outcome, "conversationId", way)


@pytest.mark.parametrize("way", WAYS)
@fuzz
@given(
    contacts=wire_fuzz.guide_contacts,
    conversations=wire_fuzz.guide_conversations,
    stored=wire_fuzz.guide_contacts,
)
def test_the_guide_s_payloads(read, way, contacts, conversations, stored):
    outcome = read(way, Guide(contacts, conversations, stored))

    hold(outcome)
    hold_every_payload_is_there(outcome, "id", way)


@settings(fuzz, max_examples=max(5, EXAMPLES // 5))
@given(
    contacts=wire_fuzz.platform_contacts,
    conversations=wire_fuzz.platform_conversations,
    stored=wire_fuzz.platform_contacts,
)
def test_timelines_of_the_platform_s_payloads(read, contacts, conversations, stored):
    hold(read("fast", Platform(contacts, conversations, stored), (*ROW_STREAMS, *JOURNEY_STREAMS)))


@settings(fuzz, max_examples=max(5, EXAMPLES // 5))
@given(
    contacts=wire_fuzz.guide_contacts,
    conversations=wire_fuzz.guide_conversations,
    stored=wire_fuzz.guide_contacts,
)
def test_timelines_of_the_guide_s_payloads(read, contacts, conversations, stored):
    hold(read("fast", Guide(contacts, conversations, stored), (*ROW_STREAMS, *JOURNEY_STREAMS)))
