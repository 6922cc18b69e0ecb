"""From a configuration to `Settings`: defaults applied, the rules between settings held."""

from __future__ import annotations

import copy
import difflib
import re
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pendulum

from tap_genesys_journey.domain.privacy_fields import field_names, is_field_name
from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings.check import check_config, clean_config, describe_allowed
from tap_genesys_journey.settings.external_ids import read_external_ids, read_listed_ids
from tap_genesys_journey.settings.places import resolve_api_url, resolve_login_url
from tap_genesys_journey.settings.schema import CONFIG_SCHEMA, SETTINGS
from tap_genesys_journey.settings.values import ClientCredentials, Pace, Privacy, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the platform's rules derive (contract, section 4.1); a guide gateway may name others.
_PLATFORM_STATES: Final = (
    "TERMINATED",
    "TRANSFERRED",
    "MERGED",
    "WRAPUP",
    "CONNECTED",
    "RINGING",
    "QUEUED",
)
_NEVER_ON_TIMELINE: Final = frozenset({"DRAFT", "ARCHIVED"})
_TOKEN_TEXT: Final = re.compile(r"[\x21-\x7e]+")
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)


def load_settings(config: Mapping[str, Any]) -> Settings:
    """Read a configuration into typed settings, with every rule between settings held.

    Args:
        config: The configuration as written; what singer-sdk adds is passed over.

    Returns:
        The settings, defaults applied. The file of CRM ids is read; nothing is requested.

    Raises:
        SettingError: One line that names the setting, what is wrong and what is allowed.
    """
    own = {name: value for name, value in config.items() if name in SETTINGS}
    check_config(own, CONFIG_SCHEMA)
    values = _apply_defaults(clean_config(own, CONFIG_SCHEMA))
    start, end = _read_range(values)
    external_ids = read_external_ids(values)
    _check_external_source(values, external_ids)
    return Settings(
        credentials=_read_credentials(values),
        access_token=_read_token(values, "access_token"),
        api=values["api"],
        api_url=resolve_api_url(values),
        start_date=start,
        end_date=end,
        external_ids=external_ids,
        external_source=values.get("external_source"),
        contact_ids=read_listed_ids(values, "contact_ids"),
        timeline_states=_read_timeline_states(values),
        include_system_participants=values["include_system_participants"],
        correlation_window_seconds=int(values["correlation_window_seconds"]),
        contact_id_ttl_hours=float(values["contact_id_ttl_hours"]),
        lookback_days=float(values["lookback_days"]),
        window_days=float(values["window_days"]),
        history_window_days=float(values["history_window_days"]),
        page_size=int(values["page_size"]) if "page_size" in values else None,
        bulk_contacts_size=int(values["bulk_contacts_size"]),
        store_path=Path(values["store_path"]).expanduser() if "store_path" in values else None,
        pace=_read_pace(values),
        privacy=_read_privacy(values.get("pii", {})),
    )


def _apply_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {name: rule["default"] for name, rule in SETTINGS.items() if "default" in rule}
    return copy.deepcopy(defaults) | dict(config)


def _read_credentials(values: Mapping[str, Any]) -> ClientCredentials | None:
    if "access_token" in values:
        return None
    for name, other in (("client_id", "client_secret"), ("client_secret", "client_id")):
        if name not in values:
            raise SettingError(
                f"{name}: missing; allowed: {name} together with {other}, or access_token instead of both"
            )
    if ":" in values["client_id"]:
        raise SettingError("client_id: holds a colon; allowed: the id alone, without the secret")
    return ClientCredentials(
        client_id=_read_token(values, "client_id") or "",
        client_secret=_read_token(values, "client_secret") or "",
        login_url=resolve_login_url(values),
    )


def _read_token(values: Mapping[str, Any], name: str) -> str | None:
    text: str | None = values.get(name)
    if text is not None and not _TOKEN_TEXT.fullmatch(text):
        raise SettingError(
            f"{name}: holds white space or characters outside ASCII; allowed: the bare value, "
            f"without 'Bearer', quotes or line breaks around it"
        )
    return text


def _read_range(values: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    start = _read_instant(values, "start_date")
    if "end_date" not in values:
        return start, None
    end = _read_instant(values, "end_date")
    if end <= start:
        raise SettingError(
            f"end_date: {values['end_date']!r} is not after start_date; allowed: a later instant, or none"
        )
    return start, end


def _read_instant(values: Mapping[str, Any], name: str) -> datetime:
    text = values[name].strip().upper()
    instant = _parse_instant(text) if _INSTANT.fullmatch(text) else None
    if instant is None:
        allowed = describe_allowed(SETTINGS[name])
        raise SettingError(f"{name}: {values[name]!r} is not an instant; allowed: {allowed}, from 1970 on")
    return instant


def _parse_instant(text: str) -> datetime | None:
    """Give the instant in UTC, or None where the calendar has no such day or it lies out of reach."""
    try:
        parsed = pendulum.parse(text, tz="UTC")
    except ValueError:
        return None
    # Years at the ends of the calendar leave no room for an offset or a lookback.
    if not isinstance(parsed, pendulum.DateTime) or not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        return None
    utc = parsed.in_timezone("UTC")
    # A plain datetime: encoders take no subclass of it.
    return datetime.combine(utc.date(), utc.time(), tzinfo=timezone.utc)


def _check_external_source(values: Mapping[str, Any], external_ids: tuple[str, ...]) -> None:
    if "external_source" not in values:
        return
    if values["api"] == "guide":
        raise SettingError("external_source: not known to the guide surface; allowed with api: platform")
    if not external_ids:
        raise SettingError(
            "external_source: given without ids that belong to it; allowed beside external_ids or "
            "external_ids_file"
        )


def _read_timeline_states(values: Mapping[str, Any]) -> frozenset[str]:
    states = frozenset(state.strip().upper() for state in values["timeline_states"])
    if barred := sorted(states & _NEVER_ON_TIMELINE):
        raise SettingError(
            f"timeline_states: {barred[0]} never enters a timeline; allowed: {', '.join(_PLATFORM_STATES)}"
        )
    strange = sorted(states.difference(_PLATFORM_STATES))
    if strange and values["api"] == "platform":
        raise SettingError(
            f"timeline_states: {strange[0]!r} is not a state of the platform surface; allowed: "
            f"{', '.join(_PLATFORM_STATES)}"
        )
    return states


def _read_pace(values: Mapping[str, Any]) -> Pace:
    return Pace(
        requests_per_minute=int(values["requests_per_minute"]),
        rate_limit_headroom=float(values["rate_limit_headroom"]),
        rate_limit_reserve=int(values["rate_limit_reserve"]),
        concurrency=int(values["concurrency"]),
        max_retries=int(values["max_retries"]),
        max_wait_seconds=float(values["max_wait_seconds"]),
        request_timeout_seconds=float(values["request_timeout_seconds"]),
    )


def _read_privacy(pii: Mapping[str, Any]) -> Privacy:
    policy, fields = pii.get("policy", "keep"), pii.get("fields", {})
    if "key" not in pii and "hash" in {policy, *fields.values()}:
        raise SettingError("pii.key: missing; allowed: a long random text, which the policy hash needs")
    for name in fields:
        if not is_field_name(name):
            raise SettingError(
                f"pii.fields.{name}: no field that holds personal data; {_suggest_field(name)}"
            )
    return Privacy(policy=policy, key=pii.get("key"), fields=MappingProxyType(dict(fields)))


def _suggest_field(name: str) -> str:
    if near := difflib.get_close_matches(name, sorted(field_names()), n=1):
        return f"did you mean {near[0]}?"
    return (
        "allowed: a column or wire name that is marked x-pii, a mark, attributes.KEY, customFields.KEY, or"
        " raw.KEY for another key of payloads"
    )
