"""What the tap has to bring home from a sandbox, worked out from what the sandbox really holds."""

from __future__ import annotations

from typing import Any

import msgspec
from support.wire_facts import contacts as contacts_on

from genesys_sandbox import Sandbox

Row = dict[str, Any]


class Head(msgspec.Struct):
    """What identifies a conversation."""

    conversationId: str  # noqa: N815 - as on the wire


def conversations(sandbox: Sandbox, as_of: str | None = None) -> dict[str, bytes]:
    """Every conversation that has started, by id, byte for byte."""
    return {
        msgspec.json.decode(raw, type=Head).conversationId: raw
        for raw in sandbox.truth.raw_conversations(as_of)
    }


def contacts(sandbox: Sandbox) -> dict[str, Row]:
    """Every contact record that a scan lists or a conversation carries, and what these were merged with."""
    records = {record["id"]: record for record in sandbox.truth.contacts()}
    canonical = {identity: _canonical(record) for identity, record in records.items()}
    met = {identity for identity, record in records.items() if _is_listed(record)}
    met |= {identity for row in sandbox.truth.conversations() for identity in contacts_on(row)}
    families = {canonical[identity] for identity in met if identity in canonical}
    return {identity: record for identity, record in records.items() if canonical[identity] in families}


def aliases(sandbox: Sandbox) -> dict[str, str]:
    """Every contact id that can be met, and the id at the end of its merges."""
    canonical = sandbox.truth.canonical_ids()
    return {identity: canonical[identity] for identity in contacts(sandbox)}


def touching(sandbox: Sandbox, start: str) -> set[str]:
    """Ids of the conversations whose life reaches an instant or lies behind it."""
    return {
        row["conversationId"]
        for row in sandbox.truth.conversations()
        if row.get("conversationEnd", "9") >= start
    }


def _canonical(record: Row) -> str:
    return str((record.get("canonicalContact") or record)["id"])


def _is_listed(record: Row) -> bool:
    return record["type"] == "Curated" and "mergedTo" not in record
