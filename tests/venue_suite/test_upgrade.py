"""Upgrading: old or new, whole, whatever fails and whenever the plug is pulled."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.venue_suite.jotter import feed_of, jot, times_of
from venue_suite.database import Database, View
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.sqlite import open_reader
from venue_suite.domain.errors import DatabaseTooNew, DatabaseUnusable
from venue_suite.testing import MovableClock
from venue_suite.upgrade import files
from venue_suite.upgrade.errors import NoRoom, UpgradeFailed
from venue_suite.upgrade.opening import UpgradeWish
from venue_suite.upgrade.upgrading import BACKUPS, BACKUPS_KEPT, upgrade_file

STEPS = ("backed up", "copied", "migrated", "checked", "old log folded", "switched")
GOOD = """
import peewee

def up(migrator, db):
    class Thing(db.Model):
        name = peewee.TextField()

        class Meta:
            table_name = "shop_{number}"

    db.create_tables([Thing], safe=False)
    db.execute_sql("INSERT INTO setting VALUES ('migrated-{number}', '1', 0)")
"""
BAD = GOOD + "    raise ValueError('half way')\n"


class Venue:
    """A database of version 1 with something in it, and a folder of the next migrations."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "venue.db"
        self.shop = folder / "shop"
        self.shop.mkdir()
        self.add(1)
        self.clock = MovableClock()
        self.open()
        asyncio.run(self.database.write(jot, "n", 30))
        self.database.close()

    @property
    def migrations(self) -> dict[str, Path]:
        return KERNEL_MIGRATIONS | {"shop": self.shop}

    def add(self, number: int, text: str = GOOD) -> None:
        file = self.shop / f"{number:04}_shop.py"
        file.write_text(text.replace("{number}", str(number)))

    def open(self, *arguments: Any) -> Database:
        self.database = Database(self.path, seams=self.clock.seams)
        self.database.open(self.migrations, *arguments)
        return self.database

    def upgrade(self, **more: Any) -> Path | None:
        return upgrade_file(self.path, self.migrations, seams=self.clock.seams, **more)

    def version(self) -> list[int]:
        """Which of the shop's tables there are, on a database that is sound and whole."""
        database = open_reader(self.path)
        connection = database.connection()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*), max(seq) FROM feed").fetchone() == (30, 30)
        found = []
        for number in range(1, 10):
            marks = [
                bool(connection.execute(f"SELECT count(*) FROM {table} {where}").fetchone()[0])
                for table, where in (
                    ("sqlite_master", f"WHERE name = 'shop_{number}'"),
                    ("setting", f"WHERE key = 'migrated-{number}'"),
                    ("shop_migration", f"WHERE name = '{number:04}_shop'"),
                )
            ]
            assert len(set(marks)) == 1, "a migration is there wholly or not at all"
            found += [number] if marks[0] else []
        database.close()
        return found

    def backups(self) -> list[Path]:
        return sorted((self.path.parent / BACKUPS).glob("*"))

    def names(self) -> set[str]:
        """What lies beside the database, apart from the lock and what a mere reader leaves."""
        known = {self.path.name, "venue.lock", BACKUPS, f"{self.path.name}-shm"}
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists() and log.stat().st_size == 0:
            known.add(log.name)
        return {file.name for file in self.path.parent.iterdir()} - known


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return Venue(tmp_path)


# --- what an upgrade does ------------------------------------------------------------------------


def test_opening_upgrades_and_keeps_the_old_database(venue: Venue) -> None:
    venue.add(2)
    venue.add(3)
    told: list[Path] = []
    database = venue.open(None, UpgradeWish(on_backup=told.append))
    assert asyncio.run(database.read(times_of, "n")) == 1
    database.close()
    assert venue.version() == [1, 2, 3]
    (backup,) = venue.backups()
    assert told == [backup]
    assert backup.name == "venue-20261128T060500Z-shop-0001-to-0003.db"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert venue.names() == set()
    shutil.copy(backup, venue.path)
    assert venue.version() == [1]


def test_nothing_to_do_makes_no_backup(venue: Venue) -> None:
    before = venue.path.read_bytes()
    assert venue.upgrade() is None
    venue.open().close()
    assert venue.backups() == []
    assert venue.path.read_bytes() == before


def test_new_database_needs_no_backup(tmp_path: Path) -> None:
    database = Database(tmp_path / "new.db")
    database.open(KERNEL_MIGRATIONS)
    database.close()
    assert not (tmp_path / BACKUPS).exists()


def test_file_keeps_mode_and_owner(venue: Venue) -> None:
    venue.path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(venue.path, 4321, 4322)
    before = venue.path.stat()
    venue.add(2)
    venue.upgrade()
    after = venue.path.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_some_backups_are_kept(venue: Venue) -> None:
    for number in range(2, BACKUPS_KEPT + 4):
        venue.add(number)
        venue.clock.advance(3600)
        venue.upgrade()
    kept = [file.stem.rpartition("-")[2] for file in venue.backups()]
    assert kept == [f"{number:04}" for number in range(4, BACKUPS_KEPT + 4)]


def test_what_else_lies_among_the_backups_is_left_alone(venue: Venue) -> None:
    mine = venue.path.parent / BACKUPS / "before-christmas.db"
    mine.parent.mkdir()
    mine.write_text("mine")
    os.utime(mine, (0, 0))
    for number in range(2, BACKUPS_KEPT + 4):
        venue.add(number)
        venue.clock.advance(3600)
        venue.upgrade()
    assert mine.read_text() == "mine"
    assert len(venue.backups()) == BACKUPS_KEPT + 1


def test_link_goes_on_leading_to_the_database(venue: Venue, tmp_path: Path) -> None:
    """On a disk of its own, for example: the new one must not land beside the link."""
    real, link = venue.path, tmp_path / "link.db"
    link.symlink_to(real)
    venue.path = link
    venue.add(2)
    backup = venue.upgrade()
    assert link.is_symlink()
    assert backup is not None
    assert backup.parent == real.parent / BACKUPS
    assert venue.version() == [1, 2]


def test_backups_belong_to_the_owner_of_the_database(venue: Venue) -> None:
    if os.geteuid() == 0:  # only an administrator can give files away
        os.chown(venue.path, 4321, 4322)
    owner = venue.path.stat()
    venue.add(2)
    backup = venue.upgrade()
    assert backup is not None
    for file in (backup, backup.parent, venue.path):
        assert (file.stat().st_uid, file.stat().st_gid) == (owner.st_uid, owner.st_gid)


def test_two_upgrades_in_one_second_have_two_names(venue: Venue) -> None:
    second = venue.path.with_name("other.db")
    shutil.copy(venue.path, second)
    venue.add(2)
    venue.upgrade()
    second.replace(venue.path)
    venue.upgrade()
    assert len(venue.backups()) == 2


def test_what_a_crash_left_in_the_log_is_upgraded_too(venue: Venue, tmp_path: Path) -> None:
    database = venue.open()
    asyncio.run(database.write(jot, "in-the-log", 0))
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in venue.path.parent.glob("venue.db*"):
        shutil.copy(file, crashed)
    database.close()
    assert (crashed / "venue.db-wal").stat().st_size > 0
    venue.path = crashed / "venue.db"
    venue.add(2)
    venue.upgrade()
    assert venue.names() == set()
    assert venue.version() == [1, 2]
    database = venue.open()
    assert asyncio.run(database.read(times_of, "in-the-log")) == 1
    database.close()


# --- what goes wrong -----------------------------------------------------------------------------


def find_something(view: View) -> Iterable[str]:
    """A check that looks at what the migration made, and does not like it."""
    assert view.connection.execute("SELECT count(*) FROM shop_2").fetchone() == (0,)
    yield "the shop is open on Sunday"


def test_check_on_the_copy_stops_the_switch(venue: Venue) -> None:
    venue.add(2)
    before = venue.path.read_bytes()
    with pytest.raises(UpgradeFailed, match=r"is as it was: .* the shop is open on Sunday"):
        venue.open(None, UpgradeWish(check=find_something))
    assert venue.path.read_bytes() == before
    assert venue.backups() == []
    assert venue.names() == set()
    assert venue.version() == [1]


def test_failing_migration_of_the_kernel_stops_the_switch(venue: Venue) -> None:
    venue.add(2)
    venue.add(3, BAD)
    before = venue.path.read_bytes()
    with pytest.raises(UpgradeFailed, match="is as it was: half way"):
        venue.upgrade()
    assert venue.path.read_bytes() == before
    assert (venue.backups(), venue.names()) == ([], set())


def test_failing_migration_of_a_plugin_sets_only_it_aside(venue: Venue, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "0001_other.py").write_text(BAD.replace("shop_{number}", "other_1"))
    venue.add(2)
    set_aside: list[str] = []
    for _ in range(2):
        database = Database(venue.path, seams=venue.clock.seams)
        database.open(venue.migrations | {"other": other}, lambda name, _: set_aside.append(name))
        database.close()
    assert set_aside == ["other", "other"]
    assert venue.version() == [1, 2]
    assert len(venue.backups()) == 1, "the second start had nothing to keep"


def test_short_disk_is_noticed_first(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    venue.add(2)
    before = venue.path.read_bytes()
    usage = shutil.disk_usage(venue.path)._replace(free=3 * 2**20)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoRoom, match=r"\d+ MB are needed, 3 MB are free") as caught:
        venue.open()
    needed = caught.value.params["needed"]
    assert isinstance(needed, int)
    assert needed > 128, "for the backup and for the copy, each with something to spare"
    assert venue.path.read_bytes() == before
    assert (venue.backups(), venue.names()) == ([], set())


def test_full_disk_in_the_middle(venue: Venue) -> None:
    """SQLite's own limit stands for the disk's: the copy can't grow."""
    venue.add(
        2,
        GOOD
        + "    db.execute_sql('PRAGMA max_page_count = 1')\n"
        + "    db.execute_sql(\"INSERT INTO setting VALUES ('big', hex(zeroblob(900000)), 0)\")\n",
    )
    with pytest.raises(UpgradeFailed, match="full"):
        venue.upgrade()
    assert (venue.backups(), venue.names()) == ([], set())
    assert venue.version() == [1]


def test_reader_of_the_old_database_stops_the_switch(venue: Venue) -> None:
    """Its snapshot is in the log, and a log that can't be emptied would spoil the new file."""
    keeper = venue.open()
    asyncio.run(keeper.write(jot, "x", 0))
    reader = apsw.Connection(str(venue.path))
    reader.execute("BEGIN; SELECT * FROM setting").fetchall()
    asyncio.run(keeper.write(jot, "y", 0))
    keeper.close()
    venue.add(2)
    with pytest.raises(UpgradeFailed, match="another program is reading it"):
        venue.upgrade()
    reader.close()
    assert venue.version() == [1]
    venue.upgrade()
    assert venue.version() == [1, 2]


def test_writer_of_the_old_database_stops_the_switch(venue: Venue) -> None:
    venue.add(2)

    def write(step: str) -> None:
        if step == "migrated":
            stranger = apsw.Connection(str(venue.path))
            stranger.execute("INSERT INTO setting VALUES ('late', '1', 0)")
            stranger.close()

    with pytest.raises(UpgradeFailed, match="another program wrote to it meanwhile"):
        venue.upgrade(on_step=write)
    assert venue.version() == [1]
    venue.upgrade()
    assert venue.version() == [1, 2]


def test_second_server_is_refused_meanwhile(venue: Venue) -> None:
    venue.add(2)

    def look(view: View) -> Iterable[str]:
        with pytest.raises(DatabaseUnusable, match="another venue server is using it"):
            Database(venue.path).open(venue.migrations)
        return ()

    venue.open(None, UpgradeWish(check=look)).close()


def test_newer_database_is_refused_before_anything_else(venue: Venue) -> None:
    venue.add(2)
    venue.open().close()
    (venue.shop / "0002_shop.py").unlink()
    venue.add(3)
    with pytest.raises(DatabaseTooNew):
        venue.open()
    assert len(venue.backups()) == 1


# --- the plug is pulled --------------------------------------------------------------------------

_PROGRAM = """
import os, signal, sys
from pathlib import Path
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.upgrade.upgrading import upgrade_file

def pull(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade_file(Path(sys.argv[1]), KERNEL_MIGRATIONS | {"shop": Path(sys.argv[2])}, on_step=pull)
"""


@pytest.mark.parametrize("step", STEPS)
def test_kill_leaves_old_or_new_whole(venue: Venue, step: str) -> None:
    venue.add(2)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(venue.path), str(venue.shop), step],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert venue.version() == ([1, 2] if step == "switched" else [1])
    database = venue.open()
    assert len(asyncio.run(database.read(feed_of))) == 30
    database.close()
    assert venue.version() == [1, 2]
    assert venue.names() == set(), "what was half-made is gone"
    assert all(file.suffix == ".db" for file in venue.backups())


def test_steps_are_all_that_there_are(venue: Venue) -> None:
    venue.add(2)
    seen: list[str] = []
    venue.upgrade(on_step=seen.append)
    assert tuple(seen) == STEPS


def test_everything_is_on_the_disk_before_its_name_is(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that a power cut can't break: content, then name, then the folder of the name."""
    database = venue.open()
    asyncio.run(database.write(jot, "in-the-log", 0))
    keep = venue.path.with_name("kept-wal")
    shutil.copy(str(venue.path) + "-wal", keep)
    database.close()
    keep.rename(str(venue.path) + "-wal")
    done: list[tuple[str, str]] = []

    def watch(name: str, place: Callable[..., Any]) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **more: Any) -> Any:
            done.append((name, str(place(*arguments))))
            return real(*arguments, **more)

        return call

    def of_handle(handle: int) -> Path:
        return (Path("/proc/self/fd") / str(handle)).readlink()

    monkeypatch.setattr(os, "fsync", watch("fsync", of_handle))
    monkeypatch.setattr(os, "ftruncate", watch("ftruncate", lambda handle, _: of_handle(handle)))
    monkeypatch.setattr(os, "unlink", watch("unlink", lambda path: path))
    monkeypatch.setattr(os, "rename", watch("rename", lambda source, _: source))
    venue.add(2)
    venue.upgrade()
    folder, log = str(venue.path.parent), f"{venue.path}-wal"
    (renamed,) = [at for at, (verb, _) in enumerate(done) if verb == "rename"]
    copy = done[renamed][1]
    before, after = done[:renamed], done[renamed + 1 :]
    assert before[-1] == ("fsync", copy)
    assert after[0] == ("fsync", folder)
    if ("ftruncate", log) in before:  # else SQLite itself removed it at the last close
        emptied = before.index(("ftruncate", log))
        assert before[emptied + 1] == ("fsync", log)
    assert ("fsync", folder) in before[:-1], "that the old log is gone is known for certain"
