{{ config(materialized='view') }}

-- Grain: one row per contact id that was merged into another.

with source as (

    select * from {{ source('genesys_journey', 'contact_aliases') }}

),

targets as (

    select
        contact_id,
        coalesce(nullif(canonical_contact_id, contact_id), merged_to_id) as merged_into_id
    from source

),

final as (

    select
        contact_id,
        merged_into_id
    from targets
    -- A contact that was never merged points to itself; so does its own ancestor.
    where merged_into_id <> contact_id

)

select * from final
