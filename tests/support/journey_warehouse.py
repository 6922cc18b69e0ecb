"""Runs `dbt build` over loaded tables in a warehouse and tells what came out of it.

A program for the environment that has dbt (`requirements/dbt.txt`), where the tap is not installed; the
tests start it as a process. It makes a project of its own that installs the package, as a user's would.
"""

# ruff: noqa: PLC0415 - a warehouse is imported where it is asked for
# ruff: noqa: S608 - the names in the statements are the test's own

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MARTS = ("timeline_events", "timeline_nodes", "journeys")
MARTS_SCHEMA = "journey_marts"
BATCH = 200
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

PROJECT = """
name: consumer
version: "1.0.0"
profile: warehouse
flags: {{send_anonymous_usage_stats: false}}
vars: {variables}
"""


def main(argv: Sequence[str]) -> None:
    """Load if asked, build, and write the marts as JSON."""
    options = _parse(argv)
    variables = {"genesys_journey_schema": options.schema, **json.loads(options.variables)}
    options.work.mkdir(parents=True, exist_ok=True)
    with WAREHOUSES[options.warehouse](options.database, options.work) as (connection, profile, selection):
        if options.attach:
            connection.execute(options.attach)
        if options.load is not None:
            _load(connection, options.schema, json.loads(options.load.read_text(encoding="utf-8")))
        _write_project(options.work, options.package, profile, variables)
        _dbt(options.work, "deps")
        _dbt(options.work, "build", *(WITHOUT_UNIT_TESTS if options.without_unit_tests else selection))
        marts = {mart: rows_of(connection, f"{MARTS_SCHEMA}.{mart}") for mart in MARTS}
        loaded = [f"{options.schema}.{table}" for table in options.also]
        marts |= {relation: rows_of(connection, relation) for relation in loaded}
    options.out.write_text(json.dumps(marts), encoding="utf-8")


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", choices=sorted(WAREHOUSES))
    parser.add_argument("--database", default="", help="file of DuckDB, folder of the PostgreSQL socket")
    parser.add_argument("--schema", required=True, help="where the tap's streams are loaded")
    parser.add_argument("--attach", default="", help="statement that attaches another DuckDB file")
    parser.add_argument("--load", type=Path, help="JSON of tables to load there first")
    parser.add_argument("--also", nargs="*", default=[], help="loaded tables to give beside the marts")
    parser.add_argument("--without-unit-tests", action="store_true", help="leave out dbt's unit tests")
    parser.add_argument("--variables", default="{}", help="JSON of the package's other vars")
    parser.add_argument("--package", required=True, help="JSON of the package's entry in packages.yml")
    parser.add_argument("--work", type=Path, required=True, help="folder for the consuming project")
    parser.add_argument("--out", type=Path, required=True, help="file for the marts, as JSON")
    return parser.parse_args(argv)


def _write_project(work: Path, package: str, profile: dict[str, Any], variables: dict[str, Any]) -> None:
    profiles = {"warehouse": {"target": "test", "outputs": {"test": profile}}}
    (work / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
    (work / "dbt_project.yml").write_text(
        PROJECT.format(variables=json.dumps({"genesys_journey": variables})), encoding="utf-8"
    )
    packages = {"packages": [json.loads(package)]}
    (work / "packages.yml").write_text(json.dumps(packages), encoding="utf-8")


def _dbt(work: Path, *arguments: str) -> None:
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(work), "--profiles-dir", str(work)]
    outcome = dbtRunner().invoke([*arguments, *folders, "--no-use-colors", "--quiet"])
    if not outcome.success:
        sys.exit(f"dbt {arguments[0]} failed: {outcome.exception or 'see above'}")


def _load(connection: Any, schema: str, tables: dict[str, dict[str, Any]]) -> None:
    """Make and fill tables; the statements are plain enough for all three warehouses."""
    cursor = connection.cursor()
    cursor.execute(f"create schema {schema}")
    for table, content in tables.items():
        columns = ", ".join(f"{name} {kind}" for name, kind in content["columns"].items())
        cursor.execute(f"create table {schema}.{table} ({columns})")
        rows = content["rows"]
        for first in range(0, len(rows), BATCH):
            values = ", ".join(_literals(row) for row in rows[first : first + BATCH])
            cursor.execute(f"insert into {schema}.{table} values {values}")


def _literals(row: Sequence[Any]) -> str:
    return "(" + ", ".join(map(_literal, row)) + ")"


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def rows_of(connection: Any, relation: str) -> list[dict[str, Any]]:
    """All rows as JSON can hold them: timestamps as text, in milliseconds."""
    cursor = connection.cursor()
    cursor.execute(f"select * from {relation}")
    names = [column[0].lower() for column in cursor.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return value


Warehouse = tuple[Any, dict[str, Any], tuple[str, ...]]


@contextmanager
def _duckdb(database: str, work: Path) -> Iterator[Warehouse]:
    """dbt opens the same file in the same process, which DuckDB allows."""
    import duckdb

    path = database or str(work / "warehouse.duckdb")
    with duckdb.connect(path) as connection:
        yield connection, {"type": "duckdb", "path": path, "schema": MARTS_SCHEMA, "threads": 2}, ()


@contextmanager
def _postgres(database: str, _work: Path) -> Iterator[Warehouse]:
    import psycopg2

    connection = psycopg2.connect(host=database, user="postgres", dbname="postgres")
    connection.autocommit = True
    profile = {
        "type": "postgres",
        "host": database,
        "user": "postgres",
        "password": "",
        "port": 5432,
        "dbname": "postgres",
        "schema": MARTS_SCHEMA,
        "threads": 2,
    }
    try:
        yield connection, profile, ()
    finally:
        connection.close()


@contextmanager
def _snowflake(_database: str, _work: Path) -> Iterator[Warehouse]:
    """fakesnow in this process: dbt compiles for Snowflake, fakesnow runs it. dbt's unit tests ask its
    catalog for more than fakesnow has."""
    import fakesnow
    import snowflake.connector

    login = {"account": "fake", "user": "fake", "password": "fake", "database": "JOURNEYS"}
    profile = {
        **login,
        "type": "snowflake",
        "role": "fake",
        "warehouse": "fake",
        "schema": MARTS_SCHEMA.upper(),
        "threads": 1,
    }
    with fakesnow.patch(), snowflake.connector.connect(**login, schema="PUBLIC") as connection:
        yield connection, profile, WITHOUT_UNIT_TESTS


WAREHOUSES = {"duckdb": _duckdb, "postgres": _postgres, "snowflake": _snowflake}


if __name__ == "__main__":
    main(sys.argv[1:])
