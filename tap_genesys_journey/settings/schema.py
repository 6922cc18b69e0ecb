"""The JSON schema of every setting: type, bounds, default, description, secrets marked.

README, `meltano.yml` and `.secrets.example` are compared with it by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_SECRET: Final = {"secret": True, "writeOnly": True}
_POLICIES: Final = ["keep", "hash", "redact"]

CREDENTIALS: Final[dict[str, Any]] = {
    "client_id": {
        "type": "string",
        "minLength": 1,
        **_SECRET,
        "description": "Id of the OAuth client (grant type client credentials). Required, with "
        "client_secret, unless access_token is given.",
    },
    "client_secret": {
        "type": "string",
        "minLength": 1,
        **_SECRET,
        "description": "Secret of the OAuth client.",
    },
    "access_token": {
        "type": "string",
        "minLength": 1,
        **_SECRET,
        "description": "A ready bearer token, used instead of the client pair. It is never renewed.",
    },
}

PLACE: Final[dict[str, Any]] = {
    "region": {
        "type": "string",
        "minLength": 1,
        "description": "Where the organization lives: AWS name (`eu-west-1`) or domain (`mypurecloud.ie`).",
    },
    "api_url": {
        "type": "string",
        "format": "uri",
        "description": "Address of the API, instead of the one that region gives. https only; plain http "
        "for loopback alone.",
    },
    "login_url": {
        "type": "string",
        "format": "uri",
        "description": "Address of the OAuth service, instead of the one that region gives. https only; "
        "plain http for loopback alone.",
    },
    "api": {
        "type": "string",
        "enum": ["platform", "guide"],
        "default": "platform",
        "description": "API surface: the public Platform API v2, or the external-contacts surface that a "
        "gateway can serve.",
    },
}

SCOPE: Final[dict[str, Any]] = {
    "start_date": {
        "type": "string",
        "format": "date-time",
        "description": "Nothing that ended before this instant is extracted. Without an offset it is UTC.",
    },
    "end_date": {
        "type": "string",
        "format": "date-time",
        "description": "Stop here (exclusive), for bounded backfills. Without an offset it is UTC.",
    },
    "external_ids": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "CRM ids of the contacts to follow, instead of the whole organization.",
    },
    "external_ids_file": {
        "type": "string",
        "minLength": 1,
        "description": "File of CRM ids to follow: one a line, or CSV with a header and an `external_id` "
        "column.",
    },
    "external_source": {
        "type": "string",
        "minLength": 1,
        "description": "Name or id of the Genesys external source that the CRM ids belong to (platform).",
    },
    "contact_ids": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "Genesys contact ids to follow, instead of the whole organization.",
    },
}

JOURNEY: Final[dict[str, Any]] = {
    "timeline_states": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "default": ["TERMINATED", "TRANSFERRED", "MERGED"],
        "description": "Conversation states that enter a timeline. DRAFT and ARCHIVED never do.",
    },
    "include_system_participants": {
        "type": "boolean",
        "default": False,
        "description": "Keep bots, supervisors and monitors as interactions of their own kind (audit). "
        "They never enter a timeline.",
    },
    "correlation_window_seconds": {
        "type": "integer",
        "minimum": 0,
        "maximum": 3600,
        "default": 60,
        "description": "How close in time two conversations must be to become one journey node.",
    },
    "contact_id_ttl_hours": {
        "type": "number",
        "minimum": 0,
        "maximum": 8760,
        "default": 24,
        "description": "How long the contact found for a CRM id is remembered.",
    },
}

EXTRACTION: Final[dict[str, Any]] = {
    "lookback_days": {
        "type": "number",
        "minimum": 0,
        "maximum": 3650,
        "default": 3,
        "description": "How far settled history is read again on each run, because Genesys changes it late.",
    },
    "window_days": {
        "type": "number",
        "minimum": 0.001,
        "maximum": 31,
        "default": 1,
        "description": "Length of one extraction window.",
    },
    "history_window_days": {
        "type": "number",
        "minimum": 0.001,
        "maximum": 31,
        "default": 7,
        "description": "Length of one window where conversations of some contacts are read: of customers "
        "followed, and without store_path the history of those that changed. The platform's longest is not "
        "documented.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000,
        "description": "Rows a page, where the endpoint lets the caller choose. Unset: 200 contacts, "
        "1000 job rows, 200 conversations of the guide surface; of contacts and on the guide surface also "
        "the most, and the platform gives at least 10 contacts.",
    },
    "bulk_contacts_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "default": 50,
        "description": "Contact ids in one bulk request. The platform's own maximum is not documented.",
    },
    "store_path": {
        "type": "string",
        "minLength": 1,
        "description": "DuckDB file that keeps interactions, identities and resolved ids between runs. "
        "Unset: a temporary file that lives for one run.",
    },
}

PACE: Final[dict[str, Any]] = {
    "requests_per_minute": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
        "default": 300,
        "description": "Request budget assumed until a response header tells the real one, or a smaller one.",
    },
    "rate_limit_headroom": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1,
        "default": 0.85,
        "description": "Share of the request budget that is used.",
    },
    "rate_limit_reserve": {
        "type": "integer",
        "minimum": 0,
        "maximum": 1_000_000,
        "default": 10,
        "description": "Below this number of calls left, waits grow exponentially, with jitter.",
    },
    "concurrency": {
        "type": "integer",
        "minimum": 1,
        "maximum": 16,
        "default": 4,
        "description": "Requests in flight at once, all under the one budget.",
    },
    "max_retries": {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
        "default": 8,
        "description": "Retries of one call before the run fails, its state intact.",
    },
    "max_wait_seconds": {
        "type": "number",
        "minimum": 0,
        "maximum": 86400,
        "default": 900,
        "description": "Longest time that the pauses of one call may add up to, or a job be pending, "
        "before the run fails.",
    },
    "request_timeout_seconds": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 3600,
        "default": 120,
        "description": "Timeout of every call.",
    },
}

PRIVACY: Final[dict[str, Any]] = {
    "pii": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "policy": {
                "type": "string",
                "enum": _POLICIES,
                "default": "keep",
                "description": "What happens to fields that hold personal data.",
            },
            "key": {
                "type": "string",
                "minLength": 1,
                **_SECRET,
                "description": "Key of the HMAC-SHA256 that `hash` uses; a long random text.",
            },
            "fields": {
                "type": "object",
                "additionalProperties": {"type": "string", "enum": _POLICIES},
                "description": "Policies of single fields, by name.",
            },
        },
        # The object carries a key, so whoever stores or prints it must treat it as a secret.
        **_SECRET,
        "description": "Personal data: `{policy: keep | hash | redact, key: secret, "
        "fields: {field: policy}}`; `hash` needs `key`.",
    },
}

SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {**CREDENTIALS, **PLACE, **SCOPE, **JOURNEY, **EXTRACTION, **PACE, **PRIVACY}
)
"""The tap's own settings, and nothing that singer-sdk adds."""

CONFIG_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["start_date"],
    "properties": dict(SETTINGS),
}
"""What a configuration must satisfy; singer-sdk merges its own settings into it, in place."""
