"""What conversations are made of: a customer, a flow, a queue, an agent, each with its usual segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.world.instants import SECOND
from genesys_sandbox.world.journeys import CONVERSATION, session_id
from genesys_sandbox.world.script import Conversation, Participant, Segment, Session

if TYPE_CHECKING:
    from genesys_sandbox.world.dice import Dice
    from genesys_sandbox.world.staff import Staff

OFFICE_PHONE = "tel:+18005550199"
OFFICE_MAIL = "care@support.example.com"
PROVIDERS = {
    "voice": "Edge",
    "callback": "PureCloud Callback",
    "chat": "PureCloud Webchat v2",
    "message": "PureCloud Messaging",
    "email": "PureCloud Email",
}
FLOW_OF_MEDIA = {"voice": 0, "callback": 0, "chat": 2, "email": 3, "message": 4}
SELF_SERVICE = ("Balance Told", "Order Status Told", "Address Changed")


class Channel(msgspec.Struct, frozen=True):
    """How the customer and the organization reach each other."""

    media: str
    address: str | None = None
    """The customer's address as the wire writes it."""
    direction: str = "inbound"
    message_type: str | None = None

    def ends(self) -> dict[str, Any]:
        """The address fields of a session of this channel."""
        office = OFFICE_PHONE if self.media in {"voice", "callback"} else OFFICE_MAIL
        near, far = (self.address, office) if self.direction == "inbound" else (office, self.address)
        if self.media == "voice":
            return {"ani": near, "dnis": far, "sessionDnis": far}
        if self.media == "callback":
            number = None if self.address is None else self.address.removeprefix("tel:")
            return {"callbackNumbers": None if number is None else [number]}
        if self.media == "chat":
            return {}
        if self.media == "message":
            return {"addressFrom": near, "addressTo": far, "messageType": self.message_type}
        return {"addressFrom": near, "addressTo": far}


class Beats(msgspec.Struct, frozen=True):
    """When an agent is alerted, connected, done talking and done with the wrap-up (None: no wrap-up)."""

    alert: int
    connect: int
    leave: int
    wrapped: int | None


class Scene:
    """One conversation in the making."""

    def __init__(self, dice: Dice, staff: Staff, conversation: Conversation, channel: Channel) -> None:
        """Nobody has joined yet."""
        self.dice = dice
        self.staff = staff
        self.conversation = conversation
        self.channel = channel
        self.root: Session | None = None

    # -- sessions

    def session(self, participant: Participant, channel: Channel | None = None, **fields: object) -> Session:
        """A session of the scene's channel (or another), leaning on the customer's first one."""
        channel = channel or self.channel
        peer = None if self.root is None else self.root.identity
        known = {"provider": PROVIDERS[channel.media], "peerId": peer, **channel.ends(), **fields}
        session = participant.open(self.dice.uuid(), channel.media, channel.direction, **known)
        if channel.media == "voice":
            session.fields["protocolCallId"] = self.dice.uuid()
            session.fields["edgeId"] = self.staff.identity("edge", self.dice.between(0, 3))
        if channel.media == "chat":
            session.fields["roomId"] = f"chat-{self.dice.uuid()}@conference.example.com"
        return session

    # -- who joins

    def customer(
        self, end: int | None, contact: str | None, name: str | None, disconnect: str = "peer"
    ) -> Session:
        """The customer, in contact from the start of the conversation until `end`."""
        purpose = "customer"
        participant = self.conversation.join(self.dice.uuid(), purpose, contact, participantName=name)
        participant.attributes = self._attributes(name)
        session = self.session(participant, journeyCustomerSessionId=self._journey_session(contact))
        if self.channel.media == "voice":
            session.fields["recording"] = True
            session.fields["remoteNameDisplayable"] = name or "Unknown"
        fields = {"subject": "About my order"} if self.channel.media == "email" else {}
        session.add("interact", self.conversation.start, end, disconnect, **fields)
        session.measure(self.conversation.start, nConnected=1)
        self.root = self.root or session
        return session

    def _journey_session(self, contact: str | None) -> str | None:
        if contact is None:
            return None
        return session_id(self.conversation.identity, CONVERSATION)

    def _attributes(self, name: str | None) -> dict[str, str]:
        attributes = {
            "menuChoice": str(self.dice.between(1, 5)),
            "customerTier": self.dice.pick(("gold", "silver")),
        }
        return attributes if name is None else {**attributes, "callerName": name}

    def flow(
        self, start: int, end: int, queue: int | None, purpose: str = "ivr", number: int | None = None
    ) -> Session:
        """A flow or bot that greets the customer and hands on to a queue, or deals with it alone."""
        identity, name, kind = self.staff.flow(
            FLOW_OF_MEDIA[self.channel.media] if number is None else number
        )
        participant = self.conversation.join(self.dice.uuid(), purpose, participantName=name)
        session = self.session(participant)
        exit_reason = "DISCONNECT" if queue is None else "TRANSFER"
        session.flow = {
            "flowId": identity,
            "flowName": name,
            "flowVersion": f"{self.dice.between(1, 30)}.0",
            "flowType": kind,
            "entryReason": "tel:+18005550199",
            "entryType": "dnis",
            "exitReason": exit_reason,
            "startingLanguage": "en-us",
            "endingLanguage": "en-us",
        }
        if queue is not None:
            session.flow |= {
                "transferType": "ACD",
                "transferTargetAddress": self.staff.queue_id(queue),
                "transferTargetName": f"Queue {queue}",
            }
        kind_of_segment = "interact" if purpose == "botflow" else "ivr"
        session.add(kind_of_segment, start, end, "peer" if queue is None else "transfer")
        session.measure(end, nFlow=1, tFlow=end - start, tFlowExit=end - start, tIvr=end - start)
        if purpose == "botflow":
            session.measure(end, nBotInteractions=1 + self.dice.between(0, 5))
        return session

    def acd(
        self, start: int, end: int | None, queue: int, *, answered: bool, channel: Channel | None = None
    ) -> Session:
        """A queue the customer waits in, until an agent takes it or the customer gives up."""
        participant = self.conversation.join(self.dice.uuid(), "acd", participantName=f"Queue {queue}")
        session = self.session(participant, channel, requestedRoutings=["Standard"], flowInType="ivr")
        skills = [self.staff.identity("skill", queue % 5)]
        where: dict[str, Any] = {"queueId": self.staff.queue_id(queue), "requestedRoutingSkillIds": skills}
        middle = start + min(2 * SECOND, (end - start) // 2) if end is not None else start + 2 * SECOND
        session.add("delay", start, middle, **where)
        session.add("interact", middle, end, "transfer" if answered else "peer", **where)
        session.measure(start, nOffered=1)
        if end is not None:
            waited = {"tAcd": end - start, "tWait": end - start} if answered else {"tAbandon": end - start}
            session.measure(end, **waited)
        return session

    def agent(self, number: int, queue: int | None, beats: Beats, disconnect: str = "peer") -> Session:
        """An agent who answers, talks, and wraps up; the wrap-up is the agent's time alone."""
        session = self.agent_session(number, queue)
        where: dict[str, Any] = {} if queue is None else {"queueId": self.staff.queue_id(queue)}
        session.add("alert", beats.alert, beats.connect, **where)
        self._talk(session, beats, disconnect, where)
        if beats.wrapped is not None:
            self.wrap_up(session, beats.leave, beats.wrapped, where)
        talked, acw = beats.leave - beats.connect, (beats.wrapped or beats.leave) - beats.leave
        session.measure(
            beats.connect,
            nConnected=1,
            tAlert=beats.connect - beats.alert,
            tAnswered=beats.connect - beats.alert,
        )
        session.measure(beats.leave, tTalk=talked, tTalkComplete=talked)
        session.measure(beats.leave + acw, tAcw=acw, tHandle=talked + acw)
        return session

    def _talk(self, session: Session, beats: Beats, disconnect: str, where: dict[str, str]) -> None:
        """Talking, in one stretch or with the customer on hold in between."""
        length = beats.leave - beats.connect
        if self.channel.media != "voice" or not self.dice.chance(0.4):
            session.add("interact", beats.connect, beats.leave, disconnect, **where)
            return
        held, resumed = beats.connect + length // 2, beats.connect + length * 2 // 3
        session.add("interact", beats.connect, held, **where)
        session.add("hold", held, resumed, **where)
        session.add("interact", resumed, beats.leave, disconnect, **where)
        session.measure(resumed, tHeld=resumed - held, tHeldComplete=resumed - held)

    def wrap_up(self, session: Session, start: int, end: int, where: dict[str, str]) -> None:
        """The agent's time after the customer has left; the code appears when it ends."""
        segment = session.add("wrapup", start, end, **where)
        segment.closing = {"wrapUpCode": self.wrap_up_code(), "disconnectType": "system"}
        if self.dice.chance(0.2):
            segment.closing["wrapUpNote"] = "asked to be called back later"

    def wrap_up_code(self) -> str:
        """A code of the organization, sometimes the one the system sets itself."""
        if self.dice.chance(0.06):
            return "ININ-WRAP-UP-TIMEOUT"
        return self.staff.wrapup_id(self.dice.between(0, 7))

    def agent_session(self, number: int, queue: int | None) -> Session:
        """An agent who has joined, with nothing done yet; without a queue, a user."""
        purpose = "user" if queue is None else "agent"
        user = self.staff.user_id(number)
        participant = self.conversation.join(
            self.dice.uuid(),
            purpose,
            userId=user,
            participantName=f"Agent Number-{number % 100:03}",
            teamId=self.staff.identity("team", number % 3),
        )
        routing: dict[str, Any] = (
            {} if queue is None else {"usedRouting": "Standard", "requestedRoutings": ["Standard"]}
        )
        return self.session(participant, selectedAgentId=user if queue is not None else None, **routing)

    def unanswered(self, number: int, queue: int, start: int, end: int, *, wrapped: bool = False) -> Session:
        """An agent who was alerted and did not answer."""
        session = self.agent_session(number, queue)
        where: dict[str, Any] = {"queueId": self.staff.queue_id(queue)}
        session.add("alert", start, end, "noAnswerTransfer", **where)
        session.measure(end, tAlert=end - start, tNotResponding=end - start)
        if wrapped:
            self.wrap_up(session, end, end + SECOND, where)
        return session

    def segment_of(self, session: Session, kind: str) -> Segment:
        """The last segment of a kind in a session."""
        return [segment for segment in session.segments if segment.kind == kind][-1]
