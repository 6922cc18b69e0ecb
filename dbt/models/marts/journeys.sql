{{ config(materialized='table') }}

{%- set repeat_contact_seconds = 7 * 24 * 60 * 60 %}

-- Grain: one row per canonical contact that has an interaction, on its timeline or off it.

with timeline_events as (

    select * from {{ ref('timeline_events') }}

),

timeline_nodes as (

    select * from {{ ref('timeline_nodes') }}

),

interactions as (

    select
        contact_id,
        count(*) as interactions,
        sum(case when on_timeline then 0 else 1 end) as filtered_out,
        sum(case when is_adopted then 1 else 0 end) as adopted,
        min(case when on_timeline then start_time_utc end) as first_interaction_utc,
        max(case when on_timeline then start_time_utc end) as last_interaction_utc
    from timeline_events
    group by contact_id

),

contact_channels as (

    select distinct
        contact_id,
        channel_type
    from timeline_events
    where on_timeline
        and channel_type is not null

),

channels as (

    select
        contact_id,
        count(*) as channel_count,
        {{ dbt.listagg("channel_type", "','", "order by " ~ byte_order('channel_type')) }} as channels
    from contact_channels
    group by contact_id

),

-- An end that is not known yet counts as the start, so that an open node never hides a gap.
node_instants as (

    select
        contact_id,
        conversation_id,
        {{ epoch_ms('start_time_utc') }} as start_ms,
        {{ epoch_ms('coalesce(end_time_utc, start_time_utc)') }} as end_ms
    from timeline_nodes

),

previous_ends as (

    select
        contact_id,
        start_ms,
        max(end_ms) over (
            partition by contact_id
            order by start_ms, {{ byte_order('conversation_id') }}
            rows between unbounded preceding and 1 preceding
        ) as previous_end_ms
    from node_instants

),

gaps as (

    select
        contact_id,
        case
            when start_ms <= previous_end_ms then 0
            else cast(floor((start_ms - previous_end_ms) / 1000.0) as {{ dbt.type_bigint() }})
        end as gap_seconds
    from previous_ends

),

gap_summaries as (

    select
        contact_id,
        max(gap_seconds) as longest_gap_seconds,
        sum(case when gap_seconds <= {{ repeat_contact_seconds }} then 1 else 0 end) as repeat_contacts
    from gaps
    group by contact_id

),

nodes as (

    select
        contact_id,
        count(*) as nodes,
        sum(case when handoff_type is not null then 1 else 0 end) as handoffs,
        sum(handling_seconds) as handling_seconds
    from timeline_nodes
    group by contact_id

),

final as (

    select
        interactions.contact_id,
        interactions.first_interaction_utc,
        interactions.last_interaction_utc,
        cast(interactions.interactions as {{ dbt.type_bigint() }}) as interactions,
        cast(interactions.filtered_out as {{ dbt.type_bigint() }}) as filtered_out,
        cast(interactions.adopted as {{ dbt.type_bigint() }}) as adopted,
        cast(coalesce(nodes.nodes, 0) as {{ dbt.type_bigint() }}) as nodes,
        cast(coalesce(nodes.handoffs, 0) as {{ dbt.type_bigint() }}) as handoffs,
        cast(coalesce(channels.channel_count, 0) as {{ dbt.type_bigint() }}) as channel_count,
        channels.channels,
        cast(coalesce(nodes.handling_seconds, 0) as {{ dbt.type_bigint() }}) as handling_seconds,
        cast(coalesce(gap_summaries.repeat_contacts, 0) as {{ dbt.type_bigint() }}) as repeat_contacts,
        coalesce(gap_summaries.repeat_contacts > 0, false) as has_repeat_contact_within_seven_days,
        gap_summaries.longest_gap_seconds
    from interactions
    left join nodes
        on interactions.contact_id = nodes.contact_id
    left join channels
        on interactions.contact_id = channels.contact_id
    left join gap_summaries
        on interactions.contact_id = gap_summaries.contact_id

)

select * from final
