"""What happens to pending migrations when a database is opened, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from venue_suite.database.engine import Engine
from venue_suite.database.migrations import KERNEL_MIGRATIONS, list_pending
from venue_suite.database.rows import thread_database
from venue_suite.database.sqlite import SqliteEngine
from venue_suite.database.work import View
from venue_suite.seams import Seams
from venue_suite.upgrade.postgresql import make_dump, upgrade_database
from venue_suite.upgrade.upgrading import no_check, upgrade_file


@dataclass(frozen=True, slots=True)
class UpgradeWish:
    """How an existing database is upgraded.

    Attributes:
        check: finds what must not be, once it is migrated and before it is in service.
        dumps: PostgreSQL only: where a dump is put before; None: somebody has made one.
        on_backup: told what the old data were saved as.
    """

    check: Callable[[View], Iterable[str]] = no_check
    dumps: Path | None = None
    on_backup: Callable[[Path], None] = lambda backup: None


def bring_up_to_date(
    engine: Engine,
    migrations: Mapping[str, Path],
    wish: UpgradeWish | None,
    set_aside: Callable[[str, Exception], None] | None,
    seams: Seams,
) -> bool:
    """Upgrade what exists; False if there is nothing yet, and tables are simply to be made.

    Raises NoRoom, DumpMissing, UpgradeFailed: the old data are as they were.
    """
    wish = wish or UpgradeWish()
    if isinstance(engine, SqliteEngine):
        path = Path(engine.place)
        if not path.exists() or path.stat().st_size == 0:
            return False
        backup = upgrade_file(path, migrations, wish.check, set_aside, seams=seams)
        if backup is not None:
            wish.on_backup(backup)
        return True
    session = engine.open_writer()
    known = thread_database.obj
    thread_database.obj = session.database
    done = False

    def change(database: Any) -> None:
        nonlocal done
        first = list_pending(database, KERNEL_MIGRATIONS).get("kernel", ("applied", ""))[0]
        if first == "":
            return
        done = True

        def dump() -> None:
            if wish.dumps is not None:
                wish.on_backup(make_dump(session.connection, wish.dumps, seams))

        upgrade_database(
            engine,
            database,
            migrations,
            lambda: wish.check(View(session, seams)),
            dump=dump,
            set_aside=set_aside,
        )

    try:
        with engine.explain_faults():
            engine.migrate(session, change)
    finally:
        thread_database.obj = known
        session.close()
    return done
