"""The ledger: balanced or refused, never changed, and `venue verify` sees what was planted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue_suite.jotter import jot
from venue_suite.database import Database, View, Work
from venue_suite.database.checks import check_feed, check_pages, check_references
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.ledger import AccountRow, BalanceRow, Leg, PostingRow, TransactionRow, post
from venue_suite.ledger.checks import check_balanced, check_balances

CASH = "tender/cash"
REVENUE = "revenue/ticket/adult"
TAX = "tax/output"


def sell(work: Work, legs: Sequence[Leg], currency: str = "CNY") -> int:
    return post(
        work,
        "sale",
        business_day="2026-11-28",
        currency=currency,
        reference="order/88",
        legs=legs,
    )


def balances(view: View) -> dict[str, int]:
    return {row.account.code: row.amount_minor for row in BalanceRow.select().join(AccountRow)}


def counts(view: View) -> list[int]:
    return [table.select().count() for table in (AccountRow, TransactionRow, PostingRow)]


async def test_sale_is_posted_with_its_balances(database: Database) -> None:
    legs = [Leg(CASH, 38000, 1), Leg(REVENUE, -35849, -2, {"en": "Adult"}), Leg(TAX, -2151)]
    first = await database.write(sell, legs)
    second = await database.write(sell, legs)
    assert second == first + 1
    assert await database.read(balances) == {CASH: 76000, REVENUE: -71698, TAX: -4302}
    assert await database.read(counts) == [3, 2, 6]

    def read(view: View) -> list[tuple[str, str, dict[str, str]]]:
        rows = AccountRow.select().order_by(AccountRow.id)
        return [(row.code, row.kind, row.name) for row in rows]

    assert await database.read(read) == [
        (CASH, "asset", {}),
        (REVENUE, "income", {"en": "Adult"}),
        (TAX, "liability", {}),
    ]


async def test_free_ticket_is_posted(database: Database) -> None:
    await database.write(sell, [Leg(CASH, 0), Leg(REVENUE, 0, -1)])
    assert await database.read(balances) == {CASH: 0, REVENUE: 0}


@pytest.mark.parametrize(
    "legs",
    [
        [Leg(CASH, 100), Leg(REVENUE, -99)],
        [Leg(CASH, 100)],
        [Leg(CASH, 0)],
        [],
        [Leg(CASH, 100), Leg(REVENUE, 100)],
        [Leg(CASH, 0.5), Leg(REVENUE, -0.5)],  # type: ignore[arg-type]
        [Leg(CASH, True), Leg(REVENUE, -1)],
        [Leg("nonsense/x", 100), Leg(REVENUE, -100)],
        [Leg("", 100), Leg(REVENUE, -100)],
    ],
)
async def test_wrong_posting_is_refused_whole(database: Database, legs: list[Leg]) -> None:
    with pytest.raises(ValueError, match=r"balanced|whole numbers|kind of account"):
        await database.write(sell, legs)
    assert await database.read(counts) == [0, 0, 0]


async def test_amount_beyond_the_column_is_refused_whole(database: Database) -> None:
    with pytest.raises(OverflowError):
        await database.write(sell, [Leg(CASH, 2**63), Leg(REVENUE, -(2**63))])
    assert await database.read(counts) == [0, 0, 0]


async def test_account_keeps_its_currency(database: Database) -> None:
    await database.write(sell, [Leg(CASH, 100), Leg(REVENUE, -100)])
    with pytest.raises(ValueError, match="keeps CNY, not JPY"):
        await database.write(sell, [Leg("tender/cash/jpy", 5), Leg(REVENUE, -5)], "JPY")
    assert await database.read(balances) == {CASH: 100, REVENUE: -100}
    assert await database.read(counts) == [2, 1, 2]


@pytest.mark.sqlite
@pytest.mark.parametrize("table", ["ledger_posting", "ledger_transaction", "feed", "operation"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {table} SET rowid = rowid",
        "UPDATE {table} SET {column} = 'x'",
        "DELETE FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table} WHERE 1 ON CONFLICT DO UPDATE SET {column} = 1",
    ],
)
async def test_history_is_never_changed(database: Database, table: str, change: str) -> None:
    """Not even by raw SQL through the writer's own connection."""
    columns = {
        "ledger_posting": "quantity",
        "ledger_transaction": "kind",
        "feed": "kind",
        "operation": "reply",
    }
    if table == "operation" and "rowid" in change:
        change = "UPDATE {table} SET at = at"

    def fill(work: Work) -> None:
        jot(work, "n")
        sell(work, [Leg(CASH, 100), Leg(REVENUE, -100)])
        work.connection.execute("INSERT INTO operation VALUES ('A', x'00', x'00', 0)")

    def alter(work: Work) -> None:
        statement = change.format(table=table, column=columns[table])
        work.connection.execute(statement).fetchall()

    def rows(view: View) -> list[tuple[object, ...]]:
        return list(view.connection.execute(f"SELECT * FROM {table}"))

    await database.write(fill)
    before = await database.read(rows)
    assert before
    with pytest.raises(apsw.ConstraintError, match="append-only"):
        await database.write(alter)
    assert await database.read(rows) == before


# --- what verify sees ----------------------------------------------------------------------------


PLANTED: list[tuple[Callable[[View], object], str, str]] = [
    (check_balanced, "UPDATE ledger_posting SET amount_minor = 1 WHERE id = 1", "sums to"),
    (check_balanced, "DELETE FROM ledger_posting WHERE id = 1", "sums to"),
    (check_balanced, "DELETE FROM ledger_posting", "has no postings"),
    (check_balanced, "UPDATE ledger_account SET currency = 'JPY' WHERE id = 1", "JPY, not 0"),
    (
        check_balanced,
        "UPDATE ledger_posting SET amount_minor = amount_minor + 0.5 * (3 - 2 * id)",
        "posting 1 of ledger transaction 1 is 100.5",
    ),
    (check_balances, "UPDATE ledger_balance SET amount_minor = 7", f"account {CASH} shows 7"),
    (check_balances, "DELETE FROM ledger_balance", "shows 0"),
    (check_balances, "UPDATE ledger_posting SET amount_minor = 5", "its postings sum to 5"),
    (check_references, "UPDATE ledger_posting SET account_id = 999", "row of ledger_account"),
    (check_references, "DELETE FROM ledger_transaction", "row of ledger_transaction"),
    (check_feed, "DELETE FROM feed WHERE seq = 2", "has 2 facts, but the last one is number 3"),
]


@pytest.mark.parametrize(("check", "planted", "sentence"), PLANTED)
def test_check_sees_what_was_planted(
    tmp_path: Path, check: Callable[[View], Sequence[str]], planted: str, sentence: str
) -> None:
    path = tmp_path / "venue.db"

    def fill(work: Work) -> None:
        jot(work, "n", 3)
        sell(work, [Leg(CASH, 100), Leg(REVENUE, -100)])

    async def find(*services: Callable[[Work], None]) -> list[str]:
        database = Database(path)
        await asyncio.to_thread(database.open, KERNEL_MIGRATIONS)
        for service in services:
            await database.write(service)
        found = await database.read(lambda view: list(check(view)))
        await asyncio.to_thread(database.close)
        return found

    assert asyncio.run(find(fill)) == []
    connection = apsw.Connection(str(path))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(planted)
    connection.close()
    found = asyncio.run(find())
    assert any(sentence in one for one in found), found


def test_check_sees_an_index_that_lies(tmp_path: Path) -> None:
    """What `quick_check` at the start does not look for: an index without its row."""
    path = tmp_path / "venue.db"
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)
    asyncio.run(database.write(sell, [Leg(CASH, 100), Leg(REVENUE, -100)]))
    database.close()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = on")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(\"code\")', '(\"name\")') "
        "WHERE name = 'ledger_account_code'"
    )
    connection.close()
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)
    found = asyncio.run(database.read(lambda view: list(check_pages(view))))
    database.close()
    assert any("ledger_account_code" in one for one in found), found


# --- anything that is balanced -------------------------------------------------------------------


accounts = st.sampled_from([CASH, REVENUE, TAX, "receivable/orders", "stored/card/7"])
amounts = st.integers(-(10**12), 10**12)
movements = st.lists(st.tuples(accounts, amounts), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(st.lists(movements, min_size=1, max_size=8))
def test_random_postings_keep_sum_zero_and_balances(posted: list[list[tuple[str, int]]]) -> None:
    model: dict[str, int] = defaultdict(int)

    async def run(database: Database) -> tuple[dict[str, int], list[str]]:
        for movement in posted:
            rest = -sum(amount for _, amount in movement)
            legs = [Leg(account, amount) for account, amount in [*movement, (CASH, rest)]]
            for leg in legs:
                model[leg.account] += leg.amount_minor
            await database.write(sell, legs)
        found = await database.read(lambda view: [*check_balanced(view), *check_balances(view)])
        return await database.read(balances), found

    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "venue.db")
        database.open(KERNEL_MIGRATIONS)
        try:
            shown, found = asyncio.run(run(database))
        finally:
            database.close()
    assert found == []
    assert shown == dict(model)
    assert sum(shown.values()) == 0
