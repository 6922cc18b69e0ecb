"""The command: the SDK's, with every error of ours told in one line and an honest exit code."""

from __future__ import annotations

import gc
import logging
import sys
from pathlib import Path
from traceback import extract_tb

from tap_genesys_journey.exceptions import JourneyError
from tap_genesys_journey.tap import TapGenesysJourney

GC_THRESHOLDS = (100_000, 20, 20)
"""The collector's default looks at every page's rows several times over, and finds nothing."""

_logger = logging.getLogger(TapGenesysJourney.name)


def main() -> None:
    """Run the tap as a command; exits with 0 only when all selected streams are complete."""
    gc.freeze()  # what is there by now stays; rows are many, and hold no cycles
    gc.set_threshold(*GC_THRESHOLDS)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # its debug lines hold queries, so people
    try:
        TapGenesysJourney.cli()
    except JourneyError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.strerror or type(error).__name__}: {error.filename or 'a file or socket'}")
    except Exception as error:  # noqa: BLE001  # the last place: say where, never what, for it may be a person
        frame = extract_tb(error.__traceback__)[-1]
        _fail(
            f"unexpected {type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno};"
            " the state stands at its last STATE; please report this"
        )


def _fail(line: str) -> None:
    _logger.error("%s", line)
    sys.exit(1)
