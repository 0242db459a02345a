"""Readers see one moment, change nothing, and never stand in the writer's way."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import apsw
import psycopg
import pytest

from tests.venue_suite.jotter import feed_of, jot, times_of
from venue_suite.database import Database, View, sqlite
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.readers import REPORT_THREADS
from venue_suite.domain.errors import DatabaseUnusable, QueryTooLong
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


def wait(view: View, opened: threading.Event) -> int:
    """A report that takes its time, on a snapshot."""
    before = times_of(view, "n")
    assert opened.wait(20)
    assert times_of(view, "n") == before
    return before


async def test_reports_keep_nobody_waiting(database: Database) -> None:
    """More of them than there are threads of any kind."""
    opened = threading.Event()
    reports = [asyncio.create_task(database.report(wait, opened)) for _ in range(12)]
    async with asyncio.timeout(5):
        for times in range(1, 6):
            await database.write(jot, "n")
            assert await database.read(times_of, "n") == times
    opened.set()
    assert set(await asyncio.gather(*reports)) <= set(range(6))


FOREVER = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
    " SELECT sum(i) FROM n"
)


async def test_query_without_an_end_is_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = database._open_readers()
    monkeypatch.setattr(readers, "_time_limit_s", 0.2)
    began_s = time.monotonic()
    with pytest.raises(QueryTooLong):
        await database.report(lambda view: view.session.rows(FOREVER, ()))
    assert time.monotonic() - began_s < 5
    await database.write(jot, "n")
    for _ in range(REPORT_THREADS):
        assert await database.report(times_of, "n") == 1, "its thread goes on"


@pytest.mark.sqlite
async def test_readers_one_after_the_other_do_not_keep_the_log_from_emptying(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is always one: without a pause the log would grow as long as the venue is open."""
    monkeypatch.setattr(sqlite, "LOG_PAGES", 50)
    monkeypatch.setattr(sqlite, "LOG_PAGES_MAX", 400)
    stopping = False

    def read(view: View) -> None:
        times_of(view, "n")
        time.sleep(0.02)

    async def keep_reading(after_s: float) -> None:
        await asyncio.sleep(after_s)
        while not stopping:
            await database.read(read)

    reading = asyncio.gather(keep_reading(0), keep_reading(0.01))
    log = tmp_path / "venue.db-wal"
    for _ in range(150):
        await database.write(jot, "n", 300)
    stopping = True
    await reading
    assert log.stat().st_size < 4_152 * 800, "it grew as if nobody had emptied it"
