"""Every endpoint that the tap asks, on either surface; `docs/endpoints.md` is written from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from tap_genesys_journey.api.surface import ALL_KINDS, CONTACT_KINDS, CONVERSATION_KINDS
from tap_genesys_journey.http.messages import Call

_NOT_THERE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_CURSOR_ENDED: Final = (HTTPStatus.BAD_REQUEST, *_NOT_THERE)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes:
        surface: `platform` or `guide`.
        method: HTTP method.
        path: Below the API's address; names in braces are filled in.
        purpose: What the tap asks it for.
        paging: How its pages follow each other, a dash where there is one answer.
        permission: What the OAuth client needs.
        when_gone: What happens when the thing asked for, or the cursor to it, is not there.
        streams: For which of the selected streams a run over the whole organization asks it.
        streams_following: For which of them a run that follows given customers does.
    """

    surface: str
    method: str
    path: str
    purpose: str
    paging: str
    permission: str
    when_gone: str
    streams: tuple[str, ...]
    streams_following: tuple[str, ...]

    def call(
        self,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        has_cursor: bool = False,
        **names: str,
    ) -> Call:
        """A call of this endpoint.

        Args:
            params: Query.
            body: JSON body.
            has_cursor: Whether it goes on from a cursor; then 400 too says that the cursor has ended.
            names: What the names in braces stand for.
        """
        path = self.path.format(**{name: quote(value, safe="") for name, value in names.items()})
        gone = _CURSOR_ENDED if has_cursor else _NOT_THERE
        return Call(self.method, path, params or {}, body, self.permission, gone)


_CONTACT_VIEW: Final = "externalContacts:contact:view"
_DETAIL_VIEW: Final = "analytics:conversationDetail:view"
_JOBS: Final = "/api/v2/analytics/conversations/details/jobs"
_NEVER: Final = "is an error"

SCAN_CONTACTS: Final = Endpoint(
    "platform", "GET", "/api/v2/externalcontacts/scan/contacts",
    "all contacts", "`cursor`, until `cursors.after` is missing", _CONTACT_VIEW,
    "the scan begins again",
    CONTACT_KINDS, (),
)  # fmt: skip
BULK_UNRESOLVED: Final = Endpoint(
    "platform", "POST", "/api/v2/externalcontacts/bulk/contacts/unresolved",
    "contacts by id, as stored: auto-created ones, merged ones, followed ones", "—", _CONTACT_VIEW,
    "single contacts that are gone are counted",
    CONTACT_KINDS, ALL_KINDS,
)  # fmt: skip
LOOK_UP_CONTACT: Final = Endpoint(
    "platform", "POST", "/api/v2/externalcontacts/identifierlookup/contacts",
    "the contact of an external id", "—", _CONTACT_VIEW,
    "the id leads to nobody; remembered, counted",
    (), ALL_KINDS,
)  # fmt: skip
EXTERNAL_SOURCES: Final = Endpoint(
    "platform", "GET", "/api/v2/externalcontacts/externalsources",
    "the external source that the settings name", "`cursor`, until `cursors.after` is missing", _CONTACT_VIEW,
    _NEVER,
    (), ALL_KINDS,
)  # fmt: skip
JOB_AVAILABILITY: Final = Endpoint(
    "platform", "GET", f"{_JOBS}/availability",
    "until when conversations are settled", "—", _DETAIL_VIEW,
    _NEVER,
    CONVERSATION_KINDS, CONVERSATION_KINDS,
)  # fmt: skip
SUBMIT_JOB: Final = Endpoint(
    "platform", "POST", _JOBS,
    "conversations of a window, of all or of some contacts and addresses", "—", _DETAIL_VIEW,
    "the window is submitted again, five times at most; then it is an error",
    CONVERSATION_KINDS, CONVERSATION_KINDS,
)  # fmt: skip
JOB_STATUS: Final = Endpoint(
    "platform", "GET", f"{_JOBS}/{{job_id}}",
    "whether a job is done", "—", _DETAIL_VIEW,
    "the window is submitted again, as when the job failed, was cancelled or expired",
    CONVERSATION_KINDS, CONVERSATION_KINDS,
)  # fmt: skip
JOB_RESULTS: Final = Endpoint(
    "platform", "GET", f"{_JOBS}/{{job_id}}/results",
    "a job's conversations", "`cursor`, until it is missing", _DETAIL_VIEW,
    "the window is submitted again",
    CONVERSATION_KINDS, CONVERSATION_KINDS,
)  # fmt: skip

_GUIDE_CONTACTS: Final = "External Contact > View"
_GUIDE_CONVERSATIONS: Final = "Conversation > View"

GUIDE_LIST_CONTACTS: Final = Endpoint(
    "guide", "GET", "/api/v2/external-contacts",
    "all contacts; with `externalId`, the contact of an external id",
    "`pageToken`, until `nextPageToken` is missing or null", _GUIDE_CONTACTS,
    "the listing begins again; an external id leads to nobody",
    ALL_KINDS, ALL_KINDS,
)  # fmt: skip
GUIDE_UNRESOLVED: Final = Endpoint(
    "guide", "GET", "/api/v2/external-contacts/{contact_id}/unresolved",
    "a contact as stored, with where it was merged to", "—", _GUIDE_CONTACTS,
    "the contact is counted as gone",
    ALL_KINDS, ALL_KINDS,
)  # fmt: skip
GUIDE_CONVERSATIONS: Final = Endpoint(
    "guide", "GET", "/api/v2/conversations",
    "a contact's conversations, the latest first",
    "`pageToken`, until `nextPageToken` is missing or null", _GUIDE_CONVERSATIONS,
    "the contact is read again from its first page; one that is gone has none",
    CONVERSATION_KINDS, CONVERSATION_KINDS,
)  # fmt: skip

ENDPOINTS: Final = (
    SCAN_CONTACTS,
    BULK_UNRESOLVED,
    LOOK_UP_CONTACT,
    EXTERNAL_SOURCES,
    JOB_AVAILABILITY,
    SUBMIT_JOB,
    JOB_STATUS,
    JOB_RESULTS,
    GUIDE_LIST_CONTACTS,
    GUIDE_UNRESOLVED,
    GUIDE_CONVERSATIONS,
)
