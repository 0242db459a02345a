"""What a service gets: its transaction (`Work`), or a snapshot to read from (`View`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from venue_suite.database.engine import Session
from venue_suite.database.rows import from_ms
from venue_suite.database.statements import Statement
from venue_suite.domain.actors import Actor
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams


class View:
    """A consistent snapshot. Everything read through one view is as of one moment."""

    __slots__ = ("_dialect", "_row", "_rows", "now_ms", "seams", "session")

    def __init__(self, session: Session, seams: Seams) -> None:
        self.session = session
        self.seams = seams
        self.now_ms = int(seams.time_s() * 1000)
        self._dialect = session.dialect
        self._row = session.row
        self._rows = session.rows

    @property
    def connection(self) -> Any:
        """The driver's own connection, for what only one engine knows."""
        return self.session.connection

    @property
    def now(self) -> datetime:
        return from_ms(self.now_ms)

    def all(self, statement: Statement, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._rows(*statement.bind(self._dialect, values))

    def each(self, statement: Statement, /, **values: Any) -> Iterator[tuple[Any, ...]]:
        """One row after the other, for what may not fit into memory. Finish it before the next."""
        return self.session.each(*statement.bind(self._dialect, values))

    def one(self, statement: Statement, /, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return self._row(*statement.bind(self._dialect, values))

    def value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._row(*statement.bind(self._dialect, values))
        return None if row is None else row[0]


class Work(View):
    """One service's part of a transaction. If the service raises, nothing of it stays."""

    __slots__ = ("actor", "facts", "operation_id")

    def __init__(
        self, session: Session, seams: Seams, actor: Actor, operation_id: str = ""
    ) -> None:
        super().__init__(session, seams)
        self.actor = actor
        self.operation_id = operation_id
        self.facts: list[Fact] = []

    def run(self, statement: Statement, /, **values: Any) -> int:
        """Change rows; returns how many were changed. A guarded change that met nothing gives 0."""
        return self.session.change(*statement.bind(self._dialect, values))

    def put(self, statement: Statement, /, **values: Any) -> None:
        """Change rows where how many is no question: cheaper than `run` over a network."""
        self.session.put(*statement.bind(self._dialect, values))

    def put_all(self, statement: Statement, many: Iterable[dict[str, Any]]) -> None:
        """The same statement for each of many values, as cheaply as the engine can."""
        bound = [statement.bind(self._dialect, values) for values in many]
        if bound:
            self.session.put_all(bound[0][0], [values for _, values in bound])

    def insert(self, statement: Statement, /, **values: Any) -> int:
        """Insert one row by a statement that ends in RETURNING its key; returns the key."""
        row = self._row(*statement.bind(self._dialect, values))
        assert row is not None, "an insert returned no key"
        key: int = row[0]
        return key

    def record(self, kind: str, subject: str, /, **data: Any) -> None:
        """Tell a fact: it enters the feed with this transaction, or not at all."""
        self.facts.append(Fact(kind, subject, data, at=self.now_ms / 1000))


@dataclass(frozen=True, slots=True)
class Operation:
    """A change as its client identifies it.

    Attributes:
        operation_id: made and saved by the client before sending.
        fingerprint: SHA-256 of what is asked; the same id with another one is refused.
    """

    operation_id: str
    fingerprint: bytes


@dataclass(slots=True)
class Committed:
    """What a write left behind, after the durable commit."""

    value: Any
    facts: list[Fact] = field(default_factory=list)
    repeated: bool = False
