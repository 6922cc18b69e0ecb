from __future__ import annotations

import pytest

from tap_genesys_journey.domain import states
from tap_genesys_journey.domain.states import ALL_SIGNALS, PLATFORM_RULES, STATE_OF_SIGNALS, derive_state

EVERY_OTHER_SIGNAL = (
    states.AGENT_WRAPS_UP
    | states.AGENT_RINGS
    | states.WAITS_IN_QUEUE
    | states.AGENT_TALKED
    | states.IS_TYPED
    | states.WAS_HANDLED
    | states.ENDED_BY_TRANSFER
)


@pytest.mark.parametrize(
    ("signals", "state"),
    [
        (0, "TERMINATED"),
        (states.AGENT_TALKED | states.WAS_HANDLED, "TERMINATED"),
        (states.AGENT_RINGS | states.WAITS_IN_QUEUE, "TERMINATED"),
        (states.AGENT_WRAPS_UP, "WRAPUP"),
        (states.AGENT_WRAPS_UP | states.ENDED_BY_TRANSFER, "TRANSFERRED"),
        (states.IS_TYPED, "DRAFT"),
        (states.IS_TYPED | states.WAS_HANDLED, "TERMINATED"),
        (states.IS_TYPED | states.WAS_HANDLED | states.ENDED_BY_TRANSFER, "TRANSFERRED"),
        (states.IS_OPEN, "CONNECTED"),
        (states.IS_OPEN | states.IS_TYPED, "CONNECTED"),
        (states.IS_OPEN | states.ENDED_BY_TRANSFER, "CONNECTED"),
        (states.IS_OPEN | states.WAITS_IN_QUEUE, "QUEUED"),
        (states.IS_OPEN | states.WAITS_IN_QUEUE | states.AGENT_TALKED, "CONNECTED"),
        (states.IS_OPEN | states.WAITS_IN_QUEUE | states.AGENT_RINGS, "RINGING"),
        (states.IS_OPEN | states.AGENT_RINGS | states.AGENT_WRAPS_UP, "WRAPUP"),
        (states.IS_OPEN | states.MOVED_TO_ANOTHER | EVERY_OTHER_SIGNAL, "MERGED"),
        (states.MOVED_TO_ANOTHER, "MERGED"),
    ],
)
def test_the_first_rule_that_fits_decides(signals, state):
    assert derive_state(signals) == state


def test_the_worked_out_table_says_what_the_rules_say():
    assert len(STATE_OF_SIGNALS) == ALL_SIGNALS + 1
    assert all(STATE_OF_SIGNALS[signals] == derive_state(signals) for signals in range(ALL_SIGNALS + 1))


def test_every_rule_can_decide():
    reached = {
        next(
            rule
            for rule in PLATFORM_RULES
            if signals & rule.required == rule.required and not signals & rule.excluded
        )
        for signals in range(ALL_SIGNALS + 1)
    }

    assert reached == set(PLATFORM_RULES)
