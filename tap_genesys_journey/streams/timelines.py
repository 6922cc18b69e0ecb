"""Each customer's journey: as rows, and as the guide's document."""

from __future__ import annotations

from tap_genesys_journey.streams.base import JourneyStream


class TimelineEvents(JourneyStream):
    """One row per interaction that belongs to a contact, by its contact id or by adoption."""

    name = "timeline_events"


class Timelines(JourneyStream):
    """One document per canonical contact."""

    name = "timelines"
