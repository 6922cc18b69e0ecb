"""Calls told apart by who is on the line: third parties, supervisors, unknown callers, no customer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genesys_sandbox.world.calls import answered, greet_and_queue, known_customer
from genesys_sandbox.world.instants import MINUTE, SECOND, to_text
from genesys_sandbox.world.scene import Beats, Channel

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.script import Conversation


def conference(cast: Cast) -> list[Conversation]:
    """A third party is called in; it shows up as a further `customer`, outbound and without a contact."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    beats = cast.beats(greet_and_queue(cast, scene), 6 * MINUTE)
    scene.agent(cast.agent, cast.queue, beats)
    session.segments[0].end = beats.leave
    joined = beats.connect + 2 * MINUTE
    third = scene.conversation.join(cast.dice.uuid(), "customer", participantName="Third Party")
    outside = Channel("voice", f"tel:+1900555{100 + cast.dice.between(0, 99):04}", "outbound")
    guest = scene.session(third, outside, mediaBridgeId=cast.dice.uuid())
    guest.add("dialing", joined, joined + 8 * SECOND)
    guest.add("interact", joined + 8 * SECOND, beats.leave - 30 * SECOND, "endpoint", conference=True)
    scene.conversation.fields["conferenceStart"] = to_text(joined)
    return [scene.conversation]


WATCHING = (
    ("monitoring", "monitoredParticipantId", "tMonitoring"),
    ("coaching", "coachedParticipantId", "tCoaching"),
    ("barging", "bargedParticipantId", "tBarging"),
)


def watched(cast: Cast) -> list[Conversation]:
    """A supervisor listens, coaches or barges in; only fields and segment types tell."""
    conversations = answered(cast)
    scene = cast.scene(cast.voice())
    scene.conversation = conversations[0]
    agent = scene.conversation.participants[-1]
    kind, field, metric = WATCHING[cast.story // 7 % 3]
    talk = next(segment for segment in agent.sessions[0].segments if segment.kind == "interact")
    start, end = talk.start + 10 * SECOND, max(talk.start + 11 * SECOND, (talk.end or 0) - 5 * SECOND)
    supervisor = scene.conversation.join(
        cast.dice.uuid(),
        cast.dice.pick(("agent", "user")),
        userId=cast.world.staff.supervisor_id(cast.agent),
        participantName="Supervisor",
    )
    fields: dict[str, Any] = {field: agent.identity}
    session = scene.session(supervisor, **fields)
    session.add(kind, start, end, "peer")
    if kind == "barging":
        session.add("interact", end, end + 5 * SECOND, "peer")
    session.measure(end, **{metric: end - start})
    return conversations


def screen_monitored(cast: Cast) -> list[Conversation]:
    """A supervisor watches the agent's screen."""
    conversations = answered(cast)
    scene = cast.scene(cast.voice())
    scene.conversation = conversations[0]
    agent = scene.conversation.participants[-1]
    talk = next(segment for segment in agent.sessions[0].segments if segment.kind == "interact")
    supervisor = scene.conversation.join(
        cast.dice.uuid(), "user", userId=cast.world.staff.supervisor_id(cast.agent)
    )
    session = supervisor.open(
        cast.dice.uuid(), "screenmonitoring", "inbound", screenMonitoredUserId=agent.fields["userId"]
    )
    session.add("screenmonitoring", talk.start + SECOND, talk.end, "peer")
    session.measure(talk.end or 0, tScreenMonitoring=(talk.end or 0) - talk.start - SECOND)
    return conversations


def anonymous(cast: Cast) -> list[Conversation]:
    """A caller who hides the number; no contact."""
    address = cast.dice.pick(
        ("sip:anonymous@anonymous.invalid", "tel:anonymous", "tel:Restricted", "tel:unavailable")
    )
    scene = cast.scene(Channel("voice", address))
    session = scene.customer(None, None, None)
    beats = cast.beats(greet_and_queue(cast, scene))
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def unknown_caller(cast: Cast) -> list[Conversation]:
    """A caller whose number belongs to nobody the organization knows."""
    scene = cast.scene(Channel("voice", f"tel:+1900555{100 + cast.dice.between(0, 99):04}"))
    session = scene.customer(None, None, None)
    beats = cast.beats(greet_and_queue(cast, scene))
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def internal(cast: Cast) -> list[Conversation]:
    """A direct call between a person outside and a user; no queue, so the outside stays `external`."""
    outbound = cast.dice.chance(0.5)
    channel = Channel("voice", cast.phone(), "outbound" if outbound else "inbound")
    scene = cast.scene(channel)
    start, end = cast.start, cast.start + cast.dice.between(MINUTE, 6 * MINUTE)
    outside = scene.conversation.join(
        cast.dice.uuid(), "external", cast.contact(start), participantName=cast.name()
    )
    scene.root = scene.session(outside)
    if outbound:
        scene.root.add("dialing", start, start + 6 * SECOND)
    scene.root.add("interact", start + 6 * SECOND, end, "peer")
    scene.agent(cast.agent, None, Beats(start, start + 6 * SECOND, end, None))
    return [scene.conversation]


def between_users(cast: Cast) -> list[Conversation]:
    """Two users call each other; no customer at all."""
    scene = cast.scene(Channel("voice", "sip:5e0000000000000000000042+sandbox@localhost"), initiator="user")
    end = cast.start + cast.dice.between(30 * SECOND, 3 * MINUTE)
    scene.conversation.fields["customerParticipation"] = False
    scene.agent(cast.agent, None, Beats(cast.start, cast.start + SECOND, end, None))
    scene.agent(cast.agent + 1, None, Beats(cast.start + SECOND, cast.start + 5 * SECOND, end, None))
    return [scene.conversation]


def dialer(cast: Cast) -> list[Conversation]:
    """A campaign calls the customer."""
    scene = cast.scene(Channel("voice", cast.phone(), "outbound"), initiator="dialer")
    campaign: dict[str, Any] = {
        "outboundCampaignId": cast.world.staff.identity("campaign", 0),
        "outboundContactListId": cast.world.staff.identity("contact list", 0),
        "outboundContactId": f"row-{cast.story}",
        "dispositionName": cast.dice.pick(
            ("disposition.classification.callable.person", "disposition.classification.callable.machine")
        ),
    }
    rings = cast.start + 12 * SECOND
    beats = cast.beats(rings)
    session = scene.customer(beats.leave, cast.contact(cast.start), cast.name())
    session.segments[0].start = rings
    session.fields |= campaign
    caller = scene.conversation.join(cast.dice.uuid(), "dialer")
    robot = scene.session(caller, **campaign)
    robot.add("dialing", cast.start, rings)
    robot.add("system", rings, rings + SECOND, "transfer")
    robot.measure(rings, nOutboundAttempted=1, nOutboundConnected=1)
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def two_contacts(cast: Cast) -> list[Conversation]:
    """Two people the organization knows are in one call."""
    scene = cast.scene(cast.voice())
    session = known_customer(cast, scene, None)
    beats = cast.beats(greet_and_queue(cast, scene), 5 * MINUTE)
    session.segments[0].end = beats.leave
    other = (cast.person + 1) % max(1, cast.world.book.people)
    second = scene.conversation.join(
        cast.dice.uuid(), "customer", cast.contact(cast.start, other), participantName=cast.name(other)
    )
    joined = scene.session(second, cast.voice(other))
    joined.add("interact", beats.connect + MINUTE, beats.leave - 10 * SECOND, "client", conference=True)
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]
