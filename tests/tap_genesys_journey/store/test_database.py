from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.store.database import LAYOUT, open_database
from tap_genesys_journey.store.store import open_store

FIRST_BLOCK, BLOCK = 3 * 4096, 1 << 18
"""Where DuckDB's blocks begin, and their size."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


def use(path: Path | None) -> None:
    with open_database(path):
        pass


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_before_a_checkpoint_is_there_for_the_next_run(path):
    with open_store(path) as store:
        store.upsert_source(
            "contact_addresses", [{"contact_id": "c", "address": "+14155550100", "kind": "phone"}]
        )
        store.checkpoint()
        store.upsert_source(
            "contact_addresses", [{"contact_id": "d", "address": "+14155550101", "kind": "phone"}]
        )

    with open_store(path) as store:
        assert store.connection.execute("select contact_id from contact_addresses").fetchall() == [("c",)]


def test_only_its_owner_can_read_the_file(path):
    with open_store(path) as store:
        store.checkpoint()
        assert {mode(each) for each in path.parent.iterdir()} == {0o600}


def test_a_store_keeps_its_name_and_its_revisions_grow(path):
    with open_store(path) as first:
        name, revision = first.id, first.revision
        first.checkpoint()
    with open_store(path) as second:
        assert (second.id, second.revision) == (name, revision + 1)


def test_a_store_in_use_by_another_process_is_refused(path):
    holder = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
    use(path)
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreError, match="in use by another process; wait for it, or give each run"):
            use(path)
        process.communicate()


@pytest.mark.parametrize("content", [b"", b"no database at all", b"\0" * 4096])
def test_a_file_that_is_no_store_is_refused_and_left_alone(path, content):
    path.write_bytes(content)

    with pytest.raises(StoreError, match="is damaged or no DuckDB file; move it away"):
        use(path)
    assert path.read_bytes() == content


def test_a_damaged_store_is_refused_and_left_alone(path):
    use(path)
    content = path.read_bytes()
    damaged = content[:16] + b"\xff" * (len(content) - 16)
    path.write_bytes(damaged)

    with pytest.raises(StoreError, match=r"cannot open .* damaged, or written by a newer version"):
        use(path)
    assert path.read_bytes() == damaged


def test_damage_that_shows_only_while_the_store_is_read_is_told_as_damage(path):
    rows = [{"contact_id": f"c{n}", "address": f"a{n}@example.com", "kind": "email"} for n in range(20_000)]
    with open_store(path) as store:
        store.upsert_source("contact_addresses", rows)
        store.checkpoint()
    whole = path.read_bytes()
    told = []
    for start in range(FIRST_BLOCK, len(whole), BLOCK):
        path.write_bytes(whole[:start] + b"\xff" * 1000 + whole[start + 1000 :])
        try:
            with open_store(path) as store:
                store.connection.execute("select max(address) from contact_addresses").fetchall()
                store.upsert_source("contact_addresses", rows)
        except StoreError as error:
            told.append(str(error).replace(str(path), "…"))

    assert any(line.startswith("store_path: … is damaged, or its disk is full; free some") for line in told)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (duckdb.OutOfMemoryException, "DuckDB has not enough memory, or disk at "),
        (duckdb.IOException, "is damaged, or its disk is full; free some space, or move it away"),
        (duckdb.FatalException, "is damaged, or its disk is full; free some space, or move it away"),
        (duckdb.Error, "is damaged, or its disk is full; free some space, or move it away"),
    ],
)
def test_what_befalls_a_store_in_use_is_told_in_our_words(path, error, told):
    with pytest.raises(StoreError, match=told) as caught, open_database(path):
        raise error("Elena")

    assert "Elena" not in str(caught.value)


def test_a_wrong_query_is_not_taken_for_damage(path):
    with pytest.raises(duckdb.CatalogException), open_database(path) as connection:
        connection.execute("select * from nothing")


def test_another_programs_database_is_refused(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table theirs (a integer)")

    with pytest.raises(StoreError, match="is another program's DuckDB file; choose another path"):
        use(path)


def test_a_store_of_another_layout_is_refused_with_the_way_out(path):
    use(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update layout set number = ?", [LAYOUT + 1])

    with pytest.raises(StoreError, match=f"has layout {LAYOUT + 1}, this version of the tap needs {LAYOUT}"):
        use(path)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist; create it"):
        use(tmp_path / "nowhere" / "store.duckdb")


@pytest.fixture
def leftover(tmp_path, monkeypatch):
    """The temporary folder of a process that is not there any more."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    folder = tmp_path / f"tap-genesys-journey-{ended.pid}-abc"
    folder.mkdir()
    return folder


def test_a_temporary_store_is_gone_afterwards_and_so_are_those_of_killed_runs(tmp_path, leftover):
    (leftover / "store.duckdb").touch()
    alive = tmp_path / f"tap-genesys-journey-{os.getpid()}-other"
    alive.mkdir()

    use(None)

    assert list(tmp_path.iterdir()) == [alive]


def test_a_temporary_store_in_use_stays_though_its_process_has_another_number_here(tmp_path, leftover):
    program = "import sys, duckdb; file = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    command = [sys.executable, "-c", program, str(leftover / "store.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        use(None)
        other.communicate(b"\n")

    assert list(tmp_path.iterdir()) == [leftover]


def test_duckdb_keeps_to_one_thread_so_that_its_memory_is_enough_on_a_machine_of_many_cores():
    with open_database(None) as connection:
        assert connection.execute("select current_setting('threads')").fetchall() == [(1,)]


def test_duckdb_draws_no_progress_on_stdout_even_where_no_script_is_run():
    program = (
        "from tap_genesys_journey.store.database import open_database\n"
        "with open_database(None) as connection:\n"
        "    print(connection.execute(\"select current_setting('enable_progress_bar')\").fetchone()[0])\n"
    )

    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert answer.stdout == "False\n"
