"""Statements compiled once: peewee writes the SQL, later calls only bind values.

peewee's model layer costs about ten times the SQL it makes. What runs in every sale or scan is
therefore built once from the same models and kept as text:

    FREE_SEATS = Statement(lambda: SeatRow.select(SeatRow.id).where(SeatRow.map == param("map_id")))
    work.all(FREE_SEATS, map_id=3)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import peewee

Bound = Sequence[Any] | Mapping[str, Any]
Binder = Callable[[dict[str, Any]], Bound]


class _Place:
    """Stands where a value comes later."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def param(name: str) -> Any:
    """A named place in a statement; the value is given at each call, as the column stores it."""
    return peewee.Value(_Place(name), converter=False)


class Statement:
    """A query that is compiled at its first use, for each engine's dialect.

    Args:
        build: makes the peewee query, with `param(name)` where values come.
    """

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Binder | None]] = {}

    def bind(self, dialect: str, values: dict[str, Any]) -> tuple[str, Bound]:
        """The SQL text and what to bind to it. Raises KeyError for a value that is missing; the
        driver of SQLite does so itself when it runs."""
        try:
            text, binder = self._compiled[dialect]
        except KeyError:
            text, binder = self._compile(dialect)
        return (text, values) if binder is None else (text, binder(values))

    def _compile(self, dialect: str) -> tuple[str, Binder | None]:
        """Compile with the calling thread's database, whose dialect it is."""
        text, values = self._build().sql()
        if dialect == "sqlite":  # its driver takes the values by name, which costs nothing here
            compiled: tuple[str, Binder | None] = (_name_places(text, values), None)
        else:
            compiled = (text, _make_binder(values))
        self._compiled[dialect] = compiled
        return compiled


def _name_places(text: str, values: Sequence[Any]) -> str:
    """SQL with `:name` where a value comes, and constants in their places."""
    parts = text.split("?")  # peewee quotes identifiers and writes no text of its own
    assert len(parts) == len(values) + 1, f"a place that is none: {text}"
    words = [parts[0]]
    for value, part in zip(values, parts[1:], strict=True):
        words += (f":{value.name}" if isinstance(value, _Place) else _literal(value), part)
    return "".join(words)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int):
        return str(int(value))
    raise TypeError(f"a statement can't have the constant {value!r}")


def _make_binder(values: Sequence[Any]) -> Binder:
    names = [value.name for value in values if isinstance(value, _Place)]
    if len(names) == len(values) > 1:
        return itemgetter(*names)  # a tuple, made without a loop in Python
    template = tuple(values)
    return lambda given: [
        given[value.name] if isinstance(value, _Place) else value for value in template
    ]
