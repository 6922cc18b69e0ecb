"""Stories told on the telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genesys_sandbox.world.instants import DAY, HOUR, MINUTE, SECOND, to_text
from genesys_sandbox.world.scene import Beats, Channel

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.scene import Scene
    from genesys_sandbox.world.script import Conversation, Session


def _greet_and_queue(cast: Cast, scene: Scene, *, answered: bool = True) -> int:
    """The menu, then the queue; returns when the queue ends."""
    start = scene.conversation.start
    chosen = start + cast.dice.between(5 * SECOND, 40 * SECOND)
    taken = chosen + cast.dice.between(3 * SECOND, 3 * MINUTE)
    scene.flow(start, chosen, cast.queue)
    scene.acd(chosen, taken, cast.queue, answered=answered)
    return taken


def _customer(cast: Cast, scene: Scene, end: int | None, disconnect: str = "peer") -> Session:
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
    session = _customer(cast, scene, None)
    beats = cast.beats(_greet_and_queue(cast, scene))
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
    _customer(cast, scene, leave)
    scene.flow(cast.start, menu, cast.queue)
    scene.acd(menu, connect, cast.queue, answered=True)
    scene.agent(cast.agent, cast.queue, Beats(alert, connect, leave, leave + 10 * MINUTE))
    return [scene.conversation]


def abandoned(cast: Cast) -> list[Conversation]:
    """The customer hangs up in the queue."""
    scene = cast.scene(cast.voice())
    session = _customer(cast, scene, None, "client")
    session.segments[0].end = _greet_and_queue(cast, scene, answered=False)
    return [scene.conversation]


def self_served(cast: Cast) -> list[Conversation]:
    """The menu is all the customer needed."""
    scene = cast.scene(cast.voice())
    end = cast.start + cast.dice.between(20 * SECOND, 90 * SECOND)
    _customer(cast, scene, end, "client")
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
    session = _customer(cast, scene, None)
    alert = _greet_and_queue(cast, scene)
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
    session = _customer(cast, scene, None)
    first = cast.beats(_greet_and_queue(cast, scene))
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
    session = _customer(cast, scene, None, "transfer")
    beats = cast.beats(_greet_and_queue(cast, scene))
    agent = scene.agent(cast.agent, cast.queue, beats, "transfer")
    agent.measure(beats.leave, nTransferred=1, nBlindTransferred=1)
    session.segments[0].end = beats.leave
    return [scene.conversation]


def consult_transfer(cast: Cast) -> list[Conversation]:
    """The first agent asks a colleague, then hands over."""
    scene = cast.scene(cast.voice())
    session = _customer(cast, scene, None)
    first = cast.beats(_greet_and_queue(cast, scene))
    agent = scene.agent(cast.agent, cast.queue, first, cast.dice.pick(("consultTransfer", "transfer")))
    agent.fields["destinationAddresses"] = ["sip:colleague@sandbox.example.com"]
    agent.measure(first.leave, nConsult=1, nConsultTransferred=1, nTransferred=1)
    second = Beats(first.leave - 30 * SECOND, first.leave - 20 * SECOND, first.leave + 3 * MINUTE, None)
    scene.agent(cast.agent + 5, cast.queue, second)
    session.segments[0].end = second.leave
    return [scene.conversation]


def conference(cast: Cast) -> list[Conversation]:
    """A third party is called in; it shows up as a further `customer`, outbound and without a contact."""
    scene = cast.scene(cast.voice())
    session = _customer(cast, scene, None)
    beats = cast.beats(_greet_and_queue(cast, scene), 6 * MINUTE)
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
    beats = cast.beats(_greet_and_queue(cast, scene))
    session.segments[0].end = beats.leave
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]


def unknown_caller(cast: Cast) -> list[Conversation]:
    """A caller whose number belongs to nobody the organization knows."""
    scene = cast.scene(Channel("voice", f"tel:+1900555{100 + cast.dice.between(0, 99):04}"))
    session = scene.customer(None, None, None)
    beats = cast.beats(_greet_and_queue(cast, scene))
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


def voicemail(cast: Cast) -> list[Conversation]:
    """The caller leaves a message, an agent calls back in the same conversation some hours later."""
    return _voicemail(cast, cast.dice.between(20 * MINUTE, 100 * MINUTE))


def forgotten_voicemail(cast: Cast) -> list[Conversation]:
    """A message that nobody returned for weeks: the conversation stays open across many windows."""
    return _voicemail(cast, 59 * DAY)


def _voicemail(cast: Cast, returned_after: int) -> list[Conversation]:
    scene = cast.scene(cast.voice())
    spoken = cast.start + 70 * SECOND
    _customer(cast, scene, spoken, "client")
    scene.flow(cast.start, cast.start + 20 * SECOND, cast.queue)
    box = scene.conversation.join(cast.dice.uuid(), "voicemail", participantName="Voicemail")
    recording = scene.session(box)
    recording.add("voicemail", cast.start + 20 * SECOND, spoken)
    recording.add("uploading", spoken, spoken + 5 * SECOND, "system")
    recording.measure(spoken, tVoicemail=50 * SECOND)
    back = Channel("callback", cast.phone())
    returned = spoken + 5 * SECOND + returned_after
    waiting = scene.session(scene.conversation.participants[0], back)
    waiting.add("callback", spoken + 5 * SECOND, returned + 2 * MINUTE, "endpoint")
    queue = scene.acd(spoken + 5 * SECOND, returned, cast.queue, answered=True, channel=back)
    queue.fields["flowInType"] = "voicemail"
    beats = Beats(returned, returned + 5 * SECOND, returned + 2 * MINUTE, returned + 150 * SECOND)
    scene.agent(cast.agent, cast.queue, beats)
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
    session = _customer(cast, scene, None)
    beats = cast.beats(_greet_and_queue(cast, scene), 3 * MINUTE)
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


def two_contacts(cast: Cast) -> list[Conversation]:
    """Two people the organization knows are in one call."""
    scene = cast.scene(cast.voice())
    session = _customer(cast, scene, None)
    beats = cast.beats(_greet_and_queue(cast, scene), 5 * MINUTE)
    session.segments[0].end = beats.leave
    other = (cast.person + 1) % max(1, cast.world.book.people)
    second = scene.conversation.join(
        cast.dice.uuid(), "customer", cast.contact(cast.start, other), participantName=cast.name(other)
    )
    joined = scene.session(second, cast.voice(other))
    joined.add("interact", beats.connect + MINUTE, beats.leave - 10 * SECOND, "client", conference=True)
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]
