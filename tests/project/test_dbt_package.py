"""`dbt/` installs as a package of a fresh project, out of a git repository, and heeds its vars."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.journey_organizations import example_organization
from support.journey_parity import MARTS, DbtBuild, rendered_marts

from tap_genesys_journey.store.journey_models import JourneyRules

DBT = Path(__file__).resolve().parents[2] / "dbt"
WINDOW_SECONDS = 31


def git(folder, *arguments):
    """What git says."""
    command = ["git", "-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def organization():
    return example_organization(20)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A git repository that holds the package where this one does, in `dbt/`."""
    folder = tmp_path_factory.mktemp("repository")
    unwanted = shutil.ignore_patterns("target", "dbt_packages", "logs")
    shutil.copytree(DBT, folder / "dbt", ignore=unwanted)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=dbt")
    return folder


@pytest.fixture(scope="module")
def built(organization, repository, tmp_path_factory):
    """The marts of a project that reads another database and schema, with a window of its own."""
    folder = tmp_path_factory.mktemp("consumer")
    revision = git(repository, "rev-parse", "HEAD")
    package = {"git": repository.as_uri(), "subdirectory": "dbt", "revision": revision}
    variables = {
        "genesys_journey_database": "lake",
        "genesys_journey_schema": "landing",
        "correlation_window_seconds": WINDOW_SECONDS,
    }
    options = [
        *("--package", json.dumps(package), "--variables", json.dumps(variables)),
        *("--attach", f"attach '{folder / 'lake.duckdb'}' as lake", "--schema", "lake.landing"),
        "--without-unit-tests",
    ]
    with DbtBuild("duckdb", folder, organization=organization, options=options) as build:
        yield build.marts()


@pytest.mark.parametrize("mart", MARTS)
def test_a_project_that_installs_the_package_by_git_builds_what_the_tap_would(built, organization, mart):
    assert built[mart] == rendered_marts(organization, JourneyRules(WINDOW_SECONDS))[mart]


def test_the_window_makes_a_difference(built, organization):
    assert built["timeline_events"] != rendered_marts(organization)["timeline_events"]
