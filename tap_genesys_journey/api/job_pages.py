"""Pages of a details job: what stands around the conversations is read, they are cut (`domain.payloads`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import msgspec

from tap_genesys_journey.api.payloads import JobPage
from tap_genesys_journey.api.surface import ConversationPage
from tap_genesys_journey.domain.payloads import Payloads, find_objects
from tap_genesys_journey.domain.time import to_utc
from tap_genesys_journey.http.bodies import as_utf8, decode_json

Again = Callable[[], list[msgspec.Raw]]
"""Asks for the same page once more, and gives its conversations when all of it is JSON."""


def read_job_page(again: Again, body: bytes) -> ConversationPage:
    """Read all of a page but its conversations, which are cut where each seems to begin.

    Args:
        again: Called where the page proves to be broken in its middle while it is taken.
        body: As received.

    Raises:
        msgspec.ValidationError: JSON of another shape.
        msgspec.DecodeError: No JSON, as far as can be told without reading every conversation.
        RecursionError: JSON nested deeper than it can be read.
    """
    body = as_utf8(body)
    page, conversations = _cut(again, body) or _split(body)
    settled = page.data_availability_date
    return ConversationPage(
        conversations=conversations,
        cursor=page.cursor or None,
        settled_until=to_utc(settled) if settled else None,
        size_bytes=len(body),
    )


def _split(body: bytes) -> tuple[JobPage, Payloads]:
    page = decode_json(body, JobPage)
    return page, Payloads(page.conversations or [])


def _cut(again: Again, body: bytes) -> tuple[JobPage, Payloads] | None:
    """Read the last conversation with what stands around them all, so that no page ends too early."""
    starts = find_objects(body, "conversations")
    if not starts:
        return None
    try:
        page = msgspec.json.decode(body[: starts[0]] + body[starts[-1] :], type=JobPage)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if page.conversations is None or len(page.conversations) != 1:
        return None
    last = bytes(page.conversations[0])
    if not body.startswith(last, starts[-1]):
        return None  # what was found is another array of this name
    end = starts[-1] + len(last)

    def split(index: int) -> list[msgspec.Raw]:
        try:
            return decode_json(b"[%b]" % body[starts[index] : end], list[msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError):
            return again()[index:]

    view = memoryview(body)
    pieces = [msgspec.Raw(view[start : behind - 1]) for start, behind in itertools.pairwise(starts)]
    return page, Payloads(pieces + page.conversations, split)
