"""What the tap's renderer makes of an organization, and what dbt makes of it in a warehouse."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from support import journey_warehouse, postgres_process
from support.environments import python_of
from support.journey_database import COLUMNS, load
from support.oracle_timelines import Organization, Row
from typing_extensions import Self

from tap_genesys_journey.store.journey_models import JourneyRules, dbt_project_path, render_models

MARTS = journey_warehouse.MARTS
SCHEMA = "raw"
"""Where the tap's streams are loaded, or will be."""

TIMEOUT_SECONDS = 300

Marts = dict[str, list[Row]]
"""Rows by the name of the mart; those of a loaded table by its schema and name."""


class DbtBuild:
    """One `dbt build`, running as a process from the moment it is made.

    Args:
        warehouse: `duckdb`, `postgres` or `snowflake` (fakesnow).
        folder: Where its project, its logs and its result go.
        organization: Rows to load first; None where a target has loaded them.
        database: DuckDB's file, or the folder of PostgreSQL's socket.
        options: Further ones of the program, `journey_warehouse`.
    """

    def __init__(
        self,
        warehouse: str,
        folder: Path,
        *,
        organization: Organization | None = None,
        database: str = "",
        options: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._out = folder / "marts.json"
        self._log = folder / "dbt.log"
        command = [str(python_of("dbt")), journey_warehouse.__file__, warehouse, "--schema", SCHEMA]
        command += ["--database", database]
        command += ["--package", json.dumps({"local": str(dbt_project_path())})]
        command += ["--work", str(folder / "project")]
        command += ["--out", str(self._out)]
        if organization is not None:
            tables = folder / "tables.json"
            tables.write_text(json.dumps(_tables(organization)), encoding="utf-8")
            command += ["--load", str(tables)]
        command += options
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def marts(self) -> Marts:
        """The rows of every mart, by the columns that name them, once dbt is done."""
        code = self._process.wait(TIMEOUT_SECONDS)
        assert code == 0, self._log.read_text(encoding="utf-8")[-4000:]
        return {mart: ordered(rows) for mart, rows in json.loads(self._out.read_text()).items()}


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of its own for as long as the block lasts; gives the folder of its socket.

    User and database are `postgres`, there is no password:
    `postgresql://postgres@/postgres?host=<folder>`. Its files lie outside pytest's folder, for the server of
    root runs as another user, whom another session of pytest locks out there.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            [str(python_of("dbt")), postgres_process.__file__, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            socket_folder = process.stdout.readline().strip()
            assert socket_folder, "PostgreSQL did not start"  # without it another server would be asked
            yield socket_folder
        finally:
            process.stdin.close()
            process.wait(TIMEOUT_SECONDS)


def rendered_marts(organization: Organization, rules: JourneyRules = JourneyRules()) -> Marts:  # noqa: B008 - frozen
    """The rows of every mart, as the tap's renderer gives them on DuckDB."""
    with duckdb.connect() as connection:
        load(connection, organization)
        sources = {table: table for table in COLUMNS}
        models = render_models(sources, rules, relation=lambda name: f"main.{name}")
        for model in models.values():
            connection.execute(f"create {model.materialized} main.{model.name} as {model.sql}")
        return {mart: ordered(journey_warehouse.rows_of(connection, mart)) for mart in MARTS}


def ordered(rows: Iterable[Row]) -> list[Row]:
    """The same rows in an order that does not depend on where they came from."""
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def _tables(organization: Organization) -> dict[str, Any]:
    return {
        table: {
            "columns": columns,
            "rows": [[row[name] for name in columns] for row in getattr(organization, table)],
        }
        for table, columns in COLUMNS.items()
    }
