"""Loads a made-up organization into DuckDB with Meltano, and shows what arrived.

Run by `make demo`. Everything stays below `output/` and on loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import duckdb

from genesys_sandbox import Sandbox, SandboxOptions

ROOT: Final = Path(__file__).resolve().parent.parent
OUTPUT: Final = ROOT / "output"
DATABASE: Final = OUTPUT / "demo.duckdb"
LOG: Final = OUTPUT / "demo.log"
SCHEMA: Final = "genesys_journey"
WIDTH: Final = 92
MELTANO: Final = ROOT / ".venv-meltano" / "bin" / "meltano"

ORGANIZATION: Final = SandboxOptions(contacts=300, conversations=3_000, days=14, requests_per_minute=0)

TABLES: Final = (
    "external_contacts",
    "contact_aliases",
    "contact_addresses",
    "conversations",
    "interactions",
    "timeline_events",
    "timelines",
)

# A customer with a chat that a call followed, and much else.
CUSTOMER: Final = """
    select contact_id, max(node_legs) as legs, count(distinct journey_node_id) as nodes
    from timeline_events
    where node_legs > 1
    group by contact_id
    order by bool_or(handoff_type = 'CHAT_TO_VOICE') desc, nodes desc, contact_id
    limit 1
"""
TIMELINE: Final = """
    select
        strftime(start_time_utc, '%d %b %H:%M:%S') as start,
        channel_type as channel,
        state,
        coalesce(routing_queue[:8], '') as queue,
        duration_seconds as seconds,
        case when node_legs > 1 then node_leg || ' of ' || node_legs else '' end as leg,
        coalesce(handoff_type, '') as handoff,
        coalesce(gap_seconds::varchar, '') as gap
    from timeline_events
    where contact_id = ? and on_timeline
    order by start_time_utc, conversation_id
    limit 12
"""


def main() -> None:
    """Serve, load, look."""
    OUTPUT.mkdir(exist_ok=True)
    DATABASE.unlink(missing_ok=True)
    with Sandbox(ORGANIZATION, process=True) as sandbox:
        print(f"A made-up Genesys Cloud organization is served at {sandbox.url}.")
        print("$ meltano run tap-genesys-journey target-duckdb")
        load(sandbox.config)
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        connection.execute(f"set schema = '{SCHEMA}'")
        show(connection)


def load(config: dict[str, Any]) -> None:
    """Run Meltano, its log in a file and the tap's progress on the screen.

    Raises:
        SystemExit: The run failed.
    """
    command = [str(MELTANO), "run", "--full-refresh", "tap-genesys-journey", "target-duckdb"]
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(config),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        is_screen = sys.stdout.isatty()
        for line in progress(process.stdout, log):
            print(
                f"  {line:<{WIDTH}}" if is_screen else f"  {line}",
                end="\r" if is_screen else "\n",
                flush=True,
            )
    print(" " * WIDTH if is_screen else "")
    if process.returncode:
        sys.exit(f"The run failed with exit code {process.returncode}; its log: {LOG.relative_to(ROOT)}")


def environment(config: dict[str, Any]) -> dict[str, str]:
    """The tap's and the target's settings, as Meltano reads them."""
    tap = {
        f"TAP_GENESYS_JOURNEY_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in config.items()
    }
    target = {"TARGET_DUCKDB_PATH": str(DATABASE), "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": SCHEMA}
    return {**os.environ, **tap, **target, "NO_COLOR": "1"}


def progress(lines: Iterable[str], log: TextIO) -> Iterator[str]:
    """Write all lines to the log; give those that say how far the tap is."""
    for line in lines:
        log.write(line)
        _, found, rest = line.partition("Conversations: ")
        if found:
            yield f"conversations: {'; '.join(rest.strip().split('; ')[:2])}"


def show(connection: duckdb.DuckDBPyConnection) -> None:
    """Print rows a table, a customer's timeline, and how to go on."""
    print("What arrived:\n")
    for table in TABLES:
        ((rows,),) = connection.execute(f"select count(*) from {table}").fetchall()
        print(f"  {table:<20} {rows:>7,} rows")
    ((contact_id, *_),) = connection.execute(CUSTOMER).fetchall()
    print(f"\nThe journey of customer {contact_id}, a handoff in it:\n")
    print_table(connection.execute(TIMELINE, [contact_id]))
    path = DATABASE.relative_to(ROOT)
    print(f"\nThe file is {path}; look around with, for example:\n")
    print(f"  .venv/bin/python -c \"import duckdb; db = duckdb.connect('{path}', read_only=True); db.sql(")
    print(
        f"      'select channel_type, state, count(*) from {SCHEMA}.conversations group by all').show()\"\n"
    )
    print(f"Meltano's log: {LOG.relative_to(ROOT)}. The README says how to read your own organization.")


def print_table(result: duckdb.DuckDBPyConnection) -> None:
    """Columns as wide as their widest value."""
    names = [column[0] for column in result.description or []]
    rows = [names, *([str(value) for value in row] for row in result.fetchall())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(names))]
    for row in rows:
        print("  " + "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
