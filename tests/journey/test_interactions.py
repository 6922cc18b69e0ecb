"""What a platform conversation becomes, against a plain reading of the contract."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from support.oracle_interactions import interactions
from support.platform_payloads import conversations

from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.platform import read_conversation


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(conversations())
def test_interactions_are_those_of_the_oracle(payload):
    facts = read_conversation(json.dumps(payload).encode(), Oddities())

    assert interaction_rows(facts) == interactions(payload)
