"""What concerns the process as a whole: how it handles memory, and how it ends."""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys
from contextlib import suppress
from typing import Final

SIGNAL_EXIT_BASE: Final = 128
"""A process ended by a signal exits with this plus the signal's number."""

GC_THRESHOLDS: Final = (100_000, 20, 20)
"""The collector's default looks at every page's rows several times over, and finds nothing."""

_M_ARENA_MAX: Final = -8
"""Parameter of `mallopt`, from glibc's `malloc.h`."""


def tune_memory() -> None:
    """Tell collector and allocator of rows that are many, short-lived, and made by a few threads.

    Call once, before any thread starts.
    """
    gc.freeze()  # what is there by now stays; rows are many, and hold no cycles
    gc.set_threshold(*GC_THRESHOLDS)
    atexit.register(gc.unfreeze)  # else DuckDB reports at the interpreter's end what nobody collected
    if sys.platform == "linux":
        _share_one_arena()


def _share_one_arena() -> None:
    """Let all threads take memory from one place.

    glibc gives each thread an arena of its own, which keeps the space of pages that are long gone: 40 MB
    with the threads that read ahead. They take turns anyway. Other C libraries have no such parameter.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
