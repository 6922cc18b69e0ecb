"""What the extraction needs of Genesys, whichever surface serves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from tap_genesys_journey.domain.contacts import Contact
from tap_genesys_journey.domain.facts import ConversationFacts
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.payloads import Payloads

_JOURNEYS = ("timeline_events", "timelines")
CONTACT_KINDS = ("external_contacts", "contact_aliases", "contact_addresses", *_JOURNEYS)
"""Streams that need contacts."""

CONVERSATION_KINDS = ("conversations", "interactions", *_JOURNEYS)
"""Streams that need conversations."""

ALL_KINDS = (*dict.fromkeys((*CONTACT_KINDS, *CONVERSATION_KINDS)),)
"""All streams."""


@dataclass(frozen=True)
class ContactPage:
    """One page of a contact scan.

    Attributes:
        contacts: Payloads as sent, in the scan's order; may be empty while the scan goes on.
        cursor: Where the next page begins; None after the last.
        served_at: The server's clock, aware UTC; None where the answer does not tell.
    """

    contacts: Sequence[msgspec.Raw]
    cursor: str | None
    served_at: datetime | None = None


@dataclass(frozen=True)
class ConversationPage:
    """One page of conversations.

    Attributes:
        conversations: As sent, in the source's order; may be empty.
        cursor: Where the next page begins; None after the last.
        settled_until: Conversations before this instant are complete, aware UTC; None where unknown.
        size_bytes: Length of the whole page on the wire.
    """

    conversations: Payloads
    cursor: str | None
    settled_until: datetime | None
    size_bytes: int


@dataclass(frozen=True)
class Window:
    """A span of conversation time, half open: `start` included, `end` excluded; aware UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        """Both bounds to the minute, UTC."""
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class People:
    """Whose conversations to read: those of any of these contacts, or at any of these addresses.

    Attributes:
        contact_ids: As on the wire, canonical or merged away.
        addresses: Normalised, as rows carry them.
    """

    contact_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class ReadConversation(Protocol):
    """How a surface's payload becomes facts; see `domain.platform.read_conversation`."""

    def __call__(
        self,
        raw: msgspec.Raw,
        /,
        oddities: Oddities,
        *,
        include_system_participants: bool = False,
        is_whole: bool = True,
    ) -> ConversationFacts:
        """Facts of one conversation.

        Raises:
            DoubtfulError: It is not known to be whole, and cannot be read at once; nothing is counted.
            UnreadableError: No record; counted, the caller skips it.
        """


class ContactSource(Protocol):
    """Contacts, one page or a handful at a time."""

    @property
    def served_at(self) -> datetime | None:
        """The server's clock at its latest answer, aware UTC; None before the first."""

    def decode_contact(self, raw: msgspec.Raw, oddities: Oddities) -> Contact:
        """A payload as a contact.

        Raises:
            UnreadableError: No record; counted, the caller skips it.
        """

    def fetch_contact_page(self, cursor: str | None) -> ContactPage:
        """One page of the scan over all contacts.

        Raises:
            GoneError: The cursor has ended: scan from the start.
            ForbiddenError: Contacts may not be read: their streams are skipped.
        """

    def fetch_contacts_as_stored(self, contact_ids: Sequence[str]) -> list[msgspec.Raw]:
        """Records of these ids as stored, ancestors not followed; ids that are gone are left out.

        Raises:
            ForbiddenError: Contacts may not be read: their streams are skipped.
        """


class ExternalIdSource(Protocol):
    """Contacts by the CRM's key."""

    def decode_contact(self, raw: msgspec.Raw, oddities: Oddities) -> Contact:
        """As in `ContactSource`."""

    def fetch_contact_by_external_id(self, external_id: str) -> msgspec.Raw | None:
        """The contact that holds this external id, merges followed; None where none does.

        Raises:
            AmbiguousError: Several contacts hold it, so it leads to nobody in particular: it is left out.
            ForbiddenError: Contacts may not be read.
        """


class ConversationSource(Protocol):
    """Conversations of a window of time, through a job."""

    @property
    def read_conversation(self) -> ReadConversation:
        """How this surface's payloads become facts."""

    def fetch_settled_until(self) -> datetime:
        """Instant before which conversations are complete, aware UTC."""

    def submit_job(self, window: Window, people: People | None = None) -> str:
        """Id of a new job over the conversations whose life overlaps the window, of all or some people."""

    def is_job_done(self, job_id: str) -> bool:
        """Whether the results can be read.

        Raises:
            GoneError: The job failed, was cancelled, has expired or is unknown: submit again.
        """

    def fetch_job_page(self, job_id: str, cursor: str | None) -> ConversationPage:
        """One page of a job's results.

        Raises:
            GoneError: The job or the cursor has ended: submit again.
        """


class ContactHistorySource(Protocol):
    """Conversations of one contact, page by page."""

    @property
    def read_conversation(self) -> ReadConversation:
        """How this surface's payloads become facts."""

    def fetch_settled_until(self) -> datetime:
        """Instant before which conversations are complete, aware UTC."""

    def fetch_conversation_page(self, contact_id: str, token: str | None) -> ConversationPage:
        """One page of a contact's conversations, the latest first.

        Raises:
            GoneError: The token has ended, or the contact is gone: begin again, or leave it.
            ForbiddenError: Conversations may not be read.
        """
