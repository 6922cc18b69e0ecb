"""Rows leave as they are where nothing looks into them, through the SDK elsewhere: the records are equal."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from singer_sdk.exceptions import MapExpressionError

from tap_genesys_journey.domain.contacts import address_rows, alias_rows, contact_row, decode_contact
from tap_genesys_journey.domain.facts import interaction_rows
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.exceptions import SettingError

NUMBERS = (
    b'"n":1.10,"big":123456789012345678901234567890,"huge":1e400,"small":-0.0,"exact":0.1000000000000000055'
)
CONVERSATION = (
    b'{"conversationId":"v1","conversationStart":"2026-01-01T01:00:00.000Z",'
    b'"conversationEnd":"2026-01-01T02:00:00.500Z","text":"\\u00e9\\ud83d\\ude00 \xc3\xa9 \\" \\\\ \\n",'
    + NUMBERS
    + b',"participants":[{"participantId":"p1","purpose":"customer","externalContactId":"k1","sessions":'
    b'[{"mediaType":"voice","direction":"inbound","ani":"tel:+12015550142","segments":[{"segmentType":'
    b'"interact","segmentStart":"2026-01-01T01:00:00.000Z","segmentEnd":"2026-01-01T02:00:00.500Z"}]}]}]}'
)
CONTACT = (
    b'{"id":"k1","type":"Curated","firstName":"Made","lastName":"Up","workEmail":"Made.Up@example.com",'
    b'"workPhone":{"e164":"+12015550142"},"externalIds":[{"externalSource":{"id":"s1"},"value":"CRM-1"}],'
    b'"customFields":{"a":{"b":[1,null,"x"]}},"modifyDate":"2026-01-01T00:00:00Z",' + NUMBERS + b"}"
)


@pytest.fixture
def rows():
    """Rows of every stream that is fed while reading, made by the domain."""
    facts = read_conversation(CONVERSATION, Oddities(), include_system_participants=False)
    contact = decode_contact(CONTACT, Oddities())
    return {
        "conversations": [facts.row],
        "interactions": interaction_rows(facts),
        "external_contacts": [contact_row(contact, CONTACT)],
        "contact_aliases": alias_rows(contact, datetime(2026, 1, 2, tzinfo=timezone.utc)),
        "contact_addresses": address_rows(contact),
    }


STREAMS = ("conversations", "interactions", "external_contacts", "contact_aliases", "contact_addresses")


def exactly(run):
    """Records with every number as exact as it was written."""
    lines = [json.loads(line, parse_float=Decimal) for line in run.output.splitlines()]
    return [line["record"] for line in lines if line["type"] == "RECORD"]


def without(new_tap, *breadcrumbs):
    """The catalog with some properties deselected."""
    catalog = new_tap().catalog_dict
    for entry in catalog["streams"]:
        known = {tuple(item["breadcrumb"]): item for item in entry["metadata"]}
        for breadcrumb in breadcrumbs:
            if breadcrumb not in known:
                known[breadcrumb] = {"breadcrumb": list(breadcrumb), "metadata": {}}
                entry["metadata"].append(known[breadcrumb])
            known[breadcrumb]["metadata"]["selected"] = False
    return catalog


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_map_that_changes_nothing_changes_nothing(written, rows, stream):
    fast = written(stream, rows[stream])
    mapped = written(stream, rows[stream], stream_maps={stream: {"__filter__": "True"}})

    assert exactly(mapped) == exactly(fast)
    assert len(exactly(fast)) == len(rows[stream]) > 0


@pytest.mark.parametrize("expression", ["1 / 0", "int(contact_id)", "address.nothing()", "nobody"])
def test_a_stream_map_that_fails_on_a_record_is_one_line_without_the_record(written, rows, expression):
    maps = {"interactions": {"made": expression}}

    with pytest.raises((SettingError, MapExpressionError)) as raised:
        written("interactions", rows["interactions"], stream_maps=maps)

    line = str(raised.value)
    assert "\n" not in line
    assert expression in line or line.startswith(
        "stream_maps: a map of stream interactions fails on a record ("
    )
    assert "k1" not in line
    assert "+1201" not in line


@pytest.mark.parametrize("stream", STREAMS)
def test_deselecting_something_nested_that_is_not_there_changes_nothing(written, new_tap, rows, stream):
    catalog = without(new_tap, ("properties", "raw", "properties", "nothing"))

    assert exactly(written(stream, rows[stream], catalog=catalog)) == exactly(written(stream, rows[stream]))


@pytest.mark.parametrize("stream", STREAMS)
def test_flattening_writes_the_same_values_lists_and_objects_as_json(written, rows, stream):
    flat = written(stream, rows[stream], flattening_enabled=True, flattening_max_depth=3)

    for flattened, record in zip(exactly(flat), exactly(written(stream, rows[stream])), strict=True):
        assert list(flattened) == list(record)
        for name, value in record.items():
            is_nested = isinstance(value, (dict, list))
            assert value == (
                json.loads(flattened[name], parse_float=Decimal) if is_nested else flattened[name]
            )


def test_a_nested_property_is_left_out_where_it_is_deselected(written, new_tap, rows):
    catalog = without(new_tap, ("properties", "raw", "properties", "participants"))

    (record,) = exactly(written("conversations", rows["conversations"], catalog=catalog))

    (whole,) = exactly(written("conversations", rows["conversations"]))
    whole["raw"].pop("participants")
    assert record == whole


@pytest.mark.parametrize("more", [{}, {"stream_maps": {"conversations": {"__filter__": "True"}}}])
def test_deselected_properties_are_in_neither_record_nor_schema(written, new_tap, rows, more):
    catalog = without(new_tap, ("properties", "raw"), ("properties", "agent_id"))

    run = written("conversations", rows["conversations"], catalog=catalog, **more)

    (whole,) = exactly(written("conversations", rows["conversations"]))
    (record,) = exactly(run)
    assert record == {name: value for name, value in whole.items() if name not in {"raw", "agent_id"}}
    assert list(run.messages[0]["schema"]["properties"]) == list(record)


@pytest.mark.parametrize("more", [{}, {"stream_maps": {"interactions": {"__filter__": "True"}}}])
def test_keys_stay_even_where_they_are_deselected(written, new_tap, rows, more):
    catalog = without(new_tap, ("properties", "conversation_id"), ("properties", "participant_id"))

    (record,) = exactly(written("interactions", rows["interactions"], catalog=catalog, **more))

    assert (record["conversation_id"], record["participant_id"]) == ("v1", "p1")


def test_a_payload_leaves_as_it_came_to_the_byte(written, rows):
    (conversation,) = written("conversations", rows["conversations"]).raw_rows("conversations")
    (contact,) = written("external_contacts", rows["external_contacts"]).raw_rows("external_contacts")

    assert (conversation["raw"], contact["raw"]) == (CONVERSATION, CONTACT)


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_line_breaks_between_a_payload_s_values_do_not_break_the_line(written, line_break):
    payload = CONVERSATION.replace(b',"', b"," + line_break + b'  "')
    facts = [read_conversation(each, Oddities()) for each in (payload, CONVERSATION)]

    run = written("conversations", [each.row for each in facts])

    assert [row["raw"] for row in run.raw_rows("conversations")] == [CONVERSATION, CONVERSATION]
    assert b"\r" not in run.output


def test_an_integer_longer_than_any_machine_s_leaves_to_the_digit(written):
    payload = b'{"conversationId":"v1","n":%b,"x":[-%b]}' % (b"7" * 5000, b"9" * 401)
    facts = read_conversation(payload, Oddities(), include_system_participants=False)
    mapped = {"conversations": {"__filter__": "True"}}

    (row,) = written("conversations", [facts.row], stream_maps=mapped).raw_rows("conversations")

    assert row["raw"] == payload


def test_the_schema_is_announced_once_however_often_it_is_asked_for(new_tap, capsysbinary):
    stream = new_tap().streams["conversations"]

    stream.open()
    stream._write_schema_message()

    assert len(capsysbinary.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("more", [{}, {"stream_maps": {"conversations": {"__filter__": "True"}}}])
def test_a_dry_run_stops_at_its_limit(new_tap, rows, capsysbinary, more):
    stream = new_tap(**more).streams["conversations"]
    stream.ABORT_AT_RECORD_COUNT = 3

    for _ in range(5):
        stream.write(rows["conversations"] * 2)

    assert len(capsysbinary.readouterr().out.splitlines()) == 3
    assert stream.rows_allowed == 0
