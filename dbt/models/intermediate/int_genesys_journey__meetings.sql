{{ config(materialized='table') }}

{%- set bucket_ms = [1000 * (var('correlation_window_seconds') | int), 1000] | max %}

-- Grain: one row per contact and span of time in which legs can meet: one is left about when another
-- starts, or a conversation has two. Such spans are few. To find them first, by ids and instants alone,
-- keeps small what reads whole legs.

with belonging_interactions as (

    select * from {{ ref('int_genesys_journey__belonging_interactions') }}

),

legs as (

    select
        contact_id,
        conversation_id,
        {{ time_bucket(epoch_ms('start_time_utc'), bucket_ms) }} as start_bucket,
        {{ time_bucket(epoch_ms('customer_end_utc'), bucket_ms) }} as end_bucket
    from belonging_interactions
    where on_timeline

),

-- Two instants within the window of each other lie in the same bucket or in neighbouring ones.
neighbours as (

    select -1 as shift
    union all
    select 0 as shift
    union all
    select 1 as shift

),

starts as (

    select
        legs.contact_id,
        legs.conversation_id,
        legs.start_bucket + neighbours.shift as bucket
    from legs
    cross join neighbours

),

ends as (

    select
        contact_id,
        conversation_id,
        end_bucket as bucket
    from legs
    where end_bucket is not null

),

shared_conversations as (

    select conversation_id
    from legs
    group by conversation_id
    having count(*) > 1

),

final as (

    select
        starts.contact_id,
        starts.bucket
    from starts
    inner join ends
        on starts.contact_id = ends.contact_id
        and starts.bucket = ends.bucket
    where starts.conversation_id <> ends.conversation_id

    union

    select
        legs.contact_id,
        legs.start_bucket as bucket
    from legs
    inner join shared_conversations
        on legs.conversation_id = shared_conversations.conversation_id

)

select * from final
