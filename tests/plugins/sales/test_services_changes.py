"""Changing what an order holds, and letting it go."""

from __future__ import annotations

import pytest
from venue_plugins.sales.domain.errors import (
    HoldExpired,
    PerformanceNotOnSale,
    SeatTaken,
    SoldOut,
    WrongState,
)
from venue_plugins.sales.services import orders, reading
from venue_plugins.sales.tables import PerformanceRow

from tests.plugins.sales.house import (
    ADULT,
    ADULT_T2,
    CHILD,
    HOLD_S,
    KIOSK_2,
    SEATS,
    SLOT,
    House,
    seats_of,
    want,
)
from venue_suite.domain.errors import NotFound

# --- changing -----------------------------------------------------------------------------------


async def test_change_keeps_the_clock_and_the_number(house: House) -> None:
    first = await house.place(want(ADULT, 2))
    house.clock.turn(minutes=3)
    second = await house.change(first, want(ADULT, 2), want(CHILD))
    assert second.expires_at == first.expires_at
    assert (second.number, second.pickup_code) == (first.number, first.pickup_code)
    assert len(second.lines) == 3
    assert await house.stock() == (0, 3)
    assert await house.violations() == []


async def test_seats_that_stay_are_never_free_in_between(house: House) -> None:
    order = await house.place(want(ADULT, seats=[1, 2, 3]))
    house.facts.clear()
    changed = await house.change(order, want(ADULT, seats=[3, 4]))
    assert seats_of(changed) == [3, 4]
    (told,) = house.told("sales.seats_changed")
    assert told.data == {"seats": {"1": "free", "2": "free", "4": "held"}}
    assert house.told("sales.places_changed")[-1].data == {"left": SEATS - 1 - 2}
    assert await house.violations() == []


async def test_change_of_types_alone_moves_no_seat(house: House) -> None:
    order = await house.place(want(ADULT, seats=[9, 10]))
    house.facts.clear()
    changed = await house.change(order, want(ADULT, seats=[9]), want(CHILD, seats=[10]))
    assert changed.total_minor == ADULT_T2 + 3000
    assert house.told("sales.seats_changed") == []


async def test_search_may_keep_own_seats_in_a_full_house(house: House) -> None:
    for _ in range(3):
        await house.place(want(ADULT, 6))
    last = await house.place(want(ADULT, 5))
    changed = await house.change(last, want(ADULT, 5))
    assert sorted(seats_of(changed)) == sorted(seats_of(last))
    with pytest.raises(SoldOut) as refused:  # only the wheelchair places are free
        await house.change(last, want(ADULT, 6))
    assert refused.value.params == {"wanted": 6, "left": 5}
    assert await house.read(reading.read_order, last.id) == changed


async def test_taken_seat_leaves_the_order_as_it_was(house: House) -> None:
    await house.place(want(ADULT, seats=[5]), actor=KIOSK_2)
    order = await house.place(want(ADULT, seats=[1, 2]))
    house.facts.clear()
    with pytest.raises(SeatTaken):
        await house.change(order, want(ADULT, seats=[2, 5]))
    assert await house.read(reading.read_order, order.id) == order
    assert house.facts == []
    assert await house.stock() == (0, 3)
    assert await house.violations() == []


async def test_growing_beyond_the_house_leaves_the_order_as_it_was(house: House) -> None:
    for _ in range(6):
        await house.place(want(ADULT, 6), performance=SLOT)
    order = await house.place(want(ADULT, 2), performance=SLOT)
    with pytest.raises(SoldOut) as refused:
        await house.change(order, want(ADULT, 5))
    assert refused.value.params == {"wanted": 5, "left": 4}
    assert await house.read(reading.read_order, order.id) == order
    grown = await house.change(order, want(ADULT, 4))
    assert len(grown.lines) == 4
    assert await house.violations() == []


async def test_change_comes_too_late(house: House) -> None:
    order = await house.place(want(ADULT))
    house.clock.turn(seconds=HOLD_S)
    with pytest.raises(HoldExpired):  # even before the clockwork took the places back
        await house.change(order, want(ADULT, 2))
    paid = await house.sell(want(ADULT))
    with pytest.raises(WrongState):
        await house.change(paid, want(ADULT, 2))


async def test_change_of_a_performance_that_was_stopped_is_refused(house: House) -> None:
    order = await house.place(want(ADULT))
    await house.database.write(
        lambda work: PerformanceRow.update(state="stopped").where(PerformanceRow.id == 1).execute()
    )
    with pytest.raises(PerformanceNotOnSale):
        await house.change(order, want(ADULT, 2))
    assert (await house.commit(orders.release_order, order.id)).state == "released"


# --- letting go ---------------------------------------------------------------------------------


async def test_released_seats_are_free_at_once_and_twice_is_once(house: House) -> None:
    order = await house.place(want(ADULT, seats=[1, 2]))
    house.facts.clear()
    released = await house.commit(orders.release_order, order.id)
    assert (released.state, released.expires_at) == ("released", None)
    assert house.told("sales.seats_changed")[0].data == {"seats": {"1": "free", "2": "free"}}
    again = await house.commit(orders.release_order, order.id)
    assert again == released
    assert len(house.told("sales.order_released")) == 1
    assert await house.stock() == (0, 0)
    await house.place(want(ADULT, seats=[1, 2]), actor=KIOSK_2)
    assert await house.violations() == []


async def test_paid_orders_are_not_released(house: House) -> None:
    paid = await house.sell(want(ADULT))
    with pytest.raises(WrongState):
        await house.commit(orders.release_order, paid.id)
    assert await house.stock() == (1, 0)


async def test_unpaid_orders_expire_when_their_time_is_over(house: House) -> None:
    early = await house.place(want(ADULT, seats=[1]))
    house.clock.turn(seconds=1)
    late = await house.place(want(ADULT, seats=[2]))
    house.clock.turn(seconds=HOLD_S - 1)
    assert await house.expire() == 1
    assert (await house.read(reading.read_order, early.id)).state == "expired"
    assert (await house.read(reading.read_order, late.id)).state == "held"
    assert await house.expire() == 0
    assert house.told("sales.order_released")[0].data["state"] == "expired"
    with pytest.raises(HoldExpired):
        await house.pay(early)
    assert await house.stock() == (0, 1)
    assert await house.violations() == []


async def test_kiosk_knows_its_own_orders_only(house: House) -> None:
    order = await house.place(want(ADULT))
    await house.read(orders.check_own, order.id, "kiosk-1", "kiosk")
    await house.read(orders.check_own, order.id, "window-1", "console")
    with pytest.raises(NotFound):
        await house.read(orders.check_own, order.id, "kiosk-2", "kiosk")
    with pytest.raises(NotFound):
        await house.read(orders.check_own, 999, "kiosk-1", "kiosk")
