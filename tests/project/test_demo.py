"""What the demo shows, without the Meltano run that fills it."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from pathlib import Path

import duckdb
import pytest

from tap_genesys_journey.settings import check_config, read_environment
from tap_genesys_journey.tap import TapGenesysJourney

ROOT = Path(__file__).resolve().parents[2]

EVENTS = """
    create table timeline_events (
        contact_id varchar, conversation_id varchar, journey_node_id varchar, node_leg int, node_legs int,
        handoff_type varchar, start_time_utc timestamp, channel_type varchar, state varchar,
        routing_queue varchar, duration_seconds int, gap_seconds int, on_timeline boolean
    );
    insert into timeline_events values
        ('one', 'c1', 'n1', 1, 2, 'EMAIL_TO_CHAT', '2024-01-01 10:00', 'EMAIL', 'MERGED', 'q', 9, null, true),
        ('one', 'c2', 'n1', 2, 2, 'EMAIL_TO_CHAT', '2024-01-01 10:01', 'CHAT', 'MERGED', 'q', 9, 5, true),
        ('two', 'c3', 'n2', 1, 2, 'CHAT_TO_VOICE', '2024-01-02 10:00', 'CHAT', 'MERGED', '', 60, null, true),
        ('two', 'c4', 'n2', 2, 2, 'CHAT_TO_VOICE', '2024-01-02 10:01', 'VOICE', 'MERGED', 'q', 600, 15, true),
        ('two', 'c5', null, null, null, null, '2024-01-03 10:00', 'VOICE', 'QUEUED', 'q', 1, null, false),
        (null, 'c6', null, null, null, null, '2024-01-03 10:00', 'VOICE', 'MERGED', 'q', 1, null, false);
"""


@pytest.fixture(scope="module")
def demo():
    spec = importlib.util.spec_from_file_location("demo", ROOT / "scripts" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def loaded(demo):
    with duckdb.connect() as connection:
        connection.execute(EVENTS)
        for table in demo.TABLES:
            connection.execute(f"create table if not exists {table} as select 1 as id")
        yield connection


def test_every_table_shown_is_a_stream(demo):
    assert set(demo.TABLES) <= set(TapGenesysJourney(config={}, validate_config=False).streams)


def test_the_sandbox_s_settings_reach_the_tap_through_the_environment(demo, monkeypatch):
    config = {"client_id": "a", "client_secret": "b", "api_url": "http://127.0.0.1:1", "concurrency": 8}
    for name, text in demo.environment(config | {"start_date": "2024-01-01"}).items():
        monkeypatch.setenv(name, text)
    schema = TapGenesysJourney.config_jsonschema

    values = read_environment(schema, "TAP_GENESYS_JOURNEY_")

    assert values == config | {"start_date": "2024-01-01"}
    check_config(values, schema)


def test_progress_is_told_and_everything_else_logged(demo):
    lines = [
        "2024-01-01T00:00:00Z [info     ] meltano             Running catalog discovery\n",
        "2024-01-01T00:00:01Z [info     ] tap Conversations: 2 of 14 windows; reading Monday; 9 rows\n",
    ]
    log = io.StringIO()

    told = [line.rstrip() for line in demo.progress(lines, log)]

    assert told == ["conversations: 2 of 14 windows; reading Monday"]
    assert log.getvalue() == "".join(lines)


def test_the_tap_still_says_what_the_demo_listens_to():
    source = (ROOT / "tap_genesys_journey" / "extraction" / "by_window.py").read_text(encoding="utf-8")
    assert 'part("Conversations", ' in source


def test_rows_a_handoff_the_file_and_a_query_are_shown(demo, loaded, capsys):
    demo.show(loaded)

    shown = capsys.readouterr().out
    assert "  timeline_events            6 rows" in shown
    assert "customer two" in shown
    assert "02 Jan 10:01:00  VOICE    MERGED  q      600      2 of 2  CHAT_TO_VOICE  15" in shown
    assert "03 Jan" not in shown
    assert "output/demo.duckdb" in shown
    assert "output/demo.log" in shown


def test_the_query_that_is_shown_can_be_run(demo, loaded, capsys, tmp_path, monkeypatch):
    path = tmp_path / "demo.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute(f"create schema {demo.SCHEMA}")
        file.execute(
            f"create table {demo.SCHEMA}.conversations as select 'VOICE' channel_type, 'MERGED' state"
        )
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "DATABASE", path)
    monkeypatch.setattr(demo, "LOG", tmp_path / "demo.log")
    demo.show(loaded)

    shown = capsys.readouterr().out
    code = shown.partition('-c "')[2].partition('"\n')[0].replace("'demo.duckdb'", repr(str(path)))
    exec(compile(code, "shown", "exec"), {})  # noqa: S102 # it is printed for people to run
    assert "VOICE" in capsys.readouterr().out


def test_a_failed_run_names_its_log(demo, monkeypatch, tmp_path):
    log = tmp_path / "demo.log"
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "LOG", log)
    monkeypatch.setattr(demo, "MELTANO", Path(sys.executable))
    with pytest.raises(SystemExit, match=r"exit code 2; its log: demo\.log"):
        demo.load({"client_id": json.dumps("a")})
    assert "can't open file" in log.read_text(encoding="utf-8")
