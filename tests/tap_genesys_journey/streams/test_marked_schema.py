"""Marks of personal data reach whoever reads a catalog or a SCHEMA message, whatever the way there."""

from __future__ import annotations

import json

import pytest

from tap_genesys_journey.domain.schemas import SCHEMAS


def marks(schema):
    """Mark by path."""
    found = {}
    for name, part in schema.get("properties", {}).items():
        if "x-pii" in part:
            found[name] = part["x-pii"]
        found |= {f"{name}.{path}": mark for path, mark in marks(part.get("items", part)).items()}
    return found


def announced(run):
    return run.messages[0]["schema"]


@pytest.mark.parametrize("stream", sorted(SCHEMAS))
def test_discovery_shows_every_mark(stream, new_tap):
    entry = next(each for each in new_tap().catalog_dict["streams"] if each["tap_stream_id"] == stream)

    assert marks(entry["schema"]) == marks(SCHEMAS[stream])


@pytest.mark.parametrize("stream", sorted(SCHEMAS))
def test_the_schema_message_shows_every_mark(stream, written):
    assert marks(announced(written(stream))) == marks(SCHEMAS[stream])


def test_marks_survive_a_catalog_that_went_through_a_file(new_tap, written):
    catalog = json.loads(json.dumps(new_tap().catalog_dict))

    run = written("external_contacts", catalog=catalog)

    assert marks(announced(run)) == marks(SCHEMAS["external_contacts"])
    assert "external_ids.value" in marks(announced(run))


def test_marks_come_back_into_a_catalog_that_lost_them(new_tap, written):
    catalog = json.loads(json.dumps(new_tap().catalog_dict).replace('"x-pii"', '"x-lost"'))

    assert marks(announced(written("interactions", catalog=catalog))) == {"address": "phone"}


def test_a_deselected_column_goes_with_its_mark(new_tap, written):
    catalog = new_tap().catalog_dict
    entry = next(each for each in catalog["streams"] if each["tap_stream_id"] == "external_contacts")
    for item in entry["metadata"]:
        if list(item["breadcrumb"]) == ["properties", "first_name"]:
            item["metadata"]["selected"] = False

    found = marks(announced(written("external_contacts", catalog=catalog)))

    assert "first_name" not in found
    assert found["last_name"] == "name"


def test_marks_survive_stream_maps_and_flattening(written):
    maps = {"external_contacts": {"full": "first_name", "last_name": None}}

    run = written("external_contacts", stream_maps=maps, flattening_enabled=True, flattening_max_depth=1)

    found = marks(announced(run))
    assert found["first_name"] == "name"
    assert "last_name" not in found
