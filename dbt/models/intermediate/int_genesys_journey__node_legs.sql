{{ config(materialized='table') }}

{#- Every leg carries the handoff of its node: the legs of an endless chain would carry a text each that is as
    long as the chain. -#}
{%- set handoff_legs = 100 %}

-- Grain: one row per leg of a node of several legs. A leg that is not here is a node of its own.

with recursive joined_legs as (

    select * from {{ ref('int_genesys_journey__joined_legs') }}

),

legs_that_join_and_joined_legs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type
    from joined_legs

    union all

    select
        contact_id,
        joined_conversation_id as conversation_id,
        joined_participant_id as participant_id,
        joined_start_ms as start_ms,
        joined_channel_type as channel_type
    from joined_legs

),

-- A leg that several others join is still one leg. (`union` would say so, too, but after `with recursive`
-- DuckDB 1.2 takes it for a recursion.)
linked_legs as (

    select distinct
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type
    from legs_that_join_and_joined_legs

),

-- One numbering for all contacts: what follows compares numbers instead of ids.
numbered_legs as (

    select
        conversation_id,
        participant_id,
        channel_type,
        row_number() over (
            order by
                contact_id,
                start_ms,
                {{ byte_order('conversation_id') }},
                {{ byte_order('participant_id') }}
        ) as leg_number
    from linked_legs

),

legs_and_joined_legs as (

    select
        numbered_legs.conversation_id,
        numbered_legs.participant_id,
        numbered_legs.channel_type,
        numbered_legs.leg_number,
        earlier_legs.leg_number as joined_leg_number,
        joined_legs.correlated_by,
        joined_legs.gap_seconds
    from numbered_legs
    left join joined_legs
        on numbered_legs.conversation_id = joined_legs.conversation_id
        and numbered_legs.participant_id = joined_legs.participant_id
    left join numbered_legs as earlier_legs
        on joined_legs.joined_conversation_id = earlier_legs.conversation_id
        and joined_legs.joined_participant_id = earlier_legs.participant_id

),

-- A run is a row of legs each of which joins the one right before it. Most chains are one run, however
-- long, so the recursion below steps over runs: its depth is the number of legs that joined past a
-- neighbour, not the number of legs.
runs_of_legs as (

    select
        conversation_id,
        participant_id,
        channel_type,
        leg_number,
        joined_leg_number,
        correlated_by,
        gap_seconds,
        cast(
            sum(case when joined_leg_number = leg_number - 1 then 0 else 1 end) over (
                order by leg_number
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as run_number
    from legs_and_joined_legs

),

run_starts as (

    select
        run_number,
        joined_leg_number
    from runs_of_legs
    where joined_leg_number is null or joined_leg_number <> leg_number - 1

),

joined_runs as (

    select
        run_starts.run_number,
        runs_of_legs.run_number as joined_run_number
    from run_starts
    inner join runs_of_legs
        on run_starts.joined_leg_number = runs_of_legs.leg_number

),

-- A node is named by its first run here.
run_nodes as (

    select
        run_number,
        run_number as node_number
    from run_starts
    where joined_leg_number is null

    union all

    select
        joined_runs.run_number,
        run_nodes.node_number
    from run_nodes
    inner join joined_runs
        on run_nodes.run_number = joined_runs.joined_run_number

),

legs_of_nodes as (

    select
        run_nodes.node_number,
        runs_of_legs.conversation_id,
        runs_of_legs.participant_id,
        runs_of_legs.channel_type,
        runs_of_legs.leg_number,
        runs_of_legs.correlated_by,
        runs_of_legs.gap_seconds,
        row_number() over (
            partition by run_nodes.node_number
            order by runs_of_legs.leg_number
        ) as node_leg
    from runs_of_legs
    inner join run_nodes
        on runs_of_legs.run_number = run_nodes.run_number

),

nodes as (

    select
        node_number,
        count(*) as node_legs,
        {{ dbt.listagg(
            "case when node_leg <= " ~ handoff_legs ~ " then coalesce(channel_type, 'UNKNOWN') end",
            "'_TO_'",
            "order by leg_number"
        ) }} as handoff_type
    from legs_of_nodes
    group by node_number

),

first_legs as (

    select
        node_number,
        conversation_id
    from legs_of_nodes
    where node_leg = 1

),

final as (

    select
        legs_of_nodes.conversation_id,
        legs_of_nodes.participant_id,
        first_legs.conversation_id as first_conversation_id,
        legs_of_nodes.node_leg,
        nodes.node_legs,
        nodes.handoff_type,
        legs_of_nodes.correlated_by,
        legs_of_nodes.gap_seconds
    from legs_of_nodes
    inner join nodes
        on legs_of_nodes.node_number = nodes.node_number
    inner join first_legs
        on legs_of_nodes.node_number = first_legs.node_number

)

select * from final
