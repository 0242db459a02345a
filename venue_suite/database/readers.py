"""Snapshot readers: threads with read-only connections of their own.

Short questions and long reports have threads of their own, so that no report ever keeps a screen
waiting. A snapshot that stays open keeps SQLite's log from being emptied; therefore each query has
a time limit, and when the log has grown new queries wait a moment for the writer.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from venue_suite.database.engine import Engine, Session
from venue_suite.database.rows import thread_database
from venue_suite.database.work import View
from venue_suite.domain.errors import QueryTooLong
from venue_suite.seams import Seams

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT_S = 50.0  # so that the log is never held back for a minute
REPORT_THREADS = 2


class Readers:
    """Runs queries on snapshots.

    Args:
        engine: opens the connections.
        seams: clock and chance for the queries.
        threads: how many short queries run at once; reports have `REPORT_THREADS` more.
        time_limit_s: how long one query may take; 0 is for ever.
    """

    def __init__(
        self, engine: Engine, seams: Seams, threads: int, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        self._engine = engine
        self._seams = seams
        self._time_limit_s = time_limit_s
        self._short = ThreadPoolExecutor(threads, thread_name_prefix="venue-reader")
        self._long = ThreadPoolExecutor(REPORT_THREADS, thread_name_prefix="venue-reporter")
        self._local = threading.local()
        self._sessions: list[Session] = []
        self._door = _Door()

    async def read(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `query(view, ...)` in a reader thread. Raises QueryTooLong, DatabaseUnusable."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._short, lambda: self._run(query, *args, **kwargs))

    async def report(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for what may take seconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._long, lambda: self._run(query, *args, **kwargs))

    @contextmanager
    def kept_out(self, timeout_s: float) -> Iterator[bool]:
        """No query begins; says whether all that ran have ended in time."""
        with self._door.closed(timeout_s) as is_empty:
            yield is_empty

    def stop(self) -> None:
        self._short.shutdown(wait=True)
        self._long.shutdown(wait=True)
        for session in self._sessions:
            session.close()
        self._sessions.clear()

    def _run(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        session = self._session()
        with self._engine.explain_faults(), self._door.inside():
            session.begin()
            session.limit(self._time_limit_s)
            try:
                return query(View(session, self._seams), *args, **kwargs)
            except Exception as error:
                if session.is_overdue(error):
                    raise QueryTooLong(limit_s=int(self._time_limit_s)) from error
                raise
            finally:
                if not session.is_lost:
                    session.rollback()

    def _session(self) -> Session:
        """This thread's connection, opened at its first query and when it was lost."""
        session: Session | None = getattr(self._local, "session", None)
        if session is None or session.is_lost:
            session = self._local.session = self._engine.open_reader()
            self._sessions = [*(one for one in self._sessions if not one.is_lost), session]
            thread_database.obj = session.database
        return session


class _Door:
    """Lets queries in, unless somebody has closed it for a moment."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_open = True

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._is_open)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                if not self._is_open:
                    self._changed.notify_all()

    @contextmanager
    def closed(self, timeout_s: float) -> Iterator[bool]:
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self._is_open = False
            try:
                is_empty = self._changed.wait_for(
                    lambda: self._inside == 0, max(0.0, deadline_s - time.monotonic())
                )
                yield is_empty
            finally:
                self._is_open = True
                self._changed.notify_all()
