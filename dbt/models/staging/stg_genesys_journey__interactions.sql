{{ config(materialized='view') }}

-- Grain: one row per customer-facing participant of a conversation.

with source as (

    select * from {{ source('genesys_journey', 'interactions') }}

),

final as (

    select
        conversation_id,
        participant_id,
        contact_id,
        address,
        channel_type,
        state,
        cast(start_time_utc as {{ dbt.type_timestamp() }}) as start_time_utc,
        cast(customer_end_utc as {{ dbt.type_timestamp() }}) as customer_end_utc,
        cast(end_time_utc as {{ dbt.type_timestamp() }}) as end_time_utc,
        cast(duration_seconds as {{ dbt.type_bigint() }}) as duration_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        coalesce(ended_in_transfer, false) as ended_in_transfer
    from source
    -- Bots, supervisors and monitors kept for audit are nobody's journey.
    where coalesce(participant_kind, 'customer') = 'customer'

)

select * from final
