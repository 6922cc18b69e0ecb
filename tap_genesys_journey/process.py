"""What concerns the process as a whole: how it handles memory, and how it ends."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import sys
from contextlib import suppress
from typing import Final, NoReturn

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
    if sys.platform == "linux":
        _share_one_arena()


def _share_one_arena() -> None:
    """Let all threads take memory from one place.

    glibc gives each thread an arena of its own, which keeps the space of pages that are long gone: 40 MB
    with the threads that read ahead. They take turns anyway. Other C libraries have no such parameter.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def end_at_once(exit_code: int) -> NoReturn:
    """End the process once everything is written, without taking the interpreter down.

    A thread may still wait for an answer; with it alive DuckDB would report, in many lines, what nobody
    collected.
    """
    logging.shutdown()
    with suppress(OSError):  # whoever read it is gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(exit_code)
