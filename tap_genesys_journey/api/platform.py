"""Genesys Cloud's public Platform API v2 (fact sheet, sections 3 to 5)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any

import msgspec

from tap_genesys_journey.api.endpoints import (
    BULK_UNRESOLVED,
    EXTERNAL_SOURCES,
    JOB_AVAILABILITY,
    JOB_RESULTS,
    JOB_STATUS,
    LOOK_UP_CONTACT,
    SCAN_CONTACTS,
    SUBMIT_JOB,
)
from tap_genesys_journey.api.job_pages import read_job_page
from tap_genesys_journey.api.page_size import PageSize
from tap_genesys_journey.api.payloads import (
    Availability,
    BulkBody,
    BulkItem,
    ExternalSource,
    ExternalSourcesBody,
    JobCreated,
    JobPage,
    JobStatus,
    ScanBody,
)
from tap_genesys_journey.api.surface import (
    ContactPage,
    ConversationPage,
    People,
    Window,
)
from tap_genesys_journey.api.trail import Trail
from tap_genesys_journey.domain.addresses import spellings
from tap_genesys_journey.domain.contacts import decode_contact
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.domain.time import to_utc
from tap_genesys_journey.exceptions import ApiError, GoneError, RetryError, SettingError
from tap_genesys_journey.http.client import ApiClient

_JOB_GOING_ON = {"QUEUED", "PENDING"}
_JOB_DONE = "FULFILLED"
_JOB_ENDED = {"FAILED", "CANCELLED", "EXPIRED"}
_ADDRESS_DIMENSIONS = ("ani", "dnis", "addressFrom", "addressTo", "callbackNumber")
_SMALLEST_SCAN_PAGE = 10
EXTERNAL_SOURCE_ROWS = 100


class PlatformSurface:
    """Contacts by scan and bulk, conversations by details jobs. Threads may share it."""

    decode_contact = staticmethod(decode_contact)
    read_conversation = staticmethod(read_conversation)

    def __init__(
        self,
        client: ApiClient,
        *,
        contact_page_size: int,
        job_page_size: int,
        external_source: str | None = None,
    ) -> None:
        """Keep the client; nothing is sent yet.

        Args:
            client: Calls the API.
            contact_page_size: Rows of a scan page.
            job_page_size: Rows of a page of a job's results.
            external_source: Id or name of the source that external ids belong to; None for the only one.
        """
        self._client = client
        self._external_source = external_source
        self._contact_page = PageSize(contact_page_size, _SMALLEST_SCAN_PAGE)
        self._job_page = PageSize(job_page_size)

    @property
    def served_at(self) -> datetime | None:
        """The `Date` of the latest answer; see `ContactSource`."""
        return self._client.served_at

    def fetch_contact_page(self, cursor: str | None) -> ContactPage:
        """`GET /api/v2/externalcontacts/scan/contacts`; see `ContactSource`."""
        body = self._contact_page.fetch(
            lambda rows: self._client.call(
                SCAN_CONTACTS.call(params=_page("limit", rows, cursor), has_cursor=bool(cursor)), ScanBody
            )
        )
        after = body.cursors.after if body.cursors else None
        return ContactPage(body.entities or [], after or None, self._client.served_at)

    def fetch_contacts_as_stored(self, contact_ids: Sequence[str]) -> list[msgspec.Raw]:
        """`POST /api/v2/externalcontacts/bulk/contacts/unresolved`; see `ContactSource`."""
        call = BULK_UNRESOLVED.call(body={"entities": [{"id": contact_id} for contact_id in contact_ids]})
        body = self._client.call(call, BulkBody, _check_bulk)
        return [item.entity for item in body.results or [] if bytes(item.entity)]

    def fetch_contact_by_external_id(self, external_id: str) -> msgspec.Raw | None:
        """`POST /api/v2/externalcontacts/identifierlookup/contacts`; see `ExternalIdSource`."""
        source = {"id": self._external_source_id}
        call = LOOK_UP_CONTACT.call(
            body={"type": "ExternalId", "value": external_id, "externalSource": source}
        )
        try:
            return self._client.call(call, msgspec.Raw)
        except GoneError:
            return None

    @functools.cached_property
    def _external_source_id(self) -> str:
        """Id of the source that the settings name.

        Raises:
            SettingError: The organization has no such source, or several and none is named.
        """
        sources = self._fetch_external_sources()
        wanted = self._external_source
        found = [each for each in sources if wanted in {None, each.id, each.name}]
        if len(found) == 1:
            return found[0].id
        names = ", ".join(sorted(each.name or each.id for each in sources)) or "none"
        problem = "no such source" if wanted else "needed to look up external ids"
        raise SettingError(f"external_source: {problem}; allowed: one of the organization's sources: {names}")

    def _fetch_external_sources(self) -> list[ExternalSource]:
        found, cursor = list[ExternalSource](), ""
        trail = Trail(str(EXTERNAL_SOURCES.call()))
        while True:
            call = EXTERNAL_SOURCES.call(params=_page("limit", EXTERNAL_SOURCE_ROWS, cursor))
            body = self._client.call(call, ExternalSourcesBody)
            found += body.entities or []
            after = body.cursors.after if body.cursors else None
            if not after:
                return found
            cursor = trail.follow(after)

    def fetch_settled_until(self) -> datetime:
        """`GET …/details/jobs/availability`; see `ConversationSource`."""
        return to_utc(self._client.call(JOB_AVAILABILITY.call(), Availability).data_availability_date)

    def submit_job(self, window: Window, people: People | None = None) -> str:
        """`POST …/details/jobs`; see `ConversationSource`."""
        query: dict[str, Any] = {
            "interval": _interval(window),
            "order": "asc",
            "orderBy": "conversationStart",
        }
        if people:
            query["segmentFilters"] = [{"type": "or", "predicates": _predicates(people)}]
        return self._client.call(SUBMIT_JOB.call(body=query), JobCreated).job_id

    def is_job_done(self, job_id: str) -> bool:
        """`GET …/details/jobs/{id}`; see `ConversationSource`."""
        call = JOB_STATUS.call(job_id=job_id)
        state = self._client.call(call, JobStatus).state
        if state == _JOB_DONE or state in _JOB_GOING_ON:
            return state == _JOB_DONE
        raise GoneError(f"{call}: the job is {state if state in _JOB_ENDED else 'in an unknown state'}")

    def fetch_job_page(self, job_id: str, cursor: str | None) -> ConversationPage:
        """`GET …/details/jobs/{id}/results`; see `ConversationSource`."""

        def ask(rows: int) -> ConversationPage:
            params = _page("pageSize", rows, cursor)
            call = JOB_RESULTS.call(params=params, has_cursor=bool(cursor), job_id=job_id)

            def again() -> list[msgspec.Raw]:
                return self._client.call(call, JobPage).conversations or []

            return self._client.read(call, functools.partial(read_job_page, again), JobPage.__name__)

        return self._job_page.fetch(ask)


def _page(size_name: str, rows: int, cursor: str | None) -> dict[str, str | int]:
    return {size_name: rows} | ({"cursor": cursor} if cursor else {})


def _check_bulk(body: BulkBody) -> None:
    """Look at the items that failed: gone ones are fine, passing failures ask for another try.

    Raises:
        RetryError: The service could not read an item just now.
        ApiError: It refused an item for good.
    """
    for item in body.results or []:
        status = _item_status(item)
        if bytes(item.entity) or status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            continue
        if (item.error and item.error.retryable) or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RetryError(f"an item of the bulk answer failed with status {status}")
        raise ApiError(f"POST …/bulk/contacts/unresolved: an item was refused with status {status}")


def _item_status(item: BulkItem) -> int:
    return item.status or (item.error.status if item.error else None) or 0


def _predicates(people: People) -> list[dict[str, str]]:
    """Predicates of segments; old conversations keep the id that was merged away (fact sheet, section 4)."""
    wanted = [
        (dimension, contact_id)
        for contact_id in people.contact_ids
        for dimension in ("canonicalExternalContactId", "externalContactId")
    ]
    wanted += [
        (dimension, spelling)
        for address in people.addresses
        for spelling in spellings(address)
        for dimension in _ADDRESS_DIMENSIONS
    ]
    return [
        {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}
        for dimension, value in wanted
    ]


def _interval(window: Window) -> str:
    return "/".join(
        instant.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for instant in (window.start, window.end)
    )
