"""Conversation states: the one table that derives the business lifecycle.

The platform has no state field (fact sheet, section 11); what a state means is contract, section 4.1. A
reader of payloads collects signals, one bit each; the table says which state they amount to.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MOVED_TO_ANOTHER: Final = 1
"""A segment names a `destinationConversationId`."""
IS_OPEN: Final = 2
"""There is no `conversationEnd`."""
AGENT_WRAPS_UP: Final = 4
"""A `wrapup` segment of an agent has no end."""
AGENT_RINGS: Final = 8
"""An `alert` segment of an agent has no end."""
WAITS_IN_QUEUE: Final = 16
"""A segment of an `acd` participant has no end."""
AGENT_TALKED: Final = 32
"""An agent had an `interact` segment."""
IS_TYPED: Final = 64
"""The channel is chat, message or e-mail."""
WAS_HANDLED: Final = 128
"""Somebody but the customer had an `interact` segment, or a bot, flow, campaign or API any segment."""
ENDED_BY_TRANSFER: Final = 256
"""The latest `interact` segment of an acd, agent or user participant was ended by a transfer."""

ALL_SIGNALS: Final = 511


class Rule(NamedTuple):
    """A state, and the signals that must and must not be there for it."""

    state: str
    required: int = 0
    excluded: int = 0


PLATFORM_RULES: Final = (
    Rule("MERGED", required=MOVED_TO_ANOTHER),
    Rule("WRAPUP", required=IS_OPEN | AGENT_WRAPS_UP),
    Rule("RINGING", required=IS_OPEN | AGENT_RINGS),
    Rule("QUEUED", required=IS_OPEN | WAITS_IN_QUEUE, excluded=AGENT_TALKED),
    Rule("CONNECTED", required=IS_OPEN),
    Rule("DRAFT", required=IS_TYPED, excluded=WAS_HANDLED),
    Rule("TRANSFERRED", required=ENDED_BY_TRANSFER),
    Rule("WRAPUP", required=AGENT_WRAPS_UP),
    Rule("TERMINATED"),
)
"""The first rule that fits decides."""

GUIDE_STATES: Final = {
    "QUEUED": True,
    "RINGING": True,
    "CONNECTED": True,
    "WRAPUP": True,
    "TERMINATED": False,
    "TRANSFERRED": False,
    "MERGED": False,
    "DRAFT": False,
    "ARCHIVED": False,
}
"""States the guide's surface sends, and whether a conversation in them is open."""


def derive_state(signals: int) -> str:
    """Give the state that signals amount to: that of the first rule which fits."""
    return next(
        rule.state
        for rule in PLATFORM_RULES
        if signals & rule.required == rule.required and not signals & rule.excluded
    )


STATE_OF_SIGNALS: Final = tuple(derive_state(signals) for signals in range(ALL_SIGNALS + 1))
"""The table worked out for every combination of signals, since it is asked for each conversation."""
