"""Opening: alone, undamaged, not newer than the program; else a refusal and nothing changed."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.venue_suite.jotter import jot, operations_of, times_of
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import DatabaseDamaged, DatabaseTooNew, DatabaseUnusable
from venue_suite.upgrade.errors import UpgradeFailed

# It looks at files.
pytestmark = pytest.mark.sqlite

TABLE_MIGRATION = """
import peewee

def up(migrator, db):
    class Thing(db.Model):
        name = peewee.TextField(unique=True)

        class Meta:
            table_name = "{name}"

    db.create_tables([Thing], safe=False)
    {rest}
"""


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A database of some hundred pages, closed."""
    path = tmp_path / "venue.db"
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)

    async def fill() -> None:
        for index in range(60):
            await database.write(jot, f"name-{index}", 40)

    asyncio.run(fill())
    database.close()
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that holds data: not the lock, not a log's shared memory, not an empty log."""
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.suffix != ".lock" and not file.name.endswith("-shm") and file.stat().st_size > 0
    }


def crash_copy(path: Path, folder: Path) -> Path:
    """The files as a crash would leave them: with committed pages that are in the log only."""
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)
    asyncio.run(database.write(jot, "in-the-log", 100))
    folder.mkdir()
    for file in path.parent.glob("venue.db*"):
        shutil.copy(file, folder)
    database.close()
    assert (folder / "venue.db-wal").stat().st_size > 0
    return folder / path.name


# --- alone -------------------------------------------------------------------------------------


def test_second_server_on_the_same_file_is_refused(filled: Path) -> None:
    first = Database(filled)
    first.open(KERNEL_MIGRATIONS)
    with pytest.raises(DatabaseUnusable, match="another venue server is using it"):
        Database(filled).open(KERNEL_MIGRATIONS)
    program = f"""
from pathlib import Path
from venue_suite.database import Database
from venue_suite.database.migrations import KERNEL_MIGRATIONS
Database(Path({str(filled)!r})).open(KERNEL_MIGRATIONS)
"""
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )
    assert "another venue server is using it" in other.stderr
    first.close()
    again = Database(filled)
    again.open(KERNEL_MIGRATIONS)
    again.close()


def test_lock_of_an_ended_program_does_not_matter(filled: Path) -> None:
    filled.with_suffix(".lock").write_text("left over")
    database = Database(filled)
    database.open(KERNEL_MIGRATIONS)
    database.close()


def test_stranger_who_holds_the_file_is_named_as_the_reason(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = apsw.Connection(str(filled))
    stranger.execute("PRAGMA journal_mode = delete")
    stranger.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("venue_suite.database.sqlite.BUSY_TIMEOUT_S", 0.1)
    with pytest.raises(DatabaseUnusable, match="locked"):
        Database(filled).open(KERNEL_MIGRATIONS)
    stranger.close()


async def test_writer_syncs_each_commit(database: Database) -> None:
    """What kill -9 can't show and a power cut would: each commit is on the disk when answered."""

    def read(work: Work) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "mmap_size")
        return [work.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await database.write(read) == ["wal", 2, 1, 1, 0]


# --- damage ------------------------------------------------------------------------------------


def overwrite_header(data: bytearray) -> None:
    data[:100] = b"\xa5" * 100


def overwrite_everything(data: bytearray) -> None:
    data[:] = b"This is a letter to the box office.\n" * 100


def overwrite_page(data: bytearray) -> None:
    start = len(data) // 8192 * 4096
    data[start : start + 4096] = b"\xa5" * 4096


def cut_off(data: bytearray) -> None:
    del data[len(data) // 2 :]


def swap_pages(data: bytearray) -> None:
    last = len(data) - 4096
    data[8192:12288], data[last:] = data[last:], data[8192:12288]


@pytest.mark.parametrize(
    ("damage", "crashed"),
    [
        (overwrite_header, False),
        (overwrite_everything, False),
        (overwrite_page, False),
        (cut_off, False),
        (swap_pages, False),
        # After a crash the log may hold a sound copy of a bad page; these are not in it.
        (overwrite_page, True),
        (cut_off, True),
    ],
)
def test_damaged_file_is_refused_and_left_as_it_is(
    filled: Path, tmp_path: Path, damage: Callable[[bytearray], None], crashed: bool
) -> None:
    path = crash_copy(filled, tmp_path / "crashed") if crashed else filled
    data = bytearray(path.read_bytes())
    damage(data)
    path.write_bytes(data)
    before = contents(path.parent)
    for _ in range(2):
        with pytest.raises(DatabaseDamaged) as caught:
            Database(path).open(KERNEL_MIGRATIONS)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert contents(path.parent) == before


def test_crashed_file_is_recovered(filled: Path, tmp_path: Path) -> None:
    path = crash_copy(filled, tmp_path / "crashed")
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)
    assert asyncio.run(database.read(times_of, "in-the-log")) == 1
    database.close()


def test_page_that_goes_bad_while_serving_is_a_refusal(filled: Path) -> None:
    database = Database(filled)
    database.open(KERNEL_MIGRATIONS)
    with filled.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (filled.stat().st_size - 4096))
    with pytest.raises((DatabaseDamaged, DatabaseUnusable)):
        asyncio.run(database.read(operations_of))
    with pytest.raises((DatabaseDamaged, DatabaseUnusable)):
        asyncio.run(database.write(jot, "name-1"))
    database.close()


# --- migrations --------------------------------------------------------------------------------


@pytest.mark.parametrize("crashed", [False, True], ids=["closed", "crashed"])
def test_newer_history_is_refused_and_nothing_is_changed(
    filled: Path, tmp_path: Path, crashed: bool
) -> None:
    stranger = apsw.Connection(str(filled))
    stranger.execute(
        "INSERT INTO kernel_migration (name, applied) "
        "VALUES ('0099_the_future', '2030-01-01 00:00:00')"
    )
    stranger.close()
    path = filled
    if crashed:
        (tmp_path / "crashed").mkdir()
        log_keeper = apsw.Connection(str(filled))
        log_keeper.execute("INSERT INTO setting VALUES ('x', '1', 0)")
        for file in filled.parent.glob("venue.db*"):
            shutil.copy(file, tmp_path / "crashed")
        log_keeper.close()
        path = tmp_path / "crashed" / "venue.db"
    before = contents(path.parent)
    with pytest.raises(DatabaseTooNew) as caught:
        Database(path).open(KERNEL_MIGRATIONS)
    assert caught.value.params["found"] == "kernel 0099_the_future"
    newest = max(file.stem for file in KERNEL_MIGRATIONS["kernel"].glob("[0-9]*.py"))
    assert caught.value.params["known"] == f"kernel {newest}"
    assert contents(path.parent) == before


def write_migration(folder: Path, name: str, rest: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    table = name.split("_", 1)[1]
    (folder / f"{name}.py").write_text(TABLE_MIGRATION.format(name=table, rest=rest))
    return folder


def tables_of(path: Path) -> set[str]:
    connection = apsw.Connection(str(path))
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return names


def test_failing_migration_of_a_plugin_is_undone_and_told(filled: Path, tmp_path: Path) -> None:
    good = write_migration(tmp_path / "good", "0001_good_thing")
    bad = write_migration(tmp_path / "bad", "0001_bad_thing")
    write_migration(bad, "0002_bad_other", "raise ValueError('half way')")
    told: list[tuple[str, str]] = []
    database = Database(filled)
    database.open(
        KERNEL_MIGRATIONS | {"bad": bad, "good": good},
        lambda name, error: told.append((name, str(error))),
    )
    database.close()
    assert told == [("bad", "half way")]
    assert {"good_thing", "bad_thing"} <= tables_of(filled)
    assert "bad_other" not in tables_of(filled)


def test_plugins_may_call_their_tables_alike(filled: Path, tmp_path: Path) -> None:
    """In Python all are a `Thing` with a unique name; in the database nothing clashes."""
    folders = {name: write_migration(tmp_path / name, f"0001_{name}_thing") for name in "abc"}
    database = Database(filled)
    database.open(KERNEL_MIGRATIONS | folders)
    database.close()
    assert {"a_thing_name", "b_thing_name", "c_thing_name"} <= tables_of(filled)


def test_failing_migration_of_the_kernel_stops_the_opening(filled: Path, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    shutil.copytree(KERNEL_MIGRATIONS["kernel"], kernel)
    write_migration(kernel, "0099_kernel_thing", "raise ValueError('half way')")
    with pytest.raises(UpgradeFailed, match="is as it was: half way"):
        Database(filled).open({"kernel": kernel}, lambda *_: None)
    assert "kernel_thing" not in tables_of(filled)
    database = Database(filled)
    database.open(KERNEL_MIGRATIONS)
    assert asyncio.run(database.read(times_of, "name-1")) == 1
    database.close()


# --- the disk ----------------------------------------------------------------------------------


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnusable, match="can't be used"):
        Database(tmp_path / "file" / "venue.db").open(KERNEL_MIGRATIONS)


def test_database_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "venue.db").mkdir()
    with pytest.raises(DatabaseUnusable, match="can't be used"):
        Database(tmp_path / "venue.db").open(KERNEL_MIGRATIONS)


def test_folder_without_the_right_to_write_is_refused(tmp_path: Path, filled: Path) -> None:
    """As a user who may only read; root may write everywhere, so this takes a child process."""
    before = contents(filled.parent)
    filled.parent.chmod(0o555)
    program = f"""
import os, sys
from pathlib import Path
from venue_suite.database import Database
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import DatabaseUnusable
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
try:
    Database(Path({str(filled.parent)!r}) / sys.argv[1]).open(KERNEL_MIGRATIONS)
except DatabaseUnusable as refusal:
    print(refusal)
"""
    # A private folder above would hide the data from the other user.
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    filled.with_suffix(".lock").unlink()
    for name in ("venue.db", "new.db", "new/venue.db"):
        told = subprocess.run(
            [sys.executable, "-c", program, name], capture_output=True, check=False, text=True
        )
        assert "can't be used: Permission denied" in told.stdout, told.stderr
    filled.parent.chmod(0o755)
    assert contents(filled.parent) == before


def test_old_library_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(DatabaseUnusable, match=r"SQLite 3\.51\.2 is older than 3\.51\.3"):
        Database(tmp_path / "venue.db").open(KERNEL_MIGRATIONS)
    assert list(tmp_path.iterdir()) == []
