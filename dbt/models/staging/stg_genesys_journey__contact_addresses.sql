{{ config(materialized='view') }}

-- Grain: one row per address of a contact.

with source as (

    select * from {{ source('genesys_journey', 'contact_addresses') }}

),

final as (

    select
        contact_id,
        address
    from source

)

select * from final
