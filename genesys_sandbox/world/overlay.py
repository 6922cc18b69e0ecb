"""What was changed while the sandbox ran: a log over the generated organization.

Every entry has a sequence number and the instant of the sandbox's clock at which it was made. A view is a
point in both, so that a job that was submitted keeps answering what was true then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genesys_sandbox.world.script import Conversation

FOREVER = 1 << 62


class View(NamedTuple):
    """What is known at an instant of the sandbox's clock, after so many changes."""

    at: int
    sequence: int = FOREVER


class Merge(NamedTuple):
    """Contacts that became one new contact."""

    at: int
    members: tuple[str, ...]
    result: str
    sequence: int = 0

    def is_seen(self, view: View) -> bool:
        """Whether the merge has happened in this view."""
        return self.at <= view.at and self.sequence <= view.sequence


class ContactChange(NamedTuple):
    """Fields a contact got at an instant; None where the contact was deleted."""

    sequence: int
    at: int
    fields: dict[str, Any] | None


class ConversationChange(NamedTuple):
    """Something done to a conversation: `end`, `reopen`, `link` or `wrapup`, with what it needs."""

    sequence: int
    at: int
    kind: str
    detail: dict[str, Any]


class Overlay:
    """The log, kept by what it changes."""

    def __init__(self) -> None:
        """Nothing was changed yet."""
        self.sequence = 0
        self.merged_to: dict[str, Merge] = {}
        self.merged_from: dict[str, Merge] = {}
        self.added_contacts: dict[str, ContactChange] = {}
        self.contact_changes: dict[str, list[ContactChange]] = {}
        self.added_conversations: dict[str, tuple[int, Conversation]] = {}
        self.conversation_changes: dict[str, list[ConversationChange]] = {}
        self.order: list[str] = []
        """Ids of the added conversations, oldest first."""

    def tick(self) -> int:
        """The number of the next change."""
        self.sequence += 1
        return self.sequence

    def add_contact(self, identity: str, at: int, fields: dict[str, Any]) -> None:
        """A contact record that the generator does not know."""
        self.added_contacts[identity] = ContactChange(self.tick(), at, fields)

    def change_contact(self, identity: str, at: int, fields: dict[str, Any] | None) -> None:
        """New values of a contact, or its end."""
        self.contact_changes.setdefault(identity, []).append(ContactChange(self.tick(), at, fields))

    def merge(self, at: int, members: tuple[str, ...], result: str) -> None:
        """Contacts became one."""
        merge = Merge(at, members, result, self.tick())
        self.merged_from[result] = merge
        for member in members:
            self.merged_to[member] = merge

    def add_conversation(self, conversation: Conversation) -> None:
        """A conversation that the generator does not know."""
        self.added_conversations[conversation.identity] = (self.tick(), conversation)
        self.order.append(conversation.identity)

    def change_conversation(self, identity: str, at: int, kind: str, detail: dict[str, Any]) -> None:
        """Something done to a conversation."""
        change = ConversationChange(self.tick(), at, kind, detail)
        self.conversation_changes.setdefault(identity, []).append(change)

    def changes_of_contact(self, identity: str, view: View) -> Iterator[ContactChange]:
        """What happened to a contact, oldest first."""
        for change in self.contact_changes.get(identity, ()):
            if change.sequence <= view.sequence and change.at <= view.at:
                yield change

    def changes_of_conversation(self, identity: str, view: View) -> Iterator[ConversationChange]:
        """What happened to a conversation, oldest first."""
        for change in self.conversation_changes.get(identity, ()):
            if change.sequence <= view.sequence and change.at <= view.at:
                yield change
