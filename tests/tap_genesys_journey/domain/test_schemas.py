from __future__ import annotations

import jsonschema
import pytest

from tap_genesys_journey.domain.schemas import PRIMARY_KEYS, SCHEMAS

PII_KINDS = {"name", "phone", "email", "address", "social", "free_text", "identifier"}
INTEGERS_WITHOUT_UNIT = {"transfer_count", "node_leg", "node_legs"}


def columns(stream):
    return SCHEMAS[stream]["properties"].items()


@pytest.mark.parametrize("stream", SCHEMAS)
def test_a_schema_is_one_and_says_what_each_column_is(stream):
    jsonschema.Draft7Validator.check_schema(SCHEMAS[stream])

    assert all(column["description"].endswith((".", "…")) for _, column in columns(stream))


@pytest.mark.parametrize("stream", SCHEMAS)
def test_keys_are_columns_that_are_never_null_and_all_others_may_be(stream):
    keys = PRIMARY_KEYS[stream]

    assert set(keys) <= set(SCHEMAS[stream]["properties"])
    for name, column in columns(stream):
        assert ("null" in column["type"]) is (name not in keys), name


@pytest.mark.parametrize("stream", SCHEMAS)
def test_instants_end_in_utc_and_durations_in_seconds(stream):
    for name, column in columns(stream):
        assert (column.get("format") == "date-time") is name.endswith("_utc"), name
        if "integer" in column["type"]:
            assert name.endswith("_seconds") or name in INTEGERS_WITHOUT_UNIT, name


def test_every_stream_has_a_key():
    assert set(PRIMARY_KEYS) == set(SCHEMAS)


def test_marks_of_personal_data_are_those_of_the_contract():
    marks = {
        column["x-pii"]
        for schema in SCHEMAS.values()
        for column in schema["properties"].values()
        if "x-pii" in column
    }

    assert marks <= PII_KINDS


@pytest.mark.parametrize(
    ("stream", "name", "kind"),
    [
        ("external_contacts", "first_name", "name"),
        ("external_contacts", "cell_phone", "phone"),
        ("external_contacts", "work_email", "email"),
        ("external_contacts", "city", "address"),
        ("external_contacts", "line_id", "social"),
        ("external_contacts", "external_id", "identifier"),
        ("external_contacts", "custom_fields", "free_text"),
        ("external_contacts", "raw", "free_text"),
        ("contact_addresses", "address", "phone"),
        ("conversations", "raw", "free_text"),
        ("interactions", "address", "phone"),
    ],
)
def test_personal_columns_are_marked(stream, name, kind):
    assert SCHEMAS[stream]["properties"][name]["x-pii"] == kind


@pytest.mark.parametrize(
    ("stream", "name"), [("external_contacts", "id"), ("interactions", "participant_id")]
)
def test_ids_made_by_genesys_are_not_personal(stream, name):
    assert "x-pii" not in SCHEMAS[stream]["properties"][name]


@pytest.mark.parametrize("stream", ["external_contacts", "conversations"])
def test_raw_takes_any_object(stream):
    raw = SCHEMAS[stream]["properties"]["raw"]

    assert (raw["type"], raw["additionalProperties"]) == (["object", "null"], True)
