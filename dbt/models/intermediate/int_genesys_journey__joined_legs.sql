{{ config(materialized='table') }}

{%- set window_ms = 1000 * (var('correlation_window_seconds') | int) -%}
{%- set bucket_ms = [window_ms, 1000] | max %}

-- Grain: one row per leg that joins an earlier leg of its timeline, beside that leg.

with belonging_interactions as (

    select * from {{ ref('int_genesys_journey__belonging_interactions') }}

),

meetings as (

    select * from {{ ref('int_genesys_journey__meetings') }}

),

-- Where a leg can meet others: about its start it may join an earlier leg, about its customer end a
-- later one may join it. Two instants within the window of each other lie in the same bucket or in
-- neighbouring ones.
spots as (

    select true as is_start, -1 as shift
    union all
    select true as is_start, 0 as shift
    union all
    select true as is_start, 1 as shift
    union all
    select false as is_start, 0 as shift

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

leg_spots as (

    select
        legs.contact_id,
        legs.conversation_id,
        legs.participant_id,
        legs.start_ms,
        legs.customer_end_ms,
        legs.channel_type,
        legs.routing_queue,
        legs.ended_in_transfer,
        legs.is_adopted,
        spots.is_start,
        spots.shift,
        case
            when spots.is_start then {{ time_bucket('legs.start_ms', bucket_ms) }} + spots.shift
            else {{ time_bucket('legs.customer_end_ms', bucket_ms) }}
        end as bucket
    from legs
    cross join spots

),

meeting_legs as (

    select
        leg_spots.contact_id,
        leg_spots.conversation_id,
        leg_spots.participant_id,
        leg_spots.start_ms,
        leg_spots.customer_end_ms,
        leg_spots.channel_type,
        leg_spots.routing_queue,
        leg_spots.ended_in_transfer,
        leg_spots.is_adopted,
        leg_spots.is_start,
        leg_spots.shift,
        leg_spots.bucket
    from leg_spots
    inner join meetings
        on leg_spots.contact_id = meetings.contact_id
        and leg_spots.bucket = meetings.bucket

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
    from meeting_legs as later_legs
    inner join meeting_legs as earlier_legs
        on later_legs.contact_id = earlier_legs.contact_id
        and later_legs.bucket = earlier_legs.bucket
        and later_legs.conversation_id <> earlier_legs.conversation_id
    where later_legs.is_start
        and not earlier_legs.is_start
        and abs(later_legs.start_ms - earlier_legs.customer_end_ms) <= {{ window_ms }}
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
numbered_legs as (

    select
        contact_id,
        conversation_id,
        participant_id,
        start_ms,
        customer_end_ms,
        channel_type,
        is_adopted,
        row_number() over (
            partition by contact_id, conversation_id
            order by start_ms, {{ byte_order('participant_id') }}
        ) as participant_number
    from meeting_legs
    where is_start
        and shift = 0

),

conversation_pairs as (

    select
        numbered_legs.contact_id,
        numbered_legs.conversation_id,
        numbered_legs.participant_id,
        numbered_legs.start_ms,
        numbered_legs.channel_type,
        numbered_legs.is_adopted,
        first_legs.conversation_id as joined_conversation_id,
        first_legs.participant_id as joined_participant_id,
        first_legs.start_ms as joined_start_ms,
        first_legs.channel_type as joined_channel_type,
        first_legs.is_adopted as joined_is_adopted,
        numbered_legs.start_ms - first_legs.customer_end_ms as gap_ms
    from numbered_legs
    inner join numbered_legs as first_legs
        on numbered_legs.contact_id = first_legs.contact_id
        and numbered_legs.conversation_id = first_legs.conversation_id
    where numbered_legs.participant_number > 1
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
