"""Makes a conversation as large as real ones are: what fills them is metrics, attributes and outcomes."""

from __future__ import annotations

from typing import Any

import msgspec

from genesys_sandbox.world.dice import Dice

METRIC_NAMES = (
    "nOffered",
    "nOverSla",
    "nConnected",
    "nStateTransitionError",
    "oMediaCount",
    "oExternalMediaCount",
    "oServiceTarget",
    "tAcd",
    "tAgentResponseTime",
    "tUserResponseTime",
    "tAnswered",
    "tContacting",
    "tDialing",
    "tHeld",
    "tTalk",
    "tTalkComplete",
    "tFirstConnect",
    "tFirstEngagement",
    "tActiveCallback",
    "tMonitoring",
    "tWait",
)
ATTRIBUTE_NAMES = (
    "routing.note",
    "survey.step",
    "ivr.choice",
    "crm.case",
    "flow.variable",
    "callback.reason",
)
METRIC_BYTES = 75
ATTRIBUTE_BYTES = 86
OUTCOME_BYTES = 270
METRIC_SHARE, OUTCOME_SHARE = 0.6, 0.1


def padded(wire: dict[str, Any], target_bytes: int) -> dict[str, Any]:
    """The payload with so many further metrics, attributes and outcomes that it has about this size."""
    missing = target_bytes - len(msgspec.json.encode(wire)) if target_bytes else 0
    if missing < METRIC_BYTES:
        return wire
    dice = Dice(missing, wire["conversationId"], 0)
    participants = [
        {**each, "sessions": [dict(session) for session in each["sessions"]]} for each in wire["participants"]
    ]
    sessions = [session for each in participants for session in each["sessions"]]
    left = missing - _add_outcomes(dice, sessions, int(missing * OUTCOME_SHARE))
    _add_metrics(dice, sessions, int(left * METRIC_SHARE) // METRIC_BYTES)
    _add_attributes(dice, participants, int(left * (1 - METRIC_SHARE)) // ATTRIBUTE_BYTES)
    return {**wire, "participants": participants}


def _add_metrics(dice: Dice, sessions: list[dict[str, Any]], count: int) -> None:
    """Metrics all over the sessions, each emitted when a segment of its session starts."""
    per_session = -(-count // len(sessions))
    for session in sessions:
        starts = [segment["segmentStart"] for segment in session["segments"]]
        further = [
            {
                "emitDate": dice.pick(starts),
                "name": dice.pick(METRIC_NAMES),
                "value": dice.between(1, 999_999),
            }
            for _ in range(min(count, per_session))
        ]
        count -= len(further)
        session["metrics"] = [*session["metrics"], *further]


def _add_attributes(dice: Dice, participants: list[dict[str, Any]], count: int) -> None:
    """Attributes on the customer, where flows put them."""
    further = {}
    for number in range(count):
        name = f"{dice.pick(ATTRIBUTE_NAMES)}.{number:03}"
        further[name] = f"value {dice.between(0, 1 << 40):013x} set by step {number:03} of the flow"
    participants[0]["attributes"] = {**participants[0]["attributes"], **further}


def _add_outcomes(dice: Dice, sessions: list[dict[str, Any]], room: int) -> int:
    """Outcomes on the flows there are; returns the bytes they take."""
    flows = [session for session in sessions if "flow" in session]
    if not flows:
        return 0
    count = room // OUTCOME_BYTES
    session = flows[0]
    first, last = session["segments"][0], session["segments"][-1]
    further = [
        {
            "flowOutcomeId": dice.uuid(),
            "flowOutcome": f"Step {number} done",
            "flowOutcomeValue": dice.pick(("SUCCESS", "FAILURE")),
            "flowOutcomeStartTimestamp": first["segmentStart"],
            "flowOutcomeEndTimestamp": last.get("segmentEnd", last["segmentStart"]),
        }
        for number in range(count)
    ]
    session["flow"] = {**session["flow"], "outcomes": [*session["flow"].get("outcomes", ()), *further]}
    return count * OUTCOME_BYTES
