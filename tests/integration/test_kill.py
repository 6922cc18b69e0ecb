"""Killed at any point and resumed from the last whole STATE line, the runs together are the truth."""

from __future__ import annotations

import json
import os
import random
from signal import SIGKILL

import pytest
from support import truth
from support.processes import command, run_forked, run_tap, upserted

from genesys_sandbox import Sandbox, SandboxOptions

KILLS = int(os.environ.get("KILLS", "51"))
"""Chains of kills."""

KILLS_IN_A_ROW = 3
"""How often a run, and what resumes it, is killed before one may go to its end."""


@pytest.fixture(scope="module")
def sandbox():
    """A small organization of many windows and pages, in a process of its own."""
    options = SandboxOptions(contacts=200, conversations=100, days=6, job_polls=0, requests_per_minute=0)
    with Sandbox(options, process=True) as running:
        yield running


@pytest.fixture(scope="module")
def config(sandbox):
    return sandbox.config | {"page_size": 10, "bulk_contacts_size": 20}


@pytest.fixture(scope="module")
def whole(sandbox, config, tmp_path_factory):
    """A run that nobody kills; it has the truth."""
    run = run_tap(tmp_path_factory.mktemp("whole"), config)
    assert {json.loads(row["conversation_id"]): row["raw"] for row in run.raw_rows("conversations")} == (
        truth.conversations(sandbox)
    )
    assert {row["id"]: row["raw"] for row in run.rows("external_contacts")} == truth.contacts(sandbox)
    assert {row["contact_id"]: row["canonical_contact_id"] for row in run.rows("contact_aliases")} == (
        truth.aliases(sandbox)
    )
    return run


def test_killed_at_random_points_and_resumed_nothing_is_lost(sandbox, config, whole, tmp_path):
    chance = random.Random(20260316)  # noqa: S311 - the same points every time
    expected = upserted(whole)
    killed = 0
    for chain in range(KILLS):
        runs, state, bytes_left = [], None, len(whole.output)
        durable = {"store_path": str(tmp_path / f"{chain}.duckdb")} if chain % 2 else {}
        for _ in range(KILLS_IN_A_ROW):
            point = chance.randrange(bytes_left)
            is_drained = chance.choice([False, True])
            runs.append(
                run_forked(
                    command(tmp_path, config | durable, state=state), kill_after=point, is_drained=is_drained
                )
            )
            state = runs[-1].state or state
            bytes_left = max(1, bytes_left - point)
            killed += runs[-1].exit_code == -SIGKILL
            if chain % 3 == 0:
                sandbox.control.expire_jobs()
            if chain % 4 == 0:
                sandbox.control.expire_cursors()

        runs.append(run_forked(command(tmp_path, config | durable, state=state)))

        where = f"chain {chain}: {[len(run.output) for run in runs]}"
        assert runs[-1].exit_code == 0, where
        assert upserted(*runs) == expected, where
        assert _without_store(runs[-1].state) == whole.state, where
        if killed >= KILLS:
            return
    raise AssertionError(f"only {killed} runs were killed before their end")


def _without_store(state):
    """The state but for which store it speaks of."""
    positions = {name: entry["position"] for name, entry in state["bookmarks"].items()}
    return {
        "bookmarks": {
            name: {"position": {key: value for key, value in position.items() if key != "store"}}
            for name, position in positions.items()
        }
    }
