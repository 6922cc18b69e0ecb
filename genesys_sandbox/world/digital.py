"""Stories told by chat, message, mail and callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesys_sandbox.world.instants import DAY, HOUR, MINUTE, SECOND, to_text
from genesys_sandbox.world.scene import Beats, Channel

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.scene import Scene
    from genesys_sandbox.world.script import Conversation

CHAT = Channel("chat")


def _served(cast: Cast, scene: Scene, talk: int | None = None) -> Beats:
    """A queue and an agent; the customer stays until the agent leaves."""
    start = scene.conversation.start
    session = scene.customer(None, cast.contact(start), cast.name(), "client")
    taken = start + cast.dice.between(3 * SECOND, 2 * MINUTE)
    scene.acd(start, taken, cast.queue, answered=True)
    beats = cast.beats(taken, talk)
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return beats


def chat(cast: Cast) -> list[Conversation]:
    """A web chat with an agent."""
    scene = cast.scene(CHAT)
    _served(cast, scene)
    return [scene.conversation]


def message(cast: Cast) -> list[Conversation]:
    """A message thread with an agent."""
    scene = cast.scene(cast.message())
    _served(cast, scene)
    return [scene.conversation]


def mail(cast: Cast) -> list[Conversation]:
    """A mail that an agent answers."""
    scene = cast.scene(cast.mail())
    _served(cast, scene)
    return [scene.conversation]


def _left_alone(cast: Cast, channel: Channel) -> list[Conversation]:
    scene = cast.scene(channel)
    end = cast.start + cast.dice.between(10 * SECOND, 4 * MINUTE)
    scene.customer(end, cast.contact(cast.start), cast.name(), "client")
    if cast.dice.chance(0.6):
        queue = scene.acd(cast.start, end, cast.queue, answered=False)
        queue.segments = [each for each in queue.segments if each.kind == "delay"]
        queue.segments[0].end = end
    return [scene.conversation]


def abandoned_chat(cast: Cast) -> list[Conversation]:
    """A chat that nobody but the customer took part in."""
    return _left_alone(cast, CHAT)


def abandoned_message(cast: Cast) -> list[Conversation]:
    """A message that nobody but the customer took part in."""
    return _left_alone(cast, cast.message())


def abandoned_mail(cast: Cast) -> list[Conversation]:
    """A mail that nobody but the customer took part in."""
    return _left_alone(cast, cast.mail())


def bot_takeover(cast: Cast) -> list[Conversation]:
    """A bot greets, then an agent takes over."""
    scene = cast.scene(cast.message())
    session = scene.customer(None, cast.contact(cast.start), cast.name(), "client")
    handed = cast.start + cast.dice.between(20 * SECOND, 2 * MINUTE)
    bot = scene.flow(cast.start, handed, cast.queue, "botflow", 5)
    bot.segments[0].closing["disconnectType"] = "takeover"
    bot.measure(handed, nTakeover=1)
    scene.acd(handed, handed + 15 * SECOND, cast.queue, answered=True)
    beats = cast.beats(handed + 15 * SECOND)
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def bot_alone(cast: Cast) -> list[Conversation]:
    """A bot deals with all of it."""
    scene = cast.scene(cast.message())
    end = cast.start + cast.dice.between(30 * SECOND, 4 * MINUTE)
    scene.customer(end, cast.contact(cast.start), cast.name(), "client")
    scene.flow(cast.start, end, None, "botflow", 5)
    scene.conversation.fields["selfServed"] = True
    return [scene.conversation]


def slow_thread(cast: Cast) -> list[Conversation]:
    """A message thread that lies parked for days between answers."""
    scene = cast.scene(cast.message())
    session = scene.customer(None, cast.contact(cast.start), cast.name(), "client")
    scene.acd(cast.start, cast.start + MINUTE, cast.queue, answered=True)
    beats = cast.beats(cast.start + MINUTE, 5 * MINUTE)
    agent = scene.agent(cast.agent, cast.queue, Beats(beats.alert, beats.connect, beats.leave, None))
    resumed = beats.leave + cast.dice.between(3, 8) * DAY
    where = {"queueId": cast.world.staff.queue_id(cast.queue)}
    agent.segments[-1].closing = {}
    agent.add("parked", beats.leave, resumed, **where)
    agent.add("interact", resumed, resumed + 4 * MINUTE, "peer", **where)
    agent.add(
        "wrapup",
        resumed + 4 * MINUTE,
        resumed + 5 * MINUTE,
        "system",
        **where,
        wrapUpCode=scene.wrap_up_code(),
    )
    agent.measure(resumed, tPark=resumed - beats.leave, tParkComplete=resumed - beats.leave)
    session.segments[0].end = resumed + 4 * MINUTE
    return [scene.conversation]


def reopened_mail(cast: Cast) -> list[Conversation]:
    """The customer replies days later: the same conversation goes on with new sessions."""
    scene = cast.scene(cast.mail())
    beats = _served(cast, scene)
    again = (beats.wrapped or beats.leave) + cast.dice.between(2, 6) * DAY
    customer = scene.conversation.participants[0]
    reply = scene.session(customer)
    second = cast.beats(again + 10 * MINUTE, 3 * MINUTE)
    reply.add("interact", again, second.leave, "client", subject="Re: About my order")
    scene.acd(again, second.alert, cast.queue, answered=True)
    scene.agent(cast.agent + 2, cast.queue, second)
    return [scene.conversation]


def callback(cast: Cast) -> list[Conversation]:
    """The customer asks on the web to be called at a certain time; the call stays in the conversation."""
    channel = Channel("callback", cast.phone())
    scene = cast.scene(channel)
    due = cast.start + cast.dice.between(10 * MINUTE, 90 * MINUTE)
    session = scene.customer(None, cast.contact(cast.start), cast.name(), "endpoint")
    session.fields |= {"callbackScheduledTime": to_text(due), "callbackUserName": cast.name() or "Somebody"}
    session.segments[0].kind = "scheduled"
    session.segments[0].end = due
    scene.acd(due, due + 30 * SECOND, cast.queue, answered=True)
    beats = cast.beats(due + 30 * SECOND)
    session.add("callback", due, beats.leave, "endpoint")
    scene.agent(cast.agent, cast.queue, beats)
    call = scene.session(scene.conversation.participants[0], Channel("voice", cast.phone(), "outbound"))
    call.add("dialing", beats.connect, beats.connect + 5 * SECOND)
    call.add("interact", beats.connect + 5 * SECOND, beats.leave, "peer")
    return [scene.conversation]


def chat_then_callback(cast: Cast) -> list[Conversation]:
    """A callback asked for in a chat becomes a conversation of its own, linked by name alone."""
    first = cast.scene(CHAT)
    beats = _served(cast, first)
    start = beats.leave + 5 * MINUTE
    second = cast.scene(Channel("callback", cast.phone()), start, 1)
    second.conversation.fields["associatedConversationId"] = first.conversation.identity
    due = start + 30 * MINUTE
    session = second.customer(due + 4 * MINUTE, cast.contact(start), cast.name(), "endpoint")
    session.fields["callbackScheduledTime"] = to_text(due)
    second.acd(start, due, cast.queue, answered=True)
    second.agent(cast.agent, cast.queue, Beats(due, due + 5 * SECOND, due + 4 * MINUTE, due + 5 * MINUTE))
    return [first.conversation, second.conversation]


def merged(cast: Cast) -> list[Conversation]:
    """Two calls of one customer are put together: the first points to the second."""
    first = cast.scene(cast.voice())
    session = first.customer(None, cast.contact(cast.start), cast.name(), "other")
    first.acd(cast.start, cast.start + 20 * SECOND, cast.queue, answered=True)
    beats = cast.beats(cast.start + 20 * SECOND, 2 * MINUTE)
    agent = first.agent(cast.agent, cast.queue, Beats(beats.alert, beats.connect, beats.leave, None))
    session.segments[0].end = beats.leave
    second = cast.scene(cast.voice(), beats.leave - 40 * SECOND, 1)
    _served(cast, second)
    target = second.conversation.identity
    for each in (session, agent):
        last = each.segments[-1]
        last.closing = {**last.closing, "destinationConversationId": target}
    source = second.conversation.participants[0].sessions[0].segments[0]
    source.fields = {**source.fields, "sourceConversationId": first.conversation.identity}
    return [first.conversation, second.conversation]


def thread_over_hours(cast: Cast) -> list[Conversation]:
    """A message thread with pauses that stays open for half a day."""
    scene = cast.scene(cast.message())
    _served(cast, scene, 11 * HOUR)
    return [scene.conversation]
