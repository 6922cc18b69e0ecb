"""What a target must hold of a sandbox.

The sandbox tells what it holds; what becomes of that, the plain readings of the data contract tell that the
tests are written with. Columns that these do not know come from a run that nobody disturbed, once that run
has been found to agree with them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from support import oracle_documents, oracle_interactions, oracle_timelines
from support import truth as held
from support.processes import command, run_forked
from support.sandbox_client import SandboxClient
from support.wire_facts import contacts as contacts_on

from chaos.comparison import Key, Row, Tables, differences, emitted
from genesys_sandbox import Sandbox

PHONES = ("workPhone", "cellPhone", "homePhone", "otherPhone")
MAILS = ("workEmail", "personalEmail", "otherEmail")


class UntrueError(Exception):
    """A run that nobody disturbed did not bring home the truth; nothing can be measured by it."""


def expected_tables(sandbox: Sandbox, config: Mapping[str, Any]) -> Tables:
    """The tables that a target must hold of the sandbox as it is now.

    Raises:
        UntrueError: An undisturbed run differs from the truth.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = run_forked(command(Path(folder), config))
    if run.exit_code:
        raise UntrueError(f"an undisturbed run failed: {run.log[-2000:]}")
    found = emitted(run.messages)
    true = _guide_truth(sandbox) if config["api"] == "guide" else _platform_truth(sandbox)
    wrong = differences(found, true)
    if wrong:
        raise UntrueError(f"an undisturbed run differs from the truth: {wrong}")
    return found


def _keyed(rows: Iterable[Row], *keys: str) -> dict[Key, Row]:
    return {tuple(str(row[key]) for key in keys): row for row in rows}


def _platform_truth(sandbox: Sandbox) -> Tables:
    payloads = {name: msgspec.json.decode(raw) for name, raw in held.conversations(sandbox).items()}
    interactions = [row for payload in payloads.values() for row in oracle_interactions.interactions(payload)]
    records = held.contacts(sandbox)
    aliases = [
        {
            "contact_id": name,
            "canonical_contact_id": canonical,
            "merged_to_id": records[name].get("mergedTo", {}).get("id"),
        }
        for name, canonical in held.aliases(sandbox).items()
    ]
    addresses = [row for record in records.values() for row in _addresses(record)]
    organization = oracle_timelines.Organization(interactions, aliases, addresses)
    events = oracle_timelines.timeline_events(organization, oracle_timelines.Rules())
    documents = oracle_documents.documents(events, organization, "")
    return {
        "conversations": _keyed(
            ({"conversation_id": name, "raw": raw} for name, raw in payloads.items()), "conversation_id"
        ),
        "external_contacts": _keyed(({"id": name, "raw": raw} for name, raw in records.items()), "id"),
        "contact_aliases": _keyed(aliases, "contact_id"),
        "contact_addresses": _keyed(addresses, "address", "contact_id"),
        "interactions": _keyed(interactions, "conversation_id", "participant_id"),
        "timeline_events": _keyed(events, "conversation_id", "participant_id"),
        "timelines": _keyed((_as_loaded(each) for each in documents), "contactid"),
    }


def _addresses(record: Row) -> Iterator[Row]:
    """Each phone number and each e-mail address of a contact as stored."""
    numbers = [record[name] for name in PHONES if name in record]
    for kind, found in {
        "phone": [number.get("e164") or number["userInput"] for number in numbers],
        "email": [record[name] for name in MAILS if name in record],
    }.items():
        for address in filter(None, map(oracle_interactions.normalised, found)):
            yield {"contact_id": record["id"], "address": address, "kind": kind}


def _as_loaded(document: Row) -> Row:
    """The columns that target-duckdb makes of a document."""
    metadata = {
        name: value for name, value in document["metadata"].items() if name != "extractionTimestampUTC"
    }
    return {"contactid": document["contactId"], "timeline": document["timeline"], "metadata": metadata}


def _guide_truth(sandbox: Sandbox) -> Tables:
    """Every page of the guide's surface that leads further, read plainly."""
    client = SandboxClient(sandbox)
    ids = _reachable(sandbox)
    conversations = [
        row
        for name in sorted(ids)
        for row in _pages(
            client, "/api/v2/conversations", externalContactId=name, pageSize=200, sortOrder="DESC"
        )
    ]
    records = (client.get(f"/api/v2/external-contacts/{name}/unresolved").json() for name in sorted(ids))
    canonical = sandbox.truth.canonical_ids()
    return {
        "conversations": _keyed(
            ({"conversation_id": row["id"], "raw": row} for row in conversations),
            "conversation_id",
        ),
        "contact_aliases": _keyed(
            ({"contact_id": name, "canonical_contact_id": canonical[name]} for name in ids), "contact_id"
        ),
        "external_contacts": _keyed(({"id": record["id"], "raw": record} for record in records), "id"),
    }


def _reachable(sandbox: Sandbox) -> set[str]:
    """Ids to which the listing leads, from contact to contact of one merge or of one conversation."""
    records = list(sandbox.truth.contacts())
    families: dict[str, set[str]] = {}
    for record in records:
        families.setdefault((record.get("canonicalContact") or record)["id"], set()).add(record["id"])
    groups = [*families.values(), *(set(contacts_on(row)) for row in sandbox.truth.conversations())]
    found = {each["id"] for each in records if each["type"] == "Curated" and "mergedTo" not in each}
    while further := set[str]().union(*(group for group in groups if group & found)) - found:
        found |= further
    return found


def _pages(client: SandboxClient, path: str, **query: Any) -> Iterator[Row]:  # noqa: ANN401  # of the query
    token: dict[str, str] = {}
    while True:
        page = client.get(path, **query, **token).json()
        yield from page["entities"]
        if not page.get("nextPageToken"):
            return
        token = {"pageToken": page["nextPageToken"]}
