{{ config(materialized='view') }}

-- Grain: one row per interaction that belongs to a contact, by its contact id or by adoption.

with contact_interactions as (

    select * from {{ ref('int_genesys_journey__contact_interactions') }}

),

adoptions as (

    select * from {{ ref('int_genesys_journey__adoptions') }}

),

belonging as (

    select
        conversation_id,
        participant_id,
        contact_id,
        source_contact_id,
        channel_type,
        state,
        start_time_utc,
        customer_end_utc,
        end_time_utc,
        duration_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        ended_in_transfer,
        false as is_adopted
    from contact_interactions

    union all

    select
        conversation_id,
        participant_id,
        contact_id,
        null as source_contact_id,
        channel_type,
        state,
        start_time_utc,
        customer_end_utc,
        end_time_utc,
        duration_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        ended_in_transfer,
        true as is_adopted
    from adoptions

),

final as (

    select
        conversation_id,
        participant_id,
        contact_id,
        source_contact_id,
        channel_type,
        state,
        start_time_utc,
        customer_end_utc,
        end_time_utc,
        duration_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        ended_in_transfer,
        is_adopted,
        start_time_utc is not null
        and coalesce(state in (
            {%- for state in var('timeline_states') -%}
                {{ dbt.string_literal(state) }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        ), false) as on_timeline
    from belonging

)

select * from final
