"""The settings as the tap works with them: typed, frozen, printable without a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """The OAuth client, and where it logs in. Printing it shows no secret."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    login_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast and how stubbornly the API is called."""

    requests_per_minute: int
    rate_limit_headroom: float
    rate_limit_reserve: int
    concurrency: int
    max_retries: int
    max_wait_seconds: float
    request_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What happens to personal data: a policy, exceptions by field, and the key of the hash."""

    policy: str
    key: str | None = field(repr=False)
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of one run.

    Attributes:
        credentials: The client pair; None where a ready `access_token` is used.
        access_token: The ready token; None where the client pair is used.
        api_url: Address of the API without a trailing slash.
        start_date: First instant of interest, UTC.
        end_date: Exclusive end, UTC; None for "as far as the data is settled".
        external_ids: CRM ids of list and file together, each once, in the order given.
        page_size: Rows a page; None for the endpoint's own default.
        store_path: The store's file; None for a temporary one.
    """

    credentials: ClientCredentials | None
    access_token: str | None = field(repr=False)
    api: str
    api_url: str
    start_date: datetime
    end_date: datetime | None
    external_ids: tuple[str, ...] = field(repr=False)
    external_source: str | None
    contact_ids: tuple[str, ...] = field(repr=False)
    timeline_states: frozenset[str]
    include_system_participants: bool
    correlation_window_seconds: int
    contact_id_ttl_hours: float
    lookback_days: float
    window_days: float
    history_window_days: float
    page_size: int | None
    bulk_contacts_size: int
    store_path: Path | None
    pace: Pace
    privacy: Privacy

    @property
    def follows_customers(self) -> bool:
        """Whether given customers are followed instead of the whole organization."""
        return bool(self.external_ids or self.contact_ids)
