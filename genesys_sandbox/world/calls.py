"""Stories told on the telephone: the menu, the queue, the agents who answer, and how a call ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesys_sandbox.world.instants import DAY, HOUR, MINUTE, SECOND, to_text
from genesys_sandbox.world.scene import Beats

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.scene import Scene
    from genesys_sandbox.world.script import Conversation, Session


def greet_and_queue(cast: Cast, scene: Scene, *, answered: bool = True) -> int:
    """The menu, then the queue; returns when the queue ends."""
    start = scene.conversation.start
    chosen = start + cast.dice.between(5 * SECOND, 40 * SECOND)
    taken = chosen + cast.dice.between(3 * SECOND, 3 * MINUTE)
    scene.flow(start, chosen, cast.queue)
    scene.acd(chosen, taken, cast.queue, answered=answered)
    return taken


def known_customer(cast: Cast, scene: Scene, end: int | None, disconnect: str = "peer") -> Session:
    """The story's person, with the quality that the line had."""
    session = scene.customer(end, cast.contact(scene.conversation.start), cast.name(), disconnect)
    if end is not None:
        session.media_stats = {
            "codecs": ["audio/opus"],
            "minMos": 4.6,
            "minRFactor": 91.5,
            "maxLatencyMs": 30 + cast.dice.between(0, 90),
            "receivedPackets": (end - scene.conversation.start) // 20,
            "discardedPackets": cast.dice.between(0, 4),
        }
    return session


def answered(cast: Cast) -> list[Conversation]:
    """Menu, queue, an agent, wrap-up."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    beats = cast.beats(greet_and_queue(cast, scene))
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def paced(cast: Cast, queue_seconds: int, ring_seconds: int, talk_seconds: int) -> list[Conversation]:
    """An answered call of given stretches after five seconds of menu; wrap-up takes ten minutes."""
    scene = cast.scene(cast.voice())
    menu = cast.start + 5 * SECOND
    alert = menu + queue_seconds * SECOND
    connect = alert + ring_seconds * SECOND
    leave = connect + talk_seconds * SECOND
    known_customer(cast, scene, leave)
    scene.flow(cast.start, menu, cast.queue)
    scene.acd(menu, connect, cast.queue, answered=True)
    scene.agent(cast.agent, cast.queue, Beats(alert, connect, leave, leave + 10 * MINUTE))
    return [scene.conversation]


def abandoned(cast: Cast) -> list[Conversation]:
    """The customer hangs up in the queue."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None, "client")
    session.segments[0].end = greet_and_queue(cast, scene, answered=False)
    return [scene.conversation]


def self_served(cast: Cast) -> list[Conversation]:
    """The menu is all the customer needed."""
    scene = cast.scene(cast.voice())
    end = cast.start + cast.dice.between(20 * SECOND, 90 * SECOND)
    known_customer(cast, scene, end, "client")
    flow = scene.flow(cast.start, end, None)
    if flow.flow is not None:
        flow.flow["outcomes"] = [
            {
                "flowOutcomeId": cast.world.staff.identity("flow outcome", 1),
                "flowOutcome": "Balance Told",
                "flowOutcomeValue": "SUCCESS",
                "flowOutcomeStartTimestamp": to_text(cast.start + SECOND),
                "flowOutcomeEndTimestamp": to_text(end),
            }
        ]
    scene.conversation.fields["selfServed"] = True
    return [scene.conversation]


def no_answer(cast: Cast) -> list[Conversation]:
    """The first agent lets it ring, a second one answers."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    alert = greet_and_queue(cast, scene)
    missed = alert + 15 * SECOND
    scene.unanswered(cast.agent + 1, cast.queue, alert, missed, wrapped=cast.dice.chance(0.5))
    scene.acd(missed, missed + 20 * SECOND, cast.queue, answered=True)
    beats = cast.beats(missed + 20 * SECOND)
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def blind_transfer(cast: Cast) -> list[Conversation]:
    """The first agent sends the customer to another queue without a word."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    first = cast.beats(greet_and_queue(cast, scene))
    agent = scene.agent(cast.agent, cast.queue, first, "transfer")
    agent.measure(first.leave, nTransferred=1, nBlindTransferred=1)
    taken = first.leave + cast.dice.between(5 * SECOND, 60 * SECOND)
    scene.acd(first.leave, taken, cast.queue + 3, answered=True)
    second = cast.beats(taken)
    scene.agent(cast.agent + 7, cast.queue + 3, second)
    session.segments[0].end = second.leave
    return [scene.conversation]


def transferred_out(cast: Cast) -> list[Conversation]:
    """The agent sends the customer to a number outside; nobody of the organization talks after that."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None, "transfer")
    beats = cast.beats(greet_and_queue(cast, scene))
    agent = scene.agent(cast.agent, cast.queue, beats, "transfer")
    agent.measure(beats.leave, nTransferred=1, nBlindTransferred=1)
    session.segments[0].end = beats.leave
    return [scene.conversation]


def consult_transfer(cast: Cast) -> list[Conversation]:
    """The first agent asks a colleague, then hands over."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    first = cast.beats(greet_and_queue(cast, scene))
    agent = scene.agent(cast.agent, cast.queue, first, cast.dice.pick(("consultTransfer", "transfer")))
    agent.fields["destinationAddresses"] = ["sip:colleague@sandbox.example.com"]
    agent.measure(first.leave, nConsult=1, nConsultTransferred=1, nTransferred=1)
    second = Beats(first.leave - 30 * SECOND, first.leave - 20 * SECOND, first.leave + 3 * MINUTE, None)
    scene.agent(cast.agent + 5, cast.queue, second)
    session.segments[0].end = second.leave
    return [scene.conversation]


def linked_later(cast: Cast) -> list[Conversation]:
    """The contact is put on the conversation two hours after it ended."""
    conversations = answered(cast)
    customer = conversations[0].participants[0]
    customer.contact_since = (conversations[0].settled_at or cast.start) + 2 * HOUR
    return conversations


def late_wrap_up(cast: Cast) -> list[Conversation]:
    """The wrap-up segment turns up in the data two days late."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    beats = cast.beats(greet_and_queue(cast, scene), 3 * MINUTE)
    session.segments[0].end = beats.leave
    agent = scene.agent(
        cast.agent, cast.queue, Beats(beats.alert, beats.connect, beats.leave, beats.leave + MINUTE)
    )
    scene.segment_of(agent, "wrapup").seen_from = beats.leave + 2 * DAY
    return [scene.conversation]


def without_wrap_up(cast: Cast) -> list[Conversation]:
    """The agent never wraps up; the customer's end is the conversation's."""
    conversations = answered(cast)
    agent = conversations[0].participants[-1]
    agent.sessions[0].segments = [each for each in agent.sessions[0].segments if each.kind != "wrapup"]
    return conversations
