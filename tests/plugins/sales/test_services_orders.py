"""Holding places: what is taken, what comes back, and what is refused."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import (
    PerformanceNotOnSale,
    SeatTaken,
    SoldOut,
    TicketTypeNotSold,
    TooManyPlaces,
)
from venue_plugins.sales.domain.orders import is_pickup_code, read_order_number
from venue_plugins.sales.services import order_rows, orders, reading
from venue_plugins.sales.tables import OrderRow

from tests.plugins.sales.house import (
    ADULT,
    ADULT_OPEN,
    ADULT_T1,
    ADULT_T2,
    BLOCKED_SEAT,
    CASHIER,
    CHILD,
    COMPANION_SEAT,
    GUEST,
    HOLD_S,
    KIOSK,
    KIOSK_2,
    MATINEE,
    NOW,
    OPEN_DAY,
    OVER,
    SEATS,
    SLOT,
    SLOT_PLACES,
    STOPPED,
    TONIGHT,
    WHEELCHAIR,
    WHEELCHAIR_SEAT,
    House,
    seats_of,
    want,
)
from venue_suite.domain.errors import BadRequest, NotFound, VenueError

# --- placing ------------------------------------------------------------------------------------


async def test_order_holds_the_best_seats_and_says_what_they_cost(house: House) -> None:
    order = await house.place(want(ADULT, 2))
    assert order.state == "held"
    assert {line.tier for line in order.lines} == {"T2"}  # best value first
    assert order.together
    assert order.total_minor == 2 * ADULT_T2
    assert order.expires_at is not None
    assert (order.expires_at - NOW).total_seconds() == HOLD_S
    assert (order.station, order.staff, order.currency) == ("kiosk-1", "", "CNY")
    assert read_order_number(order.number) == order.number
    assert is_pickup_code(order.pickup_code)
    assert [line.kind for line in order.prices] == ["tickets", "fee"]
    assert (order.paid_minor, order.payments, order.receipt_state) == (0, [], "")
    assert all(line.ticket_number == "" and line.print_state == "" for line in order.lines)
    assert await house.stock() == (0, 2)
    assert await house.violations() == []


async def test_everybody_hears_what_was_taken(house: House) -> None:
    order = await house.place(want(ADULT, seats=[1, 2]))
    assert house.told("sales.seats_changed")[0].data == {"seats": {"1": "held", "2": "held"}}
    assert house.told("sales.places_changed")[0].data == {"left": SEATS - 1 - 2}
    (placed,) = house.told("sales.order_placed")
    assert placed.subject == f"order/{order.id}"
    assert placed.data == {
        "order": order.id,
        "number": order.number,
        "state": "held",
        "station": "kiosk-1",
    }


async def test_cashiers_sell_under_their_own_name(house: House) -> None:
    order = await house.place(want(ADULT), actor=CASHIER)
    assert (order.station, order.staff) == ("window-1", "C01")


async def test_open_performance_has_places_without_seats(house: House) -> None:
    order = await house.place(want(ADULT, 2), want(CHILD), performance=SLOT)
    assert seats_of(order) == [0, 0, 0]
    assert {line.tier for line in order.lines} == {"open"}
    assert order.total_minor == 2 * ADULT_OPEN + 2000
    assert house.told("sales.seats_changed") == []
    assert house.told("sales.places_changed")[0].data == {"left": SLOT_PLACES - 3}
    assert await house.violations() == []


@pytest.mark.parametrize(
    ("performance", "refusal"),
    [(STOPPED, PerformanceNotOnSale), (OVER, PerformanceNotOnSale), (999, NotFound)],
)
async def test_what_is_not_on_sale_is_refused(
    house: House, performance: int, refusal: type[VenueError]
) -> None:
    with pytest.raises(refusal):
        await house.place(want(ADULT), performance=performance)
    assert await house.read(lambda view: OrderRow.select().count()) == 0


async def test_seated_ones_are_sold_until_shortly_after_the_start_slots_until_their_end(
    house: House,
) -> None:
    house.clock.turn(minutes=109)  # the show began 19 minutes ago, the slot 79
    await house.place(want(ADULT))
    house.clock.turn(minutes=1)
    with pytest.raises(PerformanceNotOnSale):
        await house.place(want(ADULT))
    await house.place(want(ADULT), performance=SLOT)
    house.clock.turn(minutes=40)
    with pytest.raises(PerformanceNotOnSale):
        await house.place(want(ADULT), performance=SLOT)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([], id="nothing"),
        pytest.param([want(ADULT, 0)], id="none"),
        pytest.param([want(ADULT, 2), want(CHILD, -1)], id="less than none"),
        pytest.param([want(ADULT, seats=[1, 1])], id="the same seat twice"),
        pytest.param([want(ADULT, seats=[1]), want(ADULT, seats=[1])], id="twice in two types"),
        pytest.param([want(ADULT, seats=[1]), want(ADULT)], id="seats for some only"),
        pytest.param(
            [
                wire.Wanted(ticket_type_id=ADULT, count=2, seat_ids=[1]),
                wire.Wanted(ticket_type_id=ADULT, count=1, seat_ids=[2, 3]),
            ],
            id="seats of the wrong types",
        ),
        pytest.param([want(ADULT, seats=[999])], id="a seat of no hall"),
    ],
)
async def test_nonsense_is_refused(house: House, wanted: list[wire.Wanted]) -> None:
    with pytest.raises(BadRequest):
        await house.place(*wanted)
    assert await house.stock() == (0, 0)


async def test_seats_can_not_be_named_where_there_are_none(house: House) -> None:
    with pytest.raises(BadRequest):
        await house.place(want(ADULT, seats=[1]), performance=SLOT)


async def test_one_order_has_a_limit(house: House) -> None:
    with pytest.raises(TooManyPlaces) as refused:
        await house.place(want(ADULT, 4), want(CHILD, 3))
    assert refused.value.params == {"count": 7, "limit": 6}
    with pytest.raises(TooManyPlaces):
        await house.place(want(ADULT, 10**12))


async def test_sold_out_says_how_many_are_left(house: House) -> None:
    for _ in range(6):
        await house.place(want(ADULT, 6), performance=SLOT)
    with pytest.raises(SoldOut) as refused:
        await house.place(want(ADULT, 5), performance=SLOT)
    assert refused.value.params == {"wanted": 5, "left": 4}
    await house.place(want(ADULT, 4), performance=SLOT)
    assert await house.stock(SLOT) == (0, SLOT_PLACES)
    assert await house.violations() == []


async def test_taken_seats_are_named(house: House) -> None:
    await house.place(want(ADULT, seats=[2, 3]))
    with pytest.raises(SeatTaken) as refused:
        await house.place(want(ADULT, seats=[3, 4]), actor=KIOSK_2)
    assert refused.value.params == {"seats": [3], "count": 1}
    with pytest.raises(SeatTaken):
        await house.place(want(ADULT, seats=[BLOCKED_SEAT]))
    assert await house.stock() == (0, 2)
    # The same seats are free in another performance.
    await house.place(want(ADULT, seats=[2, 3]), performance=MATINEE)
    assert await house.violations() == []


@pytest.mark.parametrize(
    ("performance", "wanted"),
    [
        pytest.param(TONIGHT, want(999), id="no such type"),
        pytest.param(TONIGHT, want(CHILD, seats=[1]), id="not sold in this tier"),
        pytest.param(TONIGHT, want(WHEELCHAIR, seats=[17]), id="not for such seats"),
        pytest.param(SLOT, want(999), id="no such type without seats"),
    ],
)
async def test_ticket_types_are_sold_where_they_have_a_price(
    house: House, performance: int, wanted: wire.Wanted
) -> None:
    with pytest.raises(TicketTypeNotSold):
        await house.place(wanted, performance=performance)
    assert await house.stock(performance) == (0, 0)


async def test_search_offers_only_tiers_where_all_types_are_sold(house: House) -> None:
    guests = await house.place(want(GUEST, 2))
    assert {line.tier for line in guests.lines} == {"T1"}
    with pytest.raises(TicketTypeNotSold):
        await house.place(want(GUEST), want(CHILD))  # no tier has both


async def test_others_please_and_back_again_when_there_are_no_others(house: House) -> None:
    first = await house.place(want(ADULT, 2))
    others = await house.change(first, want(ADULT, 2), avoid_seat_ids=seats_of(first))
    assert not set(seats_of(first)) & set(seats_of(others))
    same = await house.change(others, want(ADULT, 2), avoid_seat_ids=list(range(1, SEATS + 1)))
    assert same.state == "held"


# --- wheelchairs --------------------------------------------------------------------------------


async def test_wheelchair_search_takes_the_place_and_the_seats_beside_it(house: House) -> None:
    order = await house.place(want(ADULT, 3), wheelchair=True)
    assert {WHEELCHAIR_SEAT, COMPANION_SEAT} <= set(seats_of(order))
    assert order.together


async def test_ordinary_search_leaves_the_wheelchair_places_alone(house: House) -> None:
    for _ in range(3):
        await house.place(want(ADULT, 6))
    rest = await house.place(want(ADULT, 5))
    assert not {WHEELCHAIR_SEAT, COMPANION_SEAT} & set(seats_of(rest))
    with pytest.raises(SoldOut) as refused:
        await house.place(want(ADULT))
    assert refused.value.params == {"wanted": 1, "left": 0}
    await house.place(want(ADULT), wheelchair=True)


@pytest.mark.parametrize("flag", [True, False], ids=["asked for", "by its type"])
async def test_wheelchair_tickets_get_places_for_them(house: House, flag: bool) -> None:
    order = await house.place(want(ADULT), want(WHEELCHAIR, 2), wheelchair=flag)
    by_type = {line.seat_id: line.ticket_type_id for line in order.lines}
    assert by_type[WHEELCHAIR_SEAT] == by_type[COMPANION_SEAT] == WHEELCHAIR
    assert sorted(by_type.values()) == [ADULT, WHEELCHAIR, WHEELCHAIR]


async def test_more_wheelchair_tickets_than_places_are_refused(house: House) -> None:
    with pytest.raises(SoldOut):
        await house.place(want(WHEELCHAIR, 3))
    assert await house.stock() == (0, 0)


async def test_wheelchair_price_holds_where_there_are_no_seats(house: House) -> None:
    order = await house.place(want(WHEELCHAIR), performance=SLOT)
    assert order.total_minor == 2000


async def test_card_counts_wheelchair_places(house: House) -> None:
    card = (await house.place(want(ADULT))).performance
    assert card.wheelchair_left == 1
    assert (await house.place(want(ADULT), wheelchair=True)).performance.wheelchair_left == 0


# --- the same again -----------------------------------------------------------------------------


async def test_same_operation_gives_the_same_reply_and_one_order(house: House) -> None:
    asked = wire.PlaceOrder(performance_id=TONIGHT, wanted=[want(ADULT, 2)])
    first = await house.committed(orders.place_order, asked, operation="op-1")
    again = await house.committed(orders.place_order, asked, operation="op-1")
    assert (first.repeated, again.repeated) == (False, True)
    assert bytes(first.value) == bytes(again.value)
    assert msgspec.json.decode(again.value, type=wire.Order).state == "held"
    assert await house.stock() == (0, 2)


async def test_refused_operation_may_be_tried_again(house: House) -> None:
    await house.place(want(ADULT, seats=[1]), actor=KIOSK_2)
    asked = wire.PlaceOrder(performance_id=TONIGHT, wanted=[want(ADULT, seats=[1])])
    with pytest.raises(SeatTaken):
        await house.commit(orders.place_order, asked, operation="op-1")
    other = wire.PlaceOrder(performance_id=TONIGHT, wanted=[want(ADULT, seats=[2])])
    await house.commit(orders.place_order, other, operation="op-1")
    assert await house.stock() == (0, 2)


async def test_pickup_codes_are_never_given_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten million codes sound many, yet the thousandth order already meets an older one's by
    chance once in ten thousand times."""
    first = await house.place(want(ADULT))
    codes = iter([first.pickup_code, first.pickup_code, "12345674"])
    monkeypatch.setattr(order_rows, "make_pickup_code", lambda random_bytes: next(codes))
    second = await house.place(want(ADULT))
    assert second.pickup_code == "12345674"


# --- many at once -------------------------------------------------------------------------------


async def test_three_hundred_orders_for_forty_places(house: House) -> None:
    async def buy() -> int:
        try:
            order = await house.sell(want(ADULT), performance=SLOT)
        except SoldOut:
            return 0
        return len(order.lines)

    sold = await asyncio.gather(*(buy() for _ in range(300)))
    assert sum(sold) == SLOT_PLACES
    assert await house.stock(SLOT) == (SLOT_PLACES, 0)
    assert await house.violations() == []


async def test_forty_orders_for_one_seat(house: House) -> None:
    outcomes = await asyncio.gather(
        *(house.place(want(ADULT, seats=[5])) for _ in range(40)), return_exceptions=True
    )
    taken = [one for one in outcomes if isinstance(one, SeatTaken)]
    assert len(taken) == 39
    assert all(one.params["seats"] == [5] for one in taken)
    assert await house.stock() == (0, 1)
    assert await house.violations() == []


async def test_best_seats_for_all_until_the_house_is_full(house: House) -> None:
    outcomes = await asyncio.gather(
        *(house.place(want(ADULT, 2)) for _ in range(40)), return_exceptions=True
    )
    held = [one for one in outcomes if isinstance(one, wire.Order)]
    seats = [seat for order in held for seat in seats_of(order)]
    assert len(seats) == len(set(seats)) == 22  # 23 ordinary free seats, in pairs
    assert all(isinstance(one, wire.Order | SoldOut) for one in outcomes)
    assert await house.violations() == []


# --- finding ------------------------------------------------------------------------------------


async def test_orders_are_found_by_what_stands_on_paper(house: House) -> None:
    first = await house.sell(want(ADULT, 2))
    second = await house.sell(want(ADULT))
    held = await house.place(want(ADULT))

    async def find(text: str) -> list[int]:
        return [one.id for one in await house.read(reading.find_orders, text)]

    assert await find(first.number) == [first.id]
    assert await find(f" {first.number.lower().replace('-', '')} ") == [first.id]
    assert await find(first.number[-4:]) == [first.id]
    assert await find(held.number[-4:]) == [held.id]
    assert await find(second.pickup_code) == [second.id]
    assert await find(second.lines[0].ticket_number) == [second.id]
    assert await find("") == [second.id, first.id]
    for nobody in ("9999", "999999999", "%", "____", "0000-0", "١٢٣٤", "1' OR 1=1 --"):
        assert await find(nobody) == []


async def test_open_day_is_not_today(house: House) -> None:
    order = await house.place(want(ADULT), performance=OPEN_DAY)
    assert order.performance.id == OPEN_DAY
    assert order.total_minor == ADULT_OPEN


async def test_dear_seats_can_be_named(house: House) -> None:
    order = await house.place(want(ADULT, seats=[4]), actor=KIOSK)
    assert order.total_minor == ADULT_T1
