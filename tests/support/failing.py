"""Runs that must fail, and all that they may say then."""

from __future__ import annotations

import re
from collections.abc import Sequence

from support.processes import Run, run_forked

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| [A-Z]+ +\| \S+ +\| ")


def fails(arguments: Sequence[str], *patterns: str, **variables: str) -> Run:
    """The run ends with exit code 1 and these errors, one line each; nothing else but log lines is said."""
    failed = run_forked(arguments, **{"TAP_GENESYS_JOURNEY_LOGLEVEL": "DEBUG"} | variables)
    assert failed.exit_code == 1, failed.log
    assert len(failed.errors) == len(patterns), failed.errors
    for error, pattern in zip(failed.errors, patterns, strict=True):
        assert re.fullmatch(pattern, error), error
    assert [line for line in failed.log.splitlines() if not LOG_LINE.match(line)] == []
    return failed
