"""How late a change may come: that of a conversation within `lookback_days` of the run before is found."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from support.processes import command, discovered, run_forked, selecting
from support.wire_facts import contacts as contacts_on

DAY = 24 * 3600
LASTED = timedelta(seconds=90)


def settled_until(run):
    text = run.state["bookmarks"]["conversations"]["position"]["settled_until_utc"]
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def contacts_of(name, *runs):
    """Contacts of a conversation in a target that took the runs."""
    rows = [row for run in runs for row in run.rows("conversations") if row["conversation_id"] == name]
    return rows[-1]["contact_ids"]


@pytest.fixture(params=["platform", "guide"])
def organization(request, start):
    """A sandbox, settings to read it, and two contacts that it lists."""
    sandbox = start(availability_lag_seconds=0)
    carrying = {each for row in sandbox.truth.conversations() for each in contacts_on(row)}
    listed = [
        record["id"]
        for record in sandbox.truth.contacts()
        if record["type"] == "Curated" and not {"mergedTo", "mergedFrom"} & record.keys()
    ]
    before, after = sorted(carrying.intersection(listed))[:2]
    return sandbox, sandbox.config | {"api": request.param, "page_size": 20}, before, after


@pytest.mark.parametrize("has_store", [False, True])
def test_a_change_within_the_lookback_is_found_and_one_behind_it_by_a_longer_one_or_a_full_refresh(
    organization, tmp_path, has_store
):
    sandbox, config, before, after = organization
    config |= {"store_path": str(tmp_path / "store.duckdb")} if has_store else {}
    catalog = selecting(discovered(), "conversations")
    edge = datetime(2026, 3, 13, 12, tzinfo=timezone.utc)

    def add(ended):
        begun = f"{ended - LASTED:%Y-%m-%dT%H:%M:%S.000Z}"
        return sandbox.control.add_conversation(
            start=begun, duration_seconds=60, wrap_up_seconds=30, contact_id=before
        )

    def run(state=None, **settings):
        return run_forked(command(tmp_path, config | settings, catalog=catalog, state=state))

    within, behind = add(edge), add(edge - timedelta(seconds=1))
    first = run()
    assert settled_until(first) - edge == timedelta(days=3)
    sandbox.control.advance(10 * DAY)
    for name in (within, behind):
        sandbox.control.link_conversation(name, after)
    sandbox.control.advance(1)

    second = run(first.state)
    longer = run(second.state, lookback_days=14)
    refreshed = run()

    assert contacts_of(within, first, second) == [after]
    assert contacts_of(behind, first, second) == [before]
    assert contacts_of(behind, longer) == contacts_of(behind, refreshed) == [after]
