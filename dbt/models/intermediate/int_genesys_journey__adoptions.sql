{{ config(materialized='table') }}

{%- set window_ms = 1000 * (var('correlation_window_seconds') | int) -%}
{%- set bucket_ms = [window_ms, 1000] | max %}

-- Grain: one row per interaction without a contact that fits exactly one canonical contact. It has all of the
-- interaction in it, so that nobody looks for these few among all again.

with interactions as (

    select * from {{ ref('stg_genesys_journey__interactions') }}
    where contact_id is null

),

-- Two readings of one model: named once, all interactions would be kept aside in between.
interactions_at_addresses as (

    select
        contact_id,
        address
    from {{ ref('int_genesys_journey__contact_interactions') }}

),

interactions_that_end as (

    select
        contact_id,
        customer_end_utc
    from {{ ref('int_genesys_journey__contact_interactions') }}

),

contact_addresses as (

    select * from {{ ref('stg_genesys_journey__contact_addresses') }}

),

merged_contacts as (

    select * from {{ ref('int_genesys_journey__merged_contacts') }}

),

orphans as (

    select
        conversation_id,
        participant_id,
        address,
        {{ epoch_ms('start_time_utc') }} as start_ms
    from interactions
    where address is not null
        and start_time_utc is not null

),

orphan_addresses as (

    select distinct address
    from orphans

),

-- `union` without `all`: a contact has an address once, however it came to it.
known_addresses as (

    select
        coalesce(merged_contacts.canonical_contact_id, contact_addresses.contact_id) as contact_id,
        contact_addresses.address
    from contact_addresses
    inner join orphan_addresses
        on contact_addresses.address = orphan_addresses.address
    left join merged_contacts
        on contact_addresses.contact_id = merged_contacts.contact_id

    union

    select
        interactions_at_addresses.contact_id,
        interactions_at_addresses.address
    from interactions_at_addresses
    inner join orphan_addresses
        on interactions_at_addresses.address = orphan_addresses.address

),

-- Two instants within the window of each other lie in the same bucket or in neighbouring ones.
neighbours as (

    select -1 as shift
    union all
    select 0 as shift
    union all
    select 1 as shift

),

orphan_contacts as (

    select
        orphans.conversation_id,
        orphans.participant_id,
        orphans.start_ms,
        known_addresses.contact_id,
        {{ time_bucket('orphans.start_ms', bucket_ms) }} + neighbours.shift as end_bucket
    from orphans
    inner join known_addresses
        on orphans.address = known_addresses.address
    cross join neighbours

),

customer_ends as (

    select
        contact_id,
        {{ epoch_ms('customer_end_utc') }} as customer_end_ms
    from interactions_that_end
    where customer_end_utc is not null

),

customer_end_buckets as (

    select
        contact_id,
        customer_end_ms,
        {{ time_bucket('customer_end_ms', bucket_ms) }} as end_bucket
    from customer_ends

),

fits as (

    select distinct
        orphan_contacts.conversation_id,
        orphan_contacts.participant_id,
        orphan_contacts.contact_id
    from orphan_contacts
    inner join customer_end_buckets
        on orphan_contacts.contact_id = customer_end_buckets.contact_id
        and orphan_contacts.end_bucket = customer_end_buckets.end_bucket
    where abs(orphan_contacts.start_ms - customer_end_buckets.customer_end_ms) <= {{ window_ms }}

),

adopted as (

    select
        conversation_id,
        participant_id,
        min(contact_id) as contact_id
    from fits
    group by
        conversation_id,
        participant_id
    having count(*) = 1

),

final as (

    select
        adopted.conversation_id,
        adopted.participant_id,
        adopted.contact_id,
        interactions.channel_type,
        interactions.state,
        interactions.start_time_utc,
        interactions.customer_end_utc,
        interactions.end_time_utc,
        interactions.duration_seconds,
        interactions.routing_queue,
        interactions.agent_id,
        interactions.wrap_up_code,
        interactions.ended_in_transfer
    from adopted
    inner join interactions
        on adopted.conversation_id = interactions.conversation_id
        and adopted.participant_id = interactions.participant_id

)

select * from final
