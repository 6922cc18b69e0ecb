"""The same files in a warehouse: dbt's rows against the renderer's."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from support.journey_organizations import example_organization
from support.journey_parity import MARTS, DbtBuild, postgres_server, rendered_marts

WAREHOUSES = ("duckdb", "postgres", "snowflake")


@pytest.fixture(scope="module")
def organization():
    return example_organization(40)


@pytest.fixture(scope="module")
def expected(organization):
    return rendered_marts(organization)


@pytest.fixture(scope="module")
def built(organization, tmp_path_factory):
    """What `dbt build`, its tests included, made in each warehouse; all three at once."""
    folder = tmp_path_factory.mktemp("warehouses")
    with ExitStack() as stack:
        databases = {"postgres": stack.enter_context(postgres_server())}
        builds = {
            warehouse: stack.enter_context(
                DbtBuild(
                    warehouse,
                    folder / warehouse,
                    organization=organization,
                    database=databases.get(warehouse, ""),
                )
            )
            for warehouse in WAREHOUSES
        }
        yield {warehouse: build.marts() for warehouse, build in builds.items()}


@pytest.mark.parametrize("mart", MARTS)
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_a_warehouse_has_row_for_row_what_the_renderer_gives(built, expected, warehouse, mart):
    assert built[warehouse][mart] == expected[mart]
    assert expected[mart]
