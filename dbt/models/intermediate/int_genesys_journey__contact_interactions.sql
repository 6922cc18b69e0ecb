{{ config(materialized='view') }}

-- Grain: one row per interaction that carries a contact, beside its canonical contact.

with interactions as (

    select * from {{ ref('stg_genesys_journey__interactions') }}

),

merged_contacts as (

    select * from {{ ref('int_genesys_journey__merged_contacts') }}

),

final as (

    select
        interactions.conversation_id,
        interactions.participant_id,
        coalesce(merged_contacts.canonical_contact_id, interactions.contact_id) as contact_id,
        interactions.contact_id as source_contact_id,
        interactions.address,
        interactions.channel_type,
        interactions.state,
        interactions.start_time_utc,
        interactions.customer_end_utc,
        interactions.end_time_utc,
        interactions.duration_seconds,
        interactions.routing_queue,
        interactions.agent_id,
        interactions.wrap_up_code,
        interactions.ended_in_transfer
    from interactions
    left join merged_contacts
        on interactions.contact_id = merged_contacts.contact_id
    where interactions.contact_id is not null

)

select * from final
