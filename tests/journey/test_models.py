"""Rendering: the files of dbt in DuckDB's words."""

from __future__ import annotations

import pytest

from tap_genesys_journey.store.journey_models import SOURCES, JourneyRules, dbt_project_path, render_models

TABLES = {name: f"main.{name}" for name in SOURCES}


def rendered(rules=JourneyRules()):  # noqa: B008 - frozen
    return render_models(TABLES, rules, relation=lambda name: f"temp.main.{name}")


def test_every_model_of_dbt_is_rendered_after_those_it_reads():
    models = rendered()

    assert set(models) == {path.stem for path in (dbt_project_path() / "models").rglob("*.sql")}
    seen = set()
    for model in models.values():
        assert model.refs <= seen
        seen.add(model.name)


def test_nothing_of_jinja_is_left_and_relations_are_the_given_ones():
    models = rendered()

    assert not any("{{" in model.sql or "{%" in model.sql for model in models.values())
    assert "main.interactions" in models["stg_genesys_journey__interactions"].sql
    assert "temp.main.timeline_events" in models["timeline_nodes"].sql


def test_settings_stand_in_the_statements():
    models = rendered(JourneyRules(90, ("TERMINATED", "MERGED")))

    assert "<= 90000" in models["int_genesys_journey__joined_legs"].sql
    assert "'TERMINATED', 'MERGED'" in models["int_genesys_journey__belonging_interactions"].sql


@pytest.mark.parametrize("states", [(), ("TERMINATED'",), ("",)])
def test_a_state_that_is_no_word_is_refused(states):
    with pytest.raises(ValueError, match="timeline_states"):
        JourneyRules(timeline_states=states)


def test_a_negative_window_is_refused():
    with pytest.raises(ValueError, match="correlation_window_seconds"):
        JourneyRules(correlation_window_seconds=-1)
