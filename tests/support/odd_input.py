"""What no organization should hold, put into a sandbox: odd times, unknown words, circular merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genesys_sandbox import Sandbox

BEGIN, END = "2026-03-15T09:00:00.000Z", "2026-03-15T09:05:00.000Z"
LONG_BEFORE = "2026-03-15T07:00:00.000Z"


@dataclass(frozen=True)
class Circular:
    """Contacts that Genesys would not make, each with a conversation of its own.

    Attributes:
        circle: Two, each merged into the other; in order.
        own_ancestor: One merged into itself.
        conversations: By contact.
    """

    circle: tuple[str, str]
    own_ancestor: str
    conversations: dict[str, str]


def add_circular_contacts(sandbox: Sandbox) -> Circular:
    """Add contacts whose merges lead back to where they began."""
    control = sandbox.control
    one, other, own = (control.add_contact(firstName="Circular") for _ in range(3))
    for name, target in ((one, other), (other, one), (own, own)):
        control.modify_contact(name, mergedTo={"id": target})
    conversations = {name: control.add_conversation(contact_id=name) for name in (one, other, own)}
    return Circular((min(one, other), max(one, other)), own, conversations)


def add_odd_conversations(sandbox: Sandbox) -> dict[str, str]:
    """Add conversations of one contact; gives their ids by what is odd about them."""
    control = sandbox.control
    contact = control.add_contact(firstName="Odd", workEmail="odd@example.com")
    added = {
        name: control.add_conversation(payload=_payload(contact, **fields))
        for name, fields in {
            "no start": {"conversationStart": None},
            "ended early": {"conversationEnd": LONG_BEFORE},
            "left early": {"left": LONG_BEFORE},
            "unknown channel": {"media": "hologram"},
        }.items()
    }
    control.advance(60)  # one without a start counts as started now
    return added


def add_odd_guide_conversations(sandbox: Sandbox) -> dict[str, str]:
    """The same on the guide's surface, which says the state itself."""
    contact = sandbox.control.add_contact(firstName="Odd", workEmail="odd@example.com")
    odd = {
        "no start": {"createdTime": None},
        "ended early": {"updatedTime": LONG_BEFORE},
        "unknown state": {"state": "DREAMING"},
        "unknown channel": {"type": "HOLOGRAM"},
    }
    for name, fields in odd.items():
        payload = _guide_payload(contact, name, **fields)
        sandbox.control.add_conversation(start=BEGIN, contact_id=contact, guide_payload=payload)
    return {name: name for name in odd}


def _payload(contact: str, *, left: str = END, media: str = "voice", **fields: Any) -> dict[str, Any]:
    """A conversation of a customer alone; fields that are None are missing."""
    segment = {"segmentType": "interact", "segmentStart": min(BEGIN, left), "segmentEnd": left}
    session = {"mediaType": media, "direction": "inbound", "segments": [segment]}
    payload = {
        "conversationStart": BEGIN,
        "conversationEnd": END,
        "originatingDirection": "inbound",
        "participants": [
            {
                "participantId": "customer",
                "purpose": "customer",
                "externalContactId": contact,
                "sessions": [{"sessionId": "customer", **session}],
            }
        ],
        **fields,
    }
    return {name: value for name, value in payload.items() if value is not None}


def _guide_payload(contact: str, name: str, **fields: Any) -> dict[str, Any]:
    payload = {
        "id": name,
        "state": "TERMINATED",
        "type": "CHAT",
        "createdTime": BEGIN,
        "updatedTime": END,
        "participants": [{"participantId": "customer", "externalContactId": contact}],
        **fields,
    }
    return {name: value for name, value in payload.items() if value is not None}
