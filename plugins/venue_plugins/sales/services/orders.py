"""Orders: hold places, change them, let them go."""

from __future__ import annotations

from datetime import timedelta

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import HoldExpired
from venue_plugins.sales.domain.orders import (
    EXPIRED,
    HELD,
    RELEASED,
    make_order_number,
    next_state,
)
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.cards import HOLD_S
from venue_plugins.sales.services.filling import count_places, fill_order, read_on_sale
from venue_plugins.sales.services.open_codes import close_codes
from venue_plugins.sales.services.order_rows import OrderState, read_lines, read_state, tell
from venue_plugins.sales.services.reading import read_order
from venue_suite.database import View, Work
from venue_suite.database.rows import to_ms
from venue_suite.domain.errors import NotFound
from venue_suite.settings import read_identity


def place_order(work: Work, wanted: wire.PlaceOrder) -> wire.Order:
    """Hold places for ten minutes and price them.

    Raises:
        PerformanceNotOnSale, TooManyPlaces, SoldOut, SeatTaken, TicketTypeNotSold, NotFound,
        BadRequest. Nothing was taken then.
    """
    performance = read_on_sale(work, wanted.performance_id)
    stock.hold_places(work, performance.id, count_places(wanted.wanted, performance))
    order: int = work.value(order_rows.NEXT_ORDER)
    work.run(
        order_rows.INSERT_ORDER,
        id=order,
        number=make_order_number(order),
        pickup_code=order_rows.new_pickup_code(work),
        performance=performance.id,
        currency=read_identity(work).currency,
        language=wanted.language,
        station=work.actor.station,
        staff=work.actor.code if work.actor.kind == "staff" else "",
        placed_at=work.now_ms,
        expires_at=to_ms(work.now + timedelta(seconds=HOLD_S)),
    )
    fill_order(work, order, performance, wanted, [])
    tell(work, "sales.order_placed", order, HELD)
    return read_order(work, order)


def change_order(work: Work, order: int, wanted: wire.ChangeOrder) -> wire.Order:
    """Replace what an unpaid order holds; seats that stay are kept, the clock goes on.

    Raises:
        PaymentUnknown: a code is shown for its old price; it must be cancelled first.
        HoldExpired, WrongState, and all that `place_order` raises. The order stays as it was then.
    """
    state = read_state(work, order)
    check_verb(work, state, "change")
    close_codes(work, order)
    performance = read_on_sale(work, state.performance)
    count = count_places(wanted.wanted, performance)
    lines = read_lines(work, order)
    own = [line.seat for line in lines if line.seat is not None]
    stock.hold_places(work, performance.id, count, own=len(lines))
    work.run(order_rows.DROP_LINES, order=order)
    fill_order(work, order, performance, wanted, own)
    tell(work, "sales.order_changed", order, HELD)
    return read_order(work, order)


def release_order(work: Work, order: int) -> wire.Order:
    """Let an unpaid order go: its places are free at once. Twice is once.

    Raises:
        PaymentUnknown: a code is shown, and it may have been paid.
        WrongState, NotFound.
    """
    state = read_state(work, order)
    if state.state not in (RELEASED, EXPIRED):
        next_state(state.state, "release")
        close_codes(work, order)
        end_hold(work, order, state, RELEASED)
    return read_order(work, order)


def end_hold(work: Work, order: int, state: OrderState, end: str) -> bool:
    """Free what an order holds, if it still holds it; says whether it did."""
    if work.run(order_rows.LEAVE_HELD, id=order, state=end, paid_at=None) == 0:
        return False
    stock.release_places(work, state.performance, order, len(read_lines(work, order)))
    tell(work, "sales.order_released", order, end)
    return True


def check_verb(view: View, state: OrderState, verb: str) -> str:
    """The state that `verb` leads to. Raises HoldExpired or WrongState."""
    if state.state == EXPIRED or (state.expires_at is not None and state.expires_at <= view.now):
        raise HoldExpired(number=state.number)
    return next_state(state.state, verb)


def check_own(view: View, order: int, station: str, station_kind: str) -> None:
    """A kiosk sees and changes its own orders only. Raises NotFound for others."""
    if station_kind == "kiosk" and read_state(view, order).station != station:
        raise NotFound(what="Order", key=order)
