"""Environments beside the tests' own, for programs whose pins would hold the tap's back."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_STAMPS = {"dbt": ".venv-dbt/dbt.stamp", "targets": ".venv-targets/targets.stamp"}


def python_of(name: str) -> Path:
    """The interpreter of an environment: `dbt` or `targets`.

    Raises:
        FileNotFoundError: It was not set up; a test that needs it fails, for what it holds would else go
            unheld without a word.
    """
    stamp = _STAMPS[name]
    variable = f"{name.upper()}_PYTHON"
    python = Path(os.environ.get(variable, (REPOSITORY / stamp).parent / "bin" / "python"))
    if not python.exists():
        raise FileNotFoundError(
            f"{python} is missing: `make {stamp}` sets it up (`make test` does, too);"
            f" {variable} may name another one"
        )
    return python
