"""Conversations, and the customer-facing interactions in them."""

from __future__ import annotations

from tap_genesys_journey.streams.base import JourneyStream


class Conversations(JourneyStream):
    """One row per conversation, with the whole payload beside the columns."""

    name = "conversations"
    replication_key = "updated_time_utc"


class Interactions(JourneyStream):
    """One row per customer-facing participant of a conversation."""

    name = "interactions"
    replication_key = "updated_time_utc"
