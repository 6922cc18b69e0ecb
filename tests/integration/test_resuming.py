"""A run that goes on in the middle of a contact scan reads the conversations of all contacts."""

from __future__ import annotations

import pytest
from support.processes import command, discovered, run_forked, selecting


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
