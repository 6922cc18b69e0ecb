"""Following given customers instead of the whole organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tap_genesys_journey.api.surface import People
from tap_genesys_journey.domain.addresses import normalise_address
from tap_genesys_journey.domain.contacts import Contact, address_rows, canonical_id, related_ids
from tap_genesys_journey.domain.facts import ConversationFacts

PEOPLE_PER_JOB = 50
"""People in one job: two predicates for a contact, up to fifteen for an address, keep it far from the
largest body that the platform takes."""


class Followed:
    """The customers that a run follows: given ids, and all that merges make of them.

    Attributes:
        canonical_ids: Contact that each of their ids belongs to.
        addresses: At which their conversations without a contact can be found.
    """

    def __init__(self, canonical: Mapping[str, str] | None = None, addresses: Iterable[str] = ()) -> None:
        """Nobody found yet, or those named.

        Args:
            canonical: Contact that each id belongs to.
            addresses: Normalised.
        """
        self.addresses = set(addresses)
        self.canonical_ids = dict(canonical or {})

    def add(self, contact: Contact) -> None:
        """Take in a contact as stored, and the rest of its merge set."""
        own = contact.id or ""
        canonical = canonical_id(contact) or own
        self.canonical_ids[own] = canonical
        for related in related_ids(contact):
            self.canonical_ids.setdefault(related, canonical)
        self.addresses |= {row["address"] for row in address_rows(contact)}

    def narrowed(self, contact_ids: Iterable[str], addresses: Iterable[str]) -> Followed:
        """Some of them alone."""
        return Followed({each: self.canonical_ids[each] for each in contact_ids}, addresses)

    def canonical_of(self, contact_id: str) -> str | None:
        """Contact that an id belongs to; None where it was not found."""
        return self.canonical_ids.get(contact_id)

    @property
    def contact_ids(self) -> list[str]:
        """Every id of every merge set, in order."""
        return sorted(self.canonical_ids)

    def is_theirs(self, facts: ConversationFacts) -> bool:
        """Whether a conversation is one of a followed contact, or has none and came from their address."""
        if facts.contact_ids:
            return any(contact_id in self.canonical_ids for contact_id in facts.contact_ids)
        return any(
            normalise_address(each.wire_address) in self.addresses for each in facts.list_interactions()
        )


def people_of(contact_ids: Iterable[str], addresses: Iterable[str]) -> list[People]:
    """Whom to ask for, some in each job; by their addresses legs that lost the contact are found."""
    return [
        *(People(contact_ids=chunk) for chunk in chunks(sorted(contact_ids))),
        *(People(addresses=chunk) for chunk in chunks(sorted(addresses))),
    ]


def chunks(ordered: list[str]) -> list[tuple[str, ...]]:
    """The values, as many together as go into one job."""
    return [
        tuple(ordered[start : start + PEOPLE_PER_JOB]) for start in range(0, len(ordered), PEOPLE_PER_JOB)
    ]
