"""What the policies do to rows: columns, free maps, contacts' payloads, and single fields with their own."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tap_genesys_journey.domain.contacts import address_rows, contact_row, decode_contact
from tap_genesys_journey.domain.guide_contacts import decode_guide_contact
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.privacy import Privacy
from tap_genesys_journey.domain.privacy_hashing import Pseudonyms
from tap_genesys_journey.domain.schemas import PRIMARY_KEYS, SCHEMAS

KEY = "a made-up key"
SOURCE = "ce06cb55-6fe3-4082-b82c-f4a48f429cf7"
CONTACT: dict[str, Any] = {
    "id": "cb0d549f-8717-4d5f-b5fe-46f1d56dfa3c",
    "firstName": "Willow",
    "middleName": "Q",
    "lastName": "Sampleton",
    "salutation": "Dr.",
    "title": "Buyer",
    "workPhone": {"display": "020 7946 0958", "userInput": "020 7946 0958", "e164": "+442079460958",
                  "countryCode": "GB", "acceptsSMS": False, "extension": 4711},
    "cellPhone": {"display": "(201) 555-0100", "userInput": "201.555.0100", "e164": "+12015550100"},
    "otherPhone": {"display": "front desk", "userInput": "front desk"},
    "personalEmail": "Willow@Example.com",
    "address": {"address1": "1 Nowhere Lane", "city": "Testhaven", "state": "CA", "postalCode": "00000",
                "countryCode": "US"},
    "twitterId": {"id": "9001", "name": "W", "screenName": "willow", "verified": True},
    "lineId": {"ids": [{"userId": "line-1"}], "displayName": "Willow L"},
    "whatsAppId": {"phoneNumber": {"e164": "+12015550100"}, "displayName": "Willow W"},
    "facebookId": {"ids": [{"scopedId": "fb-1"}], "displayName": "Willow F"},
    "instagramId": {"ids": [{"scopedId": "ig-1"}], "handle": "willow.ig"},
    "appleOpaqueIds": [{"value": "opaque-1"}],
    "externalIds": [{"externalSource": {"id": SOURCE, "name": "CRM"}, "value": "CRM-1"}],
    "identifiers": [{"type": "Email", "value": "willow@example.com", "externalSource": {"id": SOURCE}}],
    "externalSystemUrl": "https://crm.example.com/1",
    "externalDataSources": [{"platform": "SALESFORCE", "url": "https://sf.example.com/1"}],
    "customFields": {"tier_text": "gold", "score_integer": 57, "born_date": "1970-01-01",
                     "vip_checkbox": True, "nested": {"list": ["private", 1.5]}},
    "modifyDate": "2026-01-01T00:00:00.000Z",
}  # fmt: skip
PERSONAL = [
    "Willow", "Sampleton", "Dr.", "0958", "555", "0100", "front desk", "Nowhere", "Testhaven", "9001",
    "willow", "line-1", "fb-1", "ig-1", "opaque", "CRM-1", "crm.example", "sf.example", "gold", "57", "1970",
    "private", "1.5", "4711",
]  # fmt: skip
pseudonyms = Pseudonyms(KEY.encode())


def changed(
    stream: str, row: dict[str, Any], policy: str, fields: dict[str, str] | None = None
) -> dict[str, Any]:
    change = Privacy(policy, KEY, fields).for_stream(stream)
    return json.loads(msgspec.json.encode(change(row) if change else row))


def contact(policy: str, fields: dict[str, str] | None = None, **other: Any) -> dict[str, Any]:
    raw = msgspec.Raw(json.dumps(CONTACT | other).encode())
    row = contact_row(decode_contact(raw, Oddities()), raw)
    return changed("external_contacts", row, policy, fields)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for below in value.values() for leaf in leaves(below)]
    return [leaf for below in value for leaf in leaves(below)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("policy", ["hash", "redact"])
def test_nothing_personal_of_a_contact_is_left(policy):
    shown = [str(leaf) for leaf in leaves(contact(policy))]
    hidden = [text for text in PERSONAL if any(text in leaf for leaf in shown if len(leaf) != 64)]

    assert not hidden


def test_ids_made_by_genesys_and_what_is_not_personal_stay():
    for policy in ("hash", "redact"):
        row = contact(policy)
        assert row["id"] == row["raw"]["id"] == CONTACT["id"]
        assert (row["title"], row["country_code"]) == ("Buyer", "US")
        assert row["external_ids"][0]["external_source_id"] == SOURCE
        assert row["raw"]["externalIds"][0]["externalSource"] == {"id": SOURCE, "name": "CRM"}
        assert row["raw"]["workPhone"]["countryCode"] == "GB"
        assert row["modify_date_utc"] == "2026-01-01T00:00:00.000Z"


def test_columns_and_payload_have_the_same_pseudonyms():
    row = contact("hash")
    raw = row["raw"]

    assert row["first_name"] == raw["firstName"] == pseudonyms["Willow"]
    assert (
        row["cell_phone"]
        == raw["cellPhone"]["e164"]
        == raw["cellPhone"]["display"]
        == pseudonyms["+12015550100"]
    )
    assert row["whatsapp_id"] == raw["whatsAppId"]["phoneNumber"]["e164"] == row["cell_phone"]
    assert row["personal_email"] == raw["personalEmail"] == raw["identifiers"][0]["value"]
    assert row["external_id"] == row["external_ids"][0]["value"] == raw["externalIds"][0]["value"]
    assert row["twitter_id"] == raw["twitterId"]["id"]
    assert row["line_id"] == raw["lineId"]["ids"][0]["userId"]
    assert row["custom_fields"] == raw["customFields"]


def test_a_number_of_another_country_has_the_pseudonym_of_what_genesys_read_it_as():
    raw = contact("hash")["raw"]["workPhone"]

    assert raw["userInput"] == raw["display"] == raw["e164"] == pseudonyms["+442079460958"]
    assert raw["extension"] == pseudonyms["4711"]


def test_a_number_that_nobody_could_read_is_hidden_too():
    row = contact("hash")

    assert row["other_phone"] == row["raw"]["otherPhone"]["userInput"] == pseudonyms["front desk"]
    assert contact("redact")["raw"]["otherPhone"] == {"display": None, "userInput": None}


def test_custom_fields_keep_their_names_and_truths_under_hash():
    fields = contact("hash")["custom_fields"]

    assert fields["tier_text"] == pseudonyms["gold"]
    assert fields["score_integer"] == pseudonyms["57"]
    assert fields["nested"]["list"] == [pseudonyms["private"], pseudonyms["1.5"]]
    assert fields["vip_checkbox"] is True


def test_redacted_columns_are_null_and_the_row_still_fits_its_schema():
    row = contact("redact")
    text_columns = [
        name for name, rule in SCHEMAS["external_contacts"]["properties"].items()
        if "x-pii" in rule and name != "raw"
    ]  # fmt: skip

    assert {name: row[name] for name in text_columns} == dict.fromkeys(text_columns)
    assert row["external_ids"] == [{"external_source_id": SOURCE, "value": None}]
    assert row["raw"]["customFields"] is None


def test_keep_changes_nothing():
    for stream in SCHEMAS:
        assert Privacy("keep").for_stream(stream) is None
        assert Privacy("keep").for_store(stream) is None


def test_streams_without_personal_columns_pass_untouched():
    for stream in ("contact_aliases", "timeline_events", "timelines"):
        assert Privacy("hash", KEY).for_stream(stream) is None


def test_a_row_is_never_changed_in_place():
    row = {"contact_id": "c1", "address": "+12015550100", "kind": "phone"}
    Privacy("hash", KEY).for_stream("contact_addresses")(row)  # type: ignore[misc]

    assert row["address"] == "+12015550100"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("first_name", ["first_name"]),
        ("firstName", ["first_name"]),
        ("name", ["first_name", "middle_name", "last_name", "salutation"]),
        ("phone", ["work_phone", "cell_phone", "other_phone"]),
        ("address", ["address_line1", "city", "state", "postal_code"]),
        ("city", ["city"]),
        ("external_ids", ["external_id"]),
        ("external_id", ["external_id"]),
        ("externalIds", ["external_id"]),
    ],
)
def test_one_field_or_all_with_a_mark_can_be_kept(name, columns):
    plain, hashed, kept = contact("keep"), contact("hash"), contact("hash", {name: "keep"})

    hidden = [column for column in plain if plain[column] != hashed[column]]
    shown = [column for column in hidden if kept[column] == plain[column]]
    assert shown == [*columns, *(["external_ids"] if "external_id" in columns else [])]


def test_the_payload_follows_the_column():
    raw = contact("hash", {"first_name": "keep", "cell_phone": "redact", "city": "keep"})["raw"]

    assert raw["firstName"] == "Willow"
    assert raw["cellPhone"]["e164"] is None
    assert (raw["address"]["city"], raw["address"]["address1"]) == ("Testhaven", pseudonyms["1 Nowhere Lane"])


def test_the_more_special_name_decides():
    row = contact("redact", {"name": "hash", "last_name": "keep"})

    assert (row["first_name"], row["last_name"], row["city"]) == (pseudonyms["Willow"], "Sampleton", None)


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        ("hash", {"phone": "keep"}),
        ("hash", {"phone": "keep", "social": "keep"}),
        ("keep", {"email": "hash"}),
        ("keep", {"social": "hash"}),
    ],
)
def test_where_an_e_mail_or_a_messaging_id_can_stand_beside_numbers_the_strictest_policy_holds(
    policy, fields
):
    privacy = Privacy(policy, KEY, fields)
    wire = {"ani": "+12015550100", "addressFrom": "willow@example.test", "destinationAddresses": ["x"]}
    raw = msgspec.Raw(msgspec.json.encode(wire))

    payload = changed("conversations", {"raw": raw}, policy, fields)["raw"]
    row = changed("contact_addresses", {"contact_id": "c", "address": "willow@example.test"}, policy, fields)

    assert payload["ani"] == "+12015550100"
    assert payload["addressFrom"] == row["address"] == pseudonyms["willow@example.test"]
    assert payload["destinationAddresses"] == [pseudonyms["x"]]
    assert privacy.close_address("willow@example.test") != "willow@example.test"


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("externalId", {"externalId", "external_id", "external_ids"}),
        ("external_ids", {"externalId", "external_id", "external_ids"}),
        ("externalIds", {"externalId", "external_id", "external_ids"}),
        ("emails", {"emails", "work_email", "personal_email", "other_email"}),
        ("work_email", {"emails", "work_email"}),
        ("workEmail", {"emails", "work_email"}),
        ("cell_phone", {"phoneNumbers", "cell_phone"}),
    ],
)
def test_a_field_of_the_guide_s_surface_is_hidden_in_every_place_it_stands_in(name, hidden):
    columns = ("work_email", "personal_email", "other_email", "work_phone", "cell_phone", "external_id")
    payload = {
        "externalId": "CRM-1",
        "emails": [{"value": "a@example.test", "type": "WORK"}],
        "phoneNumbers": [{"value": "+12015550100", "type": "MOBILE"}],
    }
    row = changed(
        "external_contacts",
        dict.fromkeys(SCHEMAS["external_contacts"]["properties"])
        | dict.fromkeys(columns, "something")
        | {"external_ids": [{"value": "CRM-1"}], "raw": msgspec.Raw(msgspec.json.encode(payload))},
        "keep",
        {name: "hash"},
    )

    shown = {column for column in columns if row[column] == "something"}
    shown |= {key for key in payload if row["raw"][key] == payload[key]}
    shown |= {"external_ids"} if row["external_ids"] == [{"value": "CRM-1"}] else set()
    assert {*columns, *payload, "external_ids"} - shown == hidden


def test_single_custom_fields_have_their_own_policy():
    for name in ("customFields", "custom_fields"):
        row = contact("redact", {f"{name}.tier_text": "keep", f"{name}.born_date": "hash"})
        expected = {"tier_text": "gold", "born_date": pseudonyms["1970-01-01"]}
        assert {key: value for key, value in row["custom_fields"].items() if value is not None} == expected
        assert row["raw"]["customFields"] == row["custom_fields"]


def test_keys_that_the_tap_does_not_know_can_be_named():
    row = contact("keep", {"raw.shoeSize": "redact", "raw.petName": "hash"}, shoeSize=44, petName="Rex")

    assert (row["raw"]["shoeSize"], row["raw"]["petName"]) == (None, pseudonyms["Rex"])
    assert row["raw"]["firstName"] == "Willow"


def test_a_payload_can_be_emptied_or_kept_whole():
    assert contact("hash", {"raw": "redact"})["raw"] is None
    kept = contact("hash", {"raw": "keep"})
    assert (kept["raw"], kept["first_name"]) == (CONTACT, pseudonyms["Willow"])


@pytest.mark.parametrize("policy", ["hash", "redact"])
def test_a_contact_of_the_guide_is_hidden_as_well(policy):
    raw = msgspec.Raw(
        b'{"id":"g1","externalId":"CRM-1","firstName":"Willow","emails":[{"value":"w@example.com","type":"work"}],'
        b'"phoneNumbers":[{"value":"+12015550100","type":"mobile"}]}'
    )
    row = contact_row(decode_guide_contact(raw, Oddities()), raw)

    shown = changed("external_contacts", row, policy)

    assert not [text for text in ("CRM-1", "Willow", "w@example.com", "555") if text in json.dumps(shown)]
    assert shown["raw"]["emails"][0]["type"] == "work"
    if policy == "hash":
        assert shown["raw"]["phoneNumbers"][0]["value"] == shown["cell_phone"]
        assert shown["raw"]["externalId"] == shown["external_id"]


def test_keys_of_addresses_are_never_empty():
    found = address_rows(decode_contact(msgspec.Raw(json.dumps(CONTACT).encode()), Oddities()))
    for policy in ("hash", "redact"):
        rows = [changed("contact_addresses", row, policy) for row in found]
        keys = {tuple(row[key] for key in PRIMARY_KEYS["contact_addresses"]) for row in rows}
        assert len(keys) == len(found)
        assert all(len(row["address"]) == 64 for row in rows)


def test_where_everything_is_kept_the_fingerprint_stays_whatever_the_login():
    assert Privacy(stand_in_key="a").fingerprint == Privacy(stand_in_key="b").fingerprint
    assert Privacy("redact", stand_in_key="a").fingerprint != Privacy("redact", stand_in_key="b").fingerprint


def test_the_fingerprint_changes_with_policy_key_and_fields_and_shows_no_key():
    prints = {
        Privacy(*arguments).fingerprint
        for arguments in [("hash", "k"), ("hash", "l"), ("redact", "k"), ("hash", "k", {"ani": "keep"})]
    }

    assert len(prints) == 4
    assert Privacy("hash", "k").fingerprint in prints
    assert not [each for each in prints if KEY in each]
