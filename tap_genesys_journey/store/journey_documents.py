"""Reads documents from assembled events, a page of contacts at a time.

Pages keep memory flat, and leave the connection free for other statements between two documents.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from tap_genesys_journey.domain.timelines import Timeline, TimelineNode, assemble_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from duckdb import DuckDBPyConnection

    from tap_genesys_journey.domain.timelines import Document

_CONTACTS_PER_PAGE: Final = 1000
_COLUMNS_OF_CONTACT: Final = 4

# Grain: one row per contact with an interaction, numbered by contact id.
DOCUMENT_CONTACTS: Final = """
    with counts as (
        select
            contact_id,
            count(*) as total_interactions,
            count(*) filter (where not on_timeline) as filtered_out
        from {timeline_events}
        group by contact_id
    ),
    merges as (
        select canonical_contact_id as contact_id, list(contact_id order by contact_id) as merged_from_ids
        from {merged_contacts}
        group by canonical_contact_id
    )
    select
        row_number() over (order by counts.contact_id) - 1 as contact_number,
        counts.contact_id,
        counts.total_interactions,
        counts.filtered_out,
        coalesce(merges.merged_from_ids, []) as merged_from_ids
    from counts
    left join merges on counts.contact_id = merges.contact_id
"""

_CONTACT_COUNT: Final = "select count(*) from {document_contacts}"

# Node columns in the order of `TimelineNode`. `%g` is DuckDB's word for an instant's milliseconds.
_PAGE: Final = """
    select
        contacts.contact_id,
        contacts.total_interactions,
        contacts.filtered_out,
        contacts.merged_from_ids,
        nodes.conversation_id,
        nodes.channel_type,
        nodes.state,
        strftime(nodes.start_time_utc, '%Y-%m-%dT%H:%M:%S.%gZ'),
        strftime(nodes.end_time_utc, '%Y-%m-%dT%H:%M:%S.%gZ'),
        nodes.duration_seconds,
        nodes.routing_queue,
        nodes.agent_id,
        nodes.wrap_up_code,
        nodes.journey_node_id,
        nodes.node_legs,
        nodes.handoff_type,
        nodes.conversation_ids
    from {document_contacts} as contacts
    left join {timeline_nodes} as nodes on contacts.contact_id = nodes.contact_id
    where contacts.contact_number >= ? and contacts.contact_number < ?
    order by contacts.contact_number, nodes.start_time_utc, nodes.conversation_id
"""


def read_documents(
    connection: DuckDBPyConnection, relations: Mapping[str, str], extracted_at: str
) -> Iterator[Document]:
    """The document of every contact in the relation `document_contacts`, by contact id.

    Args:
        connection: Holds the relations.
        relations: Where `document_contacts` (by `DOCUMENT_CONTACTS`) and `timeline_nodes` stand.
        extracted_at: When the data was read, as text, UTC with milliseconds and a `Z`.

    Yields:
        Documents as the data contract names their keys.
    """
    ((contacts,),) = connection.execute(_CONTACT_COUNT.format_map(relations)).fetchall()
    page = _PAGE.format_map(relations)
    for first in range(0, contacts, _CONTACTS_PER_PAGE):
        rows = connection.execute(page, [first, first + _CONTACTS_PER_PAGE]).fetchall()
        for _, rows_of_contact in groupby(rows, key=itemgetter(0)):
            yield assemble_document(_timeline(list(rows_of_contact)), extracted_at)


def _timeline(rows: list[tuple[Any, ...]]) -> Timeline:
    """The rows of one contact; where it has no node there is one row, its node columns empty."""
    contact_id, total_interactions, filtered_out, merged_from_ids = rows[0][:_COLUMNS_OF_CONTACT]
    nodes = [TimelineNode(*row[_COLUMNS_OF_CONTACT:]) for row in rows if row[_COLUMNS_OF_CONTACT] is not None]
    return Timeline(contact_id, nodes, total_interactions, filtered_out, merged_from_ids)
