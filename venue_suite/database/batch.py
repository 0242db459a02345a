"""One batch: services that share one transaction, each in its own savepoint, and one commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from venue_suite.database import kernel_rows
from venue_suite.database.engine import Engine, Session
from venue_suite.database.rows import to_json
from venue_suite.database.work import Committed, Operation, Work
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import OperationReused, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams

logger = logging.getLogger(__name__)

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


class Batch:
    """Runs jobs in a transaction that has begun. Facts and replies are written at its end.

    Args:
        engine: tells whose fault a failure is.
        session: the writing connection.
        seams: clock and chance for the services.
    """

    def __init__(self, engine: Engine, session: Session, seams: Seams) -> None:
        self._engine = engine
        self._session = session
        self._seams = seams
        self._facts: list[dict[str, Any]] = []
        self._replies: dict[str, dict[str, Any]] = {}
        self.facts: list[Fact] = []

    def run(self, jobs: Sequence[Job]) -> bool:
        """Run all; each job has its outcome then. Returns whether there is anything to commit.

        Raises what is the fault of disk or connection: then nobody's part may stay.
        """
        last = self._session.row(*kernel_rows.LAST_SEQ.bind(self._session.dialect, {}))
        self._next_seq: int = 1 + (last[0] if last else 0)
        self._known = self._find_replies(jobs)
        if len(jobs) == 1:
            # Alone in the transaction: a refusal undoes the whole of it, so no savepoint is needed.
            self._try(jobs[0])
            if isinstance(jobs[0].outcome, BaseException):
                return False
        else:
            for job in jobs:
                self._session.mark()
                self._try(job)
                if isinstance(job.outcome, BaseException):
                    self._session.undo()
                self._session.settle()
        self._write_down()
        return True

    def _try(self, job: Job) -> None:
        try:
            job.outcome = self._call(job)
        except VenueError as refusal:
            job.outcome = refusal
        except BaseException as error:  # not even a plugin that calls exit() may end the writer
            if self._engine.is_fault(error) or self._session.is_lost:
                raise  # the connection or the disk is at fault: nobody's part may stay
            logger.exception("service %s failed", name_of(job.service))
            job.outcome = error

    def _call(self, job: Job) -> Committed:
        operation = job.operation
        work = Work(
            self._session, self._seams, job.actor, operation.operation_id if operation else ""
        )
        if operation is not None and (saved := self._find_reply(operation)) is not None:
            return Committed(saved, repeated=True)
        value = job.service(work, *job.arguments)
        # Encoded here, where what can't be encoded is this service's own failure.
        texts = [to_json(fact.data) for fact in work.facts]
        if operation is not None:
            reply = msgspec.json.encode(value)
            value = msgspec.Raw(reply)
            self._replies[operation.operation_id] = {
                "operation_id": operation.operation_id,
                "fingerprint": operation.fingerprint,
                "reply": reply,
                "at": work.now_ms,
            }
        return Committed(value, self._number(work, texts))

    def _find_reply(self, operation: Operation) -> msgspec.Raw | None:
        operation_id = operation.operation_id
        just_now = self._replies.get(operation_id)
        if just_now is not None:
            fingerprint, reply = just_now["fingerprint"], just_now["reply"]
        elif operation_id in self._known:
            fingerprint, reply = self._known[operation_id]
        else:
            return None
        if fingerprint != operation.fingerprint:
            raise OperationReused(operation_id=operation_id)
        return msgspec.Raw(reply)

    def _find_replies(self, jobs: Sequence[Job]) -> dict[str, tuple[bytes, bytes]]:
        """What was answered before to those who ask again; one question for the whole batch."""
        ids = list({job.operation.operation_id for job in jobs if job.operation is not None})
        if not ids:
            return {}
        length = next(length for length in kernel_rows.LENGTHS if length >= len(ids))
        ids += ids[-1:] * (length - len(ids))
        values = {f"id_{index}": operation_id for index, operation_id in enumerate(ids)}
        statement = kernel_rows.FIND_OPERATIONS[length]
        rows = self._session.rows(*statement.bind(self._session.dialect, values))
        return {operation_id: (fingerprint, reply) for operation_id, fingerprint, reply in rows}

    def _number(self, work: Work, texts: Sequence[str]) -> list[Fact]:
        """The service's facts with their places in the feed."""
        numbered = []
        for fact, text in zip(work.facts, texts, strict=True):
            seq = self._next_seq
            self._next_seq += 1
            numbered.append(Fact(fact.kind, fact.subject, fact.data, seq, fact.at))
            self._facts.append(
                {
                    "seq": seq,
                    "at": work.now_ms,
                    "kind": fact.kind,
                    "subject": fact.subject,
                    "data": text,
                }
            )
        self.facts += numbered
        return numbered

    def _write_down(self) -> None:
        """The facts and the replies of the whole batch, each table by one statement."""
        dialect = self._session.dialect
        for statement, rows in (
            (kernel_rows.APPEND_FACT, self._facts),
            (kernel_rows.SAVE_OPERATION, list(self._replies.values())),
        ):
            bound = [statement.bind(dialect, row) for row in rows]
            if bound:
                self._session.put_all(bound[0][0], [values for _, values in bound])
        if self._facts:
            self._session.notify(self._next_seq - 1)


def name_of(service: Service) -> str:
    """What logs call a service."""
    return getattr(service, "__qualname__", repr(service))
