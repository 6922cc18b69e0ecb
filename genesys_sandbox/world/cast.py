"""Who takes part in one story: a person, a queue, agents, and the ids of its conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genesys_sandbox.world import people
from genesys_sandbox.world.dice import Dice
from genesys_sandbox.world.instants import MINUTE, SECOND
from genesys_sandbox.world.scene import Beats, Channel, Scene
from genesys_sandbox.world.script import Conversation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genesys_sandbox.world.contacts import ContactBook
    from genesys_sandbox.world.staff import Staff

MESSAGE_TYPES = (
    "webmessaging",
    "whatsapp",
    "sms",
    "open",
    "facebook",
    "instagram",
    "apple",
    "line",
    "twitter",
)


class World:
    """What every story draws from."""

    def __init__(self, seed: int, staff: Staff, book: ContactBook) -> None:
        """Keep the parts together."""
        self.seed = seed
        self.staff = staff
        self.book = book


class Cast:
    """The people, places and draws of one story."""

    def __init__(self, world: World, story: int, start: int, ids: Sequence[str]) -> None:
        """Draw the story's person, queue and agent."""
        self.dice = Dice(world.seed, "story", story)
        self.world = world
        self.story = story
        self.start = start
        self.ids = ids
        self.person = people.draw(self.dice, world.book.people)
        self.queue = self.dice.between(0, 9)
        self.agent = self.dice.between(0, 999)

    def contact(self, start: int, person: int | None = None) -> str | None:
        """The contact id that a conversation of the person carries when it starts at `start`."""
        person = self.person if person is None else person
        if not 0 <= person < self.world.book.people:
            return None
        return self.world.book.carried_id(person, start)

    def name(self, person: int | None = None) -> str | None:
        """The person's name as clients show it, None where the organization knows nobody."""
        person = self.person if person is None else person
        return people.full_name(person) if self.world.book.people else None

    def phone(self, person: int | None = None) -> str:
        """The person's number as telephony writes it, in one of its ways."""
        number = people.phone(self.person if person is None else person)
        return self.dice.pick((f"tel:{number}", f"tel:{number}", f"sip:{number}@198.51.100.7;user=phone"))

    def voice(self, person: int | None = None) -> Channel:
        """A call from the person."""
        return Channel("voice", self.phone(person))

    def mail(self, person: int | None = None) -> Channel:
        """A mail from the person."""
        return Channel("email", people.email(self.person if person is None else person))

    def message(self) -> Channel:
        """A message from the person, on one of the message types."""
        kind = MESSAGE_TYPES[self.dice.between(0, len(MESSAGE_TYPES) - 1)]
        return Channel("message", people.messaging_id(self.person, kind), message_type=kind)

    def scene(
        self, channel: Channel, start: int | None = None, leg: int = 0, initiator: str | None = None
    ) -> Scene:
        """A conversation of the story, still empty."""
        start = self.start if start is None else start
        inbound = channel.direction == "inbound"
        fields: dict[str, Any] = {
            "originatingDirection": channel.direction,
            "conversationInitiator": initiator or ("customer" if inbound else "agent"),
            "customerParticipation": True,
            "divisionIds": [self.world.staff.division_id(self.queue)],
        }
        if channel.media == "voice":
            fields["mediaStatsMinConversationMos"] = 4.5 + self.dice.between(0, 40) / 100
            fields["mediaStatsMinConversationRFactor"] = 90.0 + self.dice.between(0, 300) / 100
        conversation = Conversation(self.ids[leg], start, fields)
        return Scene(self.dice, self.world.staff, conversation, channel)

    def beats(self, alert: int, talk: int | None = None) -> Beats:
        """An agent's usual pace from the alert on: seconds of ringing, minutes of talk, some wrap-up."""
        dice = self.dice
        connect = alert + dice.between(2 * SECOND, 9 * SECOND)
        leave = connect + (dice.between(40 * SECOND, 9 * MINUTE) if talk is None else talk)
        wrapped = leave + dice.between(3 * SECOND, 90 * SECOND)
        return Beats(alert, connect, leave, None if dice.chance(0.08) else wrapped)
