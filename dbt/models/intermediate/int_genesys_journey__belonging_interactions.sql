{{ config(materialized='view') }}

-- Grain: one row per interaction that belongs to a contact, by its contact id or by adoption.

with interactions as (

    select * from {{ ref('stg_genesys_journey__interactions') }}

),

contact_interactions as (

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
        interactions.conversation_id,
        interactions.participant_id,
        adoptions.contact_id,
        interactions.contact_id as source_contact_id,
        interactions.channel_type,
        interactions.state,
        interactions.start_time_utc,
        interactions.customer_end_utc,
        interactions.end_time_utc,
        interactions.duration_seconds,
        interactions.routing_queue,
        interactions.agent_id,
        interactions.wrap_up_code,
        interactions.ended_in_transfer,
        true as is_adopted
    from interactions
    inner join adoptions
        on interactions.conversation_id = adoptions.conversation_id
        and interactions.participant_id = adoptions.participant_id

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
