"""The guide's own example, end to end: its payloads byte for byte go in, its document comes out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.loopback import Loopback, organization, reply, settings
from support.processes import command, run_forked

PRINTED = Path(__file__).parents[1] / "tap_genesys_journey" / "domain" / "guide"
CONTACT = (PRINTED / "contact.json").read_bytes()
PAGE = (PRINTED / "conversations.json").read_bytes()
CONTACT_ID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
EXTERNAL_ID = "CRM-8842-ALPHA"
TOTAL = 1450
FILTERED_OUT = 42
PAGE_ROWS = 200
EXTRACTED_AT = "2024-08-15T09:00:00.000Z"
LATEST = datetime(2024, 8, 10, tzinfo=timezone.utc)


def earlier_conversation(number):
    """One of those that the printed page says there are besides the printed one, the latest first."""
    start = LATEST - timedelta(hours=number)
    state = ("DRAFT", "ARCHIVED")[number % 2] if number < FILTERED_OUT else "TERMINATED"
    return {
        "id": f"conv-{number}",
        "state": state,
        "type": "CHAT",
        "createdTime": start.isoformat(),
        "updatedTime": (start + timedelta(minutes=5)).isoformat(),
        "participants": [{"externalContactId": CONTACT_ID, "participantId": f"part-{number}"}],
        "mediaState": "TERMINATED",
    }


def answer(request):
    """The gateway: the printed answers where the guide prints them, the rest of the pages by their tokens."""
    if request.path == "/oauth/token":
        return organization()(request)
    if request.path != "/api/v2/conversations":
        return reply(CONTACT)
    if "pageToken" not in request.query:
        return reply(PAGE, X_RateLimit_Remaining="299")
    token = request.query["pageToken"]
    first = 0 if token == json.loads(PAGE)["nextPageToken"] else int(token)
    following = first + PAGE_ROWS
    rows = [earlier_conversation(number) for number in range(first, min(following, TOTAL - 1))]
    page = {"entities": rows, "nextPageToken": str(following) if following < TOTAL - 1 else None}
    return reply(json.dumps(page))


@pytest.fixture(scope="module")
def served():
    """The gateway and a run that follows the guide's customer."""
    with Loopback(answer) as server:
        yield server


@pytest.fixture(scope="module")
def run(served, tmp_path_factory):
    """A run that follows the guide's customer."""
    given = {"api": "guide", "external_ids": [EXTERNAL_ID], "start_date": "2024-01-01"}
    finished = run_forked(command(tmp_path_factory.mktemp("guide"), settings(served, **given)))
    assert finished.exit_code == 0, finished.log
    return finished


def test_the_printed_requests_are_what_is_asked(served, run):  # noqa: ARG001 - the run was before
    asked = [(each.path, each.query) for each in served.asked if each.path != "/oauth/token"]

    assert asked[0] == ("/api/v2/external-contacts", {"externalId": EXTERNAL_ID, "pageSize": "1"})
    history = {"externalContactId": CONTACT_ID, "pageSize": "200", "sortOrder": "DESC"}
    pages = [query for path, query in asked if path == "/api/v2/conversations"]
    assert pages[0] == history
    assert pages[1] == history | {"pageToken": json.loads(PAGE)["nextPageToken"]}
    assert len(pages) == 9


def test_the_printed_document_comes_out_but_for_the_agent_that_the_payload_does_not_name(run):
    printed = json.loads((PRINTED / "document.json").read_bytes())
    (document,) = run.rows("timelines")

    (printed_node,) = printed["timeline"]
    node = document["timeline"][-1]
    assert {name: node[name] for name in printed_node} == printed_node | {"agentId": None, "wrapUpCode": None}
    assert node["durationSeconds"] == 1379
    assert document["contactId"] == printed["contactId"]
    metadata = dict(document["metadata"])
    assert metadata.pop("extractionTimestampUTC").endswith("Z")
    assert metadata == {"totalInteractions": TOTAL, "filteredOut": FILTERED_OUT, "mergedFromIds": []}
    assert metadata | printed["metadata"] == metadata | {"extractionTimestampUTC": EXTRACTED_AT}
    assert len(document["timeline"]) == TOTAL - FILTERED_OUT


def test_the_printed_payloads_are_kept_whole_but_for_the_line_breaks_that_no_record_can_hold(run):
    (contact,) = run.raw_rows("external_contacts")
    by_id = {json.loads(row["conversation_id"]): row["raw"] for row in run.raw_rows("conversations")}

    assert contact["raw"] == on_one_line(json.loads(CONTACT))
    assert by_id["conv-99887766"] == on_one_line(json.loads(PAGE)["entities"][0])
    assert len(by_id) == TOTAL


def on_one_line(payload):
    return json.dumps(payload, separators=(",", ":")).encode()
