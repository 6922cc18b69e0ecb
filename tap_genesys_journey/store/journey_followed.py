"""Which followed customers a change concerns, where given customers are followed.

The store then holds people besides them: whoever shares an address with one decides on adoptions. A change
of theirs rebuilds followed customers who share an address with them, and nobody else; otherwise everybody
who shares an address with somebody would be drawn in, and who shares one with those in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tap_genesys_journey.store.temporary import fill_temporary

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Grain: one row per contact id of the merge sets concerned. Its address is null, as `touched` has it for
# a contact as such.
_CONCERNED: Final = """
    create or replace temporary table concerned_contacts as
    with touched_ids as (
        select contact_id from {touched}
        union
        select followed.contact_id
        from followed_contacts as followed
        join followed_contacts as relative using (canonical_contact_id)
        join {touched} as touched on touched.contact_id = relative.contact_id
    ),
    addresses as (
        select address from {touched}
        union
        select address from interactions where contact_id in (select contact_id from touched_ids)
        union
        select address from contact_addresses where contact_id in (select contact_id from touched_ids)
    ),
    holders as (
        select contact_id from touched_ids
        union
        select contact_id from interactions where address in (select address from addresses)
        union
        select contact_id from contact_addresses where address in (select address from addresses)
    )
    select contact_id, null::varchar as address
    from followed_contacts
    where canonical_contact_id in (
        select canonical_contact_id from followed_contacts
        where contact_id in (select contact_id from holders)
    )
"""

# Grain: one row per address that a followed customer has or had, or called from.
_ADDRESSES: Final = """
    select address from interactions
    where contact_id in (select contact_id from followed_contacts) and address is not null
    union
    select address from contact_addresses where contact_id in (select contact_id from followed_contacts)
"""

# Grain: one row per contact id of the merge sets that share such an address, the followed among them.
_SHARING: Final = f"""
    with addresses as ({_ADDRESSES}),
    holders as (
        select contact_id from interactions
        where contact_id is not null and address in (select address from addresses)
        union
        select contact_id from contact_addresses where address in (select address from addresses)
    )
    select contact_id from holders
    union
    select contact_id from contact_aliases
    where canonical_contact_id in (
        select canonical_contact_id from contact_aliases
        where contact_id in (select contact_id from holders)
    )
"""


def name_followed(connection: DuckDBPyConnection, canonical_ids: Mapping[str, str]) -> None:
    """Put the followed customers where `concerned_contacts` finds them.

    Args:
        connection: Holds the store.
        canonical_ids: Canonical contact of every followed contact.
    """
    columns = ["contact_id", "canonical_contact_id"]
    fill_temporary(connection, "followed_contacts", columns, canonical_ids.items())


def concerned_contacts(connection: DuckDBPyConnection, touched: str) -> str:
    """Relation of `contact_id`, `address`: followed contacts whose timelines a change can have altered.

    Args:
        connection: Holds `interactions`, `contact_addresses` and whom `name_followed` named.
        touched: As in `assemble_timeline_events`.
    """
    connection.execute(_CONCERNED.format(touched=touched))
    return "temp.main.concerned_contacts"


def find_neighbourhood(connection: DuckDBPyConnection) -> tuple[set[str], set[str]]:
    """Contacts that share an address with a followed customer, those included, and all such addresses.

    Args:
        connection: Holds the sources and whom `name_followed` named.
    """
    contacts, addresses = (connection.execute(query).fetchall() for query in (_SHARING, _ADDRESSES))
    return {contact_id for (contact_id,) in contacts}, {address for (address,) in addresses}
