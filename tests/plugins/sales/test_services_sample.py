"""The sample venue, sold through the real services: complete, sound, and quick enough."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from venue_plugins.reports.services import read_day
from venue_plugins.sales import wire
from venue_plugins.sales.plugin import plugin
from venue_plugins.sales.sample import build_sample
from venue_plugins.sales.services import catalogue, expiry, orders, payments, reading
from venue_plugins.sales.tables import LineRow, OrderRow, PerformanceRow, SeatRow, TicketRow

from tests.plugins.sales.house import CASHIER, Clock, House, open_house, want
from venue_suite.database import View
from venue_suite.hookspecs import SampleWish
from venue_suite.ledger.checks import check_balanced, check_balances
from venue_suite.settings import read_identity
from venue_suite.testing import SATURDAY_AFTERNOON, place_in

ROUNDS = 15


async def camellia(theatre: House) -> wire.EventCard:
    """The event that sells on the big plan tonight."""
    (found,) = [
        one
        for one in await theatre.read(catalogue.list_events)
        if one.title["en"] == "The Camellia Tale"
    ]
    return found


class Timed:
    """A service that notes how long the processor works on it; a busy computer does not count."""

    def __init__(self, service: Callable[..., Any]) -> None:
        self._service = service
        self._times_ms: list[float] = []

    def __call__(self, view: View, *arguments: Any) -> Any:
        start_s = time.thread_time()
        try:
            return self._service(view, *arguments)
        finally:
            self._times_ms.append((time.thread_time() - start_s) * 1000)

    @property
    def median_ms(self) -> float:
        """The first round, which fills caches, is left out."""
        return median(self._times_ms[1:])


async def test_hook_venue_fill_sample(engine: str, tmp_path: Path) -> None:
    house = await open_house(place_in(tmp_path), Clock(SATURDAY_AFTERNOON), fill=False)
    wish = SampleWish(date(2026, 11, 28), random.Random(3))
    await house.database.write(plugin.venue_fill_sample, wish)
    try:
        identity = await house.read(read_identity)
        assert identity.name["en"] == "Lantern Isle Theatre"
        assert await house.violations() == []
        sample = build_sample(
            wish.start_day, "Asia/Shanghai", random.Random(3), now=SATURDAY_AFTERNOON
        )

        def count(view: View) -> dict[str, int]:
            return {
                "orders": OrderRow.select().where(OrderRow.state == "paid").count(),
                "all orders": OrderRow.select().count(),
                "tickets": TicketRow.select().count(),
                "performances": PerformanceRow.select().count(),
                "seats": SeatRow.select().count(),
            }

        plans = [hall.plan for hall in sample.halls if hall.plan is not None]
        assert await house.read(count) == {
            "orders": len(sample.orders),
            "all orders": len(sample.orders),
            "tickets": sum(len(order.tickets) for order in sample.orders),
            "performances": len(sample.performances),
            "seats": sum(len(plan.seats) for plan in plans),
        }
    finally:
        house.database.close()


async def test_sample_is_sound(theatre: House) -> None:
    assert await theatre.violations() == []
    for check in (check_balanced, check_balances):
        assert await theatre.read(lambda view, check=check: list(check(view))) == []


async def test_sample_orders_cost_what_was_planned_less_promotions(theatre: House) -> None:
    def read(view: View) -> list[tuple[int, int, int]]:
        return [(line.order_id, line.price_minor, line.net_minor) for line in LineRow.select()]

    lines = await theatre.read(read)
    assert all(0 <= net <= listed for _, listed, net in lines)
    assert any(net < listed for _, listed, net in lines)


async def test_reports_of_the_samples_days_agree(theatre: House) -> None:
    tickets = 0
    for back in range(30):
        day = (theatre.clock.now - timedelta(days=back)).date().isoformat()
        report = await theatre.read(read_day, day)
        assert report.agrees, day
        tickets += report.tickets
    assert tickets == await theatre.read(lambda view: TicketRow.select().count())


async def test_every_performance_of_the_sample_opens(theatre: House) -> None:
    seen = set()
    for card in await theatre.read(catalogue.list_performances):
        if (card.event_id, card.seating, card.hall["en"]) in seen:
            continue
        seen.add((card.event_id, card.seating, card.hall["en"]))
        detail = await theatre.read(catalogue.read_detail, card.id)
        assert detail.ticket_types
        assert detail.tiers
        if card.seating == "reserved":
            plan = await theatre.read(catalogue.read_seat_plan, card.id)
            assert len(plan.seats) == card.capacity
            free = sum(seat.state == "free" for seat in plan.seats)
            assert free == card.places_left
    assert len(seen) >= 6


async def test_wheelchair_party_at_the_sample_venue(theatre: House) -> None:
    event = await camellia(theatre)
    order = await theatre.place(
        want(5, 2), want(1, 2), performance=event.next_performance_id, wheelchair=True
    )
    kinds = await theatre.read(
        lambda view: {
            line.seat_id: SeatRow.get_by_id(line.seat_id).kind
            for line in order.lines
            if line.ticket_type_code == "x"
        }
    )
    assert sorted(kinds.values()) == ["companion", "wheelchair"]
    assert order.together


# --- speed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit_ms", "query"),
    [
        pytest.param(15, catalogue.list_events, id="events"),
        pytest.param(15, catalogue.list_performances, id="performances"),
        pytest.param(15, lambda view: reading.find_orders(view, ""), id="find"),
    ],
)
async def test_lists_are_quick(theatre: House, limit_ms: float, query: Callable[..., Any]) -> None:
    timed = Timed(query)
    for _ in range(ROUNDS):
        await theatre.read(timed)
    assert timed.median_ms < limit_ms


async def test_sale_of_best_seats_on_a_big_plan_is_quick(theatre: House) -> None:
    event = await camellia(theatre)
    place, pay = Timed(orders.place_order), Timed(payments.pay_cash)
    asked = wire.PlaceOrder(performance_id=event.next_performance_id, wanted=[want(1, 2)])
    for _ in range(ROUNDS):
        order = await theatre.commit(place, asked, actor=CASHIER)
        paid = wire.PayCash(received_minor=order.total_minor)
        await theatre.commit(pay, order.id, paid, actor=CASHIER)
    assert place.median_ms + pay.median_ms < 6
    assert await theatre.violations() == []


async def test_holds_end_among_open_payments_and_the_next_look_is_quick(theatre: House) -> None:
    event = await camellia(theatre)
    placed = [
        await theatre.place(want(1, 2), performance=event.next_performance_id, actor=CASHIER)
        for _ in range(50)
    ]
    for order in placed[:10]:
        await theatre.commit(payments.begin_qr, order.id)
    theatre.clock.turn(minutes=11)
    expire = Timed(expiry.expire_orders)
    for gone in (40, 0):
        assert await theatre.commit(expire) == gone
    assert expire.median_ms < 10
    assert await theatre.violations() == []
