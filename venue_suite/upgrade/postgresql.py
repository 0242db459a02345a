"""Upgrading a PostgreSQL database: a dump first, then all of it in one transaction.

There the structure of tables is part of the transaction: what fails, or leaves something behind
that a check finds, is undone as a whole, and other server processes never see a half of it.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from venue_suite.database.engine import Engine
from venue_suite.database.migrations import list_pending, migrate
from venue_suite.domain.errors import VenueError
from venue_suite.seams import Seams
from venue_suite.upgrade.errors import BackupFailed, DumpMissing, UpgradeFailed
from venue_suite.upgrade.files import give_name, remove_unfinished, unfinished

logger = logging.getLogger(__name__)

MARK = ".venue-dump-"


def upgrade_database(
    engine: Engine,
    database: Any,
    migrations: Mapping[str, Path],
    find: Callable[[], Iterable[str]],
    *,
    dump: Callable[[], object],
    set_aside: Callable[[str, Exception], None] | None = None,
) -> bool:
    """Bring an existing database up to date, wholly or not at all. Blocking.

    Args:
        engine: tells whose fault a failure is.
        database: peewee's, alone: whoever calls holds the lock of migrations.
        migrations: package name -> folder of its numbered migrations, kernel first.
        find: looks for what must not be, through `database`, before the commit.
        dump: makes a dump; raises where it can't. Not called where there is nothing to do.
        set_aside: told a plugin whose migration failed; the others are upgraded.

    Returns whether there was anything to do. Raises DumpMissing, UpgradeFailed.
    """
    if not list_pending(database, migrations):
        return False
    dump()
    try:
        with database.atomic():
            database.execute_sql("SET LOCAL statement_timeout = 0")
            migrate(engine, database, migrations, set_aside)
            for finding in islice(find(), 1):
                reason = f"afterwards this would not hold: {finding}"
                raise UpgradeFailed(path=engine.place, reason=reason)
    except VenueError:
        raise
    except Exception as error:  # whatever a migration raises, the transaction is undone
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UpgradeFailed(path=engine.place, reason=reason) from error
    logger.info("upgraded", extra={"database": engine.place})
    return True


def make_dump(connection: Any, folder: Path, seams: Seams | None = None, name: str = "") -> Path:
    """Dump the database that a psycopg connection is connected to, in the form of `pg_restore`.

    Args:
        folder: where it goes; it is made.
        name: of the file; "" makes one of database and time.

    Returns the file, which is whole. Raises DumpMissing, BackupFailed.
    """
    info = connection.info
    place = f"{info.dbname} on {info.host}"
    program = shutil.which("pg_dump")
    if program is None:
        raise DumpMissing(place=place, reason="there is no program pg_dump on this computer")
    stamp = f"{(seams or Seams()).now():%Y%m%dT%H%M%SZ}"
    target = folder / (name or f"{info.dbname}-{stamp}.dump")
    where = ["--host", info.host, "--port", str(info.port), "--username", info.user]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_unfinished(folder, MARK)
        with unfinished(folder, MARK) as file:
            subprocess.run(  # noqa: S603 - the program that the administrator installed
                [
                    program,
                    "--format=custom",
                    f"--file={file}",
                    "--no-password",
                    *where,
                    info.dbname,
                ],
                env=os.environ | {"PGPASSWORD": info.password or ""},
                check=True,
                capture_output=True,
                text=True,
            )
            _read_back(file)
            give_name(file, target)
    except subprocess.CalledProcessError as error:
        raise DumpMissing(place=place, reason=" ".join(error.stderr.split())[:300]) from error
    except FileExistsError as error:
        raise BackupFailed(path=target, reason="there is such a file already") from error
    except OSError as error:
        raise DumpMissing(place=place, reason=error.strerror or str(error)) from error
    return target


def _read_back(file: Path) -> None:
    """The table of contents is at the end of a dump: one that is cut off has none."""
    program = shutil.which("pg_restore")
    if program is not None:
        subprocess.run(  # noqa: S603 - the program that the administrator installed
            [program, "--list", str(file)], check=True, capture_output=True, text=True
        )
