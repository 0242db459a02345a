"""The hot statements of orders, compiled once, and an order as its verbs need it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from peewee import fn

from venue_plugins.sales.domain.orders import PAID, make_pickup_code
from venue_plugins.sales.tables import LineRow, OrderRow, TicketRow, TicketTypeRow
from venue_suite.database import Statement, View, Work, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import NotFound

NEXT_ORDER = Statement(lambda: OrderRow.select(fn.COALESCE(fn.MAX(OrderRow.id), 0) + 1))
INSERT_ORDER = Statement(
    lambda: OrderRow.insert(
        id=param("id"),
        number=param("number"),
        pickup_code=param("pickup_code"),
        state="held",
        performance=param("performance"),
        currency=param("currency"),
        total_minor=0,
        tax_minor=0,
        prices="[]",
        together=True,
        language=param("language"),
        station=param("station"),
        staff=param("staff"),
        placed_at=param("placed_at"),
        expires_at=param("expires_at"),
        receipt_state="waiting",
        receipt_generation=1,
        paper_station="",
    )
)
FIND_PICKUP_CODE = Statement(
    lambda: OrderRow.select(OrderRow.id).where(OrderRow.pickup_code == param("pickup_code"))
)
PRICE_ORDER = Statement(
    lambda: OrderRow.update(
        total_minor=param("total_minor"),
        tax_minor=param("tax_minor"),
        prices=param("prices"),
        together=param("together"),
    ).where(OrderRow.id == param("id"))
)
ORDER_STATE = Statement(
    lambda: OrderRow.select(
        OrderRow.state,
        OrderRow.station,
        OrderRow.performance,
        OrderRow.expires_at,
        OrderRow.total_minor,
        OrderRow.number,
        OrderRow.currency,
        OrderRow.tax_minor,
        OrderRow.language,
    ).where(OrderRow.id == param("id"))
)
# Guarded: whoever pays, releases or expires first wins; the other changes no row.
LEAVE_HELD = Statement(
    lambda: OrderRow.update(state=param("state"), paid_at=param("paid_at"), expires_at=None).where(
        (OrderRow.id == param("id")) & (OrderRow.state == "held")
    )
)
# Lines and tickets get their keys from here: all writing is one after the other.
NEXT_LINE = Statement(lambda: LineRow.select(fn.COALESCE(fn.MAX(LineRow.id), 0) + 1))
NEXT_TICKET = Statement(lambda: TicketRow.select(fn.COALESCE(fn.MAX(TicketRow.id), 0) + 1))
INSERT_LINE = Statement(
    lambda: LineRow.insert(
        id=param("id"),
        order=param("order"),
        ticket_type=param("ticket_type"),
        tier=param("tier"),
        seat=param("seat"),
        price_minor=param("price_minor"),
        net_minor=param("net_minor"),
    )
)
INSERT_TICKET = Statement(
    lambda: TicketRow.insert(
        id=param("id"),
        line=param("line"),
        order=param("order"),
        generation=1,
        state="valid",
        print_state="waiting",
        issued_at=param("issued_at"),
    )
)
DROP_LINES = Statement(lambda: LineRow.delete().where(LineRow.order == param("order")))
LINES = Statement(
    lambda: (
        LineRow.select(
            LineRow.id,
            LineRow.ticket_type,
            LineRow.seat,
            LineRow.net_minor,
            TicketTypeRow.key,
            TicketTypeRow.name,
        )
        .join(TicketTypeRow)
        .where(LineRow.order == param("order"))
        .order_by(LineRow.id)
    )
)


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
    language: str


class LineSold(NamedTuple):
    """One line as its verbs need it. `key`, `name`: of its ticket type; `name` is JSON."""

    id: int
    ticket_type: int
    seat: int | None
    net_minor: int
    key: str
    name: str


def read_state(view: View, order: int) -> OrderState:
    """Raises NotFound."""
    row = view.one(ORDER_STATE, id=order)
    if row is None:
        raise NotFound(what="Order", key=order)
    expires_at = None if row[3] is None else from_ms(row[3])
    return OrderState(row[0], row[1], row[2], expires_at, *row[4:])


def read_lines(view: View, order: int) -> list[LineSold]:
    """The lines of an order, in the order in which they were asked for."""
    return [LineSold(*row) for row in view.all(LINES, order=order)]


def new_pickup_code(work: Work) -> str:
    """A code that no order has. Seven random digits meet again sooner than one would think."""
    while True:
        code = make_pickup_code(work.seams.random_bytes)
        if work.value(FIND_PICKUP_CODE, pickup_code=code) is None:
            return code


def tell_paid(work: Work, order: int, number: str) -> None:
    """Tell everybody of an order that was paid at the station where it was made."""
    work.record(
        "sales.order_paid",
        f"order/{order}",
        order=order,
        number=number,
        state=PAID,
        station=work.actor.station,
    )


def tell(work: Work, kind: str, order: int, state: str) -> None:
    """Tell everybody what became of an order, or of its payment."""
    found = read_state(work, order)
    work.record(
        kind,
        f"order/{order}",
        order=order,
        number=found.number,
        state=state,
        station=found.station,
    )
