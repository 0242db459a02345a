"""Statements compiled once: peewee writes the SQL, later calls only bind values.

peewee's model layer costs about ten times the SQL it makes. What runs in every sale or scan is
therefore built once from the same models and kept as text:

    FREE_SEATS = Statement(lambda: SeatRow.select(SeatRow.id).where(SeatRow.map == param("map_id")))
    work.all(FREE_SEATS, map_id=3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import peewee

Binder = Callable[[dict[str, Any]], Sequence[Any]]


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
        self._compiled: dict[str, tuple[str, Binder]] = {}

    def bind(self, dialect: str, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        """The SQL text and its values in order. Raises KeyError for a value that is missing."""
        try:
            text, binder = self._compiled[dialect]
        except KeyError:
            text, binder = self._compile(dialect)
        return text, binder(values)

    def text(self, dialect: str) -> str:
        """The SQL text alone, for a caller that binds many values at once by `binder`."""
        return (self._compiled.get(dialect) or self._compile(dialect))[0]

    def _compile(self, dialect: str) -> tuple[str, Binder]:
        """Compile with the calling thread's database, whose dialect it is."""
        text, values = self._build().sql()
        self._compiled[dialect] = compiled = (text, _make_binder(values))
        return compiled


def _make_binder(values: Sequence[Any]) -> Binder:
    names = [value.name for value in values if isinstance(value, _Place)]
    if len(names) == len(values) > 1:
        return itemgetter(*names)  # a tuple, made without a loop in Python
    template = tuple(values)
    return lambda given: [
        given[value.name] if isinstance(value, _Place) else value for value in template
    ]
