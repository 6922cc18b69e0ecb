"""Conversations that are added by hand: in a few words, or as a payload word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.world.dice import Dice, mix
from genesys_sandbox.world.instants import SECOND, from_text
from genesys_sandbox.world.scene import Channel, Scene
from genesys_sandbox.world.script import Conversation

if TYPE_CHECKING:
    from genesys_sandbox.world.staff import Staff


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a conversation added by hand should be."""

    media: str = "voice"
    message_type: str | None = None
    direction: str = "inbound"
    contact_id: str | None = None
    address: str | None = None
    start: str | None = None
    """An instant; left out, it is `duration_seconds` and a minute before now."""
    duration_seconds: int = 300
    wrap_up_seconds: int = 30
    open: bool = False
    """Everybody is still in contact."""
    queue: int = 0
    agent: int | None = 0
    """Number of the agent who answers; None where nobody does."""
    disconnect_type: str = "peer"
    """How the agent leaves."""
    payload: dict[str, Any] | None = None
    """Served word for word; only its id and times are read."""
    guide_payload: dict[str, Any] | None = None
    """Served word for word by the guide's surface; the platform has the conversation described beside it."""


def added_conversation(staff: Staff, identity: str, now: int, given: dict[str, Any]) -> Conversation:
    """The script of a conversation that was wished for.

    Raises:
        ValueError: The wish is not one.
    """
    wish = msgspec.convert(given, Wish)
    if wish.payload is not None:
        return _as_given(wish.payload, identity, now)
    begins = now - (wish.duration_seconds + wish.wrap_up_seconds + 60) * SECOND
    start = begins if wish.start is None else from_text(wish.start)
    script = _played(staff, identity, start, wish)
    script.guide_payload = wish.guide_payload
    return script


def _as_given(payload: dict[str, Any], identity: str, now: int) -> Conversation:
    given = payload.get("conversationId", identity)
    start, end = payload.get("conversationStart"), payload.get("conversationEnd")
    return Conversation(
        given if isinstance(given, str) else identity,
        _instant(start, now),
        {},
        payload={"conversationId": identity, **payload},
        planned_end=None if end is None else _instant(end, now),
    )


def carried(payload: dict[str, Any]) -> set[str]:
    """Contact ids in a payload given by hand, however odd it is."""
    participants = payload.get("participants")
    listed = participants if isinstance(participants, list) else []
    found = [each.get("externalContactId") for each in listed if isinstance(each, dict)]
    return {each for each in found if isinstance(each, str)}


def _instant(value: Any, otherwise: int) -> int:  # noqa: ANN401 - a payload may hold anything
    try:
        return from_text(value)
    except (ValueError, AttributeError):
        return otherwise


def _played(staff: Staff, identity: str, start: int, wish: Wish) -> Conversation:
    fields = {
        "originatingDirection": wish.direction,
        "conversationInitiator": "customer" if wish.direction == "inbound" else "agent",
        "customerParticipation": True,
        "divisionIds": [staff.division_id(wish.queue)],
    }
    channel = Channel(wish.media, wish.address, wish.direction, wish.message_type)
    dice = Dice(mix(start), identity, 0)
    scene = Scene(dice, staff, Conversation(identity, start, fields), channel)
    leave = None if wish.open else start + wish.duration_seconds * SECOND
    scene.customer(leave, wish.contact_id, None, "client")
    taken = start + min(10, wish.duration_seconds // 3) * SECOND
    scene.acd(start, leave if wish.agent is None else taken, wish.queue, answered=wish.agent is not None)
    if wish.agent is not None:
        _answer(scene, wish, taken, leave)
    return scene.conversation


def _answer(scene: Scene, wish: Wish, taken: int, leave: int | None) -> None:
    where = {"queueId": scene.staff.queue_id(wish.queue)}
    session = scene.agent_session(wish.agent or 0, wish.queue)
    session.add("alert", taken, taken + SECOND, **where)
    session.add("interact", taken + SECOND, leave, wish.disconnect_type, **where)
    if leave is not None and wish.wrap_up_seconds:
        scene.wrap_up(session, leave, leave + wish.wrap_up_seconds * SECOND, where)
