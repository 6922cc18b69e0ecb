"""Which rows a rebuild of some contacts needs, so that it ends where a full run would.

A contact's timeline hangs on more than its own rows. An interaction without a contact is adopted only
while it fits exactly one contact, so a change to one contact can take it from another, or give it to
another, that shares an address with it. The scope therefore grows twice, by shared addresses at which
there are interactions without a contact:

1. *rebuilt* contacts: the touched ones, and those that hold an address through which a touched one, or
   a touched interaction without a contact, can decide on an adoption;
2. their *rivals*: contacts that are not rebuilt, but whose rows decide what the rebuilt ones adopt.

The queries here choose rows and decide nothing else; the rules stay in the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# In the order in which they build on each other. `{touched}` names what changed; the other names in
# braces are sources, `{merged_contacts}`, or relations of this list.
SCOPE_QUERIES: Mapping[str, str] = {
    # Grain: one row per canonical contact that something touched.
    "touched_contacts": """
        select distinct coalesce(merged.canonical_contact_id, touched.contact_id) as contact_id
        from {touched} as touched
        left join {merged_contacts} as merged on touched.contact_id = merged.contact_id
        where touched.contact_id is not null
    """,
    # Grain: one row per address that can decide on an adoption, now or before the change.
    "orphan_addresses": """
        select address from {interactions} where contact_id is null and address is not null
        union
        select address from {touched} where contact_id is null and address is not null
    """,
    # Grain: one row per such address of a canonical contact.
    "address_holders": """
        with held as (
            select contact_id, address from {interactions}
            where contact_id is not null and address in (select address from {orphan_addresses})
            union
            select contact_id, address from {contact_addresses}
            where address in (select address from {orphan_addresses})
        )
        select distinct coalesce(merged.canonical_contact_id, held.contact_id) as contact_id, held.address
        from held
        left join {merged_contacts} as merged on held.contact_id = merged.contact_id
    """,
    # Grain: one row per canonical contact to rebuild.
    "rebuilt_contacts": """
        with deciding_addresses as (
            select address from {touched} where address is not null
            union
            select address from {address_holders}
            where contact_id in (select contact_id from {touched_contacts})
        )
        select contact_id from {touched_contacts}
        union
        select contact_id from {address_holders}
        where address in (select address from deciding_addresses)
    """,
    # Grain: one row per address at which a rebuilt contact can adopt.
    "scope_addresses": """
        select distinct address from {address_holders}
        where contact_id in (select contact_id from {rebuilt_contacts})
    """,
    # Grain: one row per contact id, merged ones included, whose rows a rebuild reads.
    "scope_contacts": """
        with canonical_contacts as (
            select contact_id from {rebuilt_contacts}
            union
            select contact_id from {address_holders}
            where address in (select address from {scope_addresses})
        )
        select contact_id from canonical_contacts
        union
        select merged.contact_id
        from {merged_contacts} as merged
        where merged.canonical_contact_id in (select contact_id from canonical_contacts)
    """,
    # Grain: one row per interaction that a rebuild reads.
    "scope_interactions": """
        select * from {interactions}
        where contact_id in (select contact_id from {scope_contacts})
        union all
        select * from {interactions}
        where contact_id is null and address in (select address from {scope_addresses})
    """,
    # Grain: one row per address of a contact that a rebuild reads.
    "scope_contact_addresses": """
        select contact_id, address from {contact_addresses}
        where contact_id in (select contact_id from {scope_contacts})
    """,
    # Grain: one row per contact id whose earlier rows the rebuild replaces.
    "replaced_contacts": """
        select contact_id from {touched} where contact_id is not null
        union
        select contact_id from {rebuilt_contacts}
        union
        select contact_id from {merged_contacts}
        where canonical_contact_id in (select contact_id from {rebuilt_contacts})
    """,
}

# Grain: one row per interaction that belongs to a rebuilt contact; rivals' rows are left behind.
REBUILT_EVENTS = """
    select * from {timeline_events} where contact_id in (select contact_id from {rebuilt_contacts})
"""
