"""Snapshot readers: a few threads, each with a read-only connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from venue_suite.database import sqlite
from venue_suite.database.rows import thread_database
from venue_suite.database.work import View
from venue_suite.seams import Seams

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Runs queries on snapshots. A snapshot lives as long as one query, so the log stays short."""

    def __init__(self, path: Path, seams: Seams, threads: int) -> None:
        self._path = path
        self._seams = seams
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="venue-reader")
        self._connections: list[apsw.Connection] = []
        self._lock = threading.Lock()

    def _connection(self) -> apsw.Connection:
        """This thread's connection, opened at its first query."""
        if thread_database.obj is None:
            database = sqlite.open_reader(self._path)
            with self._lock:
                self._connections.append(database.connection())
            thread_database.obj = database
        connection: apsw.Connection = thread_database.obj.connection()
        return connection

    async def read(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `query(view, ...)` in a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(query, *args, **kwargs))

    def _run(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = self._connection()
        with sqlite.explain_faults(self._path):
            connection.execute("BEGIN")
            try:
                return query(View(connection, self._seams), *args, **kwargs)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def stop(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()
