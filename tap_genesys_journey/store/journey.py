"""Assembles timelines in a DuckDB connection, by the journey models of `dbt/`.

A run keeps its relations among the connection's temporary ones, under the prefix `journey__`: it
touches nobody else's tables, and the next run replaces them. It reads the sources as they stand, so
what the caller's open transaction wrote is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_genesys_journey.store.journey_documents import DOCUMENT_CONTACTS, chapters, read_documents
from tap_genesys_journey.store.journey_models import SOURCES, JourneyRules, Model, render_models
from tap_genesys_journey.store.journey_scope import LEAVE_RIVALS_BEHIND, SCOPE_QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from tap_genesys_journey.domain.timelines import Document

__all__ = ["SOURCES", "Assembly", "JourneyRules", "assemble_documents", "assemble_timeline_events"]

INTERACTIONS_PER_SLICE: Final = 1_000_000
"""So many are joined with each other at once, at most about; each slice looks through all of them."""

_ALIASES: Final = "stg_genesys_journey__contact_aliases"
_MERGED_CONTACTS: Final = "int_genesys_journey__merged_contacts"
_EVENTS: Final = "timeline_events"
_NODES: Final = "timeline_nodes"
_DOCUMENT_CONTACTS: Final = "document_contacts"
_BELONGING: Final = "int_genesys_journey__belonging_interactions"
_WITHIN_CONTACTS: Final = (
    "int_genesys_journey__meetings",
    "int_genesys_journey__joined_legs",
    "int_genesys_journey__node_legs",
)
_AFTER_EVENTS: Final = frozenset({_NODES, "journeys"})


@dataclass(frozen=True)
class Assembly:
    """Relations that a run left in the connection, to be read until the next run replaces them.

    Attributes:
        events: The columns of `timeline_events` in the contract's order, the extraction timestamp
            aside; instants are `TIMESTAMP`, UTC. After a rebuild, the rows of rebuilt contacts alone.
        merged_contacts: `contact_id` and `canonical_contact_id` of every contact that was merged away.
        replaced_contacts: After a rebuild, `contact_id` of every contact whose earlier rows `events`
            replaces, those left without a row included. None after a full run.
        scope_contacts: After a rebuild, `contact_id` of every contact, merged ones included, whose
            rows decided on the result. None after a full run.
        decided_orphans: After a rebuild, `row_number` in `interactions` of each that has an address and no
            contact, and whose every possible owner was rebuilt. None after a full run, which decides on all.
    """

    events: str
    merged_contacts: str
    replaced_contacts: str | None = None
    scope_contacts: str | None = None
    decided_orphans: str | None = None


def assemble_timeline_events(
    connection: DuckDBPyConnection,
    sources: Mapping[str, str],
    rules: JourneyRules,
    *,
    touched: str | None = None,
) -> Assembly:
    """Every timeline, or those that a change can have altered, each exactly as a full run gives it.

    Args:
        connection: Holds the sources and gets the result.
        sources: For each of `SOURCES`, the table that holds it.
        rules: The settings that shape a timeline.
        touched: A relation of `contact_id`, `address`: what each changed row named before the change,
            and what it names after it. Interactions and addresses name both (either may be null);
            an alias names its contact and its canonical contact, each with a null address.

    Returns:
        Where the result stands.
    """
    # What an earlier run left would take up, until it is replaced, the memory that this one needs.
    for name in (_EVENTS, _NODES, _DOCUMENT_CONTACTS):
        connection.execute(f"drop table if exists {_relation(name)}")
    if touched is None:
        return _assemble_all(connection, sources, rules)
    return _rebuild(connection, sources, rules, touched)


def assemble_documents(
    connection: DuckDBPyConnection, assembly: Assembly, rules: JourneyRules, extracted_at: str
) -> Iterator[Document]:
    """The document of every contact that has a row in an assembly's events, by contact id.

    Between two documents the connection is free for any statement but a further run.

    Args:
        connection: The connection of the assembly.
        assembly: What `assemble_timeline_events` returned, or any relations of that form.
        rules: As for the run before.
        extracted_at: When the data was read, as text, UTC with milliseconds and a `Z`.

    Yields:
        Documents as the data contract names their keys.
    """
    queries = {"timeline_events": assembly.events, "merged_contacts": assembly.merged_contacts}
    _create_table(connection, _DOCUMENT_CONTACTS, DOCUMENT_CONTACTS.format_map(queries))
    relations = {name: _relation(name) for name in (_DOCUMENT_CONTACTS, _NODES)}
    nodes = _nodes_between(assembly, rules)
    for pages in chapters(connection, relations):
        _create_table(connection, _NODES, nodes, first=pages[0].first, last=pages[-1].last)
        yield from read_documents(connection, relations, pages, extracted_at)


def _nodes_between(assembly: Assembly, rules: JourneyRules) -> str:
    """Query for the nodes of contacts from `$first` to `$last`, in the order of their contacts."""
    given = {
        _EVENTS: f"(select * from {assembly.events} where contact_id between $first and $last)",
        _MERGED_CONTACTS: assembly.merged_contacts,
    }
    models = render_models({name: name for name in SOURCES}, rules, relation=_relation_or(given))
    return f"select * from ({models[_NODES].sql}) order by contact_id"


def _assemble_all(
    connection: DuckDBPyConnection, sources: Mapping[str, str], rules: JourneyRules
) -> Assembly:
    models = render_models(sources, rules, relation=_relation)
    later = {*_AFTER_EVENTS, *_WITHIN_CONTACTS, _EVENTS}
    _create(connection, [model for model in models.values() if model.name not in later])
    _join_legs(connection, sources, rules)
    _create(connection, [models[_EVENTS]])
    return Assembly(_relation(_EVENTS), _relation(_MERGED_CONTACTS))


def _join_legs(connection: DuckDBPyConnection, sources: Mapping[str, str], rules: JourneyRules) -> None:
    """Run the models that stay within a contact over a slice of the contacts at a time.

    Whatever the number of interactions, the joins then find the memory they need.
    """
    ((interactions,),) = connection.execute(f"select count(*) from {sources['interactions']}").fetchall()
    slices = interactions // INTERACTIONS_PER_SLICE + 1
    for number in range(slices):
        of_slice = f"(select * from {_relation(_BELONGING)} where hash(contact_id) % {slices} = {number})"
        models = render_models(sources, rules, relation=_relation_or({_BELONGING: of_slice}))
        meetings, joined_legs, node_legs = (models[name] for name in _WITHIN_CONTACTS)
        _create(connection, [meetings, joined_legs])
        if number == 0:
            _create(connection, [node_legs])
        else:
            connection.execute(f"insert into {_relation(node_legs.name)} {node_legs.sql}")


def _rebuild(
    connection: DuckDBPyConnection, sources: Mapping[str, str], rules: JourneyRules, touched: str
) -> Assembly:
    """Identities are few and cheap: they are settled for all. The rest runs over the scope alone."""
    models = render_models(sources, rules, relation=_relation)
    identities = [models[_ALIASES], models[_MERGED_CONTACTS]]
    _create(connection, identities)
    scope = _create_scope(connection, sources, touched)
    restricted = {
        "interactions": scope["scope_interactions"],
        "contact_aliases": sources["contact_aliases"],
        "contact_addresses": scope["scope_contact_addresses"],
    }
    models = render_models(restricted, rules, relation=_relation)
    done = _AFTER_EVENTS | {model.name for model in identities}
    _create(connection, [model for model in models.values() if model.name not in done])
    connection.execute(LEAVE_RIVALS_BEHIND.format_map(scope))
    return Assembly(
        _relation(_EVENTS),
        _relation(_MERGED_CONTACTS),
        scope["replaced_contacts"],
        scope["scope_contacts"],
        scope["touched_orphans"],
    )


def _create_scope(connection: DuckDBPyConnection, sources: Mapping[str, str], touched: str) -> dict[str, str]:
    """Create the relations of `SCOPE_QUERIES`; the answer says where everything they name stands."""
    relations = {
        **sources,
        "touched": touched,
        "merged_contacts": _relation(_MERGED_CONTACTS),
        _EVENTS: _relation(_EVENTS),
    }
    for name, query in SCOPE_QUERIES.items():
        _create_table(connection, name, query.format_map(relations))
        relations[name] = _relation(name)
    return relations


def _create(connection: DuckDBPyConnection, models: Iterable[Model]) -> None:
    for model in models:
        connection.execute(
            f"create or replace temporary {model.materialized} {_relation(model.name)} as {model.sql}"
        )


def _create_table(connection: DuckDBPyConnection, name: str, query: str, **parameters: str) -> None:
    connection.execute(f"create or replace temporary table {_relation(name)} as {query}", parameters)


def _relation(name: str) -> str:
    """The temporary relation called so; its prefix keeps it apart from tables of the same name."""
    return f"temp.main.journey__{name}"


def _relation_or(given: Mapping[str, str]) -> Callable[[str], str]:
    """What stands for a name: what is given for it, else its temporary relation."""
    return lambda name: given.get(name) or _relation(name)
