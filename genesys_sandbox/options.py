"""Everything a sandbox can be told before it starts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Rate = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret-not-real"  # noqa: S105 - made up, opens nothing but the sandbox


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often each fault happens, as a share of the answers it can happen to.

    Which answers are hit depends on the seed, the request and how often it was asked before: a repeated
    request draws again, two runs that ask the same get the same.
    """

    status_429: Rate = 0
    status_429_without_retry_after: Rate = 0
    status_500: Rate = 0
    status_502: Rate = 0
    status_503: Rate = 0
    status_504: Rate = 0
    status_408: Rate = 0
    cut_before: Rate = 0
    cut_inside: Rate = 0
    truncated_json: Rate = 0
    html: Rate = 0
    wrong_length: Rate = 0
    slow: Rate = 0
    slow_seconds: Annotated[float, Meta(ge=0)] = 1.0
    retry_after_seconds: Count = 1
    repeated_rows: Rate = 0
    job_failed: Rate = 0
    job_cancelled: Rate = 0
    job_extra_polls: Count = 0
    """Polls, besides the usual ones, that see a job unfinished."""
    job_stuck: Rate = 0
    """Share of jobs that stay pending for ever."""
    expired_cursor: Rate = 0
    expired_job: Rate = 0
    expired_token: Rate = 0
    endless_token: Rate = 0
    """Share of page tokens of the guide's surface that lead to themselves."""
    availability_goes_back: Rate = 0
    """Share of jobs and availability answers whose date lies an hour behind the promise."""
    token: bool = False
    """Whether the token endpoint is hit by the faults of answers, too."""
    only: str = ""
    """Hit only answers whose path begins so."""


class SandboxOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The organization, its limits and how it behaves."""

    seed: int = 1
    """Another seed, another organization."""
    contacts: Count = 200
    """Contact records that were not made by a merge."""
    conversations: Count = 1_000
    """Conversations that started before `now`; more start when the clock goes on."""
    days: Positive = 14
    """How long ago the first conversation started."""
    now: str = "2026-03-16T12:00:00.000Z"
    """Where the sandbox's clock stands; it moves only when told to."""
    agents: Positive = 40
    queues: Positive = 10
    availability_lag_seconds: Count = 0
    """How far the analytics data stays behind the clock."""

    requests_per_minute: Count = 300
    """Budget of a token; 0 is none, and the headers then tell a huge one."""
    rate_window_seconds: Annotated[float, Meta(gt=0)] = 60.0
    token_life_seconds: Annotated[float, Meta(gt=0)] = 86_400.0
    bulk_limit: Positive = 50
    """Ids in one bulk request."""
    max_answer_rows: Count = 0
    """Rows above which an answer is refused as too large; 0 is never."""
    cursor_life_seconds: Positive = 86_400
    """Life of a scan cursor, by the sandbox's clock."""
    job_life_seconds: Positive = 86_400
    """Life of a job's results, by the sandbox's clock."""
    job_polls: Count = 1
    """How many polls see a job unfinished."""
    scan_lists_ancestors: bool = False
    scan_lists_auto_created: bool = False

    guide_bare_contact: bool = True
    """Whether a look-up by external id answers the contact itself, or `{"entities": […]}`."""
    guide_merged: Literal["canonical", "redirect", "stored"] = "canonical"
    """What a merged id answers: the canonical contact, a 302 to it, or itself with `mergedTo`."""
    guide_null_token: bool = False
    """Whether the last page says `"nextPageToken": null`, or leaves it out."""
    guide_redirects_history: bool = True
    """Whether the conversations of a merged contact are found under its canonical id."""

    latency_ms: Annotated[float, Meta(ge=0)] = 0
    """Added to every answer."""
    record_bytes: Count = 0
    """Pad conversations to about this many bytes."""
    pre_encoded: bool = False
    """Serve analytics pages that are encoded once; for benchmarks."""
    page_rows: Positive = 1_000
    """Rows of a pre-encoded page."""

    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    faults: Faults = Faults()
    denied_permissions: tuple[str, ...] = ()
    """Permissions the OAuth client lacks."""
