"""Which rows of `timeline_events` and documents of `timelines` have to be emitted after an assembly.

Emitted is what is new, what differs from what was emitted before, and what was emitted under a revision
that is not known to have reached the target. An interaction that was on a timeline and belongs to nobody
now is emitted once more, without a contact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tap_genesys_journey.domain.schemas import SCHEMAS
from tap_genesys_journey.domain.timelines import (
    Document,
    Timeline,
    assemble_document,
    assemble_emptied_document,
)
from tap_genesys_journey.store.journey import Assembly, JourneyRules, assemble_documents
from tap_genesys_journey.store.store import Store
from tap_genesys_journey.store.tables import EMITTED_DOCUMENTS
from tap_genesys_journey.store.temporary import fill_temporary

Row = dict[str, Any]

ROWS_PER_BATCH: Final = 1000
NODES_PER_BATCH: Final = 8000

_STAMP: Final = "extraction_timestamp_utc"
_COLUMNS: Final = [name for name in SCHEMAS["timeline_events"]["properties"] if name != _STAMP]
_OF_THE_INTERACTION: Final = {
    "conversation_id", "participant_id", "channel_type", "state", "start_time_utc", "customer_end_utc",
    "end_time_utc", "duration_seconds", "routing_queue", "agent_id", "wrap_up_code",
}  # fmt: skip

# Grain: one row per interaction to emit, with what it is remembered by.
_EMISSION: Final = """
    create or replace temporary table emission as
    with current_events as (
        select {columns}, hash({columns}) as fingerprint from {events}
        where {is_wanted}
    ),
    lost as (
        select conversation_id, participant_id from emitted_events
        where (contact_id is not null and {is_replaced} and {is_wanted})
            or (contact_id is null and revision > $revision)
        union
        select conversation_id, participant_id from {orphans_read}
    ),
    lost_events as (
        select {lost_columns}
        from lost
        join interactions using (conversation_id, participant_id)
        anti join current_events using (conversation_id, participant_id)
    )
    select current_events.*
    from current_events
    left join emitted_events as emitted using (conversation_id, participant_id)
    where emitted.conversation_id is null
        or emitted.fingerprint <> current_events.fingerprint
        or emitted.revision > $revision
    union all
    select *, 0 as fingerprint from lost_events
"""

_FORGET: Final = """
    delete from emitted_events using emission
    where emitted_events.conversation_id = emission.conversation_id
        and emitted_events.participant_id = emission.participant_id
"""
_REMEMBER: Final = """
    insert into emitted_events
    select conversation_id, participant_id, contact_id, fingerprint, ? from emission
"""

# Grain: one row per contact whose document has to be emptied, and what it was merged into if it was. One
# that was merged away had a document if it, or a contact that went into it, has an interaction.
_EMPTIED: Final = """
    with recursive holders as (
        select contact_id, contact_id as holder_id from {merged_contacts}
        union
        select holders.contact_id, aliases.merged_to_id
        from holders
        join contact_aliases as aliases on holders.holder_id = aliases.contact_id
        where aliases.merged_to_id is not null
    )
    select merged.contact_id, min(merged.canonical_contact_id)
    from holders
    join {merged_contacts} as merged on holders.holder_id = merged.contact_id
    where {is_replaced} and holders.contact_id in (select contact_id from interactions)
    group by merged.contact_id
    union
    select emitted_documents.contact_id, merged.canonical_contact_id
    from emitted_documents
    left join {merged_contacts} as merged on emitted_documents.contact_id = merged.contact_id
    where {is_emitted_replaced}
        and emitted_documents.contact_id not in (select contact_id from {events})
    order by 1
"""


@dataclass(frozen=True)
class Emission:
    """What an emission is about.

    Attributes:
        assembly: What was assembled just now.
        since: The latest revision known to have reached the target.
        extracted_at: Start of the run, as text.
        only: Contacts whose timelines are wanted; None for everybody's.
    """

    assembly: Assembly
    since: int
    extracted_at: str
    only: Collection[str] | None = None


def emit_events(store: Store, emission: Emission, orphans_read: str) -> Iterator[list[Row]]:
    """Rows of `timeline_events` to emit, in batches, by contact, start and conversation.

    They are remembered as emitted once the last batch was taken.

    Args:
        store: Holds the assembly and what was emitted before.
        emission: What it is about.
        orphans_read: Relation of interactions that may have lost their contact although this store does
            not know that they had one.
    """
    columns = ", ".join(_COLUMNS)
    lost = [f"interactions.{name}" if name in _OF_THE_INTERACTION else _null(name) for name in _COLUMNS]
    statement = _EMISSION.format(
        columns=columns,
        lost_columns=", ".join(lost),
        events=emission.assembly.events,
        is_wanted=_is_among("contact_id", _wanted(store, emission.only)),
        is_replaced=_is_among("contact_id", emission.assembly.replaced_contacts),
        orphans_read=orphans_read,
    )
    store.connection.execute(statement, {"revision": emission.since})
    shown = ", ".join(
        f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%gZ')" if name.endswith("_utc") else name for name in _COLUMNS
    )
    result = store.connection.execute(
        f"select {shown} from emission order by contact_id, start_time_utc, conversation_id, participant_id"
    )
    while batch := result.fetchmany(ROWS_PER_BATCH):
        yield [dict(zip(_COLUMNS, row, strict=True)) | {_STAMP: emission.extracted_at} for row in batch]
    if store.is_durable:
        store.connection.execute(_FORGET)
        store.connection.execute(_REMEMBER, [store.revision])


def emit_documents(store: Store, emission: Emission, rules: JourneyRules) -> Iterator[list[Document]]:
    """Documents of `timelines` to emit, in batches; those of contacts that were merged away are empty.

    Args:
        store: Holds the assembly and what was emitted before.
        emission: What it is about.
        rules: As for the assembly.
    """
    assembly, only = emission.assembly, emission.only
    assembled = assemble_documents(store.connection, assembly, rules, emission.extracted_at)
    for documents in (assembled, _emptied_documents(store, assembly, emission.extracted_at)):
        wanted = (each for each in documents if only is None or each["contactId"] in only)
        for batch in _batches(wanted):
            yield _changed(store, batch, emission.since)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in batches that memory bears, however long single ones are."""
    batch: list[Document] = []
    nodes = 0
    for document in documents:
        batch.append(document)
        nodes += len(document["timeline"])
        if len(batch) == ROWS_PER_BATCH or nodes >= NODES_PER_BATCH:
            yield batch
            batch, nodes = [], 0
    if batch:
        yield batch


def _emptied_documents(store: Store, assembly: Assembly, extracted_at: str) -> Iterator[Document]:
    statement = _EMPTIED.format(
        merged_contacts=assembly.merged_contacts,
        events=assembly.events,
        is_replaced=_is_among("merged.contact_id", assembly.replaced_contacts),
        is_emitted_replaced=_is_among("emitted_documents.contact_id", assembly.replaced_contacts),
    )
    for contact_id, merged_into in store.connection.execute(statement).fetchall():
        if merged_into:
            yield assemble_emptied_document(contact_id, merged_into, extracted_at)
        else:
            yield assemble_document(Timeline(contact_id, (), 0, 0, ()), extracted_at)


def _changed(store: Store, documents: list[Document], since: int) -> list[Document]:
    """Those that were not emitted like this before; they are remembered."""
    if not store.is_durable:
        return documents
    fingerprints = {document["contactId"]: _fingerprint(document) for document in documents}
    known = store.connection.execute(
        "select contact_id, fingerprint from emitted_documents"
        " where revision <= ? and contact_id in (select unnest(?::varchar[]))",
        [since, list(fingerprints)],
    ).fetchall()
    unchanged = {contact_id for contact_id, fingerprint in known if fingerprints[contact_id] == fingerprint}
    changed = [document for document in documents if document["contactId"] not in unchanged]
    _remember_documents(store, {d["contactId"]: fingerprints[d["contactId"]] for d in changed})
    return changed


def _remember_documents(store: Store, fingerprints: Mapping[str, str]) -> None:
    rows = (
        {"contact_id": contact_id, "fingerprint": fingerprint, "revision": store.revision}
        for contact_id, fingerprint in fingerprints.items()
    )
    if store.upsert(EMITTED_DOCUMENTS, rows):
        store.replace(EMITTED_DOCUMENTS)


def _fingerprint(document: Document) -> str:
    """Of everything but when it was extracted."""
    metadata = {
        name: value for name, value in document["metadata"].items() if name != "extractionTimestampUTC"
    }
    return hashlib.blake2b(msgspec.json.encode([document["timeline"], metadata]), digest_size=16).hexdigest()


def _wanted(store: Store, only: Collection[str] | None) -> str | None:
    """Relation of the contacts whose timelines are wanted; None for everybody's."""
    if only is None:
        return None
    fill_temporary(store.connection, "wanted_contacts", ["contact_id"], ((each,) for each in only))
    return "temp.main.wanted_contacts"


def _is_among(column: str, relation: str | None) -> str:
    return f"{column} in (select contact_id from {relation})" if relation else "true"


def _null(column: str) -> str:
    kind = SCHEMAS["timeline_events"]["properties"][column]["type"][0]
    if column in {"is_adopted", "on_timeline"}:
        return "false"
    return f"null::{'bigint' if kind == 'integer' else 'varchar'}"
