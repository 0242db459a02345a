"""Whether the guards that migrations put up are still there: triggers that refuse changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from peewee import Table

from venue_suite.database.migrations import KERNEL_MIGRATIONS, migrate
from venue_suite.database.sqlite import SqliteEngine, open_writer
from venue_suite.database.statements import Statement
from venue_suite.database.work import View

# What only one of the engines needs; see migration 0006.
_ONLY_SQLITE = "_no_replace"
_SPEAKERS = ("peewee.migrations", "venue_suite.database.migrations")


def _triggers_of_sqlite() -> Statement:
    schema = Table("sqlite_master")
    return Statement(
        lambda: schema.select(schema.c.name, schema.c.sql).where(schema.c.type == "trigger")
    )


def _triggers_of_postgresql() -> Statement:
    known = Table("pg_trigger")
    return Statement(
        lambda: known.select(known.c.tgname.cast("text"), known.c.tgenabled.cast("text")).where(
            ~known.c.tgisinternal
        )
    )


_SQLITE = _triggers_of_sqlite()
_POSTGRESQL = _triggers_of_postgresql()


def check_guards(view: View) -> Iterator[str]:
    """Every trigger of the kernel's migrations is in place and awake."""
    if view.session.dialect == "sqlite":
        found = dict(view.all(_SQLITE))
        for name, text in sorted(guards().items()):
            if name not in found:
                yield f"the guard {name} is missing"
            elif found[name] != text:
                yield f"the guard {name} was changed"
        return
    awake = dict(view.all(_POSTGRESQL))
    for name in sorted(guards()):
        if name.endswith(_ONLY_SQLITE):
            continue
        if name not in awake:
            yield f"the guard {name} is missing"
        elif awake[name] not in ("O", "A"):
            yield f"the guard {name} is switched off"


@cache
def guards() -> dict[str, str]:
    """Name -> text of every trigger that the kernel's migrations make in a new database."""
    nowhere = Path(":memory:")
    database = open_writer(nowhere)
    try:
        with _unspoken():
            migrate(SqliteEngine(nowhere), database, KERNEL_MIGRATIONS)
        text, values = _SQLITE.bind("sqlite", {})
        return dict(database.connection().execute(text, values))
    finally:
        database.close()


@contextmanager
def _unspoken() -> Iterator[None]:
    """Nobody's data are migrated: that shall not stand in the log."""
    loggers = [logging.getLogger(name) for name in _SPEAKERS]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
