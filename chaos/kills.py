"""Runs killed at random moments and resumed from what the target confirmed, until nothing is left to read."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chaos.comparison import Differences, differences, tables
from chaos.measured import Measured, Way, config_for, organization, requests_served, shares
from chaos.pipeline import Kill, Outcome, Pipeline
from chaos.truth import expected_tables
from genesys_sandbox import Sandbox

KILLS_IN_A_ROW = 6
"""How often a run, and what resumes it, is killed before one may go to its end."""

VICTIMS = ("tap", "tap", "both", "target")
"""A dead tap leaves its target to load what it wrote; a dead target leaves the tap alone."""

SAID_EVERY_CHAINS = 5


def kill_everywhere(
    kills: int, ways: Sequence[Way], seed: int, say: Callable[[str], None]
) -> Iterator[Measured]:
    """So many kills, spread over the ways to run the tap; figures of each way."""
    for way, count in zip(ways, shares(kills, len(ways)), strict=True):
        with organization() as sandbox:
            yield _Killing(sandbox, way, seed, say).go(count)


class _Killing:
    """The chains of kills of one way to run."""

    def __init__(self, sandbox: Sandbox, way: Way, seed: int, say: Callable[[str], None]) -> None:
        self._sandbox = sandbox
        self._config = config_for(sandbox, way)
        self._way = way
        self._chance = random.Random(f"{seed} {way}")  # noqa: S311  # the same draws every time
        self._say = say
        self._expected = expected_tables(sandbox, self._config)
        self._usual_seconds = dict.fromkeys((False, True), 0.0)  # of a run from the start, of a resumed one

    def go(self, kills: int) -> Measured:
        """Chains until so many runs were killed; what differed after each is added up."""
        found = Measured(str(self._way))
        for chain in itertools.count():
            self._sandbox.clear_requests()
            found += self._chain(chain, kills - found.killed)
            if not chain % SAID_EVERY_CHAINS or found.killed >= kills:
                self._say(f"{self._way}: {found.killed} of {kills} killed, {_words(found.differences)}")
            if found.killed >= kills:
                break
        return found

    def _chain(self, number: int, at_most: int) -> Measured:
        """Runs that are killed, until one is faster than its kill or enough were; number 0 has none."""
        with tempfile.TemporaryDirectory() as folder:
            pipeline = Pipeline(Path(folder), self._config, durable=self._way.durable)
            for _ in range(min(KILLS_IN_A_ROW, at_most) if number else 0):
                if not self._run(pipeline, is_killed=True).is_killed:
                    break
                self._forget_some(number)
            last = pipeline.outcomes[-1] if pipeline.outcomes else None
            if not (last and last.is_complete):
                last = self._run(pipeline, is_killed=False)
            if not last.is_complete:
                said = last.target_log if last.target_exit_code else last.log
                raise RuntimeError(f"{self._way}, chain {number}: the last run failed: {said[-2000:]}")
            return Measured(
                "",
                runs=len(pipeline.outcomes),
                killed=sum(outcome.is_killed for outcome in pipeline.outcomes),
                requests=requests_served(self._sandbox),
                differences=differences(tables(pipeline.database), self._expected),
            )

    def _run(self, pipeline: Pipeline, *, is_killed: bool) -> Outcome:
        """One run; those that end by themselves tell how long such runs take on this machine now."""
        is_resumed = pipeline.state is not None
        usual = self._usual_seconds[is_resumed] or self._usual_seconds[False] / 2
        kill = Kill(self._chance.uniform(0, usual), self._chance.choice(VICTIMS)) if is_killed else None
        outcome = pipeline.run(kill)
        if outcome.is_complete:
            before = self._usual_seconds[is_resumed] or outcome.seconds
            self._usual_seconds[is_resumed] = (before + outcome.seconds) / 2
        return outcome

    def _forget_some(self, chain: int) -> None:
        """In every third chain jobs end between runs, in every fourth cursors do."""
        if chain % 3 == 0:
            self._sandbox.control.expire_jobs()
        if chain % 4 == 0:
            self._sandbox.control.expire_cursors()


def _words(found: Differences) -> str:
    return f"{found.extra} extra, {found.missing} missing, {found.wrong} wrong rows"
