"""PostgreSQL through psycopg: several server processes may work on one venue.

All writing transactions of a venue run one after the other, whichever process has them: each takes
the venue's one lock first. Services may therefore think as on SQLite, the feed has no gaps, and its
order is the order of the commits. Preparing, HTTP and reading go on side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper, NumericLoader

from venue_suite.database.engine import KeepOut, Neighbours, Session, Values
from venue_suite.database.listening import CHANNEL, Listener
from venue_suite.domain.errors import DatabaseDamaged, DatabaseUnusable, VenueError

SERVER_VERSION_MIN = 150_000  # 15.0
CONNECT_TIMEOUT_S = 5
# The venue's locks. Any two numbers do; they must be the same in every process of every version.
WRITER_LOCK = 7_236_001
MIGRATION_LOCK = 7_236_002

# A process that hangs in a transaction would stop the others: the server ends its connection.
_WRITER_SETTINGS = {
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "20s",
    "statement_timeout": "60s",
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",  # alone by the lock: see above
}
_READER_SETTINGS = {
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_isolation": "repeatable read",
    "default_transaction_read_only": "on",
}
_LISTENER_SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "20s"}
_RETRIED = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_FAULTS = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
_DAMAGE = (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)


class _WholeNumberLoader(NumericLoader):
    """A sum of 64-bit numbers arrives as `numeric`; the venue counts in whole numbers."""

    def load(self, data: Any) -> Any:
        value = super().load(data)
        return int(value) if isinstance(value, Decimal) and value == value.to_integral() else value


class _VenueDatabase(peewee.PostgresqlDatabase):
    @property
    def Model(self) -> type[peewee.Model]:  # noqa: N802 - peewee's own name
        """The base of the tables in migrations: indexes are named after the table. Peewee's own
        names them after the class, so the `Line` of one plugin would clash with that of another."""
        meta = type("Meta", (), {"database": self, "legacy_table_names": False})
        return type("Table", (peewee.Model,), {"Meta": meta})

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]  # peewee's stubs lack it
        connection.prepare_threshold = 1
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_loader("numeric", _WholeNumberLoader)
        return connection


class PostgresqlSession:
    """One connection.

    Args:
        database: peewee's, connected in this thread.
        begin: what begins a transaction.
    """

    dialect = "postgresql"

    def __init__(self, database: peewee.Database, begin: str) -> None:
        self.database = database
        self.connection: psycopg.Connection[tuple[Any, ...]] = database.connection()  # type: ignore[no-untyped-call]
        info = self.connection.info
        self.place = f"{info.host}:{info.port}/{info.dbname}"
        self._begin = begin

    def rows(self, text: str, values: Values) -> list[tuple[Any, ...]]:
        return self._run(text, values).fetchall()

    def each(self, text: str, values: Values) -> Iterator[tuple[Any, ...]]:
        with self.connection.cursor(name="venue_each") as cursor:
            cursor.itersize = 2_000
            yield from cursor.execute(text, values or None)

    def row(self, text: str, values: Values) -> tuple[Any, ...] | None:
        return self._run(text, values).fetchone()

    def change(self, text: str, values: Values) -> int:
        return self._run(text, values).rowcount

    def put(self, text: str, values: Values) -> None:
        self._run(text, values)

    def put_all(self, text: str, many: Iterable[Values]) -> None:
        """Many rows by few statements: the way to the server is what costs here."""
        rows = [tuple(values) for values in many]
        insert = _split_insert(text)
        if insert is None:
            for row in rows:
                self._run(text, row)
            return
        head, values, tail = insert
        for chunk in _chunks(rows):
            together = f"{head}{', '.join([values] * len(chunk))}{tail}"
            self._run(together, tuple(chain.from_iterable(chunk)))

    def _run(self, text: str, values: Values = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        try:
            return self.connection.execute(text, values or None)
        except psycopg.errors.NumericValueOutOfRange as error:
            raise OverflowError(str(error)) from error  # as the other engine's driver says it

    def begin(self) -> None:
        self._run(self._begin)

    def commit(self) -> None:
        self._run("COMMIT")

    def rollback(self) -> None:
        if self.connection.info.transaction_status not in (
            TransactionStatus.IDLE,
            TransactionStatus.UNKNOWN,
        ):
            self._run("ROLLBACK")

    def mark(self) -> None:
        self._run("SAVEPOINT service")

    def undo(self) -> None:
        self._run("ROLLBACK TO SAVEPOINT service")

    def settle(self) -> None:
        """The next mark may stand on this one; they all end with the transaction."""

    def limit(self, seconds: float) -> None:
        self._run(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")

    def is_overdue(self, error: BaseException) -> bool:
        return _find(error, (psycopg.errors.QueryCanceled,)) is not None

    def notify(self, seq: int) -> None:
        self._run(f"SELECT pg_notify('{CHANNEL}', %s)", (str(seq),))

    @property
    def is_lost(self) -> bool:
        return bool(self.connection.closed)

    def close(self) -> None:
        self.connection.close()


class PostgresqlEngine:
    """One venue in one database of a PostgreSQL server.

    Args:
        url: `postgresql://user:password@host:port/database`.
    """

    def __init__(self, url: str) -> None:
        # peewee tells a URL from a name by this very beginning.
        self._url = "postgresql://" + url.partition("://")[2]
        parts = conninfo_to_dict(url)
        where = parts.get("host") or parts.get("hostaddr") or "localhost"
        self.place = f"{parts.get('dbname') or parts.get('user') or ''} on {where}"

    def take(self) -> None:
        """Several processes may have it at once."""

    def give_back(self) -> None:
        """There is no claim."""

    def examine(self, check: Callable[[Any], None]) -> None:
        session = self.open_reader()
        try:
            with self.explain_faults():
                check(session.database)
        finally:
            session.close()

    def migrate(self, session: Session, change: Callable[[Any], None]) -> None:
        connection = session.connection
        connection.execute(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        try:
            change(session.database)
        finally:
            if not connection.closed:
                connection.execute(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})")

    def open_writer(self) -> Session:
        begin = f"BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})"
        return self._open(_WRITER_SETTINGS, begin, "venue writer")

    def open_reader(self) -> Session:
        return self._open(_READER_SETTINGS, "BEGIN", "venue reader")

    def tidy(self, session: Session, keep_out: KeepOut) -> None:
        """The server looks after itself (autovacuum)."""

    def meet(self, on_news: Callable[[Session], None]) -> Neighbours:
        return Listener(lambda: self._open(_LISTENER_SETTINGS, "BEGIN", "venue listener"), on_news)

    def _open(self, settings: dict[str, str], begin: str, name: str) -> Session:
        database = _VenueDatabase(
            self._url,
            prefer_psycopg3=True,
            application_name=name,
            connect_timeout=CONNECT_TIMEOUT_S,
        )
        with self.explain_faults():
            database.connect()
            session = PostgresqlSession(database, begin)
            version = session.connection.info.server_version
            if version < SERVER_VERSION_MIN:
                session.close()
                wanted = SERVER_VERSION_MIN // 10_000
                reason = f"PostgreSQL {version // 10_000} is older than {wanted}"
                raise DatabaseUnusable(path=self.place, reason=reason)
            for key, value in settings.items():
                session.connection.execute(f"SET {key} = '{value}'")
        return session

    @contextmanager
    def explain_faults(self) -> Iterator[None]:
        try:
            yield
        except VenueError:
            raise
        except Exception as error:
            fault = _find(error, (*_FAULTS, *_DAMAGE))
            if fault is None:
                raise
            kind = DatabaseDamaged if isinstance(fault, _DAMAGE) else DatabaseUnusable
            reason = " ".join(str(fault).split()) or type(fault).__name__
            raise kind(path=self.place, reason=reason) from error

    def is_fault(self, error: BaseException) -> bool:
        return _find(error, (*_FAULTS, *_DAMAGE)) is not None

    def may_retry(self, error: BaseException) -> bool:
        return _find(error, _RETRIED) is not None


def _find(error: BaseException, kinds: tuple[type[Exception], ...]) -> Exception | None:
    """The driver's exception; peewee and `explain_faults` put their own around it."""
    one: BaseException | None = error
    for _ in range(4):
        if one is None:
            return None
        if isinstance(one, kinds):
            return one
        one = one.__cause__ or one.__context__
    return None


@lru_cache(maxsize=256)
def _split_insert(text: str) -> tuple[str, str, str] | None:
    """`INSERT ... VALUES `, `(%s, ...)` and what follows, for an insert that can take many rows."""
    head, _, rest = text.partition(" VALUES (")
    values, bracket, tail = rest.partition(")")
    if not text.startswith("INSERT ") or not bracket or "%s" in tail:
        return None
    return f"{head} VALUES ", f"({values})", tail


def _chunks(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Few lengths, because a statement is prepared for each."""
    begin = 0
    for length in (64, 16, 4, 2, 1):
        while len(rows) - begin >= length:
            yield rows[begin : begin + length]
            begin += length
