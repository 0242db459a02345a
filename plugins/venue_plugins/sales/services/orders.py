"""Orders: hold places, change them, let them go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import (
    HoldExpired,
    PerformanceNotOnSale,
    TooManyPlaces,
)
from venue_plugins.sales.domain.orders import (
    EXPIRED,
    RELEASED,
    make_order_number,
    make_pickup_code,
    next_state,
)
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.catalogue import HOLD_S, OPEN_TIER, is_on_sale
from venue_plugins.sales.services.choosing import choose_seats, pair_kinds, read_seats
from venue_plugins.sales.services.prices import Place, price_places, read_kinds, read_tier_order
from venue_plugins.sales.services.reading import read_order
from venue_suite.database import View, Work
from venue_suite.database.rows import from_ms, to_json, to_ms
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.settings import read_identity

CHANNELS = {"kiosk": "kiosk", "console": "counter"}


class OrderState(NamedTuple):
    """An order as its verbs need it."""

    state: str
    station: str
    performance: int
    expires_at: datetime | None
    total_minor: int
    number: str
    currency: str
    tax_minor: int


class _Performance(NamedTuple):
    state: str
    starts_at: datetime
    ends_at: datetime
    plan: int | None
    price_list: int
    places_max: int
    event: int


def place_order(work: Work, wanted: wire.PlaceOrder) -> wire.Order:
    """Hold places for ten minutes and price them.

    Raises:
        PerformanceNotOnSale, TooManyPlaces, SoldOut, SeatTaken, TicketTypeNotSold, NotFound,
        BadRequest. Nothing was taken then.
    """
    performance = _read_on_sale(work, wanted.performance_id)
    count = _count(wanted.wanted, performance.places_max)
    stock.hold_places(work, wanted.performance_id, count)
    order = work.value(order_rows.NEXT_ORDER)
    work.run(
        order_rows.INSERT_ORDER,
        id=order,
        number=make_order_number(order),
        pickup_code=make_pickup_code(work.seams.random_bytes),
        performance=wanted.performance_id,
        currency=read_identity(work).currency,
        language=wanted.language,
        station=work.actor.station,
        staff=work.actor.code if work.actor.kind == "staff" else "",
        placed_at=work.now_ms,
        expires_at=to_ms(work.now + timedelta(seconds=HOLD_S)),
    )
    _fill(work, order, wanted.performance_id, performance, wanted, [])
    tell(work, "sales.order_placed", order, "held")
    return read_order(work, order)


def change_order(work: Work, order: int, wanted: wire.ChangeOrder) -> wire.Order:
    """Replace what an unpaid order holds; the clock goes on.

    Raises:
        HoldExpired, WrongState, and all that `place_order` raises. The order stays as it was then.
    """
    state = read_state(work, order)
    check_verb(work, state, "change")
    performance = _read_on_sale(work, state.performance)
    count = _count(wanted.wanted, performance.places_max)
    lines = work.all(order_rows.LINES, order=order)
    own = [line[2] for line in lines if line[2] is not None]
    stock.release_places(work, state.performance, order, len(lines))
    work.run(order_rows.DROP_LINES, order=order)
    stock.hold_places(work, state.performance, count)
    _fill(work, order, state.performance, performance, wanted, own)
    tell(work, "sales.order_changed", order, "held")
    return read_order(work, order)


def release_order(work: Work, order: int) -> wire.Order:
    """Let an unpaid order go: its places are free at once. Twice is once."""
    state = read_state(work, order)
    if state.state not in (RELEASED, EXPIRED):
        next_state(state.state, "release")
        end_hold(work, order, state, RELEASED)
    return read_order(work, order)


def end_hold(work: Work, order: int, state: OrderState, end: str) -> bool:
    """Free what an order holds, if it still holds it; says whether it did."""
    if work.run(order_rows.LEAVE_HELD, id=order, state=end, paid_at=None) == 0:
        return False
    count = len(work.all(order_rows.LINES, order=order))
    stock.release_places(work, state.performance, order, count)
    tell(work, "sales.order_released", order, end)
    return True


def read_state(view: View, order: int) -> OrderState:
    """Raises NotFound."""
    row = view.one(order_rows.ORDER_STATE, id=order)
    if row is None:
        raise NotFound(what="Order", key=order)
    expires_at = None if row[3] is None else from_ms(row[3])
    return OrderState(row[0], row[1], row[2], expires_at, *row[4:])


def check_verb(view: View, state: OrderState, verb: str) -> str:
    """The state that `verb` leads to. Raises HoldExpired or WrongState."""
    if state.state == EXPIRED or (state.expires_at is not None and state.expires_at <= view.now):
        raise HoldExpired(number=state.number)
    return next_state(state.state, verb)


def check_own(view: View, order: int, station: str, station_kind: str) -> None:
    """A kiosk sees and changes its own orders only. Raises NotFound for others."""
    if station_kind == "kiosk" and read_state(view, order).station != station:
        raise NotFound(what="Order", key=order)


def _read_on_sale(work: Work, performance: int) -> _Performance:
    row = work.one(order_rows.PERFORMANCE, performance=performance)
    if row is None:
        raise NotFound(what="Performance", key=performance)
    found = _Performance(row[0], from_ms(row[1]), from_ms(row[2]), *row[3:])
    seated = found.plan is not None
    if not is_on_sale(found.state, found.starts_at, found.ends_at, seated, work.now):
        raise PerformanceNotOnSale(performance=performance)
    return found


def _count(wanted: Sequence[wire.Wanted], places_max: int) -> int:
    if not wanted or any(want.count < 1 for want in wanted):
        raise BadRequest(reason="an order has at least one ticket")
    count = sum(want.count for want in wanted)
    if count > places_max:
        raise TooManyPlaces(count=count, limit=places_max)
    return count


def _fill(
    work: Work,
    order: int,
    performance_id: int,
    performance: _Performance,
    wanted: wire.PlaceOrder | wire.ChangeOrder,
    own: Sequence[int],
) -> None:
    """Choose and claim seats, price the places, write the lines."""
    types = [want.ticket_type_id for want in wanted.wanted for _ in range(want.count)]
    seats: Sequence[int | None] = [None] * len(types)
    found = [(OPEN_TIER, "seat")] * len(types)
    together = True
    if performance.plan is not None:
        chosen, together = choose_seats(
            work,
            plan=performance.plan,
            performance=performance_id,
            wanted=wanted.wanted,
            avoid=wanted.avoid_seat_ids,
            wheelchair=wanted.wheelchair,
            tier_order=read_tier_order(work, performance.price_list),
            own=own,
        )
        found = read_seats(work, performance.plan, chosen)
        if not any(want.seat_ids for want in wanted.wanted):
            order_of = pair_kinds([kind for _, kind in found], read_kinds(work, types))
            chosen, found = [chosen[i] for i in order_of], [found[i] for i in order_of]
        stock.claim_seats(work, performance_id, order, chosen)
        seats = chosen
    places = [
        Place(kind, tier, seat, of)
        for kind, seat, (tier, of) in zip(types, seats, found, strict=True)
    ]
    priced = price_places(
        work,
        places,
        price_list=performance.price_list,
        event=performance.event,
        starts_at=performance.starts_at,
        channel=CHANNELS.get(work.actor.station_kind, "counter"),
    )
    for place, listed_minor, net_minor in zip(
        places, priced.listed_minor, priced.quote.net_minor, strict=True
    ):
        work.run(
            order_rows.INSERT_LINE,
            order=order,
            ticket_type=place.ticket_type,
            tier=place.tier,
            seat=place.seat,
            price_minor=listed_minor,
            net_minor=net_minor,
        )
    work.run(
        order_rows.PRICE_ORDER,
        id=order,
        total_minor=priced.quote.total_minor,
        tax_minor=priced.tax_minor,
        prices=to_json(priced.lines_json()),
        together=together,
    )
    held = [seat for seat in seats if seat is not None]
    stock.tell_stock(work, performance_id, held, "held")


def tell(work: Work, kind: str, order: int, state: str) -> None:
    """Tell everybody what became of an order."""
    row = work.one(order_rows.ORDER_STATE, id=order)
    assert row is not None
    work.record(
        kind, f"order/{order}", order=order, number=row[5], state=state, station=row[1]
    )

