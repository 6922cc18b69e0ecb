"""A campaign against the sandbox: kills, faults and changes, and what of the data was lost by them.

It reads the truth with the same modules as the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = str(ROOT / "tests")

if TESTS not in sys.path:
    sys.path.append(TESTS)
