"""Contacts: the records, the ids they were ever known by, and their addresses."""

from __future__ import annotations

from tap_genesys_journey.streams.base import JourneyStream


class ExternalContacts(JourneyStream):
    """One row per contact record, ancestors of a merge included."""

    name = "external_contacts"
    replication_key = "modify_date_utc"


class ContactAliases(JourneyStream):
    """One row per contact id ever seen, pointing to the canonical contact."""

    name = "contact_aliases"


class ContactAddresses(JourneyStream):
    """One row per address of a contact."""

    name = "contact_addresses"
