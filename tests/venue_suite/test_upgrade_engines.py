"""Upgrades on either engine: wholly or not at all, saved before; operations outlive them."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.venue_suite.jotter import jot, operations_of, times_of
from tests.venue_suite.test_ledger_holds import hold
from tests.venue_suite.test_upgrade import BAD, GOOD
from venue_suite.commands.line import run
from venue_suite.database import Database, View, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import Operation
from venue_suite.domain.errors import OperationReused
from venue_suite.ledger import NotEnough, available_minor, release_hold, reverse_transaction
from venue_suite.server.parts import PARTS
from venue_suite.testing import MovableClock, place_in
from venue_suite.upgrade import postgresql
from venue_suite.upgrade.backing_up import back_up
from venue_suite.upgrade.errors import BackupFailed, DumpMissing, UpgradeFailed
from venue_suite.upgrade.opening import UpgradeWish
from venue_suite.upgrade.postgresql import make_dump
from venue_suite.verify.findings import find_all


class Venue:
    """A database that can be opened again and again, with ever newer migrations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = place_in(folder)
        self.shop = folder / "shop"
        self.shop.mkdir()
        self.backups: list[Path] = []

    def open(self, check: Any = None, set_aside: Any = None, **more: Path) -> Database:
        wish = UpgradeWish(dumps=self.folder / "dumps", on_backup=self.backups.append)
        if check is not None:
            wish = UpgradeWish(check, wish.dumps, wish.on_backup)
        database = Database(self.place, seams=MovableClock().seams)
        database.open(KERNEL_MIGRATIONS | {"shop": self.shop} | more, set_aside, wish)
        return database

    def add(self, number: int, text: str = GOOD) -> None:
        (self.shop / f"{number:04}_shop.py").write_text(text.replace("{number}", str(number)))


@pytest.fixture
async def venue(engine: str, tmp_path: Path) -> Venue:
    made = Venue(tmp_path)
    made.add(1)
    database = made.open()
    await database.commit(jot, "n", operation=operation("A"))
    database.close()
    assert made.backups == []
    return made


def operation(name: str, content: str = "same") -> Operation:
    return Operation(name, hashlib.sha256(content.encode()).digest())


def has_table(view: View, name: str) -> bool:
    return bool(view.session.database.table_exists(name))


async def test_existing_database_is_saved_and_upgraded(venue: Venue) -> None:
    venue.add(2)
    database = venue.open()
    assert await database.read(has_table, "shop_2")
    assert await database.read(times_of, "n") == 1
    database.close()
    (backup,) = venue.backups
    assert backup.stat().st_size > 10_000
    assert backup.stat().st_mode & 0o777 == 0o600
    venue.open().close()
    assert len(venue.backups) == 1, "nothing more to do, nothing more to save"


async def test_finding_undoes_all_of_it(venue: Venue) -> None:
    venue.add(2)

    def find(view: View) -> Iterable[str]:
        assert has_table(view, "shop_2")
        yield "the shop is open on Sunday"

    with pytest.raises(UpgradeFailed, match="the shop is open on Sunday"):
        venue.open(find)
    venue.shop.joinpath("0002_shop.py").unlink()
    database = venue.open()
    assert not await database.read(has_table, "shop_2")
    assert await database.read(times_of, "migrated-2") == 0
    database.close()


async def test_failing_migration_undoes_those_before_it(venue: Venue) -> None:
    venue.add(2)
    venue.add(3, BAD)
    with pytest.raises(UpgradeFailed, match="half way"):
        venue.open()
    for number in (2, 3):
        venue.shop.joinpath(f"000{number}_shop.py").unlink()
    database = venue.open()
    assert not await database.read(has_table, "shop_2")
    database.close()


async def test_failing_plugin_is_set_aside_and_the_others_go_on(venue: Venue) -> None:
    other = venue.folder / "other"
    other.mkdir()
    (other / "0001_other.py").write_text(BAD.replace("shop_{number}", "other_1"))
    venue.add(2)
    set_aside: list[str] = []
    database = venue.open(None, lambda name, _: set_aside.append(name), other=other)
    assert set_aside == ["other"]
    assert await database.read(has_table, "shop_2")
    assert not await database.read(has_table, "other_1")
    database.close()


def unfinished_in(folder: Path) -> list[str]:
    return [file.name for file in folder.glob(".venue-*")]


def restore(saved: Path, url: str) -> None:
    subprocess.run(
        ["pg_restore", "--no-owner", "--dbname", url, str(saved)], check=True, capture_output=True
    )


# --- operations are kept for ever ----------------------------------------------------------------


async def repeat(database: Database) -> None:
    """The same id gets the same reply and does nothing; with other content it is refused."""
    again = await database.commit(jot, "n", operation=operation("A"))
    assert (again.repeated, bytes(again.value)) == (True, b'{"name":"n","times":1}')
    with pytest.raises(OperationReused):
        await database.commit(jot, "n", operation=operation("A", "other"))
    assert await database.read(times_of, "n") == 1
    assert await database.read(operations_of) == ["A"]


async def test_operation_is_known_after_a_restart_and_after_an_upgrade(venue: Venue) -> None:
    database = venue.open()
    await repeat(database)
    database.close()
    venue.add(2)
    database = venue.open()
    await repeat(database)
    database.close()


async def test_operation_is_known_in_a_restored_backup(
    venue: Venue, engine: str, tmp_path: Path
) -> None:
    database = venue.open()
    saved, restored = tmp_path / "saved", tmp_path / "restored"
    if engine == "sqlite":
        assert isinstance(venue.place, Path)
        back_up(venue.place, saved)
        restored.mkdir()
        saved.rename(restored / "venue.db")
    else:
        session = database.engine.open_reader()
        make_dump(session.connection, tmp_path, name="saved")
        session.close()
    await database.commit(jot, "later", operation=operation("B"))
    database.close()
    again = Venue.__new__(Venue)
    again.folder, again.shop, again.backups = venue.folder, venue.shop, []
    again.place = place_in(restored)
    if engine == "postgresql":
        assert isinstance(again.place, str)
        await asyncio.to_thread(restore, saved, again.place)
    database = again.open()
    await repeat(database)
    later = await database.commit(jot, "later", operation=operation("B"))
    assert later.repeated is False, "what came after the backup is not in it"
    database.close()


# --- dumps ---------------------------------------------------------------------------------------


async def test_without_a_dump_nothing_is_upgraded(
    venue: Venue, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite the copy needs no program; on PostgreSQL an administrator can vouch for a dump."""
    monkeypatch.setattr(postgresql.shutil, "which", lambda name: None)
    venue.add(2)
    if engine == "sqlite":
        venue.open().close()
        return
    with pytest.raises(DumpMissing, match="no program pg_dump"):
        venue.open()
    database = Database(venue.place)
    database.open(KERNEL_MIGRATIONS | {"shop": venue.shop}, None, UpgradeWish(dumps=None))
    assert await database.read(has_table, "shop_2")
    database.close()


async def test_copy_never_replaces_a_file(venue: Venue, engine: str, tmp_path: Path) -> None:
    database = venue.open()
    target = tmp_path / "saved"
    target.write_text("something of mine")
    if engine == "sqlite":
        assert isinstance(venue.place, Path)
        with pytest.raises(BackupFailed, match="there is such a file already"):
            back_up(venue.place, target)
    else:
        session = database.engine.open_reader()
        with pytest.raises(BackupFailed, match="there is such a file already"):
            make_dump(session.connection, tmp_path, name="saved")
        session.close()
    database.close()
    assert target.read_text() == "something of mine"
    assert unfinished_in(tmp_path) == []


# --- from the first version ----------------------------------------------------------------------

FIRST_BOOKS = (
    (
        "INSERT INTO ledger_account (code, kind, currency, name) VALUES "
        "('tender/cash', 'asset', 'CNY', '{}'), ('revenue/ticket/adult', 'income', 'CNY', '{}')"
    ),
    (
        "INSERT INTO ledger_transaction (kind, at, business_day, reference, station, actor) "
        "VALUES ('opening', 0, '2026-11-28', 'opening', 'window-1', 'C01')"
    ),
    (
        "INSERT INTO ledger_posting (transaction_id, account_id, amount_minor, quantity) "
        "VALUES (1, 1, 100, 1), (1, 2, -100, 1)"
    ),
    "INSERT INTO ledger_balance (account_id, amount_minor) VALUES (1, 100), (2, -100)",
    "INSERT INTO feed (seq, at, kind, subject, data) VALUES (1, 0, 'x', 'x', '{}')",
)


@pytest.fixture
def first_version(engine: str, tmp_path: Path) -> Path:
    """The folder of a venue whose database the first version wrote, with something in the books."""
    (tmp_path / "kernel").mkdir()
    shutil.copy(KERNEL_MIGRATIONS["kernel"] / "0001_kernel.py", tmp_path / "kernel")
    database = Database(place_in(tmp_path))
    database.open({"kernel": tmp_path / "kernel"})

    def fill(work: Work) -> None:
        for text in FIRST_BOOKS:
            work.session.put(text, ())

    asyncio.run(database.write(fill))
    database.close()
    return tmp_path


async def test_books_of_the_first_version_are_upgraded(first_version: Path) -> None:
    checks = [check for part in PARTS for check in part.checks]
    database = Database(place_in(first_version))
    database.open(KERNEL_MIGRATIONS, None, UpgradeWish(lambda view: find_all(view, checks)))
    assert await database.read(available_minor, "tender/cash") == 100
    await database.write(hold, 60, "tender/cash")
    with pytest.raises(NotEnough):
        await database.write(hold, 41, "tender/cash")
    reverse = {"business_day": "2026-11-28", "reason": "typed wrongly"}
    with pytest.raises(NotEnough):
        await database.write(reverse_transaction, 1, **reverse)
    await database.write(release_hold, 1)
    await database.write(reverse_transaction, 1, **reverse)
    assert await database.read(available_minor, "tender/cash") == 0
    assert await database.read(lambda view: list(find_all(view, checks))) == []
    database.close()


@pytest.mark.sqlite
def test_command_upgrades_and_says_where_the_old_data_are(
    first_version: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(first_version)]
    assert run([*command, "verify"]) == 6
    assert run([*command, "upgrade"]) == 0
    told = capsys.readouterr().err
    (backup,) = (first_version / "backups").iterdir()
    assert f"The old database is kept as {backup}." in told
    assert run([*command, "upgrade"]) == 0
    assert "kept as" not in capsys.readouterr().err
    assert run([*command, "verify"]) == 0


@pytest.mark.sqlite
def test_command_stops_at_a_finding_until_it_is_accepted(
    first_version: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = apsw.Connection(str(first_version / "venue.db"))
    stranger.execute("UPDATE ledger_balance SET amount_minor = 7 WHERE account_id = 1")
    stranger.close()
    command = ["--data", str(first_version)]
    assert run([*command, "upgrade"]) == 6
    assert "ledger.balances: account tender/cash shows 7" in capsys.readouterr().err
    assert run([*command, "upgrade", "--accept-findings"]) == 0
    assert run([*command, "verify"]) == 7
