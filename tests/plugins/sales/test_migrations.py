"""The migrations make the tables that the code believes in, and the database guards them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee
import pytest
from venue_plugins.sales import tables
from venue_plugins.sales.plugin import plugin
from venue_plugins.sales.tables import OrderRow, PerformanceRow, SeatClaimRow

from tests.plugins.sales.house import ADULT, TONIGHT, House, want
from venue_suite.database import Database, Row
from venue_suite.database.migrations import KERNEL_MIGRATIONS

TABLES = [
    table
    for table in vars(tables).values()
    if isinstance(table, type) and issubclass(table, Row) and table is not Row
]


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "venue.db"
    database = Database(path)
    database.open(KERNEL_MIGRATIONS | {"sales": plugin.venue_register_migrations()})
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.fixture
def believed(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """What peewee would make of the tables as the code declares them."""
    path = tmp_path / "believed.db"
    database = peewee.SqliteDatabase(path)
    with database.bind_ctx(TABLES):
        database.create_tables(TABLES)
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def _columns(connection: sqlite3.Connection, table: str) -> set[tuple[Any, ...]]:
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return {(name, kind, not_null, key) for _, name, kind, not_null, _, key in rows}


def _indexes(connection: sqlite3.Connection, table: str) -> set[tuple[bool, tuple[str, ...]]]:
    found = set()
    for _, name, unique, *_ in connection.execute(f"PRAGMA index_list({table})").fetchall():
        columns = connection.execute(f"PRAGMA index_info({name})").fetchall()
        found.add((bool(unique), tuple(column[2] for column in columns)))
    return found


def _references(connection: sqlite3.Connection, table: str) -> set[tuple[str, str]]:
    rows = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    return {(row[3], row[2]) for row in rows}


@pytest.mark.parametrize("table", [table._meta.table_name for table in TABLES])
def test_migrated_tables_are_those_that_the_code_declares(
    migrated: sqlite3.Connection, believed: sqlite3.Connection, table: str
) -> None:
    assert _columns(migrated, table) == _columns(believed, table) != set()
    assert _indexes(migrated, table) == _indexes(believed, table)
    assert _references(migrated, table) == _references(believed, table)


def test_every_table_is_named_after_the_plugin() -> None:
    assert {table._meta.table_name.split("_")[0] for table in TABLES} == {"sales"}


async def test_database_itself_refuses_two_claims_of_one_seat(house: House) -> None:
    await house.place(want(ADULT, seats=[1]))
    with pytest.raises(Exception, match=r"(?i)unique constraint"):
        await house.database.write(
            lambda work: SeatClaimRow.create(performance=TONIGHT, seat=1, state="held", order=1)
        )


@pytest.mark.parametrize("column", ["sold", "held", "leased", "blocked"])
@pytest.mark.parametrize("value", [-1, 27])
async def test_database_itself_guards_the_stock(house: House, column: str, value: int) -> None:
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await house.database.write(
            lambda work: (
                PerformanceRow.update({column: value}).where(PerformanceRow.id == TONIGHT).execute()
            )
        )


async def test_database_itself_keeps_numbers_and_codes_apart(house: House) -> None:
    await house.place(want(ADULT))
    second = await house.place(want(ADULT))
    for column in ("number", "pickup_code"):
        with pytest.raises(Exception, match=r"(?i)unique constraint"):
            await house.database.write(
                lambda work, column=column: (
                    OrderRow.update(
                        {column: OrderRow.select(getattr(OrderRow, column)).where(OrderRow.id == 1)}
                    )
                    .where(OrderRow.id == second.id)
                    .execute()
                )
            )
