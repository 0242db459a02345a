"""What only PostgreSQL has: several server processes on one venue, and connections that break."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import psycopg
import pytest

from tests.venue_suite.jotter import feed_of, jot, operations_of, times_of
from venue_suite.database import Database, View, Work, postgresql
from venue_suite.database.checks import check_pages, check_references
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import Operation
from venue_suite.domain.errors import DatabaseUnusable, OutcomeUnknown
from venue_suite.domain.facts import Fact
from venue_suite.testing import place_in

pytestmark = pytest.mark.postgresql


@pytest.fixture
def place(engine: str, tmp_path: Path) -> str:
    return str(place_in(tmp_path))


@pytest.fixture
def two(place: str) -> Iterator[tuple[Database, Database]]:
    """Two server processes, as far as the database can tell."""
    pair = Database(place), Database(place)
    for one in pair:
        one.open(KERNEL_MIGRATIONS)
    yield pair
    for one in pair:
        one.close()


@pytest.fixture
def hand(place: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody with psql."""
    with psycopg.connect(place, autocommit=True) as connection:
        yield connection


async def eventually(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110 - threads of two databases, no event to wait for
            await asyncio.sleep(0.02)


def writers(hand: psycopg.Connection[Any]) -> list[int]:
    found = hand.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'venue writer' "
        "AND datname = current_database() ORDER BY backend_start"
    )
    return [pid for (pid,) in found]


async def test_two_processes_share_one_feed_without_gaps(two: tuple[Database, Database]) -> None:
    first, second = two
    told: list[list[Fact]] = [[], []]
    for database, heard in zip(two, told, strict=True):
        database.on_commit(heard.extend)
    await asyncio.gather(*(database.write(jot, "shared", 2) for _ in range(60) for database in two))
    assert await first.read(times_of, "shared") == 120
    stored = await second.read(feed_of)
    assert [seq for seq, _ in stored] == list(range(1, 241))
    await eventually(lambda: all(len(heard) == 240 for heard in told))
    for heard in told:
        assert [fact.seq for fact in heard] == list(range(1, 241)), "each once and in order"
        assert heard == told[0]


async def test_operation_is_done_once_whichever_process_gets_it(
    two: tuple[Database, Database],
) -> None:
    operation = Operation("01J-one", b"x" * 32)
    replies = await asyncio.gather(
        *(database.commit(jot, "n", operation=operation) for _ in range(10) for database in two)
    )
    assert {bytes(reply.value) for reply in replies} == {b'{"name":"n","times":1}'}
    assert [reply.repeated for reply in replies].count(False) == 1
    assert await two[0].read(operations_of) == ["01J-one"]


async def test_one_process_leads_and_another_takes_over(place: str) -> None:
    first, second = Database(place), Database(place)
    first.open(KERNEL_MIGRATIONS)
    await eventually(lambda: first.leads)
    second.open(KERNEL_MIGRATIONS)
    await asyncio.sleep(0.2)
    assert not second.leads
    await asyncio.to_thread(first.close)
    await eventually(lambda: second.leads)
    assert not first.leads
    second.close()


async def test_lost_connection_is_refused_then_made_anew(
    two: tuple[Database, Database], hand: psycopg.Connection[Any]
) -> None:
    first, _ = two
    await first.write(jot, "before")

    def lose(work: Work) -> None:
        jot(work, "lost")
        hand.execute("SELECT pg_terminate_backend(%s)", (work.connection.info.backend_pid,))
        jot(work, "lost")

    with pytest.raises(DatabaseUnusable):
        await first.write(lose)
    assert (await first.write(jot, "before"))["times"] == 2
    assert await first.read(times_of, "lost") == 0


async def test_listener_that_lost_its_connection_catches_up(
    two: tuple[Database, Database], hand: psycopg.Connection[Any]
) -> None:
    first, second = two
    heard: list[Fact] = []
    second.on_commit(heard.extend)
    hand.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'venue listener' AND datname = current_database()"
    )
    for _ in range(5):
        await first.write(jot, "n")
    await eventually(lambda: [fact.seq for fact in heard] == [1, 2, 3, 4, 5])


async def test_word_of_a_commit_that_got_lost_is_no_refusal(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done or not: asking again with the same id tells, and it is done once."""
    database = Database(place)
    database.open(KERNEL_MIGRATIONS)
    commit = postgresql.PostgresqlSession.commit

    def lose(session: postgresql.PostgresqlSession) -> None:
        commit(session)
        session.connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    operation = Operation("01J-lost", b"x" * 32)
    with monkeypatch.context() as patch:
        patch.setattr(postgresql.PostgresqlSession, "commit", lose)
        with pytest.raises(OutcomeUnknown):
            await database.commit(jot, "n", operation=operation)
    again = await database.commit(jot, "n", operation=operation)
    assert (again.repeated, bytes(again.value)) == (True, b'{"name":"n","times":1}')
    database.close()


async def test_transaction_that_others_undo_is_run_again(two: tuple[Database, Database]) -> None:
    tries: list[int] = []

    def stumble(work: Work) -> dict[str, object]:
        done = jot(work, "n")
        tries.append(1)
        if len(tries) < 3:
            raise psycopg.errors.SerializationFailure("could not serialize access")
        return done

    assert await two[0].write(stumble) == {"name": "n", "times": 1}
    assert len(tries) == 3
    assert await two[1].read(times_of, "n") == 1


async def test_process_that_hangs_does_not_stop_the_other(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = postgresql._WRITER_SETTINGS | {"idle_in_transaction_session_timeout": "300ms"}
    monkeypatch.setattr(postgresql, "_WRITER_SETTINGS", short)
    hanging, working = Database(place), Database(place)
    for database in (hanging, working):
        database.open(KERNEL_MIGRATIONS)
    woken = threading.Event()

    def hang(work: Work) -> None:
        jot(work, "hung")
        woken.wait(20)
        jot(work, "hung")

    stuck = asyncio.create_task(hanging.write(hang))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(10):
        await working.write(jot, "went on")
    woken.set()
    with pytest.raises(DatabaseUnusable):
        await stuck
    assert await working.read(times_of, "hung") == 0
    assert (await hanging.write(jot, "back"))["times"] == 1
    for database in (hanging, working):
        database.close()


@pytest.mark.parametrize("table", ["ledger_posting", "ledger_transaction", "feed", "operation"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
async def test_history_is_never_changed(
    two: tuple[Database, Database], hand: psycopg.Connection[Any], table: str, change: str
) -> None:
    if table == "feed":
        await two[0].write(jot, "n")
    elif table == "operation":
        await two[0].commit(jot, "n", operation=Operation("01J", b"x"))
    else:
        hand.execute(
            "INSERT INTO ledger_transaction (kind, at, business_day, reference, station, actor)"
            " VALUES ('sale', 0, '', '', '', '')"
        )
        hand.execute(
            "WITH account AS (INSERT INTO ledger_account (code, kind, currency, name)"
            " VALUES ('tender/cash', 'asset', 'CNY', '{}') RETURNING id)"
            " INSERT INTO ledger_posting (transaction_id, account_id, amount_minor, quantity)"
            " SELECT 1, id, 5, 0 FROM account"
        )
    column = {"feed": "at", "operation": "at", "ledger_posting": "quantity"}.get(table, "at")
    with pytest.raises(psycopg.Error, match="append-only"):
        hand.execute(change.format(table, column, column))


async def test_switched_off_guard_is_found(
    two: tuple[Database, Database], hand: psycopg.Connection[Any]
) -> None:
    def find(view: View) -> list[str]:
        return [*check_pages(view), *check_references(view)]

    assert await two[0].read(find) == []
    hand.execute("ALTER TABLE ledger_posting DISABLE TRIGGER ALL")
    assert any("ledger_posting" in sentence for sentence in await two[0].read(find))


def test_older_server_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SERVER_VERSION_MIN", 990_000)
    with pytest.raises(DatabaseUnusable, match="is older than 99"):
        Database(place).open(KERNEL_MIGRATIONS)


def test_server_that_is_not_there_is_one_clear_sentence() -> None:
    with pytest.raises(DatabaseUnusable, match="can't be used") as refusal:
        Database("postgresql://nobody:s3cret@127.0.0.1:1/venue").open(KERNEL_MIGRATIONS)
    assert "s3cret" not in str(refusal.value)


def test_password_is_in_no_message() -> None:
    engine = postgresql.PostgresqlEngine("postgresql://venue:s3cret@db.lan:5433/theatre")
    assert engine.place == "theatre on db.lan"


async def test_sums_and_big_numbers_are_whole_numbers(two: tuple[Database, Database]) -> None:
    def look(view: View) -> Any:
        query = peewee.Select(columns=[peewee.fn.SUM(peewee.Value(2**62))])
        return view.session.row(*query.bind(view.session.database).sql())

    (total,) = await two[0].read(look)
    assert (total, type(total)) == (2**62, int)
