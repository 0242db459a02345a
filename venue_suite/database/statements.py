"""Statements compiled once: peewee writes the SQL, later calls only bind values.

peewee's model layer costs about ten times the SQL it makes. What runs in every sale or scan is
therefore built once from the same models and kept as text:

    FREE_SEATS = Statement(lambda: SeatRow.select(SeatRow.id).where(SeatRow.map == param("map_id")))
    work.all(FREE_SEATS, map_id=3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import peewee


class _Place:
    """Stands where a value comes later."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def param(name: str) -> Any:
    """A named place in a statement; the value is given at each call, as the column stores it."""
    return peewee.Value(_Place(name), converter=False)


class Statement:
    """A query that is compiled at its first use.

    Args:
        build: makes the peewee query, with `param(name)` where values come.
    """

    __slots__ = ("_build", "_names", "_text")

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._text = ""
        self._names: tuple[str | None, ...] = ()

    def bind(self, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        """The SQL text and its values in order. Raises KeyError for a value that is missing."""
        if not self._text:
            self._compile()
        return self._text, [
            values[name.name] if isinstance(name, _Place) else name for name in self._names
        ]

    def _compile(self) -> None:
        text, values = self._build().sql()
        self._names = tuple(values)
        self._text = text
