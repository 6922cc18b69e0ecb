"""Which rows a rebuild of some contacts needs, so that it ends where a full run would.

A contact's timeline hangs on more than its own rows. An interaction without a contact (an orphan here)
is adopted only while it fits exactly one contact, so a change to one contact can take it from another,
or leave it to another, that holds the same address. The scope therefore has three circles:

1. *touched* contacts, and the orphans at their addresses;
2. *other* contacts that hold an address of such an orphan, or of one that changed: they are rebuilt
   too, with the orphans at their addresses;
3. their *rivals*, who hold the addresses of those: not rebuilt, but their rows decide what is adopted.

Mostly the second circle is empty, and then nothing is read for the third. The queries choose rows and
decide nothing else; the rules stay in the models.

A store holds far more interactions than a rebuild needs, so the circles are drawn by contact and address
alone, and the rows that lie in them are noted by number. Whole rows are read once, at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SCOPE_QUERIES: Final[Mapping[str, str]] = {
    # Grain of the first two of each circle: contact id, merged ones included;
    # interaction that carries such an id.
    "touched_ids": """
        with touched_contacts as (
            select distinct coalesce(merged.canonical_contact_id, touched.contact_id) as contact_id
            from {touched} as touched
            left join {merged_contacts} as merged on touched.contact_id = merged.contact_id
            where touched.contact_id is not null
        )
        select contact_id from touched_contacts
        union all
        select contact_id from {merged_contacts}
        where canonical_contact_id in (select contact_id from touched_contacts)
    """,
    "touched_rows": """
        select rowid as row_number, address from {interactions}
        where contact_id in (select contact_id from {touched_ids})
    """,
    # Grain of all orphans: one row per interaction without a contact.
    "orphans": """
        select rowid as row_number, address from {interactions}
        where contact_id is null and address is not null
    """,
    # At an address held before the change or after.
    "touched_orphans": """
        select row_number, address from {orphans}
        where address in (
            select address from {touched_rows}
            union
            select address from {contact_addresses}
            where contact_id in (select contact_id from {touched_ids})
            union
            select address from {touched}
        )
    """,
    "other_ids": """
        with orphan_addresses as (
            select address from {touched_orphans}
            union
            select address from {touched} where contact_id is null and address is not null
        ),
        holders as (
            select contact_id from {interactions}
            where contact_id is not null and address in (select address from orphan_addresses)
            union
            select contact_id from {contact_addresses}
            where address in (select address from orphan_addresses)
        ),
        other_contacts as (
            select distinct coalesce(merged.canonical_contact_id, holders.contact_id) as contact_id
            from holders
            left join {merged_contacts} as merged on holders.contact_id = merged.contact_id
            where holders.contact_id not in (select contact_id from {touched_ids})
        )
        select contact_id from other_contacts
        union all
        select contact_id from {merged_contacts}
        where canonical_contact_id in (select contact_id from other_contacts)
    """,
    "other_rows": """
        select rowid as row_number, address from {interactions}
        where contact_id in (select contact_id from {other_ids})
    """,
    "other_orphans": """
        with held as (
            select address from {other_rows}
            union
            select address from {contact_addresses}
            where contact_id in (select contact_id from {other_ids})
        )
        select row_number, address from {orphans}
        where address in (select address from held)
            and address not in (select address from {touched_orphans})
    """,
    "rival_ids": """
        with holders as (
            select contact_id from {interactions}
            where contact_id is not null and address in (select address from {other_orphans})
            union
            select contact_id from {contact_addresses}
            where address in (select address from {other_orphans})
        ),
        rival_contacts as (
            select distinct coalesce(merged.canonical_contact_id, holders.contact_id) as contact_id
            from holders
            left join {merged_contacts} as merged on holders.contact_id = merged.contact_id
            where holders.contact_id not in (select contact_id from {touched_ids})
                and holders.contact_id not in (select contact_id from {other_ids})
        )
        select contact_id from rival_contacts
        union all
        select contact_id from {merged_contacts}
        where canonical_contact_id in (select contact_id from rival_contacts)
    """,
    # Grain: one row per contact id whose rows a rebuild reads.
    "scope_contacts": """
        select contact_id from {touched_ids}
        union all
        select contact_id from {other_ids}
        union all
        select contact_id from {rival_ids}
    """,
    # What the models read instead of their sources.
    "scope_interactions": """
        select * from {interactions}
        where rowid in (
            select row_number from {touched_rows}
            union all
            select row_number from {touched_orphans}
            union all
            select row_number from {other_rows}
            union all
            select row_number from {other_orphans}
            union all
            select rowid from {interactions} where contact_id in (select contact_id from {rival_ids})
        )
    """,
    "scope_contact_addresses": """
        select contact_id, address from {contact_addresses}
        where contact_id in (select contact_id from {scope_contacts})
    """,
    # Grain: one row per contact id whose earlier rows a rebuild replaces.
    "replaced_contacts": """
        select contact_id from {touched} where contact_id is not null
        union
        select contact_id from {touched_ids}
        union
        select contact_id from {other_ids}
    """,
}
"""By name, each after those it reads. Names in braces are sources, `{touched}`, `{merged_contacts}`, or
relations of this list."""

LEAVE_RIVALS_BEHIND: Final = """
    delete from {timeline_events} where contact_id in (select contact_id from {rival_ids})
"""
"""Takes those of contacts that are not rebuilt out of the rows that the models gave."""
