{{ config(materialized='table') }}

{%- set window_ms = 1000 * (var('correlation_window_seconds') | int) -%}
{%- set bucket_ms = [window_ms, 1000] | max %}

-- Grain: one row per leg that joins an earlier leg of its timeline, beside that leg.

with belonging_interactions as (

    select * from {{ ref('int_genesys_journey__belonging_interactions') }}

),

legs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        {{ epoch_ms('start_time_utc') }} as start_ms,
        {{ epoch_ms('customer_end_utc') }} as customer_end_ms,
        channel_type,
        routing_queue,
        ended_in_transfer,
        is_adopted
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

earlier_legs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        customer_end_ms,
        {{ time_bucket('customer_end_ms', bucket_ms) }} as end_bucket,
        channel_type,
        routing_queue,
        ended_in_transfer,
        is_adopted
    from legs
    where customer_end_ms is not null

),

later_legs as (

    select
        legs.contact_id,
        legs.conversation_id,
        legs.participant_id,
        legs.start_ms,
        {{ time_bucket('legs.start_ms', bucket_ms) }} + neighbours.shift as end_bucket,
        legs.channel_type,
        legs.routing_queue,
        legs.is_adopted
    from legs
    cross join neighbours

),

window_pairs as (

    select
        later_legs.contact_id,
        later_legs.conversation_id,
        later_legs.participant_id,
        later_legs.start_ms,
        later_legs.channel_type,
        later_legs.is_adopted,
        earlier_legs.conversation_id as joined_conversation_id,
        earlier_legs.participant_id as joined_participant_id,
        earlier_legs.start_ms as joined_start_ms,
        earlier_legs.channel_type as joined_channel_type,
        earlier_legs.is_adopted as joined_is_adopted,
        later_legs.start_ms - earlier_legs.customer_end_ms as gap_ms
    from later_legs
    inner join earlier_legs
        on later_legs.contact_id = earlier_legs.contact_id
        and later_legs.end_bucket = earlier_legs.end_bucket
        and later_legs.conversation_id <> earlier_legs.conversation_id
    where abs(later_legs.start_ms - earlier_legs.customer_end_ms) <= {{ window_ms }}
        and (
            earlier_legs.start_ms < later_legs.start_ms
            or (
                earlier_legs.start_ms = later_legs.start_ms
                and {{ byte_order('earlier_legs.conversation_id') }} < {{ byte_order('later_legs.conversation_id') }}
            )
        )
        and (
            earlier_legs.routing_queue is null
            or later_legs.routing_queue is null
            or earlier_legs.routing_queue = later_legs.routing_queue
            or earlier_legs.ended_in_transfer
        )

),

-- A conversation stands on a timeline twice when two of its contacts were merged later, or when one
-- of its participants was adopted: one node all the same, or two nodes would share their id.
shared_conversations as (

    select
        contact_id,
        conversation_id
    from legs
    group by
        contact_id,
        conversation_id
    having count(*) > 1

),

shared_legs as (

    select
        legs.contact_id,
        legs.conversation_id,
        legs.participant_id,
        legs.start_ms,
        legs.customer_end_ms,
        legs.channel_type,
        legs.is_adopted,
        row_number() over (
            partition by legs.contact_id, legs.conversation_id
            order by legs.start_ms, {{ byte_order('legs.participant_id') }}
        ) as participant_number
    from legs
    inner join shared_conversations
        on legs.contact_id = shared_conversations.contact_id
        and legs.conversation_id = shared_conversations.conversation_id

),

conversation_pairs as (

    select
        shared_legs.contact_id,
        shared_legs.conversation_id,
        shared_legs.participant_id,
        shared_legs.start_ms,
        shared_legs.channel_type,
        shared_legs.is_adopted,
        first_legs.conversation_id as joined_conversation_id,
        first_legs.participant_id as joined_participant_id,
        first_legs.start_ms as joined_start_ms,
        first_legs.channel_type as joined_channel_type,
        first_legs.is_adopted as joined_is_adopted,
        shared_legs.start_ms - first_legs.customer_end_ms as gap_ms
    from shared_legs
    inner join shared_legs as first_legs
        on shared_legs.contact_id = first_legs.contact_id
        and shared_legs.conversation_id = first_legs.conversation_id
    where shared_legs.participant_number > 1
        and first_legs.participant_number = 1

),

pairs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type,
        is_adopted,
        joined_conversation_id,
        joined_participant_id,
        joined_start_ms,
        joined_channel_type,
        joined_is_adopted,
        gap_ms,
        1 as preference
    from conversation_pairs

    union all

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type,
        is_adopted,
        joined_conversation_id,
        joined_participant_id,
        joined_start_ms,
        joined_channel_type,
        joined_is_adopted,
        gap_ms,
        2 as preference
    from window_pairs

),

ranked_pairs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type,
        is_adopted,
        joined_conversation_id,
        joined_participant_id,
        joined_start_ms,
        joined_channel_type,
        joined_is_adopted,
        gap_ms,
        row_number() over (
            partition by conversation_id, participant_id
            order by
                preference,
                abs(gap_ms),
                joined_start_ms desc,
                {{ byte_order('joined_conversation_id') }} desc,
                {{ byte_order('joined_participant_id') }}
        ) as choice
    from pairs

),

final as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        channel_type,
        joined_conversation_id,
        joined_participant_id,
        joined_start_ms,
        joined_channel_type,
        case when is_adopted or joined_is_adopted then 'address' else 'contact' end as correlated_by,
        cast(trunc(gap_ms / 1000.0) as {{ dbt.type_bigint() }}) as gap_seconds
    from ranked_pairs
    where choice = 1

)

select * from final
