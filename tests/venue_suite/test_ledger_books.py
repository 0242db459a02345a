"""What the books say: chart, statements, balances of a day, trial balance, reversals."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from venue_plugins.sales.plugin import plugin as sales_plugin

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.database import Database, View, Work
from venue_suite.domain.accounts import HEADINGS, Heading
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.ledger import Leg, find_account, post, reverse_transaction
from venue_suite.ledger.account_statement import Span, read_span, read_statement
from venue_suite.ledger.chart import keep_headings, list_chart
from venue_suite.ledger.checks import CHECKS
from venue_suite.ledger.errors import AlreadyReversed, NotReversible
from venue_suite.ledger.trial_balance import read_balance, read_trial_balance
from venue_suite.ledger.wire import Account, Statement, TrialBalance
from venue_suite.plugin_manager import PluginManager
from venue_suite.testing import MovableClock

CASH = "tender/cash"
REVENUE = "revenue/ticket/adult"
TIMES = ("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z")
FRIDAY, SATURDAY, SUNDAY = "2026-11-27", "2026-11-28", "2026-11-29"


def sell(work: Work, day: str, amount_minor: int, currency: str = "CNY") -> int:
    more = "" if currency == "CNY" else f"/{currency}"
    return post(
        work,
        "sale",
        business_day=day,
        currency=currency,
        reference=f"order/{amount_minor}",
        legs=[Leg(CASH + more, amount_minor, 1), Leg(REVENUE + more, -amount_minor, 1)],
    )


def reverse(work: Work, transaction: int) -> int:
    return reverse_transaction(work, transaction, business_day=SUNDAY, reason="typed wrongly")


def number_of(view: View, code: str) -> int:
    found = find_account(view, code)
    assert found is not None
    return found.id


def statement(view: View, code: str, start: str, end: str, **page: int) -> Statement:
    return read_statement(view, number_of(view, code), read_span(start, end), **page)


@pytest.fixture
async def books(database: Database) -> Database:
    """Three sales on Friday, two on Saturday, one on Sunday; ten fen more each time."""
    for day, amount in zip(
        [FRIDAY] * 3 + [SATURDAY] * 2 + [SUNDAY], range(100, 160, 10), strict=True
    ):
        await database.write(sell, day, amount)
    return database


# --- statement -----------------------------------------------------------------------------------


async def test_statement_of_a_day(books: Database) -> None:
    found = await books.read(statement, CASH, SATURDAY, SATURDAY)
    assert (found.opening_minor, found.closing_minor, found.count) == (330, 600, 2)
    assert [(line.amount_minor, line.balance_minor) for line in found.lines] == [
        (130, 460),
        (140, 600),
    ]
    line = found.lines[0]
    assert (line.kind, line.reference, line.actor, line.quantity) == (
        "sale",
        "order/130",
        "system",
        1,
    )
    assert found.next == ""


async def test_statement_of_credits(books: Database) -> None:
    found = await books.read(statement, REVENUE, FRIDAY, SUNDAY)
    assert (found.opening_minor, found.closing_minor, found.count) == (0, -750, 6)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 6, 7])
async def test_pages_join_without_gap_or_repeat(books: Database, length: int) -> None:
    whole = await books.read(statement, CASH, FRIDAY, SUNDAY)
    lines: list[Any] = []
    after = 0
    while True:
        page = await books.read(
            lambda view, after=after: statement(
                view, CASH, FRIDAY, SUNDAY, after=after, count=length
            )
        )
        assert (page.opening_minor, page.closing_minor) == (0, 750)
        lines += page.lines
        if not page.next:
            break
        after = int(page.next)
    assert lines == whole.lines


async def test_statement_between_times(database: Database, clock: MovableClock) -> None:
    times = []
    for amount in (100, 110, 120):
        await database.write(sell, SATURDAY, amount)
        times.append(clock.now())
        clock.advance(60)
    start = (times[1] - timedelta(seconds=30)).isoformat()
    end = (times[1] + timedelta(seconds=30)).astimezone(UTC).isoformat()
    found = await database.read(statement, CASH, start, end)
    assert (found.opening_minor, found.closing_minor, found.count) == (100, 210, 1)
    assert abs(found.lines[0].at - times[1]) < timedelta(seconds=5)


async def test_late_posting_for_an_earlier_day_counts_there(books: Database) -> None:
    await books.write(sell, FRIDAY, 7)
    assert (await books.read(statement, CASH, FRIDAY, FRIDAY)).closing_minor == 337
    assert (await books.read(statement, CASH, SATURDAY, SATURDAY)).opening_minor == 337


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("", "", "two days or two times"),
        ("2026-11-28", "", "2026-11-28 has no zone"),
        ("2026-11-28", "2026-11-27", "must not be after"),
        ("2026-02-30", "2026-03-01", "2026-02-30 is no day"),
        ("yesterday!", "2026-11-28", "yesterday! is no day"),
        ("2026-11-28T10:00:00", "2026-11-28T11:00:00", "has no zone"),
        ("2026-11-28T10:00:00Z", "nonsense", "two days or two times"),
    ],
)
def test_span_that_is_none(start: str, end: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_span(start, end)


@pytest.mark.parametrize("span", [(SATURDAY, SATURDAY), (FRIDAY, SUNDAY), TIMES])
async def test_both_ways_to_ask_answer_the_same(books: Database, span: tuple[str, str]) -> None:
    """What a large account is asked is asked otherwise; the answer must be the same."""
    usual = read_span(*span)
    other = Span({by_time: usual.questions[not by_time] for by_time in (False, True)}, usual.values)
    account = await books.read(number_of, CASH)
    for after, count in ((0, 50), (0, 2), (5, 2)):
        answers = [
            await books.read(read_statement, account, one, after, count) for one in (usual, other)
        ]
        assert answers[0] == answers[1]
        assert answers[0].count > 0


async def test_statement_of_nothing(books: Database) -> None:
    found = await books.read(statement, CASH, "2025-01-01", "2025-01-02")
    assert (found.opening_minor, found.closing_minor, found.lines) == (0, 0, [])
    with pytest.raises(NotFound):
        await books.read(read_statement, 999, read_span(FRIDAY, FRIDAY))


# --- balances ------------------------------------------------------------------------------------


async def test_balance_as_of_a_day(books: Database) -> None:
    days = {"2026-11-26": 0, FRIDAY: 330, SATURDAY: 600, SUNDAY: 750, "": 750}
    for day, balance in days.items():
        assert await books.read(read_balance, CASH, day) == balance
    assert await books.read(read_balance, "tender/never-used", FRIDAY) == 0


async def test_trial_balance_has_both_sides_of_each_currency(books: Database) -> None:
    await books.write(sell, SATURDAY, 9, "JPY")
    found = await books.read(read_trial_balance, SATURDAY)
    assert [(one.path, one.debit_minor, one.credit_minor) for one in found.lines] == [
        ("revenue/ticket/adult", 0, 600),
        ("revenue/ticket/adult/JPY", 0, 9),
        ("tender/cash", 600, 0),
        ("tender/cash/JPY", 9, 0),
    ]
    assert [(one.currency, one.debit_minor, one.credit_minor) for one in found.totals] == [
        ("CNY", 600, 600),
        ("JPY", 9, 9),
    ]
    now = await books.read(read_trial_balance)
    assert [one.debit_minor for one in now.totals] == [750, 9]


# --- reversal ------------------------------------------------------------------------------------


async def test_reversal_names_what_it_takes_back(books: Database) -> None:
    new = await books.write(reverse, 4)
    found = await books.read(statement, CASH, SUNDAY, SUNDAY)
    line = found.lines[-1]
    assert (line.transaction_id, line.reverses, line.amount_minor) == (new, 4, -130)
    assert (line.kind, line.reference, line.quantity) == ("reversal", "order/130", -1)
    assert found.closing_minor == 750 - 130


async def test_transaction_is_taken_back_once(books: Database) -> None:
    new = await books.write(reverse, 4)
    with pytest.raises(AlreadyReversed, match=f"Transaction 4 was already reversed, by {new}"):
        await books.write(reverse, 4)
    with pytest.raises(NotReversible, match=f"Transaction {new} is itself a reversal"):
        await books.write(reverse, new)
    with pytest.raises(NotFound):
        await books.write(reverse, 999)
    assert await books.read(read_balance, CASH) == 620
    found = await books.read(lambda view: [one for check in CHECKS for one in check.find(view)])
    assert found == []


# --- chart ---------------------------------------------------------------------------------------


async def test_chart_shows_headings_and_accounts_each_after_its_parent(books: Database) -> None:
    cash = Heading("tender/cash", "asset", {"zh": "现金", "en": "Cash"})
    await books.write(keep_headings, {"kernel": HEADINGS, "sales": [cash]})
    lines = await books.read(list_chart)
    paths = [line.path for line in lines]
    for line in lines:
        if line.parent in paths:
            assert paths.index(line.parent) < paths.index(line.path)
    (found,) = [line for line in lines if line.path == CASH]
    assert (found.parent, found.kind, found.name) == ("tender", "asset", cash.name)
    assert found.account is not None
    assert found.account.amount_minor == 750


async def test_account_has_the_kind_of_its_nearest_heading(database: Database) -> None:
    shop = [Heading("shop", "income"), Heading("shop/goods_bought", "expense")]
    await database.write(keep_headings, {"shop": shop})

    def buy(work: Work) -> None:
        legs = [Leg("shop/goods_bought/popcorn", 100), Leg("shop/sold", 0), Leg(CASH, -100)]
        post(work, "buy", business_day=SATURDAY, currency="CNY", reference="x", legs=legs)

    await database.write(buy)
    kinds = {
        code: (await database.read(find_account, code)).kind  # type: ignore[union-attr]
        for code in ("shop/goods_bought/popcorn", "shop/sold", CASH)
    }
    assert list(kinds.values()) == ["expense", "income", "asset"]


@pytest.mark.parametrize("code", ["nonsense/x", "", "/", "tender//cash", "tender/", "/cash"])
async def test_account_without_a_heading_is_a_fault_of_the_service(
    database: Database, code: str
) -> None:
    def buy(work: Work) -> None:
        legs = [Leg(code, 1), Leg(CASH, -1)]
        post(work, "buy", business_day=SATURDAY, currency="CNY", reference="x", legs=legs)

    with pytest.raises(ValueError, match="its first word is no kind of account"):
        await database.write(buy)


async def test_heading_keeps_its_first_kind(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await database.write(keep_headings, {"shop": [Heading("shop", "income", {"en": "Old"})]})
    await database.write(keep_headings, {"shop": [Heading("shop", "asset", {"en": "New"})]})
    assert "heading shop is income in the books; shop declares it as asset" in caplog.text
    await database.write(keep_headings, {"shop": [Heading("shop", "income", {"en": "New"})]})
    (found,) = [line for line in await database.read(list_chart) if line.path == "shop"]
    assert (found.kind, found.name) == ("income", {"en": "New"})


@pytest.mark.parametrize(("path", "kind"), [("shop", "money"), ("", "asset"), ("a//b", "asset")])
def test_heading_that_is_none(path: str, kind: str) -> None:
    with pytest.raises(ValueError, match="heading"):
        Heading(path, kind)


def test_hook_venue_register_accounts() -> None:
    headings = {heading.path: heading.kind for heading in sales_plugin.venue_register_accounts()}
    assert headings["tender/cash"] == "asset"
    assert headings["deposit/late_payments"] == "liability"
    assert all(set(one.name) == {"zh", "en"} for one in sales_plugin.venue_register_accounts())


@pytest.mark.parametrize("path", ["tender", "members", "members/points"])
def test_hook_venue_register_accounts_takes_no_word_of_another(path: str) -> None:
    class Greedy:
        """Sales, but for its headings."""

        venue_describe = sales_plugin.venue_describe

        def venue_register_accounts(self) -> list[Heading]:
            return [Heading(path, "asset")]

    Greedy.venue_register_accounts.__dict__.update(
        type(sales_plugin).venue_register_accounts.__dict__
    )
    plugins = PluginManager()
    plugins.register("sales", Greedy())
    assert plugins.accounts() == {}
    assert "begins with no word of its own" in plugins.statuses[0].reason


# --- over HTTP -----------------------------------------------------------------------------------


async def test_books_over_http(manager: VenueClient, cashier: VenueClient) -> None:
    accounts = await manager.get("/ledger/accounts", list[Account])
    (cash,) = [one for one in accounts if one.path == CASH]
    assert cash.name == {"zh": "现金", "en": "Cash"}
    assert cash.balance_minor == cash.available_minor > 0
    trial = await manager.get("/ledger/trial-balance", TrialBalance)
    assert [one.debit_minor - one.credit_minor for one in trial.totals] == [0]
    path = f"/ledger/accounts/{cash.id}/statement"
    span = "from=2020-01-01&until=2030-01-01"
    found = await manager.get(f"{path}?{span}&limit=2", Statement)
    assert (len(found.lines), found.closing_minor) == (2, cash.balance_minor)
    more = await manager.get(f"{path}?{span}&limit=2&after={found.next}", Statement)
    assert more.lines[0].posting_id > found.lines[-1].posting_id
    with pytest.raises(ServerRefused, match="two days or two times"):
        await manager.get(path, Statement)
    with pytest.raises(ServerRefused, match="soon is no day"):
        await manager.get("/ledger/trial-balance?day=soon", TrialBalance)
    for address in ("/ledger/accounts", "/ledger/trial-balance", f"{path}?{span}"):
        with pytest.raises(ServerRefused, match=r"ledger\.view"):
            await cashier.get(address, object)
