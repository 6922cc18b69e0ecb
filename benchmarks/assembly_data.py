"""Fills a store with a made-up organization.

Every value is a function of the row's number, so that any two runs, and any two machines, measure the
same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_genesys_journey.store.tables import CONTACT_ADDRESSES, INTERACTIONS

if TYPE_CHECKING:
    import duckdb

CONTACTS = 60_000


@dataclass(frozen=True)
class Shape:
    """How large the organization is.

    Attributes:
        interactions: Rows of `interactions`, over `CONTACTS` contacts and one year.
        of_one_contact: How many of them belong to a single contact.
    """

    interactions: int
    of_one_contact: int = 0


def fill(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Put the organization into the store's tables.

    One row in ten starts within the window of the one before it, by the same contact; one in twenty has
    no contact; one contact in twenty was merged; one in fifty shares its address with another.
    """
    every = shape.interactions // shape.of_one_contact if shape.of_one_contact else 0
    parameters = {"interactions": shape.interactions, "contacts": CONTACTS, "every": every}
    connection.execute(f"insert into interactions {INTERACTIONS.with_keys(_INTERACTIONS)}", parameters)
    connection.execute(_ALIASES, {"contacts": CONTACTS})
    addresses = CONTACT_ADDRESSES.with_keys(_ADDRESSES)
    connection.execute(f"insert into contact_addresses {addresses}", {"contacts": CONTACTS})
    connection.execute("checkpoint")


# A follower (`leads_on`) takes contact and time from the row before it. Ids look like those of Genesys.
_INTERACTIONS = """
    with numbers as (
        select number, number % 10 = 9 as leads_on, number - (number % 10 = 9)::bigint as base
        from range($interactions) as numbers (number)
    ),
    people as (
        select
            *,
            case
                when $every > 0 and base % greatest($every, 1) = 0 then 0
                else (hash(base, 1) % $contacts)::bigint
            end as person,
            1700000000000 + (hash(base, 2) % 31536000000)::bigint as base_ms,
            30000 + (hash(base, 3) % 1200000)::bigint as base_talk_ms,
            30000 + (hash(number, 3) % 1200000)::bigint as talk_ms,
            hash(number, 4) as draw
        from numbers
    ),
    instants as (
        select
            *,
            case
                when leads_on then base_ms + base_talk_ms + (draw % 120000)::bigint - 60000
                else base_ms
            end as start_ms
        from people
    )
    select
        md5('v' || number)::uuid::varchar,
        md5('p' || number)::uuid::varchar,
        case
            when draw % 20 = 0 then null
            when draw % 40 = 1 and person % 20 = 0 then md5('old' || person)::uuid::varchar
            else md5('c' || person)::uuid::varchar
        end,
        '+1' || (2000000000 + person - (person % 50 = 1)::bigint),
        list_extract(['VOICE', 'CHAT', 'MESSAGE', 'EMAIL', 'CALLBACK'], (1 + draw // 64 % 5)::bigint),
        list_extract(
            ['TERMINATED', 'TERMINATED', 'TERMINATED', 'TERMINATED', 'TRANSFERRED', 'MERGED', 'DRAFT'],
            (1 + draw // 512 % 7)::bigint
        ),
        false,
        make_timestamp(start_ms * 1000),
        make_timestamp((start_ms + talk_ms) * 1000),
        make_timestamp((start_ms + talk_ms + 30000) * 1000),
        make_timestamp((start_ms + talk_ms + 30000) * 1000),
        (talk_ms + 30000) // 1000,
        md5('q' || hash(base, 5) % 40)::uuid::varchar,
        md5('a' || draw // 4096 % 500)::uuid::varchar,
        md5('w' || draw // 4096 % 30)::uuid::varchar,
        draw // 512 % 7 = 4,
        'inbound',
        'customer'
    from instants
"""

_ALIASES = """
    insert into contact_aliases
    select
        md5('old' || person)::uuid::varchar,
        md5('c' || person)::uuid::varchar,
        md5('c' || person)::uuid::varchar,
        timestamp '2024-01-01'
    from range($contacts) as people (person)
    where person % 20 = 0
    union all
    select md5('c' || person)::uuid::varchar, md5('c' || person)::uuid::varchar, null, timestamp '2024-01-01'
    from range($contacts) as people (person)
"""

_ADDRESSES = """
    select md5('c' || person)::uuid::varchar, '+1' || (2000000000 + person), 'phone'
    from range($contacts) as people (person)
"""
