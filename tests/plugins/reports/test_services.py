"""The day report against days that were added up by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from venue_plugins.reports import services, wire
from venue_plugins.sales import wire as sales_wire
from venue_plugins.sales.services import orders, payments

from tests.plugins.admission.small_venue import NOW, SmallVenue
from venue_suite.database import Work
from venue_suite.domain.errors import BadRequest
from venue_suite.ledger import AccountRow, PostingRow

DAY = "2026-11-28"
ADULT = {"zh": "成人", "en": "Adult"}
CHILD = {"zh": "儿童", "en": "Child"}


async def report(venue: SmallVenue, day: str = DAY) -> wire.DayReport:
    return await venue.database.read(services.read_day, day)


async def hold(venue: SmallVenue, ticket_type: int = 1) -> sales_wire.Order:
    """An order of one ticket that is not paid."""
    wanted = [sales_wire.Wanted(ticket_type_id=ticket_type, count=1)]
    placed = sales_wire.PlaceOrder(performance_id=1, wanted=wanted)
    order: sales_wire.Order = await venue.commit(orders.place_order, placed)
    return order


async def pay_by_code(venue: SmallVenue, order: sales_wire.Order) -> None:
    payment = await venue.commit(payments.begin_qr, order.id)
    await venue.commit(payments.settle, payment, "paid")


async def test_day_that_was_added_up_by_hand(venue: SmallVenue) -> None:
    """Three adults and two children: 300 + 100 yuan, 6 % tax in it; two by cash, one by code."""
    await venue.sell("a", "a", "c")
    venue.clock.turn(hours=1, minutes=40)
    await venue.sell("c")
    await pay_by_code(venue, await hold(venue))
    told = await report(venue)
    assert told.types == [
        wire.TypeLine(code="adult", name=ADULT, tickets=3, amount_minor=30000, share_percent=75.0),
        wire.TypeLine(code="child", name=CHILD, tickets=2, amount_minor=10000, share_percent=25.0),
    ]
    assert told.tenders == [
        wire.TenderLine(
            tender="cash", name={"zh": "现金", "en": "Cash"}, payments=2, amount_minor=30000
        ),
        wire.TenderLine(
            tender="qr", name={"zh": "扫码支付", "en": "QR payment"}, payments=1, amount_minor=10000
        ),
    ]
    assert (told.tickets, told.total_minor) == (5, 40000)
    # Each order by itself: 250 -> 14.15, 50 -> 2.83, 100 -> 5.66.
    assert told.tax_minor == 1415 + 283 + 566
    assert told.revenue_minor == 40000 - 2264
    assert (told.agrees, told.difference_minor) == (True, 0)
    assert told.hours == {"19": 25000, "21": 15000}
    assert (told.day, told.currency, told.as_of) == (DAY, "CNY", venue.clock.now)


async def test_today_is_the_default(venue: SmallVenue) -> None:
    await venue.sell("a")
    assert await report(venue, "") == await report(venue, DAY)


@pytest.mark.parametrize("day", [DAY, "1999-01-01"])
async def test_empty_day(venue: SmallVenue, day: str) -> None:
    told = await report(venue, day)
    assert (told.day, told.types, told.tenders, told.hours) == (day, [], [], {})
    assert (told.tickets, told.total_minor, told.revenue_minor, told.tax_minor) == (0, 0, 0, 0)
    assert (told.agrees, told.difference_minor) == (True, 0)


async def test_order_that_is_not_paid_is_no_sale(venue: SmallVenue) -> None:
    await hold(venue)
    assert (await report(venue)).total_minor == 0


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-13-01", "28.11.2026", "2026-11-28T10:00", "2026-11-31", "0"]
)
async def test_what_is_no_date_is_refused(venue: SmallVenue, day: str) -> None:
    with pytest.raises(BadRequest, match="day is a date like 2026-11-28") as refusal:
        await report(venue, day)
    assert refusal.value.code == "bad_request"


async def test_night_belongs_to_the_day_that_began_it(venue: SmallVenue) -> None:
    """The business day ends at 4 in the morning in Shanghai, which is 20:00 UTC."""
    await venue.sell("a")
    venue.clock.now = datetime(2026, 11, 28, 19, 59, 59, tzinfo=UTC)
    await venue.sell("c")
    venue.clock.now = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
    await venue.sell("a", "a")
    first, second = await report(venue), await report(venue, "2026-11-29")
    assert (first.total_minor, first.hours) == (15000, {"03": 5000, "19": 10000})
    assert (second.total_minor, second.hours) == (20000, {"04": 20000})
    assert (await report(venue, "")).day == "2026-11-29"
    assert (await report(venue, "2026-11-27")).total_minor == 0


async def test_money_that_came_too_late_is_owed_and_no_sale(venue: SmallVenue) -> None:
    order = await hold(venue)
    payment = await venue.commit(payments.begin_qr, order.id)
    await venue.commit(orders.release_order, order.id)
    await venue.commit(payments.settle, payment, "paid")
    told = await report(venue)
    assert [(line.tender, line.amount_minor) for line in told.tenders] == [("qr", 10000)]
    assert (told.total_minor, told.tickets) == (0, 0)
    assert (told.agrees, told.difference_minor) == (True, 0)


def plant(account: str, amount_minor: int) -> Any:
    """A posting that belongs to no balanced movement."""

    def service(work: Work) -> None:
        found = AccountRow.get(AccountRow.code == account)
        PostingRow.create(transaction=1, account=found, amount_minor=amount_minor, quantity=0)

    return service


@pytest.mark.parametrize(
    ("account", "amount_minor", "difference_minor"),
    [
        ("tender/cash", 500, 500),
        ("tender/cash", -500, -500),
        ("revenue/ticket/adult", -700, -700),
        ("receivable/orders", 300, 300),
        ("tax/output", -90, -90),
        ("revenue/contained_tax", 90, 90),
    ],
)
async def test_books_that_do_not_agree_are_shown(
    venue: SmallVenue, account: str, amount_minor: int, difference_minor: int
) -> None:
    await venue.sell("a", "c")
    assert (await report(venue)).agrees is True
    await venue.database.write(plant(account, amount_minor))
    told = await report(venue)
    assert (told.agrees, told.difference_minor) == (False, difference_minor)
    assert (await report(venue, "2026-11-27")).agrees is True


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(baskets=st.lists(st.lists(st.sampled_from("ac"), min_size=1, max_size=5), max_size=5))
async def test_report_is_what_the_orders_say(venue: SmallVenue, baskets: list[list[str]]) -> None:
    before = await report(venue)
    sold = [await venue.sell(*basket) for basket in baskets]
    told = await report(venue)
    assert told.total_minor - before.total_minor == sum(one.total_minor for one in sold)
    assert told.tax_minor - before.tax_minor == sum(one.tax_included_minor for one in sold)
    assert told.tickets - before.tickets == sum(len(one.lines) for one in sold)
    assert told.revenue_minor + told.tax_minor == told.total_minor
    assert sum(told.hours.values()) == sum(line.amount_minor for line in told.tenders)
    assert sum(line.amount_minor for line in told.types) == told.total_minor
    assert told.agrees


async def test_now_is_when_it_was_read(venue: SmallVenue) -> None:
    assert (await report(venue)).as_of == NOW
