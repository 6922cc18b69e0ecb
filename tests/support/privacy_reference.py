"""Privacy of payloads read plainly: decode all, walk all. Slow and obvious; the tap never sees it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tap_genesys_journey.domain.addresses import normalise_address

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
IDS_STAY = {"entryReason", "transferTargetAddress"}
PARTS = {"properties": {"value"}}
EMPTY = (None, "", [], {})


def pseudonym(text: str, key: str) -> str:
    """What stands in the place of a text."""
    normal = normalise_address(text) or text.strip()
    if not normal:
        return text
    return hmac.new(key.encode(), normal.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class Reference:
    """Rewrites conversations.

    Policies are by wire name; `attributes.KEY` goes before `attributes`.
    """

    def __init__(self, names: Iterable[str], policy: str, key: str, fields: Mapping[str, str]) -> None:
        self.names = set(names) | {name[4:] for name in fields if name.startswith("raw.")}
        self.policy = policy
        self.key = key
        self.fields = fields

    def rewrite(self, payload: bytes) -> Any:
        """The payload decoded, as it may be shown."""
        return self._walk(decoded(payload))

    def _policy(self, name: str) -> str:
        return self.fields.get(name) or self.fields.get(f"raw.{name}") or self.policy

    def _walk(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._walk(item) for item in value]
        if isinstance(value, dict):
            return {
                name: self._personal(name, below) if self._is_treated(name) else self._walk(below)
                for name, below in value.items()
            }
        return value

    def _is_treated(self, name: str) -> bool:
        has_keys = any(each.startswith(f"{name}.") for each in self.fields)
        return name in self.names and (self._policy(name) != "keep" or has_keys)

    def _personal(self, name: str, value: Any) -> Any:
        policy = self._policy(name)
        if name == "attributes" and isinstance(value, dict) and any("." in each for each in self.fields):
            return {
                key: self._hide(below, self.fields.get(f"attributes.{key}", policy))
                for key, below in value.items()
            }
        if name in IDS_STAY and isinstance(value, str) and UUID.fullmatch(value):
            return value
        if name in PARTS:
            return self._parts(value, PARTS[name], policy)
        return self._hide(value, policy)

    def _parts(self, value: Any, parts: set[str], policy: str) -> Any:
        if isinstance(value, list):
            return [self._parts(item, parts, policy) for item in value]
        if isinstance(value, dict):
            return self._below(value, parts, policy)
        return self._hide(value, policy)

    def _below(self, value: Any, parts: set[str], policy: str) -> Any:
        if isinstance(value, list):
            return [self._below(item, parts, policy) for item in value]
        if isinstance(value, dict):
            return {
                name: self._hide(below, policy) if name in parts else self._below(below, parts, policy)
                for name, below in value.items()
            }
        return value

    def _hide(self, value: Any, policy: str) -> Any:
        if policy == "keep" or value in EMPTY:
            return value
        return None if policy == "redact" else self._hashed(value)

    def _hashed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._hashed(item) for item in value]
        if isinstance(value, dict):
            return {name: self._hashed(below) for name, below in value.items()}
        if value is None or isinstance(value, bool):
            return value
        return pseudonym(value if isinstance(value, str) else str(value), self.key)


def decoded(payload: bytes) -> Any:
    """The value of a JSON text; half surrogates are replaced."""
    return _cleaned(json.loads(payload.decode("utf-8", "replace"), strict=False))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(below) for name, below in value.items()}
    return value
