{{ config(materialized='view') }}

-- Grain: one row per address of a contact.

with contact_addresses as (

    select * from {{ source('genesys_journey', 'contact_addresses') }}

),

final as (

    select
        contact_id,
        address
    from contact_addresses

)

select * from final
