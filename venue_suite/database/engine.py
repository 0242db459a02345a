"""What the kernel needs of a database engine. SQLite and PostgreSQL both give it.

Services and queries never meet these: they have `Work` and `View`. A `Session` is one connection
in one thread; its statements are SQL text in the engine's own dialect, which peewee writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

Values = Sequence[Any] | Mapping[str, Any]
Migrations = Mapping[str, Path]
KeepOut = Callable[[float], AbstractContextManager[bool]]
SetAside = Callable[[str, Exception], None]


class Session(Protocol):
    """One connection, used by one thread.

    Attributes:
        dialect: whose SQL it speaks: sqlite, postgresql.
        place: which database this is; no secret in it.
        connection: the driver's own connection.
        database: what peewee's models use in this thread.
    """

    dialect: str
    place: str
    connection: Any
    database: Any

    def rows(self, text: str, values: Values) -> list[tuple[Any, ...]]:
        """All rows."""

    def each(self, text: str, values: Values) -> Iterator[tuple[Any, ...]]:
        """One row after the other: a large table does not fit into memory."""

    def row(self, text: str, values: Values) -> tuple[Any, ...] | None:
        """The first row, or None."""

    def change(self, text: str, values: Values) -> int:
        """How many rows were changed."""

    def put(self, text: str, values: Values) -> None:
        """Change rows where nobody asks how many."""

    def put_all(self, text: str, many: Iterable[Values]) -> None:
        """The same statement for each of many values."""

    def begin(self) -> None:
        """Begin the venue's one writing transaction, or a reading one on a snapshot."""

    def commit(self) -> None:
        """Make it durable."""

    def rollback(self) -> None:
        """Undo it, whatever state it is in; a connection that is lost has nothing to undo."""

    def mark(self) -> None:
        """From here on a service's part can be undone by itself."""

    def undo(self) -> None:
        """Undo what was done since `mark`."""

    def settle(self) -> None:
        """Keep what was done since `mark`."""

    def limit(self, seconds: float) -> None:
        """From now on the transaction may take so long; 0 is for ever."""

    def is_overdue(self, error: BaseException) -> bool:
        """Whether this is how a transaction ends that took longer."""

    def notify(self, seq: int) -> None:
        """With the commit, tell other server processes that the feed has come to `seq`."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection broke; then it is of no use any more."""

    def close(self) -> None:
        """Let go of it."""


class Neighbours(Protocol):
    """Other server processes on the same database.

    Attributes:
        leads: whether this process is the one that runs the venue's jobs.
    """

    @property
    def leads(self) -> bool: ...

    def stop(self) -> None:
        """Listen no more. Blocking."""


class Engine(Protocol):
    """One venue's database, wherever it is.

    Attributes:
        place: what messages call it; no secret in it.
    """

    place: str

    def take(self) -> None:
        """Claim it for this process where it can't be shared. Raises DatabaseUnusable."""

    def give_back(self) -> None:
        """End the claim."""

    def examine(self, check: Callable[[Any], None]) -> None:
        """Look for damage, then call `check` with peewee's database, before anything is changed.

        A database that does not exist yet is not checked. Raises DatabaseDamaged.
        """

    def migrate(self, session: Session, change: Callable[[Any], None]) -> None:
        """Call `change` with peewee's database of a writing session, alone."""

    def open_writer(self) -> Session:
        """A connection that writes. Raises DatabaseUnusable."""

    def open_reader(self) -> Session:
        """A connection that reads snapshots. Raises DatabaseUnusable."""

    def meet(self, on_news: Callable[[Session], None]) -> Neighbours:
        """Listen to other processes on this database, if there can be any.

        Args:
            on_news: called with a reading session when one of them has committed.
        """

    def tidy(self, session: Session, keep_out: KeepOut) -> None:
        """After a commit, look after what grows.

        Args:
            session: the writing one, between two transactions.
            keep_out: timeout in seconds -> a context in which no reader begins.
        """

    def explain_faults(self) -> AbstractContextManager[None]:
        """Turn what the driver raises about disk or connection into one clear refusal."""

    def is_fault(self, error: BaseException) -> bool:
        """Whether disk or connection is at fault, so that nobody's part may stay."""

    def may_retry(self, error: BaseException) -> bool:
        """Whether the same transaction may succeed when it is simply run again."""
