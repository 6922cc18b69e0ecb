"""What happens in the organization between two runs ends in the target, after an upsert by key."""

from __future__ import annotations

import json

import pytest
from support import truth
from support.processes import run_tap, upserted
from support.wire_facts import contacts as contacts_on

HOUR = 3600


def raws(run):
    """Payloads of the conversations by id; of several of one id the last."""
    return {json.loads(row["conversation_id"]): row["raw"] for row in run.raw_rows("conversations")}


def assert_is_truth(sandbox, *runs):
    """The runs together, upserted, are what the sandbox holds."""
    table = upserted(*runs)
    assert {name: raw for run in runs for name, raw in raws(run).items()} == truth.conversations(sandbox)
    held = {key[1]: row["raw"] for key, row in table.items() if key[0] == "external_contacts"}
    assert held == truth.contacts(sandbox)
    aliases = {
        key[1]: row["canonical_contact_id"] for key, row in table.items() if key[0] == "contact_aliases"
    }
    assert aliases == truth.aliases(sandbox)
    for key, row in table.items():
        if key[0] == "interactions":
            assert row["is_open"] == table["conversations", key[1]]["is_open"]


@pytest.fixture
def organization(start, tmp_path):
    """A sandbox, its first run, and what runs it again with the state of the one before."""
    sandbox = start()
    runs = [run_tap(tmp_path, sandbox.config)]

    def again():
        sandbox.control.advance(HOUR)
        runs.append(run_tap(tmp_path, sandbox.config, state=runs[-1].state))
        assert runs[-1].exit_code == 0
        return runs[-1]

    return sandbox, runs, again


def listed(sandbox):
    """Contacts of a scan that were never merged, by id."""
    return sorted(
        record["id"]
        for record in sandbox.truth.contacts()
        if record["type"] == "Curated" and "canonicalContact" not in record and "mergedFrom" not in record
    )


def test_conversations_added_ended_reopened_linked_and_wrapped_up_later(organization):
    sandbox, runs, again = organization
    control, contact = sandbox.control, listed(sandbox)[0]
    recent = [row for row in sandbox.truth.conversations() if row["conversationStart"] > "2026-03-15"]
    nameless = next(row["conversationId"] for row in recent if not contacts_on(row))
    is_open = next(row["conversationId"] for row in recent if "conversationEnd" not in row)
    ended = next(row["conversationId"] for row in sandbox.truth.conversations() if "conversationEnd" in row)
    control.advance(60)
    added = control.add_conversation(media="chat", open=True)
    control.end_conversation(is_open, wrap_up_code="late")
    control.reopen_conversation(ended)
    control.link_conversation(nameless, contact)

    second = again()

    assert {added, is_open, ended, nameless} <= set(raws(second))
    assert_is_truth(sandbox, *runs)

    control.end_conversation(added, wrap_up_code="done", disconnect_type="transfer")
    control.end_conversation(ended)
    control.wrap_up_conversation(nameless, "late")
    again()

    assert_is_truth(sandbox, *runs)


def test_contacts_added_changed_and_merged(organization):
    sandbox, runs, again = organization
    control, names = sandbox.control, listed(sandbox)
    control.advance(HOUR)
    changed = names[0]
    control.modify_contact(changed, title="Changed")
    added = control.add_contact(firstName="Added", lastName="Example", workEmail="added@example.com")
    survivor = control.merge_contacts(names[1:3])

    second = again()

    aliases = {row["contact_id"]: row["canonical_contact_id"] for row in second.rows("contact_aliases")}
    assert {changed, added, survivor, *names[1:3]} <= {row["id"] for row in second.rows("external_contacts")}
    assert aliases[names[1]] == aliases[names[2]] == aliases[survivor] == survivor
    assert ("added@example.com", added) in {
        (row["address"], row["contact_id"]) for row in second.rows("contact_addresses")
    }
    assert_is_truth(sandbox, *runs)


def test_a_merge_of_merged_contacts_leads_all_of_them_to_the_last_survivor(organization):
    sandbox, runs, again = organization
    names = listed(sandbox)
    sandbox.control.advance(HOUR)
    between = sandbox.control.merge_contacts(names[:2])
    again()
    last = sandbox.control.merge_contacts([between, names[2]])

    again()

    table = upserted(*runs)
    family = [*names[:3], between, last]
    assert {table["contact_aliases", name]["canonical_contact_id"] for name in family} == {last}
    assert_is_truth(sandbox, *runs)


def test_contacts_that_no_scan_lists_are_found_through_the_conversation_that_carries_them(organization):
    sandbox, runs, again = organization
    met = {row["id"] for row in runs[0].rows("external_contacts")}
    unmet = sorted({record["id"] for record in sandbox.truth.contacts()} - met)
    unlisted = unmet[0] if unmet else sandbox.control.add_contact(type="Ephemeral")
    sandbox.control.add_conversation(media="voice", contact_id=unlisted)

    second = again()

    assert unlisted in {row["id"] for row in second.rows("external_contacts")}
    assert_is_truth(sandbox, *runs)


def test_a_contact_that_is_gone_is_counted_and_holds_nothing_up(organization):
    sandbox, _, again = organization
    gone = listed(sandbox)[0]
    conversation = sandbox.control.add_conversation(media="voice", contact_id=gone)
    sandbox.control.remove_contact(gone)

    second = again()

    assert conversation in raws(second)
    assert gone not in {row["id"] for row in second.rows("external_contacts")}
    assert "Contacts that the API does not know: 1" in second.log


def test_nothing_behind_the_instant_until_which_the_data_is_settled_is_emitted(start, tmp_path):
    sandbox = start(availability_lag_seconds=6 * HOUR)
    config = sandbox.config

    first = run_tap(tmp_path, config)

    known = truth.conversations(sandbox, as_of="2026-03-16T06:00:00.000Z")
    position = first.state["bookmarks"]["conversations"]["position"]
    assert raws(first) == known
    assert len(known) < len(truth.conversations(sandbox))
    assert position == {"settled_until_utc": "2026-03-16T06:00:00Z"}

    sandbox.control.advance(6 * HOUR)
    second = run_tap(tmp_path, config, state=first.state)

    assert raws(first) | raws(second) == truth.conversations(sandbox, as_of="2026-03-16T12:00:00.000Z")
