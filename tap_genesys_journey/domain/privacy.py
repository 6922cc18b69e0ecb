"""Privacy: what leaves the tap, and what the store keeps, of personal data (contract, section 7).

Three policies. `keep` leaves a field. `hash` puts a keyed pseudonym in its place, the same one wherever
the same text stands, in columns and in payloads. `redact` empties it. `fields` gives single fields, or all
fields with one mark, another policy.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from tap_genesys_journey.domain.facts import Row
from tap_genesys_journey.domain.privacy_fields import (
    PAYLOADS,
    RAW,
    Fields,
    PersonalField,
    Shape,
    fields_of_column,
    split_free_map_key,
    split_payload_key,
)
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms, Seal
from tap_genesys_journey.domain.privacy_payloads import (
    Rewrite,
    TextAction,
    hashing_text,
    on_text,
    redact_text,
    rewriting,
)
from tap_genesys_journey.domain.privacy_values import (
    Action,
    hashing,
    keep,
    on_keys,
    on_parts,
    on_phone,
    redact,
    unless_id,
)
from tap_genesys_journey.domain.schemas import PRIMARY_KEYS, SCHEMAS

KEEP: Final = "keep"
HASH: Final = "hash"
REDACT: Final = "redact"
_STRICTNESS: Final = (KEEP, HASH, REDACT)

ADDRESS: Final = "address"
"""The column that correlation compares."""

RowChange: TypeAlias = "Callable[[Row], Row]"
"""Gives a row as it may be shown; the row it takes stays as it is."""


class Policies:
    """The policy of every field."""

    def __init__(self, default: str, by_name: Mapping[str, str]) -> None:
        """Take them as the settings say.

        Args:
            default: For every field that has none of its own.
            by_name: By wire name, column or mark; the more special one decides.
        """
        self._default = default
        self._by_name = dict(by_name)
        self.of_free_map_keys: dict[str, dict[str, str]] = {}
        self.of_payload_keys: dict[str, str] = {}
        for name, policy in by_name.items():
            if found := split_free_map_key(name):
                self.of_free_map_keys.setdefault(found[0], {})[found[1]] = policy
            elif key := split_payload_key(name):
                self.of_payload_keys[key] = policy

    def of(self, name: str, personal: PersonalField) -> str:
        """Give the policy of a field by its wire name, else the strictest of its columns."""
        if name in self._by_name or not personal.columns:
            return self._by_name.get(name) or self._of_marks(personal)
        return _strictest(self.of_column(column) for column in personal.columns)

    def of_column(self, column: str) -> str:
        """Give the policy of a stream's marked column, else that of others that hold the same."""
        if column in self._by_name:
            return self._by_name[column]
        names, fields = zip(*fields_of_column(column), strict=True)
        named = [self._by_name[name] for name in (*fields[0].columns, *names) if name in self._by_name]
        return _strictest(named) if named else self._of_marks(fields[0])

    def _of_marks(self, personal: PersonalField) -> str:
        """Give the strictest policy of all that can stand in a field."""
        return _strictest(self._by_name.get(mark, self._default) for mark in (personal.mark, *personal.also))

    @property
    def of_raw(self) -> str:
        """What happens to payloads: `hash` means that each field in them is treated by its own policy."""
        return self._by_name.get(RAW, HASH)


class Privacy:
    """Applies the policies of one run.

    Attributes:
        policies: The policy of every field.
        fingerprint: Changes with anything that shapes rows; tells nothing of the key.
        store_seal: Names the key that addresses in the store are sealed with; `keep` where they are not.
    """

    def __init__(
        self, policy: str = KEEP, key: str | None = None, fields: Mapping[str, str] | None = None,
        *, stand_in_key: str = "",
    ) -> None:  # fmt: skip
        """Prepare what the policies need.

        Args:
            policy: `keep`, `hash` or `redact`.
            key: The key of the pseudonyms.
            fields: Policies of single fields.
            stand_in_key: Another secret, used where there is no key: `redact` shows no pseudonyms that
                could be joined, yet the store has to compare addresses.
        """
        self.policies = Policies(policy, fields or {})
        secret = (key or stand_in_key).encode()
        self._pseudonyms = Pseudonyms(secret)
        self._seal = Seal(secret)
        self._hash = hashing(self._pseudonyms)
        self._hash_text = hashing_text(self._pseudonyms, self._hash)
        self._is_address_kept = self.policies.of_column(ADDRESS) == KEEP
        self.store_seal = KEEP if self._is_address_kept else self._seal.id
        shaping = repr((policy, sorted((fields or {}).items()))).encode()
        shaped_by = (
            b"" if policy == KEEP and not fields else secret
        )  # of a login, a token too, that may change
        self.fingerprint = hmac.digest(hashlib.sha256(shaped_by).digest(), shaping, "sha256").hex()

    def for_stream(self, stream: str) -> RowChange | None:
        """Give what happens to a stream's rows before they are written; None where nothing does."""
        actions = {
            column: self._raw_action(PAYLOADS[stream]) if column == RAW else self._column_action(column, rule)
            for column, rule in SCHEMAS[stream]["properties"].items()
            if is_marked(rule)
        }
        actions = {column: action for column, action in actions.items() if action is not keep}
        if actions.get(ADDRESS) is redact and ADDRESS in PRIMARY_KEYS[stream]:
            return self._name_address
        return _changing(actions) if actions else None

    def for_store(self, table: str) -> RowChange | None:
        """Give what happens to rows before the store takes them; None where nothing does."""
        if self._is_address_kept or ADDRESS not in SCHEMAS.get(table, {}).get("properties", ()):
            return None
        return self._seal_address

    def close_address(self, address: str) -> str:
        """Give the form in which the store holds an address."""
        return address if self._is_address_kept else self._seal.seal(address)

    def open_address(self, stored: str) -> str:
        """Give the address that the store holds in its own form."""
        return stored if self._is_address_kept else self._seal.open(stored)

    # --- rows

    def _seal_address(self, row: Row) -> Row:
        address = row[ADDRESS]
        return row | {ADDRESS: self._seal.seal(address)} if address else row

    def _name_address(self, row: Row) -> Row:
        """Part of a key cannot be empty: a name that joins with nothing, for it holds the contact too."""
        name = self._pseudonyms.digest(f"{row['contact_id']}\n{row[ADDRESS]}")
        return row | {ADDRESS: name}

    def _column_action(self, column: str, rule: Mapping[str, Any]) -> Action:
        plain = self._plain_action(self.policies.of_column(column))
        if "string" in rule["type"]:
            return plain
        name, personal = next(fields_of_column(column))
        return self._action(name, personal, plain)

    # --- payloads

    def _raw_action(self, fields: Fields) -> Action:
        if self.policies.of_raw != HASH:
            return self._plain_action(self.policies.of_raw)
        return self._rewriting(fields)

    def _rewriting(self, fields: Fields) -> Rewrite | Action:
        actions = {
            name: self._action(name, personal, self._plain_action(self.policies.of(name, personal)))
            for name, personal in fields.items()
        }
        texts = {name: self._text_action(name, personal) for name, personal in fields.items()}
        for name, policy in self.policies.of_payload_keys.items():
            actions[name] = self._plain_action(policy)
            texts[name] = self._plain_text_action(policy)
        changing = {name: action for name, action in actions.items() if action is not keep}
        return rewriting(changing, texts) if changing else keep

    def _plain_action(self, policy: str) -> Action:
        return {KEEP: keep, HASH: self._hash, REDACT: redact}[policy]

    def _plain_text_action(self, policy: str) -> TextAction:
        return {KEEP: on_text(keep), HASH: self._hash_text, REDACT: redact_text}[policy]

    def _action(self, name: str, personal: PersonalField, plain: Action) -> Action:
        if personal.shape is Shape.FREE_MAP:
            by_key = self.policies.of_free_map_keys.get(name, {})
            actions = {key: self._plain_action(policy) for key, policy in by_key.items()}
            return on_keys(actions, plain) if actions else plain
        if personal.shape is Shape.PARTS:
            parts = {part: self._part_action(part, below, plain) for part, below in personal.parts.items()}
            return keep if set(parts.values()) == {keep} else on_parts(parts, plain)
        if plain is keep:
            return keep
        by_shape = {Shape.PHONE: on_phone, Shape.UNLESS_ID: unless_id}
        return by_shape[personal.shape](plain) if personal.shape in by_shape else plain

    def _part_action(self, part: str, personal: PersonalField, whole: Action) -> Action:
        """A part with a column of its own has its own policy; others follow the field they are in."""
        return self._plain_action(self.policies.of(part, personal)) if personal.columns else whole

    def _text_action(self, name: str, personal: PersonalField) -> TextAction:
        policy = self.policies.of(name, personal)
        has_keys = name in self.policies.of_free_map_keys
        if personal.shape is Shape.ANYTHING or (personal.shape is Shape.FREE_MAP and not has_keys):
            return self._plain_text_action(policy)
        return on_text(self._action(name, personal, self._plain_action(policy)))


def _strictest(policies: Iterable[str]) -> str:
    return max(policies, key=_STRICTNESS.index)


def _changing(actions: Mapping[str, Action]) -> RowChange:
    items = tuple(actions.items())

    def change(row: Row) -> Row:
        changed = row.copy()
        for name, action in items:
            changed[name] = action(changed[name])
        return changed

    return change


def is_marked(rule: Mapping[str, Any]) -> bool:
    """Whether a column's schema marks it, or a part of it, as personal."""
    if "x-pii" in rule:
        return True
    parts = rule.get("items", rule).get("properties", {})
    return any(is_marked(part) for part in parts.values())
