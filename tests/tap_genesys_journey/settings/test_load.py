"""From a configuration to typed settings: defaults, units, and the rules between settings."""

import dataclasses
import json
import math
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import CONFIG_SCHEMA, load_settings

MINIMAL = {"client_id": "id", "client_secret": "s3cr3t", "region": "eu-west-1", "start_date": "2024-01-01"}
UTC = timezone.utc


def load(**changes):
    config = MINIMAL | changes
    return load_settings({name: value for name, value in config.items() if value is not ...})


def fault_of(**changes):
    with pytest.raises(SettingError) as caught:
        load(**changes)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_home_folder_in_the_path_of_the_store_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")

    assert load(store_path="~/store.duckdb").store_path == Path("/somewhere/store.duckdb")


def test_the_least_configuration_gets_the_documented_defaults():
    settings = load()
    assert settings.api == "platform"
    assert settings.end_date is None
    assert settings.page_size is None
    assert settings.store_path is None
    assert settings.external_ids == settings.contact_ids == ()
    assert settings.timeline_states == {"TERMINATED", "TRANSFERRED", "MERGED"}
    assert not settings.include_system_participants
    assert (settings.correlation_window_seconds, settings.contact_id_ttl_hours) == (60, 24)
    assert (settings.lookback_days, settings.window_days, settings.bulk_contacts_size) == (3, 1, 50)
    assert dataclasses.asdict(settings.pace) == {
        "requests_per_minute": 300,
        "rate_limit_headroom": 0.85,
        "rate_limit_reserve": 10,
        "concurrency": 4,
        "max_retries": 8,
        "max_wait_seconds": 900,
        "request_timeout_seconds": 120,
    }
    assert (settings.privacy.policy, settings.privacy.key, settings.privacy.fields) == ("keep", None, {})


def test_what_is_given_wins_over_the_default():
    settings = load(concurrency="8", lookback_days=0.5, page_size=100, store_path="store.duckdb")
    assert settings.pace.concurrency == 8
    assert settings.lookback_days == 0.5
    assert settings.page_size == 100
    assert settings.store_path == Path("store.duckdb")


def test_whole_numbers_written_as_floats_become_integers():
    assert isinstance(load(concurrency=8.0).pace.concurrency, int)


def test_loading_changes_neither_the_configuration_nor_the_schema():
    config, schema = json.dumps(MINIMAL), json.dumps(CONFIG_SCHEMA)
    given = json.loads(config)
    load_settings(given)
    assert (json.dumps(given), json.dumps(CONFIG_SCHEMA)) == (config, schema)


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().api = "guide"


def test_printing_the_settings_shows_no_secret_and_nobody():
    settings = load(
        client_id="hunter1",
        client_secret="hunter2",
        pii={"policy": "hash", "key": "hunter3"},
        external_ids=["hunter4"],
        contact_ids=["hunter5"],
    )
    assert "hunter" not in repr(settings)
    assert "hunter" not in repr(load(access_token="hunter6"))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T10:20:30Z", datetime(2024, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2024-01-31t10:20:30z", datetime(2024, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2024-01-31 10:20", datetime(2024, 1, 31, 10, 20, tzinfo=UTC)),
        ("2024-01-31T10:20:30", datetime(2024, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2024-01-31T10:20:30.250+02:00", datetime(2024, 1, 31, 8, 20, 30, 250000, tzinfo=UTC)),
    ],
)
def test_instants_are_read_into_utc(text, instant):
    start = load(start_date=text).start_date
    assert start == instant
    assert start.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2024",
        "10:00",
        "P1D",
        "2024-02-30",
        "2024-13-01",
        "2024-01-01T25:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "1969-12-31",
        "9999-12-31T23:59:59-10:00",
        "2024-01-01/2024-02-01",
    ],
)
def test_what_is_no_instant_is_refused(text):
    assert fault_of(start_date=text).startswith(f"start_date: {text!r} is not an instant; allowed: a date")


@pytest.mark.parametrize("end", ["2023-12-31", "2024-01-01", "2024-01-01T02:00:00+02:00"])
def test_an_end_that_is_not_after_the_start_is_refused(end):
    assert fault_of(end_date=end).startswith(f"end_date: {end!r} is not after start_date")


def test_an_end_after_the_start_is_kept():
    assert load(end_date="2024-02-01").end_date == datetime(2024, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_half_a_client_pair_is_refused_naming_the_other_half(missing):
    message = fault_of(**{missing: ...})
    assert message.startswith(f"{missing}: missing; allowed: {missing} together with")
    assert "access_token" in message


def test_a_ready_token_needs_no_client():
    settings = load(client_id=..., client_secret=..., access_token="token")
    assert settings.access_token == "token"
    assert settings.credentials is None


def test_a_ready_token_is_used_instead_of_the_pair():
    assert load(access_token="token").credentials is None


@pytest.mark.parametrize("name", ["client_id", "client_secret", "access_token"])
@pytest.mark.parametrize("value", ["hunter2\n", "Bearer hunter2", " hunter2", "huntér2"])
def test_a_secret_that_could_not_be_sent_is_refused_and_not_shown(name, value):
    message = fault_of(**{name: value})
    assert message.startswith(f"{name}: holds white space or characters outside ASCII")
    assert "hunt" not in message


def test_a_client_id_with_its_secret_pasted_behind_it_is_refused():
    message = fault_of(client_id="id:hunter2")
    assert message.startswith("client_id: holds a colon")
    assert "hunter2" not in message


@pytest.mark.parametrize("state", ["DRAFT", "ARCHIVED", "draft"])
@pytest.mark.parametrize("api", ["platform", "guide"])
def test_drafts_and_archived_conversations_never_enter_a_timeline(state, api):
    message = fault_of(timeline_states=["TERMINATED", state], api=api)
    assert message.startswith(
        f"timeline_states: {state.upper()} never enters a timeline; allowed: TERMINATED"
    )


def test_a_state_the_platform_does_not_have_is_refused():
    assert fault_of(timeline_states=["TERMINTED"]).startswith(
        "timeline_states: 'TERMINTED' is not a state of the platform surface; allowed: TERMINATED"
    )


def test_a_gateway_may_have_states_of_its_own():
    assert load(api="guide", timeline_states=["closed"]).timeline_states == {"CLOSED"}


@pytest.mark.parametrize("pii", [{"policy": "hash"}, {"fields": {"email": "hash"}}])
def test_hashing_without_a_key_is_refused(pii):
    assert fault_of(pii=pii).startswith("pii.key: missing; allowed: a long random text")


def test_privacy_settings_are_read():
    privacy = load(pii={"policy": "redact", "key": "k", "fields": {"email": "hash"}}).privacy
    assert (privacy.policy, privacy.key, privacy.fields) == ("redact", "k", {"email": "hash"})


def test_an_external_source_without_ids_is_refused():
    assert fault_of(external_source="CRM").startswith("external_source: given without ids")


def test_an_external_source_is_refused_on_the_guide_surface():
    message = fault_of(external_source="CRM", external_ids=["a"], api="guide")
    assert message.startswith("external_source: not known to the guide surface")


def test_an_external_source_stands_beside_ids():
    assert load(external_source="CRM", external_ids=["a"]).external_source == "CRM"


def test_what_the_sdk_adds_is_passed_over():
    assert load(stream_maps={}, flattening_enabled=False, batch_config={}).api == "platform"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_without_end_are_refused(value):
    assert "not a finite number" in fault_of(max_wait_seconds=value)
