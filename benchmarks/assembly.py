"""How long timelines take, measured against DuckDB sorting the same table in the same run.

    python -m benchmarks.assembly [--json]

Every organization is measured in a process of its own, on two pinned cores: its peak memory is its own.
A time is the least of several, for whatever else the machine did only ever adds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.assembly_data import Shape, fill
from tap_genesys_journey.store.database import open_database
from tap_genesys_journey.store.journey import (
    SOURCES,
    Assembly,
    JourneyRules,
    assemble_documents,
    assemble_timeline_events,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

MILLION = 1_000_000
SHAPES = {
    "one": Shape(MILLION),
    "two": Shape(2 * MILLION),
    "heavy": Shape(MILLION, of_one_contact=100_000),
}
WHOLE = "one"
CORES = 2
ROUNDS = 3
REPEATS = 3
CHANGED_CONVERSATIONS = 1000
TABLES = {name: name for name in SOURCES}
RULES = JourneyRules()
EXTRACTED_AT = "2024-12-01T00:00:00.000Z"

Figures = dict[str, float]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: a table in Markdown, or JSON with the figures behind it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.add_argument("--shape", choices=sorted(SHAPES), help="measure one organization, here")
    options = parser.parse_args(argv)
    if options.shape:
        print(json.dumps(measure(SHAPES[options.shape], is_whole=options.shape == WHOLE)))
        return
    rounds = [{name: _measure_apart(name) for name in SHAPES} for _ in range(ROUNDS)]
    result = summary({name: _best(each[name] for each in rounds) for name in SHAPES})
    print(json.dumps(result, indent=2) if options.json else table(result))


def measure(shape: Shape, *, is_whole: bool) -> Figures:
    """Seconds, counts and peak memory (MB) for one organization, in this process.

    Args:
        shape: The organization.
        is_whole: Measure documents and a later run, too, not the assembly of events alone.
    """
    with tempfile.TemporaryDirectory() as folder, open_database(Path(folder) / "store.duckdb") as connection:
        fill(connection, shape)
        figures: Figures = {"interactions": shape.interactions}
        figures["sort_seconds"] = _least(lambda: _sort(connection))
        figures["assemble_seconds"] = _least(lambda: _assemble(connection))
        figures["write_seconds"] = _least(lambda: _write(connection))
        assembly = _assemble(connection)
        figures |= _nodes(connection, assembly)
        if is_whole:
            figures["documents_seconds"], figures["documents"] = _documents(connection, assembly)
            figures |= _increment(connection)
    figures["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def _sort(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace table sorted as select * from interactions order by contact_id, start_time_utc"
    )
    connection.execute("drop table sorted")


def _assemble(connection: duckdb.DuckDBPyConnection) -> Assembly:
    return assemble_timeline_events(connection, TABLES, RULES)


def _write(connection: duckdb.DuckDBPyConnection) -> None:
    """What a store that keeps the events adds: they are written to its file, as the sorted table is."""
    connection.execute(
        "create or replace table held_events as select * from temp.main.journey__timeline_events"
    )


def _nodes(connection: duckdb.DuckDBPyConnection, assembly: Assembly) -> Figures:
    """What the time was spent on: without legs that are joined, and adopted ones, it would tell little."""
    counts = "count(*), count(*) filter (where node_legs > 1), count(*) filter (where is_adopted)"
    query = f"select {counts} from {assembly.events}"  # noqa: S608 - the assembly's own relation
    ((events, joined, adopted),) = connection.execute(query).fetchall()
    return {"events": events, "legs_of_several": joined, "adopted": adopted}


def _documents(connection: duckdb.DuckDBPyConnection, assembly: Assembly) -> tuple[float, int]:
    started = time.perf_counter()
    count = sum(1 for _ in assemble_documents(connection, assembly, RULES, EXTRACTED_AT))
    return time.perf_counter() - started, count


def _increment(connection: duckdb.DuckDBPyConnection) -> Figures:
    """A later run that found so many conversations changed, spread over the contacts."""
    connection.execute(
        "create or replace temporary table touched as"
        " select contact_id, address from interactions order by hash(conversation_id) limit ?",
        [CHANGED_CONVERSATIONS],
    )
    seconds = _least(lambda: _rebuild(connection))
    assembly = assemble_timeline_events(connection, TABLES, RULES, touched="touched")
    documents_seconds, documents = _documents(connection, assembly)
    return {
        "increment_seconds": seconds,
        "increment_documents_seconds": documents_seconds,
        "increment_documents": documents,
    }


def _rebuild(connection: duckdb.DuckDBPyConnection) -> None:
    assemble_timeline_events(connection, TABLES, RULES, touched="touched")


def _least(run: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def _measure_apart(name: str) -> Figures:
    command = [sys.executable, "-m", "benchmarks.assembly", "--shape", name]
    with _pinned():
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: Figures = json.loads(answer.stdout)
    return figures


def _best(rounds: Iterable[Figures]) -> Figures:
    """The least of every time, and the most of every other figure."""
    several = list(rounds)
    return {
        name: (min if name.endswith("_seconds") else max)(figures[name] for figures in several)
        for name in several[0]
    }


@contextmanager
def _pinned() -> Iterator[None]:
    """Keep this process, and those it starts, on a fixed pair of cores."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[:CORES]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def summary(measured: dict[str, Figures]) -> dict[str, Any]:
    """The figures as ratios within this run, each beside the bound it has to keep."""
    one, two, heavy = measured["one"], measured["two"], measured["heavy"]
    increment = one["increment_seconds"] / one["assemble_seconds"]
    increment_with_documents = (one["increment_seconds"] + one["increment_documents_seconds"]) / (
        one["assemble_seconds"] + one["documents_seconds"]
    )
    rows = [
        ("1 M interactions, events assembled: × sorting the table", _per_sort(one), "≤ 5"),
        ("the same and written to the store: × sorting the table", _per_sort(one, "write_seconds"), "≤ 5"),
        ("2 M interactions: × 1 M", two["assemble_seconds"] / one["assemble_seconds"], "≤ 2.3"),
        (
            "100,000 interactions of one contact: × none so large",
            heavy["assemble_seconds"] / one["assemble_seconds"],
            "< 1.2",
        ),
        ("1,000 changed conversations, events: × all events", increment, "≤ 0.1"),
        ("the same, events and documents: × all of both", increment_with_documents, "≤ 0.1"),
        ("documents a second", one["documents"] / one["documents_seconds"], "≥ 5000"),
        ("peak memory, MB", max(figures["peak_megabytes"] for figures in measured.values()), "< 1000"),
    ]
    return {
        "rows": [{"what": what, "measured": round(value, 3), "bound": bound} for what, value, bound in rows],
        "figures": measured,
    }


def _per_sort(figures: Figures, *also: str) -> float:
    return (figures["assemble_seconds"] + sum(figures[name] for name in also)) / figures["sort_seconds"]


def table(result: dict[str, Any]) -> str:
    """The summary as a table in Markdown."""
    lines = [f"| {row['what']} | {row['measured']:g} | {row['bound']} |" for row in result["rows"]]
    return "\n".join(["| timelines | measured | bound |", "|---|---|---|", *lines])


if __name__ == "__main__":
    main()
