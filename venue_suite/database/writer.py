"""The one writer: takes what waits, runs it as one batch, commits once, then answers.

A disk can be made to sync a few hundred to a few thousand times a second. Thirty sales that wait
together share one sync, so the venue sells as fast as its processor allows and still answers only
after the data are safe.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence

from venue_suite.database.batch import Batch, Job, name_of
from venue_suite.database.engine import Engine, KeepOut, Session
from venue_suite.database.rows import thread_database
from venue_suite.database.work import Committed
from venue_suite.domain.errors import (
    Busy,
    DatabaseUnusable,
    OutcomeUnknown,
    VenueError,
)
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams

logger = logging.getLogger(__name__)

BATCH_LENGTH_MAX = 256
TRIES_MAX = 10  # of a transaction that others undo


class Writer:
    """Owns the writing connection and the thread that uses it.

    Args:
        engine: opens the connection.
        seams: clock and chance for the services.
        queue_length_max: jobs that may wait before `Busy`.
        keep_out: holds readers up while the engine tidies.
        on_commit: told the facts of each batch, in the writer thread, once they are safe.
    """

    def __init__(
        self,
        engine: Engine,
        seams: Seams,
        queue_length_max: int,
        on_commit: Callable[[Sequence[Fact], Session], None],
        keep_out: KeepOut,
    ) -> None:
        self._engine = engine
        self._seams = seams
        self._on_commit = on_commit
        self._keep_out = keep_out
        self._queue_length_max = queue_length_max
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # Between `start` and `stop`; the lock keeps a job from slipping in behind the stop.
        self._takes_jobs = False
        self._submitting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="venue-writer", daemon=True)
        self._opened = threading.Event()
        self._open_failure: BaseException | None = None
        self._prepare: Callable[[Session], None] = lambda session: None
        self._session: Session | None = None

    def start(self, prepare: Callable[[Session], None]) -> None:
        """Open the database, run `prepare` (migrations) on it, then take jobs.

        Raises what opening or preparing raises; then no thread is left.
        """
        self._prepare = prepare
        self._thread.start()
        self._opened.wait()
        if self._open_failure is not None:
            self._thread.join()
            raise self._open_failure
        self._takes_jobs = True

    def stop(self) -> None:
        """Finish what waits, close, and end the thread."""
        with self._submitting:
            self._takes_jobs = False
            self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, job: Job) -> None:
        """Queue a job.

        Raises:
            Busy: too many wait; never an unbounded queue.
            DatabaseUnusable: the database is not open (any more).
        """
        with self._submitting:
            if not self._takes_jobs:
                raise DatabaseUnusable(path=self._engine.place, reason="it is not open")
            if self._jobs.qsize() >= self._queue_length_max:
                raise Busy
            self._jobs.put(job)

    # --- the writer thread -------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with self._engine.explain_faults():
                session = self._open()
                self._prepare(session)
        except BaseException as error:  # noqa: BLE001 - handed to the starting thread as it is
            self._open_failure = error
        finally:
            self._opened.set()
        try:
            ended = self._open_failure is not None
            while not ended:
                batch, ended = self._next_batch()
                if batch:
                    self._write_batch(batch)
        finally:
            if self._session is not None:
                self._session.close()
            thread_database.obj = None

    def _open(self) -> Session:
        """The writing connection, a new one if the old one was lost."""
        if self._session is None or self._session.is_lost:
            self._session = self._engine.open_writer()
            thread_database.obj = self._session.database
        return self._session

    def _next_batch(self) -> tuple[list[Job], bool]:
        """Wait for one job, then take all that came meanwhile; also whether it was the last."""
        batch: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) >= BATCH_LENGTH_MAX:
                return batch, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write_batch(self, jobs: list[Job]) -> None:
        facts: list[Fact] = []
        for attempt in range(1, TRIES_MAX + 1):
            try:
                facts = self._commit(jobs)
                break
            except Exception as error:  # noqa: BLE001 - whatever it is, all of the batch must hear
                if self._engine.may_retry(error) and attempt < TRIES_MAX:
                    continue
                self._abandon(jobs, error)
                break
        try:
            if facts:
                self._on_commit(facts, self._open())
        except Exception:  # a listener's failure must not keep the answers of what is committed
            logger.exception("a listener of commits failed")
        _answer(jobs)
        try:
            self._engine.tidy(self._open(), self._keep_out)
        except Exception:  # what could not be tidied now will be after another batch
            logger.exception("the log could not be tidied")

    def _commit(self, jobs: list[Job]) -> list[Fact]:
        """Run the jobs and make them durable; returns their facts. Undone if it raises."""
        with self._engine.explain_faults():
            session = self._open()
            try:
                session.begin()
                batch = Batch(self._engine, session, self._seams)
                if not batch.run(jobs):
                    session.rollback()
                    return []
            except BaseException:
                _undo(session)
                raise
            try:
                session.commit()
            except BaseException as error:
                _undo(session)
                if session.is_lost:  # the word got lost, not necessarily the deed
                    raise OutcomeUnknown(path=self._engine.place) from error
                raise
            return batch.facts

    def _abandon(self, jobs: list[Job], error: Exception) -> None:
        logger.error("a batch of %d was not committed: %s", len(jobs), error)
        refusal = (
            error
            if isinstance(error, VenueError)
            else DatabaseUnusable(path=self._engine.place, reason=str(error))
        )
        for job in jobs:
            job.outcome = refusal


def _undo(session: Session) -> None:
    try:
        session.rollback()
    except Exception:  # the first failure is the one to tell
        logger.exception("the rollback failed too")


def _answer(batch: list[Job]) -> None:
    """Wake each loop once for all its answers: crossing threads is dear."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, jobs)
        except RuntimeError:  # the loop was closed while its job ran; nobody listens any more
            logger.warning("%d answers came after their loop had ended", len(jobs))


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        outcome = job.outcome
        if job.answer.done():
            continue  # the caller gave up waiting; what was done is done
        if isinstance(outcome, Committed):
            job.answer.set_result(outcome)
        elif isinstance(outcome, Exception) and not isinstance(outcome, StopIteration):
            job.answer.set_exception(outcome)
        else:  # what a future can't carry, or what would end the caller's whole program
            text = f"{name_of(job.service)} ended with {outcome!r}"
            job.answer.set_exception(RuntimeError(text))
