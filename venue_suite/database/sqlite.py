"""SQLite through apsw: opening, refusing what is not safe, and saying what is wrong with a file."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw
import peewee
from playhouse.apsw_ext import APSWDatabase

from venue_suite.database.engine import KeepOut, Neighbours, Session, Values
from venue_suite.domain.errors import DatabaseDamaged, DatabaseUnusable, VenueError

# SQLite before 3.51.3 can corrupt a WAL that two connections write or checkpoint at once.
LIBRARY_VERSION_MIN = (3, 51, 3)
# How long to wait for somebody else who holds the file.
BUSY_TIMEOUT_S = 10.0
# Up to this size every page is checked at each start; beyond, `venue verify` does it.
QUICK_CHECK_BYTES_MAX = 64 * 1024 * 1024

# The log is copied back from so many pages (4 KiB) on, and emptied when it has grown to the other.
LOG_PAGES = 1_000
LOG_PAGES_MAX = 16_000
KEEP_OUT_S = 0.3  # how long new readers may be held up for that
TIDY_AGAIN_S = 5.0
STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine: some milliseconds

# What is the file's, the disk's or the connection's fault, not the statement's.
FAULTS = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.InternalError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ReadOnlyError,
)
_DAMAGE = (apsw.CorruptError, apsw.NotADBError)

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": "on",
    "recursive_triggers": "on",  # else REPLACE would delete append-only rows without asking them
    "temp_store": "memory",
    "cache_size": -32_000,  # kibibytes
    "mmap_size": 0,
    "wal_autocheckpoint": 0,  # see `_note_log`
}


class _WriterDatabase(APSWDatabase):
    @property
    def Model(self) -> type[peewee.Model]:  # noqa: N802 - peewee's own name
        """The base of the tables in migrations: indexes are named after the table. Peewee's own
        names them after the class, so the `Line` of one plugin would clash with that of another."""
        meta = type("Meta", (), {"database": self, "legacy_table_names": False})
        return type("Table", (peewee.Model,), {"Meta": meta})


class SqliteSession:
    """One connection. Reading and writing differ only in how a transaction begins."""

    dialect = "sqlite"
    is_lost = False

    def __init__(self, database: APSWDatabase, begin: str) -> None:
        self.database = database
        self.connection: apsw.Connection = database.connection()
        self.place = str(database.database)
        self._execute = self.connection.execute
        self._begin = begin

    def rows(self, text: str, values: Values) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._execute(text, values).fetchall()
        return found

    def each(self, text: str, values: Values) -> Iterator[tuple[Any, ...]]:
        yield from self._execute(text, values)

    def row(self, text: str, values: Values) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._execute(text, values).fetchone()
        return row

    def change(self, text: str, values: Values) -> int:
        self._execute(text, values)
        return self.connection.changes()

    def put(self, text: str, values: Values) -> None:
        self._execute(text, values)

    def put_all(self, text: str, many: Iterable[Values]) -> None:
        self.connection.executemany(text, many)

    def begin(self) -> None:
        self._execute(self._begin)

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self._execute("ROLLBACK")

    def mark(self) -> None:
        self._execute("SAVEPOINT service")

    def undo(self) -> None:
        self._execute("ROLLBACK TO service")

    def settle(self) -> None:
        self._execute("RELEASE service")

    def limit(self, seconds: float) -> None:
        if seconds:
            deadline_s = time.monotonic() + seconds
            self.connection.set_progress_handler(
                lambda: time.monotonic() > deadline_s, STEPS_BETWEEN_LOOKS
            )

    def is_overdue(self, error: BaseException) -> bool:
        return any(
            isinstance(one, apsw.InterruptError)
            for one in (error, error.__cause__, error.__context__)
        )

    def notify(self, seq: int) -> None:
        """Nobody else works on this file."""

    def close(self) -> None:
        # Not peewee's own way: it may only close in the thread that opened.
        self.connection.close()


class Alone:
    """No other process may use the file, so this one leads."""

    leads = True

    def stop(self) -> None:
        """Nobody was listened to."""


class SqliteEngine:
    """One venue in one file, which one process has for itself.

    Args:
        path: the file; its folder is created.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)
        self._claim: int | None = None
        self._log_pages = 0
        self._next_tidy_s = 0.0

    def take(self) -> None:
        check_library()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            claim = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseUnusable(path=self._path, reason=error.strerror or error) from error
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(claim)
            raise DatabaseUnusable(
                path=self._path, reason="another venue server is using it"
            ) from error
        self._claim = claim

    def give_back(self) -> None:
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def examine(self, check: Callable[[Any], None]) -> None:
        if self._path.exists() and self._path.stat().st_size > 0:
            examine(self._path, check)

    def migrate(self, session: Session, change: Callable[[Any], None]) -> None:
        change(session.database)

    def open_writer(self) -> Session:
        session = SqliteSession(open_writer(self._path), "BEGIN IMMEDIATE")
        session.connection.set_wal_hook(self._note_log)
        return session

    def open_reader(self) -> Session:
        check_library()
        return SqliteSession(open_reader(self._path), "BEGIN")

    def _note_log(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """After each commit: copy a part of the log back now and then, as SQLite does by itself."""
        self._log_pages = pages
        if pages >= LOG_PAGES:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        return int(apsw.SQLITE_OK)

    def tidy(self, session: Session, keep_out: KeepOut) -> None:
        """Readers that follow each other closely keep the log from ever starting anew. When it has
        grown they are held up for a moment; a report that runs meanwhile is waited for later."""
        if self._log_pages < LOG_PAGES_MAX or time.monotonic() < self._next_tidy_s:
            return
        with keep_out(KEEP_OUT_S) as is_empty:
            is_done = is_empty and _begin_log_anew(session.connection)
        if not is_done:
            self._next_tidy_s = time.monotonic() + TIDY_AGAIN_S

    def meet(self, on_news: Callable[[Session], None]) -> Neighbours:
        return Alone()

    @contextmanager
    def explain_faults(self) -> Iterator[None]:
        with explain_faults(self._path):
            yield

    def is_fault(self, error: BaseException) -> bool:
        return fault_of(error) is not None

    def may_retry(self, error: BaseException) -> bool:
        return False


def _begin_log_anew(connection: apsw.Connection) -> bool:
    """Without waiting: a program beside the server (`venue backup`, `venue verify`) reads for as
    long as it needs, and every sale would wait with us."""
    connection.set_busy_timeout(0)
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    except apsw.BusyError:
        return False
    finally:
        connection.set_busy_timeout(int(BUSY_TIMEOUT_S * 1000))
    return True


def check_library() -> None:
    """Raises DatabaseUnusable if the SQLite library in use has the known WAL fault."""
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < LIBRARY_VERSION_MIN:
        wanted = ".".join(map(str, LIBRARY_VERSION_MIN))
        raise DatabaseUnusable(
            path="(any)", reason=f"SQLite {apsw.sqlite_lib_version()} is older than {wanted}"
        )


def open_writer(path: Path) -> APSWDatabase:
    """The one connection that writes; creates the file. Use it in the calling thread only."""
    database = _WriterDatabase(str(path), pragmas=_PRAGMAS, timeout=BUSY_TIMEOUT_S)
    with explain_faults(path):
        database.connect()
        _prepare(database)
    return database


def open_reader(path: Path) -> APSWDatabase:
    """A read-only connection for the calling thread."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    pragmas = {"cache_size": -16_000, "temp_store": "memory", "query_only": "on"}
    database = APSWDatabase(uri, pragmas=pragmas, timeout=BUSY_TIMEOUT_S, flags=flags)
    with explain_faults(path):
        database.connect()
        _prepare(database)
    return database


def _prepare(database: APSWDatabase) -> None:
    def as_column(connection: apsw.Connection, number: int, value: Any) -> Any:
        # peewee's own migration history is the only place that binds a datetime.
        if isinstance(value, datetime):
            return value.isoformat(" ")
        raise TypeError(f"value {number} is a {type(value).__name__}, which is no column value")

    database.connection().convert_binding = as_column


def examine(path: Path, check: Callable[[APSWDatabase], None]) -> None:
    """Look for damage, then `check`, through a connection that can't change the file: even closing
    a writing one would move what a crash left in the log into a file that is damaged.

    Raises:
        DatabaseDamaged: with the first finding.
    """
    database = open_reader(path)
    try:
        with explain_faults(path):
            _check_pages(path, database)
            check(database)
    finally:
        database.close()


def _check_pages(path: Path, database: APSWDatabase) -> None:
    connection = database.connection()
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if path.stat().st_size > QUICK_CHECK_BYTES_MAX:
        return
    finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise DatabaseDamaged(path=path, reason=" ".join(str(finding).split()))


def fault_of(error: BaseException) -> apsw.Error | None:
    """The fault of file or disk behind an error; peewee puts its own exception around it."""
    for one in (error, error.__cause__, error.__context__):
        if isinstance(one, FAULTS):
            return one
    return None


@contextmanager
def explain_faults(path: Path) -> Iterator[None]:
    """Turn what the library raises about the file or the disk into one clear refusal."""
    try:
        yield
    except VenueError:
        raise
    except Exception as error:
        fault = fault_of(error)
        if fault is None:
            raise
        kind = DatabaseDamaged if isinstance(fault, _DAMAGE) else DatabaseUnusable
        raise kind(path=path, reason=str(fault)) from error
