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

A store holds far more interactions than a rebuild needs, so the circles are drawn by the keys of contacts
and addresses alone, and the rows that lie in them are noted by number. Whole rows are read once, at the end.
Addresses that happened to share a key would be looked at together: more would be read, and the same found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_genesys_journey.store.tables import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SCOPE_QUERIES: Final[Mapping[str, str]] = {
    # Grain: one row per contact that was merged away.
    "merged_keys": f"""
        select
            contact_id,
            canonical_contact_id,
            {key_of("contact_id")} as contact_key,
            {key_of("canonical_contact_id")} as canonical_key
        from {{merged_contacts}}
    """,
    # Grain of the first two of each circle: contact, merged ones included; interaction that carries one.
    "touched_keys": f"""
        with named as (
            select {key_of("contact_id")} as contact_key from {{touched}} where contact_id is not null
        ),
        canonical as (
            select contact_key from named
            union all
            select canonical_key from {{merged_keys}} where contact_key in (select contact_key from named)
        )
        select contact_key from canonical
        union all
        select contact_key from {{merged_keys}}
        where canonical_key in (select contact_key from canonical)
    """,
    "touched_rows": """
        select rowid as row_number, address_key from {interactions}
        where contact_key in (select contact_key from {touched_keys})
    """,
    # Grain of all orphans: one row per interaction without a contact.
    "orphans": """
        select rowid as row_number, address_key from {interactions}
        where contact_key is null and address_key is not null
    """,
    # At an address held before the change or after.
    "touched_orphans": f"""
        select row_number, address_key from {{orphans}}
        where address_key in (
            select address_key from {{touched_rows}}
            union all
            select address_key from {{contact_addresses}}
            where contact_key in (select contact_key from {{touched_keys}})
            union all
            select {key_of("address")} from {{touched}}
        )
    """,
    "other_keys": f"""
        with orphan_addresses as (
            select address_key from {{touched_orphans}}
            union all
            select {key_of("address")} from {{touched}} where contact_id is null and address is not null
        ),
        holders as (
            select contact_key from {{interactions}}
            where contact_key is not null and address_key in (select address_key from orphan_addresses)
            union all
            select contact_key from {{contact_addresses}}
            where address_key in (select address_key from orphan_addresses)
        ),
        others as (
            select contact_key from holders
            where contact_key not in (select contact_key from {{touched_keys}})
        ),
        canonical as (
            select contact_key from others
            union all
            select canonical_key from {{merged_keys}} where contact_key in (select contact_key from others)
        )
        select contact_key from canonical
        union all
        select contact_key from {{merged_keys}}
        where canonical_key in (select contact_key from canonical)
    """,
    "other_rows": """
        select rowid as row_number, address_key from {interactions}
        where contact_key in (select contact_key from {other_keys})
    """,
    "other_orphans": """
        select row_number, address_key from {orphans}
        where address_key not in (select address_key from {touched_orphans})
            and address_key in (
                select address_key from {other_rows}
                union all
                select address_key from {contact_addresses}
                where contact_key in (select contact_key from {other_keys})
            )
    """,
    "rival_keys": """
        with holders as (
            select contact_key from {interactions}
            where contact_key is not null and address_key in (select address_key from {other_orphans})
            union all
            select contact_key from {contact_addresses}
            where address_key in (select address_key from {other_orphans})
        ),
        rivals as (
            select contact_key from holders
            where contact_key not in (select contact_key from {touched_keys})
                and contact_key not in (select contact_key from {other_keys})
        ),
        canonical as (
            select contact_key from rivals
            union all
            select canonical_key from {merged_keys} where contact_key in (select contact_key from rivals)
        )
        select contact_key from canonical
        union all
        select contact_key from {merged_keys}
        where canonical_key in (select contact_key from canonical)
    """,
    # What the models read instead of their sources.
    "scope_interactions": """
        select
            conversation_id, participant_id, contact_id, address, channel_type, state, start_time_utc,
            customer_end_utc, end_time_utc, duration_seconds, routing_queue, agent_id, wrap_up_code,
            ended_in_transfer, participant_kind
        from {interactions}
        where rowid in (
            select row_number from {touched_rows}
            union all
            select row_number from {touched_orphans}
            union all
            select row_number from {other_rows}
            union all
            select row_number from {other_orphans}
            union all
            select rowid from {interactions} where contact_key in (select contact_key from {rival_keys})
        )
    """,
    "scope_contact_addresses": """
        select contact_id, address from {contact_addresses}
        where contact_key in (
            select contact_key from {touched_keys}
            union all
            select contact_key from {other_keys}
            union all
            select contact_key from {rival_keys}
        )
    """,
    # Grain: one row per contact id whose rows a rebuild reads.
    "scope_contacts": """
        with named as (
            select contact_id from {touched} where contact_id is not null
            union all
            select contact_id from {scope_contact_addresses}
            union all
            select contact_id from {scope_interactions} where contact_id is not null
            union all
            select unnest([contact_id, canonical_contact_id]) as contact_id from {merged_keys}
            where canonical_key in (
                select contact_key from {touched_keys}
                union all
                select contact_key from {other_keys}
                union all
                select contact_key from {rival_keys}
            )
        )
        select distinct contact_id from named
    """,
    # Grain: one row per contact id whose earlier rows a rebuild replaces.
    "replaced_contacts": f"""
        select contact_id from {{scope_contacts}}
        where {key_of("contact_id")} not in (select contact_key from {{rival_keys}})
    """,
}
"""By name, each after those it reads. Names in braces are sources, `{touched}`, `{merged_contacts}`, or
relations of this list."""

LEAVE_RIVALS_BEHIND: Final = """
    delete from {timeline_events} where contact_id not in (select contact_id from {replaced_contacts})
"""
"""Takes those of contacts that are not rebuilt out of the rows that the models gave."""
