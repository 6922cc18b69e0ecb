"""Section 4 of the data contract was read twice, by two hands; here both readings meet."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from support.oracle_interactions import interactions
from support.platform_builder import read

from genesys_sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="module")
def organization():
    with Sandbox(SandboxOptions(contacts=300, conversations=1_500, requests_per_minute=0)) as sandbox:
        yield sandbox


@pytest.mark.parametrize("share", [1.0, 0.7, 0.4])
def test_the_interactions_of_an_organization_are_those_of_the_plain_reading(organization, share):
    """Read at several instants, so that conversations are met in the middle of everything."""
    raws = [bytes(raw) for raw in organization.truth.raw_conversations()]
    starts = [json.loads(raw)["conversationStart"] for raw in raws]
    as_of = starts[int(len(starts) * share) - 1]
    states = Counter()

    for raw in organization.truth.raw_conversations(as_of):
        reading = read(bytes(raw))
        assert reading.interactions == interactions(json.loads(raw))
        assert not reading.odd
        states[reading.row["state"]] += 1

    assert {"TERMINATED", "TRANSFERRED", "MERGED", "DRAFT"} <= set(states)
