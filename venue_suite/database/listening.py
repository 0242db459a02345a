"""Other server processes on the same PostgreSQL database: what they commit, and who leads.

Each process listens for the news that a commit sends. One of them, whichever first gets a lock that
ends with its connection, leads: it runs the jobs that must run once for the venue.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable

import psycopg

from venue_suite.database.engine import Session
from venue_suite.database.rows import thread_database

logger = logging.getLogger(__name__)

CHANNEL = "venue_feed"
JOBS_LOCK = 7_236_003  # any number that the venue's other locks do not have

ASK_EVERY_S = 1.0  # how soon another takes over after the leader ended
RECONNECT_EVERY_S = 0.5


class Listener:
    """Listens until `stop`, in a thread of its own.

    Args:
        open_session: opens the connection.
        on_news: called with that connection when somebody has committed, and after a gap.
    """

    def __init__(
        self, open_session: Callable[[], Session], on_news: Callable[[Session], None]
    ) -> None:
        self._open_session = open_session
        self._on_news = on_news
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name="venue-neighbours", daemon=True)
        self._leads = False
        self._thread.start()

    @property
    def leads(self) -> bool:
        """Whether this process is the one that runs the jobs."""
        return self._leads

    def stop(self) -> None:
        os.write(self._waker, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    def _run(self) -> None:
        while True:
            try:
                session = self._open_session()
            except Exception as error:  # noqa: BLE001 - the database is away; it may come back
                logger.warning("no news of other servers: %s", error)
            else:
                thread_database.obj = session.database
                try:
                    if self._follow(session):
                        return
                except Exception as error:  # noqa: BLE001 - as above; a gap is caught up later
                    logger.warning("no news of other servers any more: %s", error)
                finally:
                    self._leads = False
                    session.close()
            if self._is_stopped(RECONNECT_EVERY_S):
                return

    def _follow(self, session: Session) -> bool:
        """Until the stop (True), or until the connection breaks."""
        connection: psycopg.Connection[tuple[object, ...]] = session.connection
        connection.execute(f"LISTEN {CHANNEL}")
        self._on_news(session)
        while True:
            if not self._leads:
                row = session.row(f"SELECT pg_try_advisory_lock({JOBS_LOCK})", ())
                self._leads = bool(row and row[0])
            ready, _, _ = select.select([connection.fileno(), self._wake], [], [], ASK_EVERY_S)
            if self._wake in ready:
                return True
            if ready and any(True for _ in connection.notifies(timeout=0)):
                self._on_news(session)
            if session.is_lost:
                return False

    def _is_stopped(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self._wake], [], [], timeout_s)
        return bool(ready)
