"""The one writer: takes what waits, runs each in its own savepoint, commits once, then answers.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import msgspec

from venue_suite.database import kernel_rows, sqlite
from venue_suite.database.rows import thread_database, to_json
from venue_suite.database.work import Committed, Operation, Work
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import Busy, DatabaseUnusable, OperationReused, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams

logger = logging.getLogger(__name__)

BATCH_LENGTH_MAX = 256

Service = Callable[..., Any]


@dataclass(slots=True)
class Job:
    """One service call that waits for the writer, and where its answer goes."""

    service: Service
    arguments: tuple[Any, ...]
    actor: Actor
    operation: Operation | None
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Committed]
    outcome: Committed | BaseException | None = field(default=None)


class Writer:
    """Owns the writing connection and the thread that uses it.

    Args:
        path: the database file.
        seams: clock and chance for the services.
        queue_length_max: jobs that may wait before `Busy`.
        on_commit: told the facts of each batch in feed order, in the writer thread, once safe.
    """

    def __init__(
        self,
        path: Path,
        seams: Seams,
        queue_length_max: int,
        on_commit: Callable[[Sequence[Fact]], None],
    ) -> None:
        self._path = path
        self._seams = seams
        self._on_commit = on_commit
        self._queue_length_max = queue_length_max
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # Between `start` and `stop`; the lock keeps a job from slipping in behind the stop.
        self._takes_jobs = False
        self._submitting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="venue-writer", daemon=True)
        self._opened = threading.Event()
        self._open_failure: BaseException | None = None
        self._prepare: Callable[[Any], None] = lambda database: None

    def start(self, prepare: Callable[[Any], None]) -> None:
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
                raise DatabaseUnusable(path=self._path, reason="it is not open")
            if self._jobs.qsize() >= self._queue_length_max:
                raise Busy
            self._jobs.put(job)

    # --- the writer thread -------------------------------------------------------------------

    def _run(self) -> None:
        try:
            database = sqlite.open_writer(self._path)
        except BaseException as error:  # noqa: BLE001 - handed to the starting thread as it is
            self._open_failure = error
            self._opened.set()
            return
        thread_database.obj = database
        try:
            try:
                with sqlite.explain_faults(self._path):
                    self._prepare(database)
            except BaseException as error:  # noqa: BLE001 - handed to the starting thread as it is
                self._open_failure = error
                return
            finally:
                self._opened.set()
            connection = database.connection()
            ended = False
            while not ended:
                batch, ended = self._next_batch()
                if batch:
                    self._write_batch(connection, batch)
        finally:
            database.close()
            thread_database.obj = None

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

    def _write_batch(self, connection: apsw.Connection, batch: list[Job]) -> None:
        try:
            with sqlite.explain_faults(self._path):
                connection.execute("BEGIN IMMEDIATE")
                for job in batch:
                    self._run_job(connection, job)
                connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, all of the batch must hear
            self._abandon(connection, batch, error)
        facts = [
            fact
            for job in batch
            if isinstance(job.outcome, Committed)
            for fact in job.outcome.facts
        ]
        try:
            if facts:
                self._on_commit(facts)
        except Exception:  # a listener's failure must not keep the answers of what is committed
            logger.exception("a listener of commits failed")
        _answer(batch)

    def _run_job(self, connection: apsw.Connection, job: Job) -> None:
        connection.execute("SAVEPOINT service")
        try:
            job.outcome = self._call_service(connection, job)
        except VenueError as refusal:
            job.outcome = refusal
        except BaseException as error:  # not even a plugin that calls exit() may end the writer
            if sqlite.fault_of(error) is not None:
                raise  # the connection or the disk is at fault: nobody's part may stay
            logger.exception("service %s failed", _name(job.service))
            job.outcome = error
        if isinstance(job.outcome, BaseException):
            connection.execute("ROLLBACK TO service")
        connection.execute("RELEASE service")

    def _call_service(self, connection: apsw.Connection, job: Job) -> Committed:
        operation = job.operation
        work = Work(connection, self._seams, job.actor, operation.operation_id if operation else "")
        if operation is not None and (saved := _find_reply(work, operation)) is not None:
            return Committed(saved, repeated=True)
        value = job.service(work, *job.arguments)
        facts = [self._append(work, fact) for fact in work.facts]
        if operation is not None:
            value = msgspec.Raw(msgspec.json.encode(value))
            work.run(
                kernel_rows.SAVE_OPERATION,
                operation_id=operation.operation_id,
                fingerprint=operation.fingerprint,
                reply=bytes(value),
                at=work.now_ms,
            )
        return Committed(value, facts)

    @staticmethod
    def _append(work: Work, fact: Fact) -> Fact:
        seq = work.insert(
            kernel_rows.APPEND_FACT,
            at=work.now_ms,
            kind=fact.kind,
            subject=fact.subject,
            data=to_json(fact.data),
        )
        return Fact(fact.kind, fact.subject, fact.data, seq, fact.at)

    def _abandon(self, connection: apsw.Connection, batch: list[Job], error: Exception) -> None:
        logger.error("a batch of %d was not committed: %s", len(batch), error)
        refusal = (
            error
            if isinstance(error, VenueError)
            else DatabaseUnusable(path=self._path, reason=str(error))
        )
        for job in batch:
            job.outcome = refusal
        if connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except apsw.Error:
                logger.exception("the rollback failed too")


def _find_reply(work: Work, operation: Operation) -> msgspec.Raw | None:
    row = work.one(kernel_rows.FIND_OPERATION, operation_id=operation.operation_id)
    if row is None:
        return None
    if row[0] != operation.fingerprint:
        raise OperationReused(operation_id=operation.operation_id)
    return msgspec.Raw(row[1])


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
            job.answer.set_exception(RuntimeError(f"{_name(job.service)} ended with {outcome!r}"))


def _name(service: Service) -> str:
    return getattr(service, "__qualname__", repr(service))
