"""What a service gets: its transaction (`Work`), or a snapshot to read from (`View`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from venue_suite.database.rows import from_ms
from venue_suite.database.statements import Statement
from venue_suite.domain.actors import Actor
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams


class View:
    """A consistent snapshot. Everything read through one view is as of one moment."""

    __slots__ = ("connection", "now_ms", "seams")

    def __init__(self, connection: Any, seams: Seams) -> None:
        self.connection = connection
        self.seams = seams
        self.now_ms = int(seams.time_s() * 1000)

    @property
    def now(self) -> datetime:
        return from_ms(self.now_ms)

    def all(self, statement: Statement, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return list(self.connection.execute(*statement.bind(values)))

    def one(self, statement: Statement, /, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row: tuple[Any, ...] | None = self.connection.execute(*statement.bind(values)).fetchone()
        return row

    def value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.one(statement, **values)
        return None if row is None else row[0]


class Work(View):
    """One service's part of a transaction. If the service raises, nothing of it stays."""

    __slots__ = ("actor", "facts", "operation_id")

    def __init__(self, connection: Any, seams: Seams, actor: Actor, operation_id: str = "") -> None:
        super().__init__(connection, seams)
        self.actor = actor
        self.operation_id = operation_id
        self.facts: list[Fact] = []

    def run(self, statement: Statement, /, **values: Any) -> int:
        """Change rows; returns how many were changed. A guarded change that met nothing gives 0."""
        self.connection.execute(*statement.bind(values))
        changed: int = self.connection.changes()
        return changed

    def insert(self, statement: Statement, /, **values: Any) -> int:
        """Insert one row by a statement that ends in RETURNING its key; returns the key."""
        row = self.connection.execute(*statement.bind(values)).fetchone()
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
