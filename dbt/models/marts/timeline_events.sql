{{ config(materialized='table') }}

-- Grain: one row per interaction that belongs to a contact, by its contact id or by adoption.

with belonging_interactions as (

    select * from {{ ref('int_genesys_journey__belonging_interactions') }}

),

node_legs as (

    select * from {{ ref('int_genesys_journey__node_legs') }}

),

final as (

    select
        belonging_interactions.conversation_id,
        belonging_interactions.participant_id,
        belonging_interactions.contact_id,
        belonging_interactions.source_contact_id,
        case
            when belonging_interactions.on_timeline
                then {{ dbt.hash(dbt.concat([
                    "belonging_interactions.contact_id",
                    "'|'",
                    "coalesce(node_legs.first_conversation_id, belonging_interactions.conversation_id)",
                ])) }}
        end as journey_node_id,
        case when belonging_interactions.on_timeline then coalesce(node_legs.node_leg, 1) end as node_leg,
        case when belonging_interactions.on_timeline then coalesce(node_legs.node_legs, 1) end as node_legs,
        belonging_interactions.channel_type,
        belonging_interactions.state,
        belonging_interactions.start_time_utc,
        belonging_interactions.customer_end_utc,
        belonging_interactions.end_time_utc,
        belonging_interactions.duration_seconds,
        belonging_interactions.routing_queue,
        belonging_interactions.agent_id,
        belonging_interactions.wrap_up_code,
        node_legs.handoff_type,
        node_legs.correlated_by,
        node_legs.gap_seconds,
        belonging_interactions.is_adopted,
        belonging_interactions.on_timeline
    from belonging_interactions
    left join node_legs
        on belonging_interactions.conversation_id = node_legs.conversation_id
        and belonging_interactions.participant_id = node_legs.participant_id

)

select * from final
