"""The catalog, whole, against a stored copy: what a user's selection and a target rely on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.processes import TAP

STORED = Path(__file__).parent / "catalog.json"


def test_the_catalog_is_the_one_that_is_stored():
    found = subprocess.run([*TAP, "--discover"], capture_output=True, check=True, text=True, timeout=60)

    # After a change that is meant: python -m tap_genesys_journey --discover > tests/integration/catalog.json
    assert json.loads(found.stdout) == json.loads(STORED.read_text(encoding="utf-8"))
