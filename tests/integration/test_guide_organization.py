"""A whole organization on the guide's surface, where conversations are had through contacts alone."""

from __future__ import annotations

import pytest
from support.processes import Run, discovered, run_tap, selecting, upserted

from genesys_sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="module")
def sandbox():
    options = SandboxOptions(contacts=60, conversations=400, requests_per_minute=0)
    with Sandbox(options, process=True) as running:
        yield running


@pytest.fixture(scope="module")
def config(sandbox):
    return sandbox.config | {"api": "guide", "page_size": 10}


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    return run_tap(tmp_path_factory.mktemp("whole"), config)


def carried(sandbox):
    """Contacts on each conversation that has any."""
    found = {
        row["conversationId"]: {
            each["externalContactId"] for each in row["participants"] if each.get("externalContactId")
        }
        for row in sandbox.truth.conversations()
    }
    return {name: contacts for name, contacts in found.items() if contacts}


def test_contacts_that_no_listing_shows_are_read_through_the_conversations_that_carry_them(sandbox, whole):
    conversations = carried(sandbox)
    emitted = {row["conversation_id"] for row in whole.rows("conversations")}
    met = set().union(*(conversations[name] for name in emitted))

    assert emitted == {name for name, contacts in conversations.items() if contacts & met}
    assert met <= {row["id"] for row in whole.rows("external_contacts")}
    assert met <= {row["contact_id"] for row in whole.rows("contact_aliases")}


def test_a_run_cut_off_in_the_listing_still_reads_the_conversations_of_those_listed_before(config, tmp_path):
    catalog = selecting(discovered(), "external_contacts", "conversations")
    whole = run_tap(tmp_path, config, catalog=catalog)
    lines = whole.output.splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines, 1) if b'"scan"' in line)
    first = Run(0, b"".join(lines[:cut]), "")

    second = run_tap(tmp_path, config, state=first.state, catalog=catalog)

    assert "scan" in first.state["bookmarks"]["external_contacts"]["position"]
    assert upserted(first, second).keys() == upserted(whole).keys()
