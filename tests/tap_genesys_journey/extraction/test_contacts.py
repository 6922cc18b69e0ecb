"""Contacts reach every stream that needs them, however far each had come."""

from __future__ import annotations

from support.extraction import Organization, RememberingOutput, contact
from support.virtual_time import VirtualTime

from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.extraction.contacts import ContactExtraction


def test_a_contact_that_one_stream_waits_for_reaches_those_that_meet_it_only_later():
    organization = Organization(contacts={"met": contact("met", 1)}, hidden={"met"})
    ahead = {"contact_aliases": {"position": {"contacts_to_fetch": ["met"]}}}
    output = RememberingOutput(["external_contacts", "contact_aliases"], ahead)
    contacts = ContactExtraction(organization, output.as_output(), VirtualTime(), Oddities(), 50)
    contacts.scan()

    contacts.meet(["met"], contacts.sinks)
    contacts.fetch_met(at_least=1)

    assert output.ids("external_contacts") == output.ids("contact_aliases") == ["met"]
