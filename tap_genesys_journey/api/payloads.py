"""Shapes of the Platform API's envelopes. What they carry stays raw: it is the domain's to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class _Envelope(msgspec.Struct, rename="camel"):
    """Fields on the wire are camelCase."""


class Cursors(_Envelope):
    """Cursors of a scan page."""

    after: str | None = None


class ScanBody(_Envelope):
    """`GET …/scan/contacts`; fact sheet, section 3.1."""

    entities: list[msgspec.Raw] | None = None
    cursors: Cursors | None = None


class ExternalSource(_Envelope):
    """One item of `GET …/externalsources`; fact sheet, section 3.1."""

    id: str
    name: str | None = None


class ExternalSourcesBody(_Envelope):
    """`GET …/externalsources`; fact sheet, section 3.1."""

    entities: list[ExternalSource] | None = None
    cursors: Cursors | None = None


class BulkError(_Envelope):
    """Why one item of a bulk answer failed."""

    status: int | None = None
    retryable: bool | None = None


class BulkItem(_Envelope):
    """One item of a bulk answer; the order is not that of the request. Empty `entity`: it failed."""

    id: str | None = None
    success: bool | None = None
    status: int | None = None
    entity: msgspec.Raw = msgspec.Raw()
    error: BulkError | None = None


class BulkBody(_Envelope):
    """`POST …/bulk/contacts…`; fact sheet, section 3.1."""

    results: list[BulkItem] | None = None


class JobCreated(_Envelope):
    """`POST …/details/jobs`; fact sheet, section 5.1."""

    job_id: str


class JobStatus(_Envelope):
    """`GET …/details/jobs/{id}`; fact sheet, section 5.1."""

    state: str


class JobPage(_Envelope):
    """`GET …/details/jobs/{id}/results`; fact sheet, section 5.1."""

    conversations: list[msgspec.Raw] | None = None
    cursor: str | None = None
    data_availability_date: datetime | None = None


class Availability(_Envelope):
    """`GET …/details/jobs/availability`; fact sheet, section 5.1."""

    data_availability_date: datetime


class GuidePage(_Envelope):
    """A page of the guide's surface; the last one has no token, or null."""

    entities: list[msgspec.Raw] | None = None
    next_page_token: str | None = None


class OneOrMany(_Envelope):
    """An answer that is a contact itself, or a page of a list; an odd id is the domain's to count."""

    id: Any = None
    entities: list[msgspec.Raw] | None = None
    total: int | None = None
