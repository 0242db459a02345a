"""Which engine a place belongs to."""

from __future__ import annotations

from pathlib import Path

from venue_suite.database.engine import Engine
from venue_suite.database.sqlite import SqliteEngine
from venue_suite.domain.errors import ExtraMissing

POSTGRESQL = ("postgresql://", "postgres://")


def make_engine(place: Path | str) -> Engine:
    """The engine of a SQLite file or of a PostgreSQL URL.

    Raises ExtraMissing: the URL is one of PostgreSQL, whose driver is not installed.
    """
    if isinstance(place, Path):
        return SqliteEngine(place)
    if not place.startswith(POSTGRESQL):
        return SqliteEngine(Path(place))
    try:
        from venue_suite.database.postgresql import PostgresqlEngine  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ExtraMissing(program="PostgreSQL", extra="postgresql", reason=error) from error
    return PostgresqlEngine(place)
