"""The command, and `python -m tap_genesys_journey`: signals first, for importing the tap takes a while."""

import os
import signal
from types import FrameType

from tap_genesys_journey.process import SIGNAL_EXIT_BASE, end_at_once


def main() -> None:
    """Run the command; a signal that comes before the tap is there to take it ends the process at once."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave)
    from tap_genesys_journey import cli  # noqa: PLC0415  # it imports all the rest

    try:
        cli.main()
    except SystemExit as end:
        end_at_once(end.code if isinstance(end.code, int) else int(end.code is not None))


def _leave(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001  # as signal calls it
    os._exit(SIGNAL_EXIT_BASE + signum)


if __name__ == "__main__":
    main()
