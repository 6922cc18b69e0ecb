"""A run that goes on where one was cut off loses nothing, whatever happened meanwhile."""

from __future__ import annotations

import json

import pytest
from support.processes import Run, command, discovered, run_forked, selecting

TWO_DAYS = 2 * 24 * 3600


@pytest.mark.parametrize("api", ["platform", "guide"])
def test_a_scan_that_was_cut_off_costs_no_conversation(sandbox, tmp_path, api):
    config = sandbox.config | {"api": api, "page_size": 10}
    catalog = selecting(discovered(), "external_contacts", "conversations")
    whole = run_forked(command(tmp_path, config, catalog=catalog))
    states = [message["value"] for message in whole.messages if message["type"] == "STATE"]
    scanning = [each for each in states if "scan" in each["bookmarks"]["external_contacts"]["position"]]

    rest = run_forked(command(tmp_path, config, catalog=catalog, state=scanning[-1]))

    ids = {row["conversation_id"] for row in whole.rows("conversations")}
    assert {row["conversation_id"] for row in rest.rows("conversations")} == ids


def test_what_changed_among_contacts_read_before_the_cut_the_run_after_the_resumed_one_brings(
    start, tmp_path
):
    sandbox = start()
    config = sandbox.config | {"api": "guide", "page_size": 10}
    catalog = selecting(discovered(), "conversations")

    def run(state=None):
        return run_forked(command(tmp_path, config, catalog=catalog, state=state))

    lines = run().output.splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines, 1) if b'"contact"' in line)
    first = Run(0, b"".join(lines[:cut]), "")
    sandbox.control.advance(TWO_DAYS)
    changed = [
        row["conversation_id"]
        for row in first.rows("conversations")
        if "2026-03-13T12" < (row["end_time_utc"] or "") < "2026-03-15T12"
    ]
    for name in changed:
        sandbox.control.wrap_up_conversation(name, "late")

    resumed = run(first.state)
    following = run(resumed.state)

    now = raws(run())
    assert any(b"late" in now[name] for name in changed)
    assert {name: (raws(first) | raws(resumed) | raws(following))[name] for name in changed} == {
        name: now[name] for name in changed
    }


def raws(run):
    """Payloads of the conversations by id; of several of one id the last."""
    return {json.loads(row["conversation_id"]): row["raw"] for row in run.raw_rows("conversations")}
