"""A wrong configuration is one line: the setting, what is wrong, what is allowed."""

import copy
from decimal import Decimal

import jsonschema
import pytest
from singer_sdk import Tap

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import CONFIG_SCHEMA, SETTINGS, check_config, read_environment

MINIMAL = {"client_id": "id", "client_secret": "s3cr3t", "region": "eu-west-1", "start_date": "2024-01-01"}
PREFIX = "TAP_GENESYS_JOURNEY_"


class PlainTap(Tap):
    """The smallest tap: what singer-sdk merges into a schema by itself."""

    name = "tap-genesys-journey"
    config_jsonschema = copy.deepcopy(CONFIG_SCHEMA)

    def discover_streams(self):
        return []


def fault_of(schema=CONFIG_SCHEMA, **changes):
    with pytest.raises(SettingError) as caught:
        check_config(MINIMAL | changes, schema)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_schema_itself_is_valid():
    # Without what singer-sdk may have merged in meanwhile, which is not valid everywhere.
    jsonschema.Draft202012Validator.check_schema(CONFIG_SCHEMA | {"properties": dict(SETTINGS)})


def test_every_setting_is_described():
    missing = [name for name, rule in SETTINGS.items() if not rule.get("description")]
    assert missing == []


@pytest.mark.parametrize(("name", "rule"), [item for item in SETTINGS.items() if "default" in item[1]])
def test_every_default_satisfies_its_own_rule(name, rule):
    check_config(MINIMAL | {name: rule["default"]}, CONFIG_SCHEMA)


def test_exactly_the_secrets_are_marked():
    secrets = {name for name, rule in SETTINGS.items() if rule.get("secret")}
    assert secrets == {"client_id", "client_secret", "access_token", "pii"}
    assert SETTINGS["pii"]["properties"]["key"]["secret"]


def test_the_bound_of_a_setting_fits_as_the_sdk_reads_it_from_a_file():
    check_config(
        MINIMAL | {"window_days": Decimal("0.001"), "rate_limit_headroom": Decimal(1)}, CONFIG_SCHEMA
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"lookback_days": Decimal("-0.5")},
            "lookback_days: -0.5 does not fit; allowed: a number from 0 to 3650",
        ),
        ({"concurrency": 99}, "concurrency: 99 does not fit; allowed: a whole number from 1 to 16"),
        ({"concurrency": 2.5}, "concurrency: 2.5 does not fit; allowed: a whole number from 1 to 16"),
        ({"concurrency": "many"}, "concurrency: 'many' does not fit; allowed: a whole number from 1 to 16"),
        ({"concurrency": True}, "concurrency: True does not fit; allowed: a whole number from 1 to 16"),
        (
            {"rate_limit_headroom": 0},
            "rate_limit_headroom: 0 does not fit; allowed: a number above 0, at most 1",
        ),
        (
            {"window_days": float("nan")},
            "window_days: nan is not a finite number; allowed: a number from 0.001 to 31",
        ),
        (
            {"window_days": "inf"},
            "window_days: inf is not a finite number; allowed: a number from 0.001 to 31",
        ),
        ({"api": "rest"}, "api: 'rest' does not fit; allowed: platform or guide"),
        (
            {"include_system_participants": "perhaps"},
            "include_system_participants: 'perhaps' does not fit; allowed: true or false",
        ),
        ({"timeline_states": []}, "timeline_states: empty; allowed: a list of texts, not empty"),
        ({"timeline_states": [7]}, "timeline_states[0]: 7 does not fit; allowed: text"),
        ({"store_path": ""}, "store_path: empty; allowed: text, not empty"),
        ({"pii": {"policy": "mask"}}, "pii.policy: the value does not fit; allowed: keep, hash or redact"),
        (
            {"pii": {"fields": {"email": "mask"}}},
            "pii.fields.email: the value does not fit; allowed: keep, hash or redact",
        ),
    ],
)
def test_the_line_names_the_setting_the_fault_and_what_is_allowed(changes, message):
    assert fault_of(**changes) == message


def test_a_missing_setting_is_named():
    config = {name: value for name, value in MINIMAL.items() if name != "start_date"}
    with pytest.raises(SettingError, match=r"^start_date: missing; allowed: a date or date-time such as"):
        check_config(config, CONFIG_SCHEMA)


@pytest.mark.parametrize(
    ("unknown", "near"),
    [("concurency", "concurrency"), ("clientId", "client_id"), ("Start_Date", "start_date")],
)
def test_an_unknown_setting_is_refused_by_name_with_the_nearest_known_one(unknown, near):
    assert fault_of(**{unknown: 1}) == f"{unknown}: unknown setting; did you mean {near}?"


def test_an_unknown_setting_like_no_other_gets_the_whole_list():
    message = fault_of(zzz=1)
    assert all(name in message for name in SETTINGS)


def test_unknown_names_inside_an_object_are_refused_too():
    assert fault_of(pii={"polcy": "hash"}) == "pii.polcy: unknown setting; did you mean policy?"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ["hunter2"]},
        {"client_secret": {"value": "hunter2"}},
        {"access_token": ["hunter2"]},
        {"pii": "hunter2"},
        {"pii": {"key": ["hunter2"]}},
        {"pii": {"policy": "hunter2"}},
        {"external_ids": "hunter2"},
        {"contact_ids": [["hunter2"]]},
        {"unheard_of": "hunter2"},
    ],
)
def test_no_message_shows_a_secret_or_an_id_that_points_at_a_person(changes):
    assert "hunter2" not in fault_of(**changes)


def test_a_long_value_is_cut():
    assert len(fault_of(api="x" * 5000)) < 150


def test_none_counts_as_not_set():
    check_config(MINIMAL | {"end_date": None, "concurrency": None}, CONFIG_SCHEMA)


@pytest.mark.parametrize("changes", [{"concurrency": "8"}, {"lookback_days": "2.5"}, {"max_retries": "0"}])
def test_numbers_may_come_as_text(changes):
    check_config(MINIMAL | changes, CONFIG_SCHEMA)


def test_the_settings_of_the_sdk_keep_working_beside_the_own_ones():
    tap = PlainTap(config=MINIMAL | {"stream_maps": {}, "flattening_enabled": False})
    check_config(tap.config, tap.config_jsonschema)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stream_maps": 5}, "stream_maps: 5 does not fit; allowed: an object"),
        ({"flattening_enabled": "no"}, "flattening_enabled: 'no' does not fit; allowed: true or false"),
        ({"stream_map": {}}, "stream_map: unknown setting; did you mean stream_maps?"),
        (
            {"stream_maps": {"users": 1}},
            "stream_maps.users: 1 does not fit; allowed: what the documentation of singer-sdk says",
        ),
    ],
)
def test_faults_in_the_settings_of_the_sdk_are_one_line_too(changes, message):
    PlainTap(config=dict(MINIMAL))
    assert fault_of(PlainTap.config_jsonschema, **changes) == message


def test_the_environment_gives_every_type_of_setting(monkeypatch):
    texts = {
        "START_DATE": "2024-01-01",
        "CONCURRENCY": "8",
        "LOOKBACK_DAYS": "2.5",
        "INCLUDE_SYSTEM_PARTICIPANTS": "true",
        "CONTACT_IDS": '["a", "b"]',
        "PII": '{"policy": "redact"}',
    }
    for name, text in texts.items():
        monkeypatch.setenv(f"{PREFIX}{name}", text)
    values = read_environment(CONFIG_SCHEMA, PREFIX)
    assert values == {
        "start_date": "2024-01-01",
        "concurrency": 8,
        "lookback_days": "2.5",
        "include_system_participants": True,
        "contact_ids": ["a", "b"],
        "pii": {"policy": "redact"},
    }
    check_config(MINIMAL | values, CONFIG_SCHEMA)


@pytest.mark.parametrize(("text", "truth"), [("on", True), ("1", True), ("No", False), ("off", False)])
def test_a_variable_says_yes_or_no_in_several_words(monkeypatch, text, truth):
    monkeypatch.setenv(f"{PREFIX}INCLUDE_SYSTEM_PARTICIPANTS", text)

    assert read_environment(CONFIG_SCHEMA, PREFIX) == {"include_system_participants": truth}


@pytest.mark.parametrize(
    ("name", "text"),
    [("CONCURRENCY", "four"), ("PII", "hunter2"), ("INCLUDE_SYSTEM_PARTICIPANTS", "maybe")],
)
def test_an_unreadable_variable_is_named_and_not_shown(monkeypatch, name, text):
    monkeypatch.setenv(f"{PREFIX}{name}", text)
    with pytest.raises(SettingError, match=f"{PREFIX}{name} cannot be read; allowed:") as caught:
        read_environment(CONFIG_SCHEMA, PREFIX)
    assert text not in str(caught.value)
