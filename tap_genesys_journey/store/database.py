"""The store's file: opened by one process at a time, of a known layout, readable by its owner alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.store.tables import TABLES

LAYOUT: Final = 3
"""Grows with every change of the tables; a store of another layout is refused, never changed."""

MEMORY_LIMIT: Final = "128MB"
"""What DuckDB may use before it goes to disk."""

THREADS: Final = 1
"""Each thread holds blocks of its own; two need more than the limit, and DuckDB then gives up."""

_TEMPORARY: Final = "tap-genesys-journey-"
_TEMPORARY_FILE: Final = "store.duckdb"
_MAGIC: Final = slice(8, 12)
_OWNER_ONLY: Final = 0o077


@contextmanager
def open_database(path: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the store's file; without a path to a temporary one, gone when the context ends.

    Raises:
        StoreError: In use by another process, damaged, not a store, or of another layout; or, while it is
            used, memory or disk are not enough. The file is left as it is.
    """
    os.umask(_OWNER_ONLY)
    if path:
        _refuse_unusable(path)
        with _connect(path) as connection:
            yield connection
        return
    _remove_leftovers(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=f"{_TEMPORARY}{os.getpid()}-") as folder,
        _connect(Path(folder) / _TEMPORARY_FILE) as connection,
    ):
        yield connection


def _remove_leftovers(root: Path) -> None:
    """Remove the temporary stores of runs that were killed: they hold people's data.

    Another container may share the folder and not our processes' numbers: a run holds a lock, too.
    """
    for folder in root.glob(f"{_TEMPORARY}*-*"):
        process = folder.name.removeprefix(_TEMPORARY).partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)) and _is_free(folder / _TEMPORARY_FILE):
            shutil.rmtree(folder, ignore_errors=True)


def _is_free(path: Path) -> bool:
    """Whether nobody holds the lock that DuckDB takes; False where there is no file to hold it on."""
    try:
        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _refuse_unusable(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            if file.read(_MAGIC.stop)[_MAGIC] != b"DUCK":
                raise StoreError(f"store_path: {path} is damaged or no DuckDB file; {_WAY_OUT}")
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise StoreError(f"store_path: the folder {path.parent} does not exist; create it") from None
    except BlockingIOError:
        raise StoreError(
            f"store_path: {path} is in use by another process; wait for it, or give each run its own store"
        ) from None
    except OSError as error:
        raise StoreError(f"store_path: {path} cannot be opened: {error.strerror}") from None


_WAY_OUT: Final = "move it away and the next run reads the history again"


@contextmanager
def _connect(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        raise StoreError(
            f"store_path: DuckDB {duckdb.__version__} cannot open {path}: damaged, or written by a newer"
            f" version; {_WAY_OUT}"
        ) from error
    with connection, _own_errors(path):
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"set threads = {THREADS}")
        connection.execute("set preserve_insertion_order = false")
        # Started without a script's file, DuckDB takes the program for a person's, and draws on stdout.
        connection.execute("set enable_progress_bar = false")
        _check_layout(connection, path)
        yield connection


_OF_OUR_QUERIES: Final = (
    duckdb.ProgrammingError,
    duckdb.DataError,
    duckdb.IntegrityError,
    duckdb.NotSupportedError,
    duckdb.InterruptException,
)


@contextmanager
def _own_errors(path: Path) -> Iterator[None]:
    """Tell what becomes of a file, its disk and the memory while it is used; DuckDB's texts may hold rows.

    Raises:
        StoreError: The file is damaged, or memory or disk are not enough.
    """
    try:
        yield
    except _OF_OUR_QUERIES:
        raise
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"store_path: DuckDB has not enough memory, or disk at {path.parent}; free some, or choose"
            " another store_path (TMPDIR where there is none)"
        ) from error
    except (
        duckdb.Error
    ) as error:  # which of the two, DuckDB tells by its texts alone, and not in every version
        raise StoreError(
            f"store_path: {path} is damaged, or its disk is full; free some space, or {_WAY_OUT}"
        ) from error


def _check_layout(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    if not tables:
        _create(connection)
        return
    if "layout" not in tables:
        raise StoreError(f"store_path: {path} is another program's DuckDB file; choose another path")
    (layout,) = connection.execute("select number from layout").fetchall()[0]
    if layout != LAYOUT:
        raise StoreError(
            f"store_path: {path} has layout {layout}, this version of the tap needs {LAYOUT}; {_WAY_OUT}"
        )


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    """All tables at once: a store that was cut off while it was made is an empty file's equal."""
    connection.execute("begin")
    for table in TABLES:
        connection.execute(table.create_statement)
    connection.execute("create table layout (number integer, store_id uuid, revision bigint)")
    connection.execute("insert into layout values (?, uuid(), 0)", [LAYOUT])
    connection.execute("commit")
