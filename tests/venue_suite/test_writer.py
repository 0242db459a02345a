"""The one writer: batches, savepoints, answers after the commit, and failures kept apart."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from tests.venue_suite.jotter import (
    Reluctant,
    feed_of,
    jot,
    jot_bad_sql,
    jot_then_raise,
    jot_then_refuse,
    jot_twice_the_same_key,
    times_of,
    wait_for,
)
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import Busy, DatabaseUnusable
from venue_suite.domain.facts import Fact


@contextlib.asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """The writer is busy meanwhile; what is written waits and then shares one batch."""
    gate = threading.Event()
    holding = asyncio.create_task(database.write(wait_for, gate))
    await asyncio.sleep(0.05)
    try:
        yield
        await asyncio.sleep(0.05)
    finally:
        gate.set()
    await holding


@contextlib.contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the writer runs, as long as the block lasts."""
    connection: list[apsw.Connection] = []
    database_write = database.write

    seen: list[str] = []

    def tell(text: str) -> None:
        seen.append(text.split("(", maxsplit=1)[0].strip())

    def listen(work: Work, on: bool) -> None:
        connection.append(work.connection)
        work.connection.trace_v2(
            apsw.SQLITE_TRACE_STMT if on else 0, (lambda event: tell(event["sql"])) if on else None
        )

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(database_write(listen, True))
        yield seen
        loop.run_until_complete(database_write(listen, False))
    finally:
        loop.close()


@pytest.mark.sqlite
def test_many_writes_share_a_commit(database: Database) -> None:
    async def load() -> None:
        await asyncio.gather(*(database.write(jot, f"n{index}") for index in range(300)))

    with counted(database) as statements:
        asyncio.run(load())
    commits = statements.count("COMMIT")
    assert 1 <= commits < 100
    assert statements.count("SAVEPOINT service") >= 300


async def test_batch_is_one_transaction_and_answers_come_after_its_commit(
    database: Database,
) -> None:
    """While one of a batch runs, nobody of it is answered, and no snapshot shows any of it."""
    gate = threading.Event()
    async with held(database):
        first = asyncio.create_task(database.write(jot, "first"))
        await asyncio.sleep(0)
        slow = asyncio.create_task(database.write(wait_for, gate))
    for _ in range(10):
        await asyncio.sleep(0.01)
        assert not first.done()
        assert await database.read(times_of, "first") == 0
    gate.set()
    assert (await first)["times"] == 1
    assert await database.read(times_of, "first") == 1
    await slow


@pytest.mark.parametrize(
    ("service", "arguments", "error"),
    [
        (jot_then_refuse, (), Reluctant),
        (jot_then_raise, (ValueError("x"),), ValueError),
        (jot_then_raise, (StopIteration(),), RuntimeError),
        (jot_then_raise, (SystemExit(3),), RuntimeError),
        (jot_then_raise, (KeyboardInterrupt(),), RuntimeError),
        (jot_twice_the_same_key, (), (apsw.ConstraintError, psycopg.errors.UniqueViolation)),
        (jot_bad_sql, (), (apsw.SQLError, psycopg.errors.UndefinedTable)),
    ],
)
async def test_failing_service_leaves_nothing_and_harms_no_neighbour(
    database: Database, service: Any, arguments: tuple[Any, ...], error: Any
) -> None:
    async with held(database):
        before = asyncio.create_task(database.write(jot, "before"))
        failing = asyncio.create_task(database.write(service, "failing", *arguments))
        after = asyncio.create_task(database.write(jot, "after"))
    assert (await before)["times"] == 1
    with pytest.raises(error):
        await failing
    assert (await after)["times"] == 1
    assert await database.read(times_of, "failing") == 0
    assert await database.read(feed_of) == [(1, "jotter.before"), (2, "jotter.after")]


async def test_reply_or_fact_that_is_no_json_undoes_its_service(database: Database) -> None:
    def tell_object(work: Work) -> None:
        jot(work, "odd")
        work.record("odd", "odd", what=object())

    with pytest.raises(TypeError):
        await database.write(tell_object)
    assert await database.read(times_of, "odd") == 0
    assert await database.read(feed_of) == []


async def test_keyword_arguments_reach_the_service(database: Database) -> None:
    await database.write(jot, "name", count=3)
    assert len(await database.read(feed_of)) == 3


async def test_queue_limit_refuses_at_once_and_takes_again_later(
    tmp_path: Path, database: Database
) -> None:
    small = Database(tmp_path / "small.db", queue_length_max=5)
    small.open(KERNEL_MIGRATIONS)
    async with held(small):
        waiting = [asyncio.create_task(small.write(jot, f"n{index}")) for index in range(8)]
        await asyncio.sleep(0)
        refused = [task for task in waiting if task.done()]
        assert len(refused) == 3
        for task in refused:
            with pytest.raises(Busy):
                task.result()
    for task in waiting:
        if task not in refused:
            await task
    await small.write(jot, "later")
    small.close()


async def test_cancelled_caller_does_not_disturb(database: Database) -> None:
    async with held(database):
        tasks = [asyncio.create_task(database.write(jot, f"n{index}")) for index in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [isinstance(result, dict) for result in results] == [True, False, True, True]
    # What was done is done: the caller left, the change stays.
    assert await database.read(times_of, "n1") == 1


async def test_close_finishes_what_waits_and_refuses_what_comes_later(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    database.open(KERNEL_MIGRATIONS)
    gate = threading.Event()
    holding = asyncio.create_task(database.write(wait_for, gate))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(database.write(jot, "n")) for _ in range(600)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(database.close))
    await asyncio.sleep(0.1)
    with pytest.raises(DatabaseUnusable, match="not open"):
        await asyncio.wait_for(database.write(jot, "late"), 1)
    gate.set()
    await asyncio.wait_for(closing, 10)
    await holding
    assert [reply["times"] for reply in await asyncio.gather(*waiting)] == list(range(1, 601))
    with pytest.raises(DatabaseUnusable, match="not open"):
        await asyncio.wait_for(database.write(jot, "n"), 1)
    reopened = Database(tmp_path / "x.db")
    reopened.open(KERNEL_MIGRATIONS)
    assert await reopened.read(times_of, "n") == 600
    reopened.close()


async def test_close_with_a_full_queue_ends(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", queue_length_max=3)
    database.open(KERNEL_MIGRATIONS)
    gate = threading.Event()
    holding = asyncio.create_task(database.write(wait_for, gate))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(database.write(jot, "n")) for _ in range(3)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(database.close))
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.wait_for(asyncio.gather(closing, holding, *waiting), 5)


async def test_closing_twice_and_before_opening_is_harmless(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    with pytest.raises(DatabaseUnusable, match="not open"):
        await asyncio.wait_for(database.write(jot, "n"), 1)
    with pytest.raises(DatabaseUnusable, match="not open"):
        await asyncio.wait_for(database.read(times_of, "n"), 1)
    database.close()
    database = Database(tmp_path / "x.db")
    database.open(KERNEL_MIGRATIONS)
    database.close()
    database.close()
    with pytest.raises(DatabaseUnusable, match="not open"):
        await asyncio.wait_for(database.read(times_of, "n"), 1)


async def test_facts_are_told_in_commit_order_without_gaps(database: Database) -> None:
    told: list[Fact] = []
    database.on_commit(told.extend)

    async def one(index: int) -> None:
        if index % 7 == 3:
            with pytest.raises(Reluctant):
                await database.write(jot_then_refuse, f"n{index}")
        else:
            await database.write(jot, f"n{index}", index % 4)

    for _ in range(3):
        await asyncio.gather(*(one(index) for index in range(60)))
    stored = await database.read(feed_of)
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    assert [(fact.seq, fact.kind) for fact in told] == stored
    assert len(stored) == 3 * sum(index % 4 for index in range(60) if index % 7 != 3)


async def test_listener_that_fails_does_not_keep_answers(database: Database) -> None:
    def fail(facts: object) -> None:
        raise ValueError("a bad listener")

    database.on_commit(fail)
    assert (await asyncio.wait_for(database.write(jot, "n"), 2))["times"] == 1
    assert (await asyncio.wait_for(database.write(jot, "n"), 2))["times"] == 2


def test_answers_for_a_loop_that_ended_are_dropped(database: Database) -> None:
    gate = threading.Event()

    async def leave() -> None:
        tasks = [
            asyncio.create_task(database.write(wait_for, gate)),
            asyncio.create_task(database.write(jot, "left")),
        ]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()

    asyncio.run(leave())
    gate.set()

    async def go_on() -> int:
        await database.write(jot, "next")
        return await database.read(times_of, "left")

    assert asyncio.run(go_on()) == 1
