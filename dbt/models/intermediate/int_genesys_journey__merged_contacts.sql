{{ config(materialized='table') }}

-- Grain: one row per contact id that was merged away, beside the contact it ended in.
-- A contact id that is not here is its own canonical contact.

with recursive contact_aliases as (

    select * from {{ ref('stg_genesys_journey__contact_aliases') }}

),

-- Every contact above a merged one, nearest first. Merges nest, and the alias of an early merge may
-- still name a contact that was merged again, so the chain is walked to its end. The path stops a
-- walk before it meets a contact twice.
walks as (

    select
        contact_id,
        merged_into_id as reached_id,
        1 as depth,
        cast(
            {{ dbt.concat(["'|'", "contact_id", "'|'", "merged_into_id", "'|'"]) }} as {{ dbt.type_string() }}
        ) as path
    from contact_aliases

    union all

    select
        walks.contact_id,
        contact_aliases.merged_into_id as reached_id,
        walks.depth + 1 as depth,
        cast(
            {{ dbt.concat(["walks.path", "contact_aliases.merged_into_id", "'|'"]) }} as {{ dbt.type_string() }}
        ) as path
    from walks
    inner join contact_aliases
        on walks.reached_id = contact_aliases.contact_id
    where {{ dbt.position(dbt.concat(["'|'", "contact_aliases.merged_into_id", "'|'"]), "walks.path") }} = 0

),

walk_lengths as (

    select
        contact_id,
        max(depth) as depth
    from walks
    group by contact_id

),

walk_ends as (

    select
        walks.contact_id,
        walks.reached_id
    from walks
    inner join walk_lengths
        on walks.contact_id = walk_lengths.contact_id
        and walks.depth = walk_lengths.depth

),

-- A walk ends at a contact that was not merged, or inside a cycle. Bad data alone makes a cycle; its
-- least id stands for all of them, so that every run and every warehouse picks the same.
cycle_members as (

    select
        contact_id as cycle_id,
        contact_id as member_id
    from contact_aliases

    union all

    select
        contact_id as cycle_id,
        reached_id as member_id
    from walks

),

ranked_cycle_members as (

    select
        cycle_id,
        member_id,
        row_number() over (partition by cycle_id order by {{ byte_order('member_id') }}) as choice
    from cycle_members

),

cycles as (

    select
        cycle_id,
        member_id as canonical_contact_id
    from ranked_cycle_members
    where choice = 1

),

canonical_contacts as (

    select
        walk_ends.contact_id,
        coalesce(cycles.canonical_contact_id, walk_ends.reached_id) as canonical_contact_id
    from walk_ends
    left join cycles
        on walk_ends.reached_id = cycles.cycle_id

),

final as (

    select
        contact_id,
        canonical_contact_id
    from canonical_contacts
    where contact_id <> canonical_contact_id

)

select * from final
