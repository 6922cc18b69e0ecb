"""From CRM ids to Genesys contacts: asked once, remembered for a while, asked again after a merge.

Only external ids lead to a contact here, never a phone number or an e-mail: those change, and several
people share them (guide, step 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from tap_genesys_journey.api.surface import ExternalIdSource
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.exceptions import AmbiguousError
from tap_genesys_journey.extraction.contacts import ContactExtraction
from tap_genesys_journey.extraction.following import Followed
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.settings import Settings
from tap_genesys_journey.store.store import Store

MISS_LIFE_SHARE = 1 / 24
"""Life of "no such contact", as a share of a found contact's: customers turn up."""

IDS_AT_ONCE = 1000


@dataclass(frozen=True)
class ResolvedIds:
    """What the store remembers of external ids; of the ids themselves it holds a digest alone.

    Attributes:
        store: Holds the memory.
        scope: Names organization and source: the same id elsewhere is another one.
        life: How long a found contact is remembered.
    """

    store: Store
    scope: str
    life: timedelta

    def known(self, external_ids: Sequence[str], now: datetime) -> dict[str, str | None]:
        """Contact ids, None for a miss, as far as it was asked lately."""
        by_key = {self._key(external_id): external_id for external_id in external_ids}
        found = self.store.resolved_since(list(by_key), now - self.life, now - self.life * MISS_LIFE_SHARE)
        return {by_key[key]: contact_id for key, contact_id in found.items()}

    def keep(self, contacts: Mapping[str, str | None], now: datetime) -> None:
        """Remember answers."""
        keyed = {self._key(external_id): contact_id for external_id, contact_id in contacts.items()}
        self.store.keep_resolved(keyed, now)

    def _key(self, external_id: str) -> str:
        return hashlib.sha256(f"{self.scope}\n{external_id}".encode()).hexdigest()


class Resolver:
    """Resolves external ids through the store's memory and the API.

    Attributes:
        missed: External ids that lead to no contact.
        on_id: Hears how many external ids were looked at so far.
        ambiguous: How many of them several contacts hold.
    """

    def __init__(
        self, source: ExternalIdSource, memory: ResolvedIds, waiting: Waiting, oddities: Oddities
    ) -> None:
        """Keep the parts; nothing is sent yet.

        Args:
            source: The surface.
            memory: What is remembered between runs.
            waiting: The clock.
            oddities: Takes what is strange in a payload.
        """
        self._source = source
        self._memory = memory
        self._waiting = waiting
        self._oddities = oddities
        self.missed: list[str] = []
        self.on_id: Callable[[int], None] = lambda _: None
        self._looked_at = 0
        self.ambiguous = 0

    def resolve(self, external_ids: Sequence[str]) -> Iterator[Mapping[str, str]]:
        """Contact ids by external id, some at a time, in the order given; misses are left out.

        Raises:
            ForbiddenError: Contacts may not be read.
        """
        remaining = iter(external_ids)
        while chunk := list(islice(remaining, IDS_AT_ONCE)):
            yield self._resolve_chunk(chunk)

    def ask(self, external_id: str) -> str | None:
        """Contact id from the API, whatever is remembered; the answer is remembered instead."""
        contact_id = self._fetch(external_id)
        self._memory.keep({external_id: contact_id}, self._waiting.now())
        return contact_id

    def _fetch(self, external_id: str) -> str | None:
        try:
            raw = self._source.fetch_contact_by_external_id(external_id)
            return None if raw is None else self._source.decode_contact(raw, self._oddities).id
        except AmbiguousError:
            self.ambiguous += 1
        except UnreadableError:  # counted by the reader, reported at the end of the run
            pass
        return None

    def _resolve_chunk(self, external_ids: list[str]) -> dict[str, str]:
        known = self._memory.known(external_ids, self._waiting.now())
        found: dict[str, str] = {}
        for external_id in external_ids:
            contact_id = known[external_id] if external_id in known else self.ask(external_id)
            self._looked_at += 1
            self.on_id(self._looked_at)
            if contact_id is None:
                self.missed.append(external_id)
            else:
                found[external_id] = contact_id
        return found


def follow(contacts: ContactExtraction, followed: Followed, resolver: Resolver, given: Settings) -> None:
    """Find the customers that the settings name, read their contacts and emit those that changed.

    An external id whose remembered contact was merged or is gone is asked for again at once.

    Raises:
        ForbiddenError: Contacts may not be read.
    """
    contacts.on_fetched = followed.add
    contacts.follow(given.contact_ids)
    for found in resolver.resolve(given.external_ids):
        contacts.follow(found.values())
        moved = [
            each for each, contact_id in found.items() if followed.canonical_of(contact_id) != contact_id
        ]
        asked = [resolver.ask(external_id) for external_id in moved]
        contacts.follow([contact_id for contact_id in asked if contact_id])
