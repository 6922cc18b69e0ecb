"""The streams, by the resource they hang from."""

from tap_genesys_journey.streams.base import JourneyStream
from tap_genesys_journey.streams.contacts import ContactAddresses, ContactAliases, ExternalContacts
from tap_genesys_journey.streams.conversations import Conversations, Interactions
from tap_genesys_journey.streams.timelines import TimelineEvents, Timelines

STREAMS: tuple[type[JourneyStream], ...] = (
    ContactAddresses,
    ContactAliases,
    Conversations,
    ExternalContacts,
    Interactions,
    TimelineEvents,
    Timelines,
)

__all__ = ["STREAMS", "JourneyStream"]
