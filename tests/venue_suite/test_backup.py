"""Backups while selling: of one moment, checked, and never half a file under the name."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import apsw
import pytest

from tests.venue_suite.jotter import feed_of, jot
from venue_suite.commands.line import run
from venue_suite.database import Database, Work, sqlite
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.plugin_manager import PluginManager
from venue_suite.upgrade import copying, files
from venue_suite.upgrade.backing_up import back_up
from venue_suite.upgrade.copying import FULL_SPEED, Pace
from venue_suite.upgrade.errors import BackupFailed, NoRoom

Told = pytest.CaptureFixture[str]
PAGE = 4096


def fatten(work: Work, megabytes: int) -> None:
    work.connection.execute("CREATE TABLE fat (x)")
    for _ in range(megabytes):
        work.connection.execute("INSERT INTO fat VALUES (randomblob(1000000))")


def head_of(path: Path) -> int:
    connection = apsw.Connection(str(path))
    head = copying.feed_head(connection)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return head


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database of eight megabytes; SQLite, whatever engine others run on."""
    made = Database(tmp_path / "venue.db")
    made.open(KERNEL_MIGRATIONS)
    asyncio.run(made.write(fatten, 8))
    asyncio.run(made.write(jot, "n", 5))
    return made


def test_backup_is_of_one_moment_while_others_write(database: Database, tmp_path: Path) -> None:
    """Each pause of the copy writes something: none of it is in the copy, and it does not begin
    anew."""
    pauses: list[float] = []

    def write(seconds: float) -> None:
        pauses.append(seconds)
        asyncio.run(database.write(jot, "meanwhile", 3))

    source = tmp_path / "venue.db"
    copied = back_up(source, tmp_path / "saved.db", Pace(10 * 2**20, 2**18, 2**20), write)
    assert len(pauses) > 20
    assert copied.feed_head == 5
    assert head_of(tmp_path / "saved.db") == 5
    database.close()
    assert head_of(source) == 5 + 3 * len(pauses)


def test_snapshot_of_another_program_holds_up_no_write(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log grows meanwhile and begins anew afterwards; nobody waits for either."""
    monkeypatch.setattr(sqlite, "LOG_PAGES_MAX", 50)
    monkeypatch.setattr(sqlite, "TIDY_AGAIN_S", 0.1)
    log = tmp_path / "venue.db-wal"
    stranger = copying.open_to_read(tmp_path / "venue.db")
    stranger.execute("BEGIN; SELECT * FROM setting").fetchall()
    slowest_s = 0.0
    for _ in range(60):
        began_s = time.monotonic()
        asyncio.run(database.write(jot, "n", 20))
        slowest_s = max(slowest_s, time.monotonic() - began_s)
    assert slowest_s < 2.0
    grown = log.stat().st_size
    stranger.close()
    time.sleep(0.15)
    for _ in range(60):
        asyncio.run(database.write(jot, "n", 20))
    assert log.stat().st_size < grown * 1.5
    database.close()


def test_backup_is_private_and_needs_no_other_file(database: Database, tmp_path: Path) -> None:
    back_up(tmp_path / "venue.db", tmp_path / "saved.db", FULL_SPEED)
    assert (tmp_path / "saved.db").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob("*saved*")] == ["saved.db"]
    database.close()
    (tmp_path / "saved.db").rename(tmp_path / "venue.db")
    again = Database(tmp_path / "venue.db")
    again.open(KERNEL_MIGRATIONS)
    assert len(asyncio.run(again.read(feed_of))) == 5
    again.close()


def test_pace_is_kept(database: Database, tmp_path: Path) -> None:
    """Eight megabytes at sixteen a second take half a second, and no step is a large one."""
    began_s = time.monotonic()
    back_up(tmp_path / "venue.db", tmp_path / "saved.db", Pace(16 * 2**20, 2**18, 2**20))
    assert time.monotonic() - began_s > 0.45
    database.close()


def test_large_database_is_copied_in_time_however_gentle(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log can't be emptied meanwhile: the snapshot must not be held for an hour."""
    monkeypatch.setattr(copying, "SNAPSHOT_S", 0.5)
    began_s = time.monotonic()
    back_up(tmp_path / "venue.db", tmp_path / "saved.db", Pace(1, 2**18, 2**20))
    assert time.monotonic() - began_s < 5
    database.close()


# --- what goes wrong -----------------------------------------------------------------------------


def leftovers(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if "venue.db" not in file.name)


@pytest.mark.parametrize("name", ["saved.db", "nowhere/saved.db", "venue.db"])
def test_place_that_can_t_be_is_refused(database: Database, tmp_path: Path, name: str) -> None:
    (tmp_path / "saved.db").write_text("something of mine")
    with pytest.raises(BackupFailed, match="There is no backup"):
        back_up(tmp_path / "venue.db", tmp_path / name)
    assert (tmp_path / "saved.db").read_text() == "something of mine"
    assert leftovers(tmp_path) == ["saved.db", "venue.lock"]
    database.close()


def test_name_that_was_taken_meanwhile_is_not_replaced(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "saved.db"

    def be_faster(_: float) -> None:
        target.write_text("something of mine")

    with pytest.raises(BackupFailed, match="there is such a file already"):
        back_up(tmp_path / "venue.db", target, Pace(100 * 2**20, 2**18), be_faster)
    assert target.read_text() == "something of mine"
    assert leftovers(tmp_path) == ["saved.db", "venue.lock"]
    database.close()


def test_stick_without_hard_links(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", link)
    back_up(tmp_path / "venue.db", tmp_path / "saved.db", FULL_SPEED)
    assert head_of(tmp_path / "saved.db") == 5
    assert leftovers(tmp_path) == ["saved.db", "venue.lock"]
    database.close()


def test_short_disk_is_noticed_first(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = files.shutil.disk_usage(tmp_path)._replace(free=9 * 2**20)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoRoom):
        back_up(tmp_path / "venue.db", tmp_path / "saved.db")
    assert leftovers(tmp_path) == ["venue.lock"]
    database.close()


def test_copy_that_is_not_what_was_read_is_no_backup(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses a page is noticed before the file has its name."""
    real = copying._copy_pages

    def spoil(
        reader: apsw.Connection, writer: apsw.Connection, target: Path, brake: object
    ) -> None:
        real(reader, writer, target, brake)  # type: ignore[arg-type]
        with target.open("r+b") as file:
            file.seek(2 * PAGE)
            file.write(os.urandom(PAGE))

    monkeypatch.setattr(copying, "_copy_pages", spoil)
    with pytest.raises(BackupFailed):
        back_up(tmp_path / "venue.db", tmp_path / "saved.db", FULL_SPEED)
    assert leftovers(tmp_path) == ["venue.lock"]
    database.close()


_PROGRAM = """
import os, signal, sys
from pathlib import Path
from venue_suite.upgrade.backing_up import back_up
from venue_suite.upgrade.copying import Pace

left = 10
def pull(_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

back_up(Path(sys.argv[1]), Path(sys.argv[2]), Pace(10 * 2**20, 2**18), pull)
"""


def test_kill_leaves_no_half_file_and_the_next_one_cleans_up(
    database: Database, tmp_path: Path
) -> None:
    source, target = tmp_path / "venue.db", tmp_path / "saved.db"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(source), str(target)], check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    assert len(leftovers(tmp_path)) == 2, "the half file lies there under another name"
    back_up(source, target, FULL_SPEED)
    assert leftovers(tmp_path) == ["saved.db", "venue.lock"]
    database.close()


def test_two_backups_at_once_do_not_disturb_each_other(database: Database, tmp_path: Path) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"

    def begin_the_other(_: float) -> None:
        if not second.exists():
            back_up(tmp_path / "venue.db", second, FULL_SPEED)

    back_up(tmp_path / "venue.db", first, Pace(100 * 2**20, 2**20), begin_the_other)
    assert head_of(first) == head_of(second) == 5
    assert leftovers(tmp_path) == ["first.db", "second.db", "venue.lock"]
    database.close()


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_command_copies_an_open_venue(
    bare_copy: Path, capsys: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PluginManager, "load_entry_points", lambda manager: None)
    stop = threading.Event()
    database = Database(bare_copy / "venue.db")
    database.open(KERNEL_MIGRATIONS)

    async def sell() -> None:
        while not stop.is_set():
            await database.write(jot, "n")

    seller = threading.Thread(target=lambda: asyncio.run(sell()))
    seller.start()
    try:
        assert run(["--data", str(bare_copy), "backup", str(tmp_path / "saved.db")]) == 0
        assert run(["--data", str(bare_copy), "backup", str(tmp_path)]) == 0
    finally:
        stop.set()
        seller.join()
        database.close()
    assert "saved.db: " in capsys.readouterr().err
    assert len(list(tmp_path.glob("venue-2*Z.db"))) == 1
    restored = tmp_path / "restored"
    restored.mkdir()
    (tmp_path / "saved.db").rename(restored / "venue.db")
    assert run(["--data", str(restored), "verify"]) == 0


def test_command_copies_what_an_older_version_wrote(
    tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before an upgrade a backup is wanted most."""
    monkeypatch.delenv("TEST_VENUE_POSTGRESQL", raising=False)
    old = apsw.Connection(str(tmp_path / "venue.db"))
    old.execute("CREATE TABLE feed (seq INTEGER PRIMARY KEY); INSERT INTO feed VALUES (7)")
    old.close()
    assert run(["--data", str(tmp_path), "backup", str(tmp_path / "saved.db")]) == 0
    assert head_of(tmp_path / "saved.db") == 7


def test_command_without_a_venue(
    tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_VENUE_POSTGRESQL", raising=False)  # no setting of a venue's own
    assert run(["--data", str(tmp_path / "none"), "backup", str(tmp_path / "saved.db")]) == 1
    assert "there is no database" in capsys.readouterr().err
