"""Reads documents from assembled events: nodes a chapter of contacts at a time, and of them a page at a time.

Chapters keep to a size what DuckDB has to hold whole while it makes nodes of legs. Pages keep the rows in
hand few, and leave the connection free for other statements between two documents.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from tap_genesys_journey.domain.timelines import Timeline, TimelineNode, assemble_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from duckdb import DuckDBPyConnection

    from tap_genesys_journey.domain.timelines import Document

INTERACTIONS_PER_PAGE: Final = 8000
"""Contacts that begin within so many make up a page: few with long histories, or many with short ones."""

PAGES_PER_CHAPTER: Final = 25
"""DuckDB holds about 0.5 KB for each leg of a chapter; and each chapter looks through all events once."""

_COLUMNS_OF_CONTACT: Final = 4

# Grain: one row per contact with an interaction, with the page that it is on.
DOCUMENT_CONTACTS: Final = f"""
    with counts as (
        select
            contact_id,
            count(*) as total_interactions,
            count(*) filter (where not on_timeline) as filtered_out
        from {{timeline_events}}
        group by contact_id
    ),
    merges as (
        select canonical_contact_id as contact_id, list(contact_id order by contact_id) as merged_from_ids
        from {{merged_contacts}}
        group by canonical_contact_id
    )
    select
        (
            sum(counts.total_interactions) over (order by counts.contact_id rows unbounded preceding)
            - counts.total_interactions
        ) // {INTERACTIONS_PER_PAGE} as page_number,
        counts.contact_id,
        counts.total_interactions,
        counts.filtered_out,
        coalesce(merges.merged_from_ids, []) as merged_from_ids
    from counts
    left join merges on counts.contact_id = merges.contact_id
"""

# Grain: one row per page, with the contacts it begins and ends with.
_PAGES: Final = """
    select page_number, min(contact_id), max(contact_id)
    from {document_contacts}
    group by page_number
    order by page_number
"""

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
    left join (
        -- Nodes lie in the order of their contacts: a span is read without looking at the others.
        select * from {timeline_nodes} where contact_id between $first and $last
    ) as nodes on contacts.contact_id = nodes.contact_id
    where contacts.page_number = $page
    order by contacts.contact_id, nodes.start_time_utc, nodes.conversation_id
"""


class Page(NamedTuple):
    """Contacts that are read together.

    Attributes:
        number: Grows with the contact ids, with gaps where a contact is longer than a page.
        first: Least contact id.
        last: Greatest contact id.
    """

    number: int
    first: str
    last: str


def chapters(connection: DuckDBPyConnection, relations: Mapping[str, str]) -> Iterator[list[Page]]:
    """The pages of the relation `document_contacts`, in order, by chapters.

    Args:
        connection: Holds the relation.
        relations: Where `document_contacts` (by `DOCUMENT_CONTACTS`) stands.
    """
    pages = connection.execute(_PAGES.format_map(relations)).fetchall()
    for _, chapter in groupby((Page(*page) for page in pages), lambda page: page.number // PAGES_PER_CHAPTER):
        yield list(chapter)


def read_documents(
    connection: DuckDBPyConnection, relations: Mapping[str, str], pages: Iterable[Page], extracted_at: str
) -> Iterator[Document]:
    """The document of every contact on some pages, by contact id.

    Args:
        connection: Holds the relations.
        relations: Where `document_contacts` (by `DOCUMENT_CONTACTS`) and `timeline_nodes` stand, the nodes in
            the order of their contacts; those of the pages' contacts are needed.
        pages: Pages of a chapter.
        extracted_at: When the data was read, as text, UTC with milliseconds and a `Z`.

    Yields:
        Documents as the data contract names their keys.
    """
    statement = _PAGE.format_map(relations)
    for page in pages:
        parameters = {"page": page.number, "first": page.first, "last": page.last}
        rows = connection.execute(statement, parameters).fetchall()
        for _, rows_of_contact in groupby(rows, key=itemgetter(0)):
            yield assemble_document(_timeline(list(rows_of_contact)), extracted_at)


def _timeline(rows: list[tuple[Any, ...]]) -> Timeline:
    """The rows of one contact; where it has no node there is one row, its node columns empty."""
    contact_id, total_interactions, filtered_out, merged_from_ids = rows[0][:_COLUMNS_OF_CONTACT]
    nodes = [TimelineNode(*row[_COLUMNS_OF_CONTACT:]) for row in rows if row[_COLUMNS_OF_CONTACT] is not None]
    return Timeline(contact_id, nodes, total_interactions, filtered_out, merged_from_ids)
