{{ config(materialized='table') }}

-- Grain: one row per node of a contact's timeline.

with timeline_events as (

    select * from {{ ref('timeline_events') }}

),

legs as (

    select
        journey_node_id,
        contact_id,
        conversation_id,
        node_leg,
        node_legs,
        channel_type,
        state,
        start_time_utc,
        end_time_utc,
        duration_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        handoff_type
    from timeline_events
    where on_timeline

),

-- A node begins as its first leg did and is left as its last leg left it.
nodes as (

    select
        journey_node_id,
        contact_id,
        max(case when node_leg = 1 then conversation_id end) as conversation_id,
        max(case when node_leg = 1 then channel_type end) as channel_type,
        max(case when node_leg = node_legs then state end) as state,
        min(start_time_utc) as start_time_utc,
        max(end_time_utc) as end_time_utc,
        sum(duration_seconds) as handling_seconds,
        max(case when node_leg = 1 then routing_queue end) as routing_queue,
        max(case when node_leg = node_legs then agent_id end) as agent_id,
        max(case when node_leg = node_legs then wrap_up_code end) as wrap_up_code,
        max(node_legs) as node_legs,
        max(handoff_type) as handoff_type,
        {{ dbt.listagg("conversation_id", "','", "order by node_leg") }} as conversation_ids
    from legs
    group by
        journey_node_id,
        contact_id

),

spans as (

    select
        journey_node_id,
        contact_id,
        conversation_id,
        channel_type,
        state,
        start_time_utc,
        end_time_utc,
        {{ epoch_ms('end_time_utc') }} - {{ epoch_ms('start_time_utc') }} as span_ms,
        handling_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        node_legs,
        handoff_type,
        conversation_ids
    from nodes

),

final as (

    select
        journey_node_id,
        contact_id,
        conversation_id,
        channel_type,
        state,
        start_time_utc,
        end_time_utc,
        case
            when span_ms < 0 then 0
            else cast(floor(span_ms / 1000.0) as {{ dbt.type_bigint() }})
        end as duration_seconds,
        cast(handling_seconds as {{ dbt.type_bigint() }}) as handling_seconds,
        routing_queue,
        agent_id,
        wrap_up_code,
        node_legs,
        handoff_type,
        conversation_ids
    from spans

)

select * from final
