"""Bookmarks: how far each stream has come, small enough for any state store.

A stream's entry in the state holds one key, `position`:

    contacts_modified_since_utc   contacts changed at or after this instant are emitted by the next scan
    scan                          a contact scan under way: cursor, when it was issued, contacts read
    settled_until_utc             conversations of all windows before this instant were emitted
    reading_from_utc              where a run that was cut off goes on, lookback included
    begun_at_utc                  how far conversations were settled when that run began
    window                        a window under way: bounds, job, cursor of its next page
    contact                       a contact whose conversations are under way, and the token of its next page
    contacts_to_fetch             contact ids met and not fetched yet, fewer than one bulk request holds
    members                       digest of all contact ids of the customers followed; none where nobody is;
                                  for contacts also of what they were merged into
    addresses                     digest of their addresses; whoever joins brings the whole history
    rules                         settings that shaped the rows of timelines, or of the contacts followed;
                                  others bring all of them anew
    store                         id and revision of the store: what it saw later is not known to have arrived

No entry grows with the number of contacts or conversations.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from tap_genesys_journey.exceptions import SettingError

KEY = "position"

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class ScanPosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact scan under way."""

    cursor: str
    issued_at_utc: Instant
    started_at_utc: Instant
    contacts_read: int


class WindowPosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A window under way; without a job id it has not been submitted."""

    start_utc: Instant
    end_utc: Instant
    job_id: str | None = None
    cursor: str | None = None


class ContactPosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact whose conversations are under way, where they come contact by contact."""

    contact_id: str
    page_token: str | None = None


class StoreMark(msgspec.Struct, frozen=True):
    """Which store the stream was fed beside, and at which of its revisions."""

    id: str
    revision: int


class Bookmark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one stream has come. Changes are made with `msgspec.structs.replace`."""

    contacts_modified_since_utc: Instant | None = None
    scan: ScanPosition | None = None
    settled_until_utc: Instant | None = None
    reading_from_utc: Instant | None = None
    begun_at_utc: Instant | None = None
    window: WindowPosition | None = None
    contact: ContactPosition | None = None
    contacts_to_fetch: tuple[str, ...] = ()
    store: StoreMark | None = None
    members: str | None = None
    addresses: str | None = None
    rules: str | None = None


def read_bookmark(stream: str, state: dict[str, Any]) -> Bookmark:
    """Bookmark kept in a stream's state; an empty one where there is none.

    Raises:
        SettingError: The entry was not written by this tap, or was damaged.
    """
    try:
        return msgspec.convert(state.get(KEY, {}), Bookmark)
    except msgspec.ValidationError as error:
        raise SettingError(
            f"state: the bookmark of stream {stream} cannot be read; restore it, or remove"
            f" bookmarks.{stream} to read that stream again from start_date"
        ) from error


def write_bookmark(state: dict[str, Any], bookmark: Bookmark) -> None:
    """Put the bookmark into the stream's state, in one step that nothing can cut in two."""
    state[KEY] = msgspec.to_builtins(bookmark)
