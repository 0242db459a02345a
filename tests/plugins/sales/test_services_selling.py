"""A sale in one step leaves what a sale in two steps leaves, or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from venue_plugins.reports.services import read_day
from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PaymentShort, SeatTaken, SoldOut, TooManyPlaces
from venue_plugins.sales.services import reading, selling
from venue_plugins.sales.tables import PriceRow

from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    CHILD,
    SLOT,
    TONIGHT,
    House,
    seats_of,
    want,
)
from venue_suite.database import Work
from venue_suite.domain.errors import Refused
from venue_suite.ticket_tokens import read_token

PLENTY = 10_000_000


async def sell(
    house: House,
    *wanted: wire.Wanted,
    performance: int = TONIGHT,
    received_minor: int = PLENTY,
    operation: str = "",
) -> Any:
    asked = wire.SellNow(
        performance_id=performance, wanted=list(wanted), received_minor=received_minor
    )
    return await house.commit(
        selling.sell_now, asked, house.signer, actor=CASHIER, operation=operation
    )


def without_keys(order: wire.Order) -> dict[str, Any]:
    """What two sales of the same thing have in common."""
    plain: dict[str, Any] = msgspec.to_builtins(order)
    for name in ("id", "number", "pickup_code"):
        del plain[name]
    for payment in plain["payments"]:
        del payment["id"]
    for line in plain["lines"]:
        for name in ("id", "ticket_number", "seat_id", "row", "section"):
            del line[name]
        line["number"] = ""
    return plain


@pytest.mark.parametrize("performance", [TONIGHT, SLOT])
async def test_one_step_leaves_what_two_steps_leave(house: House, performance: int) -> None:
    slow = await house.sell(want(ADULT, 2), want(CHILD), performance=performance)
    sold = await sell(
        house,
        want(ADULT, 2),
        want(CHILD),
        performance=performance,
        received_minor=slow.total_minor,
    )
    fast = await house.read(reading.read_order, sold.order_id)
    one, other = without_keys(fast), without_keys(slow)
    one["performance"] = other["performance"] = None  # the places that are left differ
    assert one == other
    assert (sold.total_minor, sold.change_minor) == (slow.total_minor, 0)
    assert [ticket.ticket_number for ticket in sold.tickets] == [
        line.ticket_number for line in fast.lines
    ]
    assert await house.violations() == []


async def test_books_and_report_count_it(house: House) -> None:
    sold = await sell(house, want(ADULT, 2))
    report = await house.read(read_day, "")
    assert (report.total_minor, report.tickets) == (sold.total_minor, 2)
    assert report.agrees
    assert [line.amount_minor for line in report.tenders] == [sold.total_minor]


async def test_codes_are_those_of_the_first_paper(house: House) -> None:
    sold = await sell(house, want(ADULT, 2))
    order = await house.read(reading.read_order, sold.order_id)
    sheets = (await house.start_print(order, actor=CASHIER)).sheets
    printed = [sheet.values["token"] for sheet in sheets if sheet.line_id]
    assert [ticket.token for ticket in sold.tickets] == printed
    keys = {house.signer.key_id: house.signer.public_key}
    for ticket in sold.tickets:
        assert read_token(ticket.token, keys).ticket_id == int(ticket.ticket_number)


async def test_named_seats_are_sold_once(house: House) -> None:
    sold = await sell(house, want(ADULT, seats=[3, 4]))
    order = await house.read(reading.read_order, sold.order_id)
    assert seats_of(order) == [3, 4] == [ticket.seat_id for ticket in sold.tickets]
    with pytest.raises(SeatTaken):
        await sell(house, want(ADULT, seats=[4, 5]))
    assert await house.stock() == (2, 0)
    assert [fact.data for fact in house.told("sales.seats_changed")] == [
        {"seats": {"3": "sold", "4": "sold"}}
    ]
    assert await house.violations() == []


async def test_too_little_money_takes_nothing(house: House) -> None:
    before = await house.stock()
    with pytest.raises(PaymentShort):
        await sell(house, want(ADULT, 2), received_minor=1)
    assert await house.stock() == before
    assert house.facts == []


async def test_no_more_than_there_are(house: House) -> None:
    with pytest.raises(TooManyPlaces):
        await sell(house, want(ADULT, 7))
    results = await asyncio.gather(
        *(sell(house, want(ADULT, 3)) for _ in range(12)), return_exceptions=True
    )
    sold = [result for result in results if isinstance(result, wire.Sold)]
    gone = [result for result in results if isinstance(result, SoldOut)]
    assert len(sold) + len(gone) == 12
    assert gone, "the house is smaller than that"
    seats = [ticket.seat_id for one in sold for ticket in one.tickets]
    assert len(set(seats)) == len(seats)
    assert await house.stock() == (3 * len(sold), 0)
    assert await house.violations() == []


async def test_same_operation_is_one_sale(house: House) -> None:
    replies = await asyncio.gather(*(sell(house, want(ADULT), operation="op") for _ in range(5)))
    assert len({bytes(reply) for reply in replies}) == 1
    assert await house.stock() == (1, 0)


async def test_one_step_and_two_steps_share_their_numbers(house: House) -> None:
    numbers = []
    for _ in range(3):
        numbers.append((await sell(house, want(ADULT))).number)
        numbers.append((await house.sell(want(ADULT))).number)
    assert len(set(numbers)) == 6
    assert await house.violations() == []


async def test_changed_price_is_sold_at_once(house: House) -> None:
    def double(work: Work) -> None:
        PriceRow.update(price_minor=PriceRow.price_minor * 2).execute()

    def double_and_refuse(work: Work) -> None:
        double(work)
        selling.sell_now(work, asked, house.signer)
        raise Refused(reason="a change of mind")

    asked = wire.SellNow(performance_id=TONIGHT, wanted=[want(ADULT)], received_minor=PLENTY)
    before = (await sell(house, want(ADULT))).total_minor
    with pytest.raises(Refused):
        await house.commit(double_and_refuse)
    assert (await sell(house, want(ADULT))).total_minor == before
    await house.commit(double)
    assert (await sell(house, want(ADULT))).total_minor == 2 * before
    assert await house.violations() == []
