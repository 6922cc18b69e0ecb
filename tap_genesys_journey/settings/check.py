"""Turns a wrong configuration into one line: the setting, what is wrong, what is allowed.

Values are shown where they help and harm nobody: never those of a secret, and never the CRM and
contact ids, which point at people.
"""

from __future__ import annotations

import difflib
import math
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from jsonschema import Draft202012Validator
from singer_sdk.configuration._dict_config import TRUTHY, parse_environment_config

from tap_genesys_journey.exceptions import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jsonschema import ValidationError

_ABOUT_PEOPLE: Final = frozenset({"external_ids", "contact_ids"})
_SHOWN_CHARACTERS: Final = 60
_NUMERIC: Final = frozenset({"integer", "number"})
_FALSE: Final = ("false", "0", "no", "off")
_KINDS: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list of texts",
    "object": "an object",
}
_FORMATS: Final[Mapping[str, str]] = {
    "date-time": "a date or date-time such as 2024-01-31T00:00:00Z",
    "uri": "an address such as https://api.mypurecloud.ie",
}


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Hold a configuration against the schema; returns only when it fits.

    Args:
        config: The configuration as written. None counts as "not set"; a number may come as text.
        schema: `CONFIG_SCHEMA`, or a copy into which singer-sdk merged its own settings.

    Raises:
        SettingError: The first fault found: unknown names first, then missing ones, then values.
    """
    clean = clean_config(config, schema)
    _refuse_unknown(clean, schema)
    for name in schema.get("required", ()):
        if name not in clean:
            raise SettingError(f"{name}: missing; allowed: {describe_allowed(schema['properties'][name])}")
    for name, value in clean.items():
        _check_value(name, value, schema["properties"][name])


def clean_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a configuration without what is not set, numbers written as text read as numbers.

    The environment carries text only, and singer-sdk reads whole numbers of it but no others; those of a file
    it reads as decimals, which are less than the bounds that they spell.
    """
    properties = schema["properties"]
    return {
        name: _read_number(value, properties.get(name, {}))
        for name, value in config.items()
        if value is not None
    }


def read_environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read the settings that environment variables give, in singer-sdk's way.

    Args:
        schema: The schema whose settings are looked for.
        prefix: What stands before the setting's name, such as `TAP_GENESYS_JOURNEY_`.

    Returns:
        Values by setting, those alone that the environment holds.

    Raises:
        SettingError: A variable does not hold what its setting takes.
    """
    found: dict[str, Any] = {}
    for name, rule in schema["properties"].items():
        found |= _read_variable(name, rule, prefix)
    return found


def describe_allowed(rule: Mapping[str, Any]) -> str:
    """Say in words what a schema rule takes."""
    if "enum" in rule:
        return _join_words(rule["enum"])
    if rule.get("format") in _FORMATS:
        return _FORMATS[rule["format"]]
    kind = _find_kind(rule)
    if kind == "object" and rule.get("additionalProperties") is False:
        return f"an object with {', '.join(rule['properties'])}"
    return f"{_KINDS[kind]}{_describe_bounds(rule)}" if kind else "what the documentation of singer-sdk says"


def _read_variable(name: str, rule: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    variable = f"{prefix}{name.upper()}"
    unreadable = SettingError(
        f"{name}: the environment variable {variable} cannot be read; allowed: {describe_allowed(rule)}"
    )
    is_boolean = _find_kind(rule) == "boolean"  # singer-sdk takes whatever it does not know for false
    if is_boolean and os.environ.get(variable, "no").lower() not in (*TRUTHY, *_FALSE):
        raise unreadable
    try:
        return parse_environment_config({"properties": {name: rule}}, prefix)
    except ValueError:
        raise unreadable from None


def _refuse_unknown(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    known = schema["properties"]
    for name in config:
        if name not in known:
            raise SettingError(f"{name}: unknown setting; {_suggest_name(name, known)}")


def _suggest_name(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if near := difflib.get_close_matches(str(name).lower(), names, n=1):
        return f"did you mean {near[0]}?"
    return f"allowed: {', '.join(names)}"


def _check_value(name: str, value: object, rule: Mapping[str, Any]) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise SettingError(f"{name}: {value} is not a finite number; allowed: {describe_allowed(rule)}")
    fault = next(Draft202012Validator(rule).iter_errors(value), None)
    if fault is not None:
        raise SettingError(_describe_fault(name, fault, secret=rule.get("secret", False)))


def _describe_fault(name: str, fault: ValidationError, *, secret: bool) -> str:
    rule = fault.schema if isinstance(fault.schema, dict) else {}
    where = _write_path(name, fault.absolute_path)
    if fault.validator == "additionalProperties":
        given = cast("dict[str, Any]", fault.instance)
        unknown = next(key for key in given if key not in rule["properties"])
        return f"{where}.{unknown}: unknown setting; {_suggest_name(unknown, rule['properties'])}"
    if fault.validator in {"minLength", "minItems"}:
        return f"{where}: empty; allowed: {describe_allowed(rule)}, not empty"
    value = "the value" if secret else _show_value(name, fault.instance, rule)
    return f"{where}: {value} does not fit; allowed: {describe_allowed(rule)}"


def _show_value(name: str, value: object, rule: Mapping[str, Any]) -> str:
    """Write a value for a message, or nothing of it where it is a secret or points at a person."""
    if rule.get("secret") or name in _ABOUT_PEOPLE:
        return "the value"
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _write_path(name: str, steps: Sequence[str | int]) -> str:
    return name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _read_number(value: object, rule: Mapping[str, Any]) -> object:
    if isinstance(value, Decimal):
        return float(value)
    kind = _find_kind(rule)
    if not isinstance(value, str) or kind not in _NUMERIC:
        return value
    try:
        return int(value) if kind == "integer" else float(value)
    except ValueError:
        return value


def _find_kind(rule: Mapping[str, Any]) -> str | None:
    """Give the type of a rule; singer-sdk writes [type, "null"], and maps as alternatives without one."""
    kind = rule.get("type", ())
    return next((word for word in _KINDS if word in ([kind] if isinstance(kind, str) else kind)), None)


def _describe_bounds(rule: Mapping[str, Any]) -> str:
    low = rule.get("minimum", rule.get("exclusiveMinimum"))
    high = rule.get("maximum")
    if low is None and high is None:
        return ""
    if "exclusiveMinimum" in rule:
        return f" above {low}, at most {high}"
    return f" from {low} to {high}"


def _join_words(words: Sequence[str]) -> str:
    return f"{', '.join(map(str, words[:-1]))} or {words[-1]}"
