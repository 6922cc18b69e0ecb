"""Stories of several conversations: a chat ends and a call begins, with or without the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genesys_sandbox.world import people
from genesys_sandbox.world.digital import CHAT
from genesys_sandbox.world.instants import MINUTE, SECOND
from genesys_sandbox.world.scene import Beats, Channel

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.script import Conversation


class Leg(msgspec.Struct, frozen=True):
    """One conversation of a handoff: where it goes on, and whether it still knows the customer."""

    channel: Channel
    queue: int
    gap_seconds: int = 0
    knows_contact: bool = True
    person: int | None = None
    transfers: bool = False
    stays_seconds: int | None = None


def play(cast: Cast, legs: list[Leg]) -> list[Conversation]:
    """The legs in order, each starting its gap after the customer left the one before."""
    conversations: list[Conversation] = []
    customer_end = cast.start
    for number, leg in enumerate(legs):
        start = customer_end + leg.gap_seconds * SECOND if number else cast.start
        conversation, customer_end = _play_leg(cast, leg, number, start)
        conversations.append(conversation)
    return conversations


def _play_leg(cast: Cast, leg: Leg, number: int, start: int) -> tuple[Conversation, int]:
    scene = cast.scene(leg.channel, start, number)
    contact = cast.contact(start, leg.person) if leg.knows_contact else None
    name = cast.name(leg.person) if leg.knows_contact else None
    taken = start + cast.dice.between(5 * SECOND, 30 * SECOND)
    connect, leave = taken + 4 * SECOND, taken + cast.dice.between(MINUTE, 5 * MINUTE)
    if leg.stays_seconds is not None:
        leave = start + leg.stays_seconds * SECOND
    scene.customer(leave, contact, name, "client")
    scene.acd(start, taken, leg.queue, answered=True)
    disconnect = "transfer" if leg.transfers else "peer"
    scene.agent(cast.agent + number, leg.queue, Beats(taken, connect, leave, leave + 40 * SECOND), disconnect)
    return scene.conversation, leave


def kept(cast: Cast) -> list[Conversation]:
    """A chat, then a call half a minute later that kept the contact and the queue."""
    return play(cast, [Leg(CHAT, cast.queue), Leg(cast.voice(), cast.queue, 30)])


def orphaned(cast: Cast) -> list[Conversation]:
    """A chat, then a call that lost the contact; the caller's number is the contact's."""
    return play(cast, [Leg(CHAT, cast.queue), Leg(cast.voice(), cast.queue, 20, knows_contact=False)])


def edge_of_window(cast: Cast) -> list[Conversation]:
    """A call that starts 59, 60 or 61 seconds after the chat, with the contact or without."""
    gap = 59 + cast.story % 3
    return play(
        cast, [Leg(CHAT, cast.queue), Leg(cast.voice(), cast.queue, gap, knows_contact=cast.dice.chance(0.5))]
    )


def other_queue(cast: Cast) -> list[Conversation]:
    """A call right after the chat, but in another queue and not by transfer."""
    return play(cast, [Leg(CHAT, cast.queue), Leg(cast.voice(), cast.queue + 1, 15)])


def transferred_queue(cast: Cast) -> list[Conversation]:
    """A call in another queue right after a chat that ended in a transfer."""
    return play(cast, [Leg(CHAT, cast.queue, transfers=True), Leg(cast.voice(), cast.queue + 1, 15)])


def three_legs(cast: Cast) -> list[Conversation]:
    """A message, then a chat, then a call."""
    return play(
        cast, [Leg(cast.message(), cast.queue), Leg(CHAT, cast.queue, 10), Leg(cast.voice(), cast.queue, 45)]
    )


def shared_number(cast: Cast) -> list[Conversation]:
    """Two of a household chat at once, then a call comes from the number they share: whose is it?"""
    first, second = people.neighbour(cast.person, 3), people.neighbour(cast.person, 4)
    legs = [
        Leg(CHAT, cast.queue, person=each, stays_seconds=240, gap_seconds=-220) for each in (first, second)
    ]
    chats = play(cast, legs)
    ends = [conversation.participants[0].sessions[0].end for conversation in chats]
    scene = cast.scene(Channel("voice", cast.phone(first)), max(ends) + 10 * SECOND, 2)
    scene.customer(max(ends) + 2 * MINUTE, None, None)
    scene.acd(scene.conversation.start, max(ends) + 2 * MINUTE, cast.queue, answered=False)
    return [*chats, scene.conversation]
