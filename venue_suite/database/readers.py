"""Snapshot readers: a few threads, each with a read-only connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from venue_suite.database.engine import Engine, Session
from venue_suite.database.rows import thread_database
from venue_suite.database.work import View
from venue_suite.seams import Seams

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Runs queries on snapshots. A snapshot lives as long as one query, so the log stays short."""

    def __init__(self, engine: Engine, seams: Seams, threads: int) -> None:
        self._engine = engine
        self._seams = seams
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="venue-reader")
        self._local = threading.local()
        self._sessions: list[Session] = []
        self._lock = threading.Lock()

    def _session(self) -> Session:
        """This thread's connection, opened at its first query and when it was lost."""
        session: Session | None = getattr(self._local, "session", None)
        if session is None or session.is_lost:
            session = self._local.session = self._engine.open_reader()
            with self._lock:
                self._sessions = [one for one in self._sessions if not one.is_lost]
                self._sessions.append(session)
            thread_database.obj = session.database
        return session

    async def read(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `query(view, ...)` in a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(query, *args, **kwargs))

    def _run(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        session = self._session()
        with self._engine.explain_faults():
            session.begin()
            try:
                return query(View(session, self._seams), *args, **kwargs)
            finally:
                if not session.is_lost:
                    session.rollback()

    def stop(self) -> None:
        self._pool.shutdown(wait=True)
        for session in self._sessions:
            session.close()
        self._sessions.clear()
