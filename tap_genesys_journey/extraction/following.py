"""Following given customers instead of the whole organization."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tap_genesys_journey.api.surface import People
from tap_genesys_journey.domain.addresses import normalise_address
from tap_genesys_journey.domain.contacts import Contact, address_rows, canonical_id, related_ids
from tap_genesys_journey.domain.facts import ConversationFacts

PEOPLE_PER_JOB = 50
"""People in one job: two predicates for a contact, up to eight for an address, keep it far from the
largest body that the platform takes."""


class Followed:
    """The customers that a run follows: given ids, and all that merges make of them.

    Attributes:
        digest: Of the given ids: another one asks for the whole history again.
        addresses: At which their conversations without a contact can be found.
    """

    def __init__(self, given_ids: Iterable[str]) -> None:
        """Nobody found yet."""
        self.digest = _digest(sorted(given_ids))
        self.addresses: set[str] = set()
        self._canonical: dict[str, str] = {}

    def add(self, contact: Contact) -> None:
        """Take in a contact as stored, and the rest of its merge set."""
        own = contact.id or ""
        canonical = canonical_id(contact) or own
        self._canonical[own] = canonical
        for related in related_ids(contact):
            self._canonical.setdefault(related, canonical)
        self.addresses |= {row["address"] for row in address_rows(contact)}

    def canonical_of(self, contact_id: str) -> str | None:
        """Contact that an id belongs to; None where it was not found."""
        return self._canonical.get(contact_id)

    @property
    def contact_ids(self) -> list[str]:
        """Every id of every merge set, in order."""
        return sorted(self._canonical)

    @property
    def members(self) -> str:
        """Digest of these: an id that joined, by a merge or because it is found now, changes it."""
        return _digest(self.contact_ids)

    def is_theirs(self, facts: ConversationFacts) -> bool:
        """Whether a conversation is one of a followed contact, or has none and came from their address."""
        if facts.contact_ids:
            return any(contact_id in self._canonical for contact_id in facts.contact_ids)
        return any(
            normalise_address(each.wire_address) in self.addresses for each in facts.list_interactions()
        )

    def people(self, *, with_addresses: bool) -> list[People]:
        """Whom to ask for, some in each job.

        Args:
            with_addresses: Ask for their addresses too: legs that lost the contact are found by these.
        """
        people = [People(contact_ids=chunk) for chunk in chunks(self.contact_ids)]
        if with_addresses:
            people += [People(addresses=chunk) for chunk in chunks(sorted(self.addresses))]
        return people


def _digest(ids: Iterable[str]) -> str:
    """Of the ids as lines, a few at a time: there may be a million."""
    digest = hashlib.sha256()
    separator = ""
    for each in ids:
        digest.update(f"{separator}{each}".encode())
        separator = "\n"
    return digest.hexdigest()[:16]


def chunks(ordered: list[str]) -> list[tuple[str, ...]]:
    """The values, as many together as go into one job."""
    return [
        tuple(ordered[start : start + PEOPLE_PER_JOB]) for start in range(0, len(ordered), PEOPLE_PER_JOB)
    ]
