"""Answers of the guide's surface that are not what they should be."""

from __future__ import annotations

import logging

import pytest
from support.loopback import Loopback, reply
from support.virtual_time import VirtualTime

from tap_genesys_journey.api.connect import connect
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.guide_contacts import decode_guide_contact
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.exceptions import ApiError
from tap_genesys_journey.settings import load_settings


def asked_for_an_external_id(body):
    """What the surface makes of an answer to the look-up of an external id."""
    with Loopback(lambda _: reply(body)) as server:
        config = {
            "access_token": "made-up",
            "api_url": server.url,
            "start_date": "2026-01-01",
            "api": "guide",
        }
        surface = connect(load_settings(config), VirtualTime(), logging.getLogger("test")).surface
        return surface.fetch_contact_by_external_id("CRM-1")


@pytest.mark.parametrize("body", ["[]", '"Elena"', "7", '{"entities":"Elena"}'])
def test_an_answer_that_is_no_contact_is_named_and_not_shown(body):
    with pytest.raises(ApiError, match="the answer is neither a contact nor a list of contacts") as caught:
        asked_for_an_external_id(body)

    assert "Elena" not in str(caught.value)


def test_a_contact_whose_id_is_of_a_wrong_type_is_the_domain_s_to_count():
    raw, oddities = asked_for_an_external_id('{"id":7}'), Oddities()

    with pytest.raises(UnreadableError):
        decode_guide_contact(raw, oddities)
    assert oddities.counts() == {
        ("wrong type", "id"): 1,
        ("missing id", "id"): 1,
        ("unreadable", "Contact"): 1,
    }
