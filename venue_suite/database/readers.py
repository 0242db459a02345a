"""Snapshot readers: a few threads, each with a read-only connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

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
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="venue-reader", initializer=self._open
        )
        self._databases: list[Any] = []
        self._lock = threading.Lock()

    def _open(self) -> None:
        database = sqlite.open_reader(self._path)
        thread_database.obj = database
        with self._lock:
            self._databases.append(database.connection())

    async def read(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `query(view, ...)` in a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(query, *args, **kwargs))

    def _run(
        self, query: Callable[Concatenate[View, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        assert thread_database.obj is not None
        connection = thread_database.obj.connection()
        connection.execute("BEGIN")
        try:
            return query(View(connection, self._seams), *args, **kwargs)
        finally:
            connection.execute("ROLLBACK")

    def stop(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._databases:
            connection.close()
        self._databases.clear()
