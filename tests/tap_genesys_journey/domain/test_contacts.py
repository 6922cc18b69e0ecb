from __future__ import annotations

import json
from datetime import datetime, timezone

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.contacts import (
    address_rows,
    alias_rows,
    contact_row,
    decode_contact,
    related_ids,
)
from tap_genesys_journey.domain.guide_contacts import decode_guide_contact
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.schemas import SCHEMAS

DETECTED = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
WHOLE = {
    "id": "contact-1",
    "type": "Curated",
    "firstName": "Riley",
    "middleName": "Q",
    "lastName": "Sample",
    "salutation": "Mx",
    "title": "Tester",
    "workPhone": {"display": "(415) 555-0142", "userInput": "415 555 0142", "e164": "+14155550142"},
    "cellPhone": {"userInput": "(415) 555-0143"},
    "homePhone": {"display": "4155550142"},
    "otherPhone": {"display": "front desk"},
    "workEmail": "Riley@Example.com",
    "personalEmail": "riley@example.com",
    "otherEmail": "riley.other@example.com",
    "address": {"address1": "1 Main", "city": "Anytown", "state": "CA", "postalCode": "00000"},
    "externalIds": [
        {"externalSource": {"id": "source-1", "name": "CRM"}, "value": "CRM-1"},
        {"value": "CRM-2"},
        {"externalSource": {"id": "source-1"}},
    ],
    "externalOrganization": {"id": "organization-1"},
    "division": {"id": "division-1", "name": "Home"},
    "twitterId": {"id": "t-1", "screenName": "riley"},
    "lineId": {"ids": [{"userId": "line-1"}], "displayName": "Riley"},
    "whatsAppId": {"phoneNumber": {"e164": "+14155550144"}},
    "facebookId": {"ids": [{"scopedId": "fb-1"}]},
    "instagramId": {"handle": "riley.sample"},
    "createDate": "2024-01-01T00:00:00Z",
    "modifyDate": "2024-02-01T02:00:00+02:00",
    "surveyOptOut": False,
    "externalSystemUrl": "https://crm.example.com/1",
    "customFields": {"tier": "gold", "score": 3},
}


def read(payload, decode=decode_contact):
    oddities = Oddities()
    return decode(json.dumps(payload).encode(), oddities), oddities.counts()


def row_of(payload, decode=decode_contact):
    contact, _ = read(payload, decode)
    return contact_row(contact, b"{}")


def test_every_field_finds_its_column():
    contact, odd = read(WHOLE)
    row = contact_row(contact, b"{}")
    del row["raw"]

    assert odd == {}
    assert row == {
        "id": "contact-1",
        "type": "Curated",
        "first_name": "Riley",
        "middle_name": "Q",
        "last_name": "Sample",
        "salutation": "Mx",
        "title": "Tester",
        "work_phone": "+14155550142",
        "cell_phone": "+14155550143",
        "home_phone": "+14155550142",
        "other_phone": "front desk",
        "work_email": "riley@example.com",
        "personal_email": "riley@example.com",
        "other_email": "riley.other@example.com",
        "address_line1": "1 Main",
        "address_line2": None,
        "city": "Anytown",
        "state": "CA",
        "postal_code": "00000",
        "country_code": None,
        "external_id": "CRM-1",
        "external_ids": [
            {"external_source_id": "source-1", "value": "CRM-1"},
            {"external_source_id": None, "value": "CRM-2"},
        ],
        "external_organization_id": "organization-1",
        "division_id": "division-1",
        "twitter_id": "t-1",
        "line_id": "line-1",
        "whatsapp_id": "+14155550144",
        "facebook_id": "fb-1",
        "instagram_id": "riley.sample",
        "create_date_utc": "2024-01-01T00:00:00.000Z",
        "modify_date_utc": "2024-02-01T00:00:00.000Z",
        "canonical_contact_id": "contact-1",
        "merged_to_id": None,
        "merged_from_ids": [],
        "merge_set_ids": [],
        "survey_opt_out": False,
        "external_system_url": "https://crm.example.com/1",
        "custom_fields": {"tier": "gold", "score": 3},
    }


def test_a_phone_number_is_what_genesys_parsed_before_what_was_typed():
    number = {"display": "0123", "userInput": "020 7946 0123", "e164": "+442079460123"}

    assert row_of({"id": "a", "workPhone": number})["work_phone"] == "+442079460123"
    assert row_of({"id": "a", "workPhone": {**number, "e164": None}})["work_phone"] == "020 7946 0123"


def test_addresses_are_phones_and_e_mails_each_once_and_no_social_ids():
    contact, _ = read({**WHOLE, "otherPhone": None})

    assert [(row["kind"], row["address"]) for row in address_rows(contact)] == [
        ("phone", "+14155550142"),
        ("phone", "+14155550143"),
        ("email", "riley@example.com"),
        ("email", "riley.other@example.com"),
    ]
    assert {row["contact_id"] for row in address_rows(contact)} == {"contact-1"}


def test_a_contact_without_addresses_has_no_address_rows():
    contact, _ = read({"id": "contact-1", "workPhone": {"display": " "}, "workEmail": "unknown"})

    assert address_rows(contact) == []


REFERENCES = {"mergedTo": {"id": "c"}, "canonicalContact": {"id": "e"}}


@pytest.mark.parametrize(
    ("merge", "canonical", "merged_to"),
    [
        ({}, "a", None),
        ({"mergedTo": None, "canonicalContact": None, "mergeSet": None}, "a", None),
        (REFERENCES, "e", "c"),
        ({"mergedTo": {"id": "c"}}, "c", "c"),
        ({"canonicalContact": {"id": "a"}, "mergedFrom": [{"id": "b"}]}, "a", None),
        ({"canonicalContact": {"selfUri": "/x"}, "mergedTo": {"id": ""}}, "a", None),
    ],
)
def test_an_alias_points_to_the_end_of_all_merges_or_to_itself(merge, canonical, merged_to):
    contact, _ = read({"id": "a", **merge})

    assert alias_rows(contact, DETECTED) == [
        {
            "contact_id": "a",
            "canonical_contact_id": canonical,
            "merged_to_id": merged_to,
            "detected_at_utc": "2026-03-01T12:00:00.000Z",
        }
    ]
    assert contact_row(contact, b"{}")["canonical_contact_id"] == canonical


def test_related_are_all_others_of_the_merge_each_once():
    members = [{"id": each} for each in ("a", "b", "c", "e", "b")]
    contact, _ = read({"id": "a", **REFERENCES, "mergeSet": members, "mergedFrom": [{"id": "f"}, {}]})

    assert related_ids(contact) == ["b", "c", "e", "f"]
    assert related_ids(read({"id": "a"})[0]) == []


def test_a_field_of_a_wrong_type_is_null_and_the_others_are_kept():
    contact, odd = read({**WHOLE, "firstName": 7, "workPhone": "x", "externalIds": [1], "modifyDate": "soon"})
    row = contact_row(contact, b"{}")

    assert row["first_name"] is row["work_phone"] is row["external_id"] is row["modify_date_utc"] is None
    assert (row["last_name"], row["line_id"], row["custom_fields"]) == (
        "Sample",
        "line-1",
        WHOLE["customFields"],
    )
    assert {path for _, path in odd} == {"firstName", "workPhone", "externalIds[]", "modifyDate"}


# --- the guide's surface

PRINTED = b"""{
  "id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  "externalId": "CRM-8842-ALPHA",
  "firstName": "Elena",
  "lastName": "Vargas",
  "emails": [
    { "value": "elena.vargas@example.com", "type": "work" }
  ],
  "phoneNumbers": [
    { "value": "+14155550199", "type": "mobile" }
  ],
  "type": "PERSON",
  "selfUri": "/api/v2/external-contacts/a1b2c3d4-e5f6-7890-abcd-ef1234567890"
}"""


def test_the_printed_contact_ends_in_the_same_columns():
    contact = decode_guide_contact(PRINTED, Oddities())
    row = contact_row(contact, PRINTED)

    assert list(row) == list(SCHEMAS["external_contacts"]["properties"])
    assert {
        "id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        "type": "PERSON",
        "first_name": "Elena",
        "last_name": "Vargas",
        "external_id": "CRM-8842-ALPHA",
        "external_ids": [{"external_source_id": None, "value": "CRM-8842-ALPHA"}],
        "work_email": "elena.vargas@example.com",
        "cell_phone": "+14155550199",
    }.items() <= row.items()
    assert [(each["kind"], each["address"]) for each in address_rows(contact)] == [
        ("phone", "+14155550199"),
        ("email", "elena.vargas@example.com"),
    ]


def test_addresses_of_one_kind_take_the_columns_that_are_free():
    phones = [{"value": f"+1415555014{last}", "type": "work"} for last in range(4)]
    row = row_of({"id": "a", "phoneNumbers": phones}, decode_guide_contact)

    assert {row[name] for name in ("work_phone", "other_phone", "cell_phone", "home_phone")} == {
        each["value"] for each in phones
    }
    assert row["work_phone"] == "+14155550140"


def test_merges_read_the_same_on_both_surfaces():
    payload = {"id": "a", **REFERENCES, "mergeSet": [{"id": "a"}, {"id": "e"}]}
    platform, guide = read(payload)[0], read(payload, decode_guide_contact)[0]

    assert alias_rows(platform, DETECTED) == alias_rows(guide, DETECTED)
    assert related_ids(platform) == related_ids(guide) == ["e", "c"]


# --- whatever comes

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.parametrize("decode", [decode_contact, decode_guide_contact])
@given(data=st.data())
def test_no_junk_crashes_the_reader_or_breaks_the_schemas(decode, data):
    payload = {
        **WHOLE,
        **REFERENCES,
        "externalId": "CRM-1",
        "emails": [{"value": "riley@example.com", "type": "work"}],
        "phoneNumbers": [{"value": "+14155550142"}],
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(set(payload) - {"id"})), max_size=5)):
        payload[name] = data.draw(JUNK)

    contact, _ = read(payload, decode)

    jsonschema.validate({**contact_row(contact, b"{}"), "raw": {}}, SCHEMAS["external_contacts"])
    for row in alias_rows(contact, DETECTED):
        jsonschema.validate(row, SCHEMAS["contact_aliases"])
    for row in address_rows(contact):
        jsonschema.validate(row, SCHEMAS["contact_addresses"])
        assert list(row) == list(SCHEMAS["contact_addresses"]["properties"])
