"""Tries what goes wrong at the other end, one kind at a time and at last all together.

Each kind is tried on an organization of its own, over both surfaces, with and without a store. Runs that
fail are resumed from what the target confirmed; the last one must be complete, and its file is compared.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chaos.comparison import Differences, Tables, differences, tables
from chaos.happenings import Happenings
from chaos.measured import Measured, Way, config_for, organization, requests_served, total
from chaos.pipeline import Kill, Pipeline
from chaos.trouble_list import Trouble
from chaos.truth import UntrueError, expected_tables
from genesys_sandbox import Sandbox

MAX_RUNS = 12
"""How often one trouble may make a run fail before it counts as one that the tap cannot get over."""


def go_wrong(troubles: Sequence[Trouble], seed: int, say: Callable[[str], None]) -> Iterator[Measured]:
    """Each trouble in each of its ways; figures of each trouble."""
    calm: dict[str, Tables] = {}
    for trouble in troubles:
        found = total(trouble.what, (_try(trouble, way, seed, calm) for way in trouble.ways))
        lost = found.differences
        say(
            f"{trouble.what}: {found.runs} runs, {found.failed} failed, {found.hits} hits,"
            f" {lost.extra} extra, {lost.missing} missing, {lost.wrong} wrong rows"
        )
        yield found


def _try(trouble: Trouble, way: Way, seed: int, calm: dict[str, Tables]) -> Measured:
    with organization(seed=seed, **trouble.options) as sandbox, tempfile.TemporaryDirectory() as folder:
        config = config_for(sandbox, way)
        if trouble.is_still and way.api not in calm:
            calm[way.api] = expected_tables(sandbox, config)
        happenings = Happenings(sandbox, seed)
        sandbox.clear_requests()
        settings = config | dict(trouble.settings)
        pipeline = Pipeline(Path(folder), settings, durable=way.durable, clock=trouble.clock)
        _disturb(trouble, sandbox, pipeline, happenings, random.Random(f"{seed} {way}"))  # noqa: S311
        requests, hits = requests_served(sandbox), sum(sandbox.faults().values())
        sandbox.control.set_faults()
        return Measured(
            trouble.what,
            runs=len(pipeline.outcomes),
            killed=sum(outcome.is_killed for outcome in pipeline.outcomes),
            failed=sum(not (outcome.is_killed or outcome.is_complete) for outcome in pipeline.outcomes),
            requests=requests,
            hits=hits + happenings.count + trouble.deeds,
            differences=_lost(pipeline, calm[way.api] if trouble.is_still else None, sandbox, config),
        )


def _disturb(
    trouble: Trouble, sandbox: Sandbox, pipeline: Pipeline, happenings: Happenings, chance: random.Random
) -> None:
    """Run it in trouble, and at last until a run is complete.

    One that went on in a listing brings what changed behind its position with the run after it.
    """
    sandbox.control.set_faults(**trouble.faults)
    for step in trouble.steps:
        step(sandbox)
        happenings.happen(trouble.changes)
        _run_disturbed(trouble, pipeline, happenings, chance)
    sandbox.control.set_faults(**_lasting(trouble.faults))
    for _ in range(MAX_RUNS):
        is_further = not trouble.is_still and pipeline.is_within_a_listing
        if pipeline.run().is_complete and not is_further:
            return


def _lost(
    pipeline: Pipeline, expected: Tables | None, sandbox: Sandbox, config: Mapping[str, Any]
) -> Differences:
    """Rows that differ; where no run was complete, how the last one ended is an example, too."""
    try:
        lost = differences(tables(pipeline.database), expected or expected_tables(sandbox, config))
    except UntrueError as error:
        return Differences(wrong=1, examples=(str(error),))
    last = pipeline.outcomes[-1]
    return lost if last.is_complete else Differences(wrong=1, examples=(last.log[-2000:],)) + lost


def _run_disturbed(
    trouble: Trouble, pipeline: Pipeline, happenings: Happenings, chance: random.Random
) -> None:
    """One run; the first may go to its end and tells how long that takes, so that later ones are cut off."""
    usual = [outcome.seconds for outcome in pipeline.outcomes if not outcome.is_killed]
    kill = Kill(chance.uniform(0, usual[-1]), "both") if trouble.has_kills and usual else None
    with happenings.going_on() if trouble.is_changing else contextlib.nullcontext():
        pipeline.run(kill)


def _lasting(faults: Mapping[str, float | bool]) -> Mapping[str, float | bool]:
    """The faults that the last run suffers, too: all but those that hide data from it."""
    return {name: rate for name, rate in faults.items() if name != "availability_goes_back"}
