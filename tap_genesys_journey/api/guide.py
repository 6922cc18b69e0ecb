"""The surface that the guide describes; a gateway in front of a tenant can serve it (contract, section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import msgspec

from tap_genesys_journey.api.endpoints import GUIDE_CONVERSATIONS, GUIDE_LIST_CONTACTS, GUIDE_UNRESOLVED
from tap_genesys_journey.api.page_size import PageSize
from tap_genesys_journey.api.payloads import GuidePage, OneOrMany
from tap_genesys_journey.api.surface import (
    ContactPage,
    ConversationPage,
)
from tap_genesys_journey.domain.guide import read_guide_conversation
from tap_genesys_journey.domain.guide_contacts import decode_guide_contact
from tap_genesys_journey.domain.payloads import Payloads
from tap_genesys_journey.exceptions import AmbiguousError, ApiError, GoneError
from tap_genesys_journey.http.client import ApiClient


class GuideSurface:
    """Contacts, and the conversations of each, by opaque page tokens. Threads may share it."""

    decode_contact = staticmethod(decode_guide_contact)
    read_conversation = staticmethod(read_guide_conversation)

    def __init__(
        self, client: ApiClient, *, contact_page_size: int, conversation_page_size: int, concurrency: int
    ) -> None:
        """Keep the client; nothing is sent yet.

        Args:
            client: Sends.
            contact_page_size: Rows of a page of contacts.
            conversation_page_size: Rows of a page of conversations.
            concurrency: Contacts asked for at once, where each takes a request of its own.
        """
        self._client = client
        self._concurrency = concurrency
        self._contact_page = PageSize(contact_page_size)
        self._conversation_page = PageSize(conversation_page_size)

    @property
    def served_at(self) -> datetime | None:
        """The `Date` of the latest answer; see `ContactSource`."""
        return self._client.served_at

    def fetch_contact_page(self, cursor: str | None) -> ContactPage:
        """`GET /api/v2/external-contacts`; see `ContactSource`."""
        body = self._contact_page.fetch(
            lambda rows: self._client.call(
                GUIDE_LIST_CONTACTS.call(params=_page({}, rows, cursor), has_cursor=bool(cursor)), GuidePage
            )
        )
        return ContactPage(body.entities or [], body.next_page_token or None, self._client.served_at)

    def fetch_contacts_as_stored(self, contact_ids: Sequence[str]) -> list[msgspec.Raw]:
        """`GET /api/v2/external-contacts/{id}/unresolved`, a few at once; see `ContactSource`."""
        with ThreadPoolExecutor(self._concurrency, "contact") as pool:
            found = list(pool.map(self._fetch_as_stored, contact_ids))
        return [raw for raw in found if raw is not None]

    def fetch_contact_by_external_id(self, external_id: str) -> msgspec.Raw | None:
        """`GET /api/v2/external-contacts?externalId=…&pageSize=1`; see `ExternalIdSource`.

        The answer is a bare contact, or a list of contacts.

        Raises:
            AmbiguousError: Several contacts hold the id; see `ExternalIdSource`.
        """
        call = GUIDE_LIST_CONTACTS.call(params={"externalId": external_id, "pageSize": 1})
        try:
            raw = self._client.call(call, msgspec.Raw)
        except GoneError:
            return None
        try:
            listed = msgspec.json.decode(raw, type=OneOrMany)
        except msgspec.ValidationError as error:
            raise ApiError(f"{call}: the answer is neither a contact nor a list of contacts") from error
        if listed.entities is None:
            return raw if listed.id else None
        if max(listed.total or 0, len(listed.entities)) > 1:
            raise AmbiguousError(f"{call}: several contacts hold one external id")
        return listed.entities[0] if listed.entities else None

    def fetch_settled_until(self) -> datetime:
        """This surface tells the state of now."""
        return self._client.served_at or datetime.now(timezone.utc)

    def fetch_conversation_page(self, contact_id: str, token: str | None) -> ConversationPage:
        """`GET /api/v2/conversations?externalContactId=…&sortOrder=DESC`; see `ContactHistorySource`."""
        asked = {"externalContactId": contact_id, "sortOrder": "DESC"}
        body = self._conversation_page.fetch(
            lambda rows: self._client.call(
                GUIDE_CONVERSATIONS.call(params=_page(asked, rows, token), has_cursor=bool(token)), GuidePage
            )
        )
        rows = body.entities or []
        size_bytes = sum(len(memoryview(row)) for row in rows)
        return ConversationPage(Payloads(rows), body.next_page_token or None, None, size_bytes)

    def _fetch_as_stored(self, contact_id: str) -> msgspec.Raw | None:
        try:
            return self._client.call(GUIDE_UNRESOLVED.call(contact_id=contact_id), msgspec.Raw)
        except GoneError:
            return None


def _page(asked: Mapping[str, str], rows: int, token: str | None) -> dict[str, str | int]:
    page: dict[str, str | int] = {**asked, "pageSize": rows}
    return page | ({"pageToken": token} if token else {})
