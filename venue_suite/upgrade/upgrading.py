"""Upgrading a SQLite database: a backup, then a copy that is migrated and checked, then one switch.

The database in service is only read until the switch, which is one rename. Whatever goes wrong, and
whenever the power fails, either the old one is there or the new one, whole.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping
from glob import escape
from itertools import islice
from pathlib import Path

import apsw

from venue_suite.database.checks import check_pages, check_references
from venue_suite.database.migrations import list_pending, migrate
from venue_suite.database.rows import thread_database
from venue_suite.database.sqlite import SqliteEngine, open_writer
from venue_suite.database.work import View
from venue_suite.domain.errors import VenueError
from venue_suite.seams import Seams
from venue_suite.upgrade.copying import CopyUnsound, copy_database, open_to_read
from venue_suite.upgrade.errors import UpgradeFailed
from venue_suite.upgrade.files import (
    demand_room,
    empty_and_remove,
    give_name,
    give_to_owner_of,
    put_in_place,
    remove_unfinished,
    sync_folder,
    take_after,
    unfinished,
)

logger = logging.getLogger(__name__)

BACKUPS = "backups"
BACKUPS_KEPT = 5
_SPARE_BYTES = 64 * 1024 * 1024

Check = Callable[[View], Iterable[str]]
SetAside = Callable[[str, Exception], None]


def no_check(view: View) -> Iterable[str]:
    """Nothing to look for."""
    return ()


def no_step(step: str) -> None:
    """Nobody waits for a step; a test does, and pulls the plug there."""


def upgrade_file(
    path: Path,
    migrations: Mapping[str, Path],
    check: Check = no_check,
    set_aside: SetAside | None = None,
    *,
    seams: Seams | None = None,
    on_step: Callable[[str], None] = no_step,
) -> Path | None:
    """Bring an existing database up to date. Blocking; whoever calls has the file for itself.

    Args:
        migrations: package name -> folder of its numbered migrations, kernel first.
        check: finds what must not be, on the migrated copy; the engine's own checks of pages and
            references are always made.
        set_aside: told a plugin whose migration failed; the others are upgraded. Such a plugin is
            tried again at the next start.
        on_step: told what was done.

    Returns:
        The backup of the old database, in the folder `backups` beside it; None if there was nothing
        to do.

    Raises:
        NoRoom: before anything is written.
        UpgradeFailed: the old database is as it was.
    """
    path = path.resolve()  # a link is to go on leading where it does
    folder = path.parent / BACKUPS
    for one in (path.parent, folder):
        remove_unfinished(one, _mark(path))
    pending = _look(path, migrations)
    if not pending:
        return None
    seams = seams or Seams()
    old = path.stat().st_ino
    watch = _Watch(path)
    try:
        _demand_room(path, folder)
        backup = _make_backup(path, folder, pending, seams)
        on_step("backed up")
        try:
            with unfinished(path.parent, _mark(path)) as copy:
                shutil.copyfile(backup, copy)
                on_step("copied")
                if not _migrate_copy(copy, migrations, set_aside):
                    backup.unlink()
                    return None
                on_step("migrated")
                _check_copy(copy, check, seams)
                on_step("checked")
                _switch(copy, path, watch, on_step)
        except BaseException:
            if path.stat().st_ino == old:  # it is in service: nothing needs a backup of it
                backup.unlink(missing_ok=True)
            raise
    except VenueError:
        raise
    except Exception as error:  # whatever a migration raises, the old database is as it was
        raise UpgradeFailed(path=path, reason=_say(error)) from error
    finally:
        watch.close()
    _remove_old_backups(path, folder)
    logger.info("upgraded", extra={"file": str(path), "backup": str(backup)})
    return backup


def _mark(path: Path) -> str:
    return f".{path.name}.upgrade-"


def _look(path: Path, migrations: Mapping[str, Path]) -> dict[str, tuple[str, str]]:
    pending: dict[str, tuple[str, str]] = {}
    SqliteEngine(path).examine(lambda database: pending.update(list_pending(database, migrations)))
    return pending


def _demand_room(path: Path, folder: Path) -> None:
    """Room for the backup, for the copy, and for a table that is rewritten in it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    log = path.with_name(path.name + "-wal")
    size_bytes = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    wanted = {folder: size_bytes + _SPARE_BYTES, path.parent: size_bytes * 3 // 2 + _SPARE_BYTES}
    if folder.stat().st_dev == path.parent.stat().st_dev:
        wanted = {path.parent: sum(wanted.values())}
    for one, needed_bytes in wanted.items():
        demand_room(one, needed_bytes)


def _make_backup(
    path: Path, folder: Path, pending: Mapping[str, tuple[str, str]], seams: Seams
) -> Path:
    """A copy with a name that says of when it is, and from which migration to which."""
    steps = [
        f"{name}-{old.partition('_')[0] or 'none'}-to-{new.partition('_')[0]}"
        for name, (old, new) in pending.items()
    ]
    stamp = f"{seams.now():%Y%m%dT%H%M%SZ}"
    name = "-".join([path.stem, stamp, *steps])[:180]
    with unfinished(folder, _mark(path)) as file:
        copy_database(path, file)
        for number in range(1, 1000):
            more = "" if number == 1 else f"-{number}"
            target = folder / f"{name}{more}.db"
            try:
                give_name(file, target)
            except FileExistsError:  # two upgrades in one second, or a clock that was set back
                continue
            give_to_owner_of(path, folder, target)
            return target
    raise UpgradeFailed(path=path, reason=f"{folder} is full of backups of one second")


def _migrate_copy(copy: Path, migrations: Mapping[str, Path], set_aside: SetAside | None) -> bool:
    """Whether anything was applied to it: of a plugin that fails nothing is."""
    database = open_writer(copy)
    known = thread_database.obj
    thread_database.obj = database
    try:
        before = list_pending(database, migrations)
        migrate(SqliteEngine(copy), database, migrations, set_aside)
        applied = list_pending(database, migrations) != before
        database.connection().pragma("journal_mode", "delete")  # all of it in the one file
    finally:
        thread_database.obj = known
        database.close()
    return applied


def _check_copy(copy: Path, check: Check, seams: Seams) -> None:
    session = SqliteEngine(copy).open_reader()
    known = thread_database.obj
    thread_database.obj = session.database
    try:
        session.begin()
        view = View(session, seams)
        for find in (check_pages, check_references, check):
            for finding in islice(find(view), 1):
                raise CopyUnsound(f"afterwards this would not hold: {finding}")
        session.rollback()
    finally:
        thread_database.obj = known
        session.close()


class _Watch:
    """Notices whether anybody writes to a database that only this process should have."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_to_read(path)
        self._version = self._connection.pragma("data_version")

    def demand_unchanged(self) -> None:
        """Raises UpgradeFailed."""
        if self._connection.pragma("data_version") != self._version:
            raise UpgradeFailed(path=self._path, reason="another program wrote to it meanwhile")

    def close(self) -> None:
        """Once is enough."""
        self._connection.close()


def _switch(copy: Path, path: Path, watch: _Watch, on_step: Callable[[str], None]) -> None:
    """Put the copy in the place of the old database."""
    take_after(copy, path)
    watch.demand_unchanged()
    watch.close()  # it would close in the name of a file that is another one by then
    _fold_log(path)
    on_step("old log folded")
    put_in_place(copy, path)
    on_step("switched")


def _fold_log(path: Path) -> None:
    """Move what is in the old database's log into its file, and remove the log for good: left
    behind, it would be taken for the new database's own."""
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(2000)
        ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    if busy:
        raise UpgradeFailed(path=path, reason="another program is reading it")
    for ending in ("-wal", "-shm"):
        empty_and_remove(path.with_name(path.name + ending))
    sync_folder(path.parent)


def _remove_old_backups(path: Path, folder: Path) -> None:
    """All but the newest of those that were made here; what else lies there is not ours."""
    made_here = folder.glob(f"{escape(path.stem)}-[0-9]*T[0-9]*Z-*-to-*.db")
    backups = sorted(made_here, key=lambda file: file.stat().st_mtime_ns)
    for backup in backups[:-BACKUPS_KEPT]:
        backup.unlink()


def _say(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
