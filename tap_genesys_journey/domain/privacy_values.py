"""What a policy does to a decoded JSON value: actions, and the walk that finds where they apply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tap_genesys_journey.domain.decoding import LONGEST_EXACT_INTEGER
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms

Action: TypeAlias = "Callable[[Any], Any]"
"""Takes a JSON value and gives the one to show instead; it changes nothing in place."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PHONE_SPELLINGS: Final = ("e164", "userInput", "display")


def walk(value: Any, actions: Mapping[str, Action]) -> Any:  # noqa: ANN401  # any JSON value
    """Give a copy of a value in which each key's action was applied, at any depth."""
    if isinstance(value, dict):
        return {
            key: actions[key](below) if key in actions else walk(below, actions)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [walk(item, actions) for item in value]
    return value


def keep(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Leave the value."""
    return value


def redact(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Give null, unless there is nothing in the value."""
    return value if value in ("", {}, []) else None


def hashing(pseudonyms: Pseudonyms) -> Action:
    """Make the action that replaces every text and number, however deep, by its pseudonym.

    Keys stay. So do true, false and null: they name nobody, and their pseudonyms would hide nothing.
    """

    def act(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if isinstance(value, str):
            return pseudonyms[value]
        if isinstance(value, dict):
            return {key: act(below) for key, below in value.items()}
        if isinstance(value, list):
            return [act(item) for item in value]
        return value if value is None or isinstance(value, bool) else pseudonyms[number_text(value)]

    return act


def on_parts(parts: Mapping[str, Action], otherwise: Action) -> Action:
    """Make the action on some parts of an object, or of each object of a list.

    Args:
        parts: Actions by key.
        otherwise: What happens to a value that has no parts although it should.
    """

    def act(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if isinstance(value, dict):
            return walk(value, parts)
        return [act(item) for item in value] if isinstance(value, list) else otherwise(value)

    return act


def on_phone(action: Action) -> Action:
    """Make the action on a phone number object: all its spellings are one number, so they become one value.

    What Genesys read the number as (`e164`) decides; only it knows the country of what was typed in.
    """

    def act(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if not isinstance(value, dict):
            return action(value)
        number = next((value[name] for name in _PHONE_SPELLINGS if value.get(name)), None)
        shown = action(number)
        changed = {name: shown for name in _PHONE_SPELLINGS if value.get(name)}
        if "extension" in value:
            changed["extension"] = action(value["extension"])
        return value | changed

    return act


def unless_id(action: Action) -> Action:
    """Make the action that leaves ids made by Genesys."""

    def act(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        return value if isinstance(value, str) and _UUID.fullmatch(value) else action(value)

    return act


def on_keys(actions: Mapping[str, Action], otherwise: Action) -> Action:
    """Make the action on a free map: that of each key, and another one for all the other keys."""

    def act(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if not isinstance(value, dict):
            return otherwise(value)
        return {key: actions.get(key, otherwise)(below) for key, below in value.items()}

    return act


def number_text(number: float | msgspec.Raw) -> str:
    """Give the text that stands for a number, however it is spelled; `Raw` holds its JSON text."""
    text = bytes(number).decode() if isinstance(number, msgspec.Raw) else str(number)
    if not text.removeprefix("-").isdigit():
        return repr(float(text))
    return str(int(text)) if len(text) <= LONGEST_EXACT_INTEGER else text
