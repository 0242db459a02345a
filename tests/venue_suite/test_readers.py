"""Readers see one moment, change nothing, and never stand in the writer's way."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import apsw
import psycopg
import pytest

from tests.venue_suite.jotter import feed_of, jot, times_of
from venue_suite.database import Database, View
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.settings import SettingRow


async def test_reader_sees_one_moment_while_the_writer_goes_on(database: Database) -> None:
    await database.write(jot, "n")
    began, go_on = threading.Event(), threading.Event()

    def look_twice(view: View) -> tuple[int, int, int]:
        first = times_of(view, "n")
        began.set()
        assert go_on.wait(10)
        return first, times_of(view, "n"), len(feed_of(view))

    looking = asyncio.create_task(database.read(look_twice))
    await asyncio.to_thread(began.wait, 10)
    for _ in range(5):
        await asyncio.wait_for(database.write(jot, "n"), 2)
    go_on.set()
    assert await looking == (1, 1, 1)
    assert await database.read(times_of, "n") == 6


async def test_what_was_answered_is_seen_by_the_next_reader(database: Database) -> None:
    for times in range(1, 30):
        await database.write(jot, "n")
        assert await database.read(times_of, "n") == times


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO setting VALUES ('x', '1', 0)",
        "UPDATE setting SET value = '9'",
        "DELETE FROM setting",
        "DROP TABLE setting",
        "PRAGMA user_version = 3",
        "VACUUM",
    ],
)
async def test_reader_cannot_change_anything(database: Database, statement: str) -> None:
    await database.write(jot, "n")
    with pytest.raises((apsw.Error, DatabaseUnusable)):
        await database.read(lambda view: view.connection.execute(statement).fetchall())
    assert await database.read(times_of, "n") == 1


async def test_reader_cannot_change_anything_through_the_tables(database: Database) -> None:
    await database.write(jot, "n")
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        await database.read(lambda view: SettingRow.delete().execute())
    assert await database.read(times_of, "n") == 1


async def test_failing_query_leaves_the_reader_in_order(database: Database) -> None:
    await database.write(jot, "n")
    for _ in range(5):
        with pytest.raises((apsw.SQLError, psycopg.errors.UndefinedColumn)):
            await database.read(lambda view: view.connection.execute("SELECT nonsense"))
        assert await database.read(times_of, "n") == 1


@pytest.mark.parametrize("name", ["a b", "100%", "what?mode=rwc", "x#y", "中文", "a&b=c"])
async def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    database = Database(tmp_path / name / "venue.db")
    for _ in range(2):
        database.open(KERNEL_MIGRATIONS)
        await database.write(jot, "n")
        assert await database.read(times_of, "n") >= 1
        database.close()
        database = Database(tmp_path / name / "venue.db")
    assert await asyncio.to_thread(os.listdir, tmp_path) == [name]


async def test_tables_follow_their_threads_database(tmp_path: Path, database: Database) -> None:
    """Two databases open at once: each reader and writer keeps to its own."""
    other = Database(tmp_path / "other.db")
    other.open(KERNEL_MIGRATIONS)
    await asyncio.gather(*(database.write(jot, "n") for _ in range(5)), other.write(jot, "n"))

    def count(view: View) -> int:
        return int(SettingRow.get(SettingRow.key == "n").value)

    assert await database.read(count) == 5
    assert await other.read(count) == 1
    other.close()
