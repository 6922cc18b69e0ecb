"""On what terms a durable store was filled: from whose organization, and from which start date on."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

import msgspec

from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.settings import Settings
from tap_genesys_journey.store.store import Store

_SOURCE: Final = "source"
_HISTORY: Final = "history"


def hold_source(store: Store, settings: Settings) -> None:
    """Make sure that a store was filled from the organization that this run reads.

    Organizations of a region share an address, so the OAuth client tells them apart; of a ready token nobody
    knows whose it is.

    Raises:
        StoreError: It was filled from another one: their customers would stand among these, and the history
            of these would count as read.
    """
    kept, source = store.load_bookmark(_SOURCE), _source_of(settings)
    if any(kept.get(name, value) != value for name, value in source.items()):
        raise StoreError(
            "store_path: the store was filled from another organization (api, its address or client_id was"
            " another); give each organization its own, or move the file away and the next run reads the"
            " history again"
        )
    store.save_bookmark(_SOURCE, kept | source)


def _source_of(settings: Settings) -> dict[str, Any]:
    source = {"api": settings.api, "api_url": settings.api_url}
    if settings.credentials:
        client_id = settings.credentials.client_id.encode()
        source["client"] = hashlib.blake2b(client_id, digest_size=16).hexdigest()
    return source


def history_begins(store: Store) -> datetime | None:
    """The start date since which a store holds history, aware UTC; None where it holds none."""
    kept = store.load_bookmark(_HISTORY).get("begins_utc")
    return None if kept is None else msgspec.convert(kept, datetime)


def begin_history(store: Store, start: datetime) -> None:
    """Note the start date from which a store is filled from now on."""
    store.save_bookmark(_HISTORY, {"begins_utc": msgspec.to_builtins(start)})
