"""The base of all tables, and the column kinds that peewee lacks.

Tables are declared once, at import, while a process may hold several databases (tests, a restored
copy beside the live one). So a table is bound to whatever database its thread works on: the writer
thread and each reader thread say which when they start.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import peewee

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _ThreadDatabase(peewee.DatabaseProxy):
    """A proxy whose target belongs to the thread that asks."""

    _local = threading.local()

    @property
    def obj(self) -> peewee.Database | None:
        return getattr(self._local, "database", None)

    @obj.setter
    def obj(self, value: peewee.Database | None) -> None:
        self._local.database = value


thread_database = _ThreadDatabase()


class Row(peewee.Model):
    """Base of all tables. Names are `<plugin>_<noun>`, keys are rising integers."""

    class Meta:
        database = thread_database
        legacy_table_names = False


class MomentField(peewee.BigIntegerField):
    """An aware UTC time, stored as milliseconds since 1970: sorts, and has no zone to lose."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return to_ms(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else from_ms(value)


class JsonField(peewee.TextField):
    """A JSON value as text; nothing is ever searched inside it."""

    def db_value(self, value: Any) -> str:
        return to_json(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)


def to_json(value: Any) -> str:
    """A JSON text as a `JsonField` stores it, for statements that bypass the model."""
    return msgspec.json.encode(value).decode()


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
