"""`Database`: what everybody else sees of the writer, the readers and the migrations."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from venue_suite.database import sqlite
from venue_suite.database.migrations import is_pending, migrate, refuse_newer
from venue_suite.database.readers import Readers
from venue_suite.database.work import Committed, Operation, View, Work
from venue_suite.database.writer import Job, Writer
from venue_suite.domain.actors import SYSTEM, Actor
from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One venue's data in one SQLite file.

    Args:
        path: the file; its folder is created.
        seams: clock and chance.
        queue_length_max: writes that may wait before `Busy`.
        reader_threads: snapshot readers.
    """

    def __init__(
        self,
        path: Path,
        *,
        seams: Seams | None = None,
        queue_length_max: int = 2000,
        reader_threads: int = 2,
    ) -> None:
        self.path = path
        self.seams = seams or Seams()
        self._writer = Writer(path, self.seams, queue_length_max, self._tell)
        self._readers: Readers | None = None
        self._reader_threads = reader_threads
        self._listeners: list[Callable[[Sequence[Fact]], None]] = []
        self._lock_file: int | None = None

    def open(
        self,
        migrations: Mapping[str, Path],
        set_aside: Callable[[str, Exception], None] | None = None,
    ) -> None:
        """Open the file, alone, and bring its tables up to date. Blocking.

        Args:
            migrations: package name -> folder of its numbered migrations, kernel first.
            set_aside: told a plugin whose migration failed, so that the venue goes on without it.

        Raises:
            DatabaseUnusable: another server has it, or the disk refuses.
            DatabaseDamaged, DatabaseTooNew: nothing was changed.
        """
        sqlite.check_library()
        self._lock()
        try:
            if self.path.exists() and self.path.stat().st_size > 0:
                sqlite.examine(
                    self.path, lambda database: refuse_newer(self.path, database, migrations)
                )
            self._writer.start(lambda database: migrate(database, migrations, set_aside))
        except BaseException:
            self._unlock()
            raise
        self._readers = Readers(self.path, self.seams, self._reader_threads)

    def open_read_only(self, migrations: Mapping[str, Path]) -> None:
        """Open the file only to read it, also beside the server that has it. Blocking.

        Raises:
            DatabaseUnusable: it can't be read, or this version would first have to migrate it.
            DatabaseDamaged, DatabaseTooNew.
        """
        sqlite.check_library()

        def check(database: Any) -> None:
            refuse_newer(self.path, database, migrations)
            if is_pending(database, migrations):
                reason = "this version has to migrate it first; start the server once"
                raise DatabaseUnusable(path=self.path, reason=reason)

        sqlite.examine(self.path, check)
        self._readers = Readers(self.path, self.seams, self._reader_threads)

    def close(self) -> None:
        """Finish what waits, then let go of the file. Blocking."""
        self._writer.stop()
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.stop()
        self._unlock()

    def on_commit(self, listener: Callable[[Sequence[Fact]], None]) -> None:
        """Tell `listener` the facts of each commit, in feed order, from the writer thread."""
        self._listeners.append(listener)

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
        """Run a query on a snapshot. Raises DatabaseUnusable."""
        if self._readers is None:
            raise DatabaseUnusable(path=self.path, reason="it is not open")
        return await self._readers.read(query, *args, **kwargs)

    def _tell(self, facts: Sequence[Fact]) -> None:
        for listener in self._listeners:
            listener(facts)

    def _lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseUnusable(path=self.path, reason=error.strerror or error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise DatabaseUnusable(
                path=self.path, reason="another venue server is using it"
            ) from error
        self._lock_file = lock

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None
