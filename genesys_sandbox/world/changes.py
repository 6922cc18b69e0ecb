"""What a change made through the control does to the script of a conversation."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from genesys_sandbox.world.dice import Dice
from genesys_sandbox.world.instants import SECOND, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genesys_sandbox.world.overlay import ConversationChange
    from genesys_sandbox.world.script import Conversation, Participant, Session


def changed(script: Conversation, changes: Iterable[ConversationChange]) -> Conversation:
    """The script after the changes; the one given stays as it is."""
    script = copy.deepcopy(script)
    for change in changes:
        apply = _ON_PAYLOAD if script.payload is not None else _ON_SCRIPT
        apply[change.kind](script, change)
    return script


def _sessions(script: Conversation) -> list[Session]:
    return [session for participant in script.participants for session in participant.sessions]


def _first(script: Conversation, purposes: set[str]) -> Participant | None:
    return next((each for each in script.participants if each.fields["purpose"] in purposes), None)


def _end(script: Conversation, change: ConversationChange) -> None:
    """Everybody leaves at the instant of the change; what was still to come does not come."""
    for session in _sessions(script):
        session.segments = [segment for segment in session.segments if segment.start <= change.at]
        session.metrics = [metric for metric in session.metrics if metric[2] <= change.at]
        for segment in session.segments:
            if segment.end is None or segment.end > change.at:
                segment.end = change.at
                segment.closing = {
                    **segment.closing,
                    "disconnectType": change.detail.get("disconnect_type", "peer"),
                }
    agent = _first(script, {"agent", "user"})
    code = change.detail.get("wrap_up_code")
    if code is not None and agent is not None and agent.sessions:
        agent.sessions[-1].add("wrapup", change.at, change.at, "system", wrapUpCode=code)


def _reopen(script: Conversation, change: ConversationChange) -> None:
    """The customer comes back: new sessions, open until the conversation is ended again."""
    dice = Dice(change.sequence, script.identity, change.at)
    for participant in (_first(script, {"customer", "external"}), _first(script, {"agent", "user"})):
        if participant is None or not participant.sessions:
            continue
        last = participant.sessions[-1].fields
        kept = {
            name: value for name, value in last.items() if name not in {"sessionId", "mediaType", "direction"}
        }
        session = participant.open(dice.uuid(), last["mediaType"], last["direction"], **kept)
        session.add("interact", change.at, None, "peer")


def _link(script: Conversation, change: ConversationChange) -> None:
    customer = _first(script, {"customer", "external"})
    if customer is not None:
        customer.contact, customer.contact_since = change.detail["contact_id"], change.at


def _wrap_up(script: Conversation, change: ConversationChange) -> None:
    """A wrap-up right behind the agent's last segment, added to the data only now."""
    agent = _first(script, {"agent", "user"})
    if agent is None or not agent.sessions:
        return
    session = agent.sessions[-1]
    segment = session.add(
        "wrapup", session.end, session.end + 30 * SECOND, "system", wrapUpCode=change.detail["code"]
    )
    segment.seen_from = change.at


def _payload(script: Conversation) -> dict[str, Any]:
    assert script.payload is not None  # noqa: S101 - the table below is chosen by it
    return script.payload


def _end_payload(script: Conversation, change: ConversationChange) -> None:
    script.planned_end = change.at
    _payload(script)["conversationEnd"] = to_text(change.at)


def _reopen_payload(script: Conversation, change: ConversationChange) -> None:  # noqa: ARG001 - one of a table
    script.planned_end = None
    _payload(script).pop("conversationEnd", None)


def _link_payload(script: Conversation, change: ConversationChange) -> None:
    for participant in _payload(script).get("participants", ()):
        if participant.get("purpose") in {"customer", "external"}:
            participant["externalContactId"] = change.detail["contact_id"]
            return


_ON_SCRIPT = {"end": _end, "reopen": _reopen, "link": _link, "wrapup": _wrap_up}
_ON_PAYLOAD = {"end": _end_payload, "reopen": _reopen_payload, "link": _link_payload, "wrapup": _end_payload}
