"""The streams, by the resource they hang from."""

from tap_genesys_journey.streams.base import JourneyStream
from tap_genesys_journey.streams.contacts import ContactAddresses, ContactAliases, ExternalContacts
from tap_genesys_journey.streams.conversations import Conversations, Interactions

STREAMS: tuple[type[JourneyStream], ...] = (
    ContactAddresses,
    ContactAliases,
    Conversations,
    ExternalContacts,
    Interactions,
)

__all__ = ["STREAMS", "JourneyStream"]
