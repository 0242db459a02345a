"""`Database`: what everybody else sees of the writer, the readers and the migrations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from venue_suite.database.batch import Job
from venue_suite.database.engine import Neighbours, Session, SetAside
from venue_suite.database.engines import make_engine
from venue_suite.database.migrations import is_pending, migrate, refuse_newer
from venue_suite.database.readers import Readers
from venue_suite.database.telling import Teller, read_last_seq
from venue_suite.database.work import Committed, Operation, View, Work
from venue_suite.database.writer import Writer
from venue_suite.domain.actors import SYSTEM, Actor
from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams

if TYPE_CHECKING:
    from venue_suite.upgrade.opening import UpgradeWish

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One venue's data.

    Args:
        place: the SQLite file, whose folder is created, or the URL of a PostgreSQL database.
        seams: clock and chance.
        queue_length_max: writes that may wait before `Busy`.
        reader_threads: snapshot readers.
    """

    def __init__(
        self,
        place: Path | str,
        *,
        seams: Seams | None = None,
        queue_length_max: int = 2000,
        reader_threads: int = 2,
    ) -> None:
        self.engine = make_engine(place)
        self.seams = seams or Seams()
        self._teller = Teller()
        self._writer = Writer(
            self.engine, self.seams, queue_length_max, self._teller.tell, self._keep_out
        )
        self._neighbours: Neighbours | None = None
        self._readers: Readers | None = None
        self._reader_threads = reader_threads

    def open(
        self,
        migrations: Mapping[str, Path],
        set_aside: SetAside | None = None,
        upgrade: UpgradeWish | None = None,
    ) -> None:
        """Open the file, alone, and bring its tables up to date. Blocking.

        Args:
            migrations: package name -> folder of its numbered migrations, kernel first.
            set_aside: told a plugin whose migration failed, so that the venue goes on without it.
            upgrade: how a database of an older version is checked and saved; None: only its own
                pages and references are looked at, and a PostgreSQL database is not dumped.

        Raises:
            DatabaseUnusable: another server has it, or the disk refuses.
            DatabaseDamaged, DatabaseTooNew: nothing was changed.
            NoRoom, DumpMissing, UpgradeFailed: it was not upgraded, and is as it was.
        """
        # It works on engines, so it can only be loaded once this package is.
        from venue_suite.upgrade.opening import bring_up_to_date  # noqa: PLC0415

        self.engine.take()
        try:
            self.engine.examine(lambda database: refuse_newer(self.engine, database, migrations))
            # What exists is migrated as a copy; only a new database is made in place.
            known = bring_up_to_date(self.engine, migrations, upgrade, set_aside, self.seams)
            rest = {} if known else migrations
            self._writer.start(lambda session: self._prepare(session, rest, set_aside))
        except BaseException:
            self.engine.give_back()
            raise
        self._neighbours = self.engine.meet(self._teller.catch_up)
        self._readers = Readers(self.engine, self.seams, self._reader_threads)

    def open_read_only(self, migrations: Mapping[str, Path]) -> None:
        """Open the file only to read it, also beside the server that has it. Blocking.

        Raises:
            DatabaseUnusable: it can't be read, or this version would first have to migrate it.
            DatabaseDamaged, DatabaseTooNew.
        """

        def check(database: Any) -> None:
            refuse_newer(self.engine, database, migrations)
            if is_pending(database, migrations):
                reason = (
                    "this version has to migrate it first; run `venue upgrade` or start the server"
                )
                raise DatabaseUnusable(path=self.engine.place, reason=reason)

        self.engine.examine(check)
        self._readers = Readers(self.engine, self.seams, self._reader_threads, 0.0)

    def close(self) -> None:
        """Finish what waits, then let go of the database. Blocking."""
        neighbours, self._neighbours = self._neighbours, None
        if neighbours is not None:
            neighbours.stop()
        self._writer.stop()
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.stop()
        self.engine.give_back()

    def on_commit(self, listener: Callable[[Sequence[Fact]], None]) -> None:
        """Tell `listener` the facts of each commit, also those of other server processes, each
        once and in feed order. It is called from threads of the database and must be quick."""
        self._teller.add(listener)

    @property
    def leads(self) -> bool:
        """Whether this server process is the one that runs the venue's jobs."""
        return self._neighbours is not None and self._neighbours.leads

    async def write(
        self,
        service: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a service as the system itself; returns what it returned, after the commit."""
        call = partial(service, **kwargs) if kwargs else service
        return (await self.commit(call, *args)).value  # type: ignore[no-any-return]

    async def commit(
        self,
        service: Callable[..., Any],
        *args: Any,
        actor: Actor = SYSTEM,
        operation: Operation | None = None,
    ) -> Committed:
        """Run a service for `actor`, once per operation.

        With an operation, `value` is the reply as JSON (`msgspec.Raw`), the stored one on a repeat.

        Raises:
            Busy: too much waits.
            OperationReused: the id was used for something else.
            DatabaseUnusable: nothing of it was kept.
            VenueError: what the service refused.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Committed] = loop.create_future()
        self._writer.submit(Job(service, args, actor, operation, loop, answer))
        return await answer

    async def read(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query on a snapshot. Raises DatabaseUnusable, QueryTooLong."""
        return await self._open_readers().read(query, *args, **kwargs)

    async def report(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for what may take seconds: it has threads of its own, so that nobody who asks
        a short question waits for it."""
        return await self._open_readers().report(query, *args, **kwargs)

    def _open_readers(self) -> Readers:
        if self._readers is None:
            raise DatabaseUnusable(path=self.engine.place, reason="it is not open")
        return self._readers

    def _keep_out(self, timeout_s: float) -> AbstractContextManager[bool]:
        """No query begins meanwhile; says whether all that ran have ended in time."""
        return nullcontext(True) if self._readers is None else self._readers.kept_out(timeout_s)

    def _prepare(
        self, session: Session, migrations: Mapping[str, Path], set_aside: SetAside | None
    ) -> None:
        """In the writer's thread, before its first job."""
        self.engine.migrate(
            session, lambda database: migrate(self.engine, database, migrations, set_aside)
        )
        self._teller.start(read_last_seq(session))
