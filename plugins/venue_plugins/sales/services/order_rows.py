"""The hot statements of orders, compiled once."""

from __future__ import annotations

from peewee import fn

from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PerformanceRow,
    PriceRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, param

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
    )
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
    ).where(OrderRow.id == param("id"))
)
# Guarded: whoever pays, releases or expires first wins; the other changes no row.
LEAVE_HELD = Statement(
    lambda: OrderRow.update(state=param("state"), paid_at=param("paid_at"), expires_at=None).where(
        (OrderRow.id == param("id")) & (OrderRow.state == "held")
    )
)
INSERT_LINE = Statement(
    lambda: LineRow.insert(
        order=param("order"),
        ticket_type=param("ticket_type"),
        tier=param("tier"),
        seat=param("seat"),
        price_minor=param("price_minor"),
        net_minor=param("net_minor"),
    )
)
DROP_LINES = Statement(lambda: LineRow.delete().where(LineRow.order == param("order")))
LINES = Statement(
    lambda: LineRow.select(
        LineRow.id, LineRow.ticket_type, LineRow.seat, LineRow.net_minor, TicketTypeRow.key, TicketTypeRow.name
    )
    .join(TicketTypeRow)
    .where(LineRow.order == param("order"))
    .order_by(LineRow.id)
)
PRICES_OF = Statement(
    lambda: PriceRow.select(
        PriceRow.tier,
        PriceRow.ticket_type,
        PriceRow.price_minor,
        TicketTypeRow.code,
        TicketTypeRow.name,
        TicketTypeRow.kinds,
    )
    .join(TicketTypeRow)
    .where(PriceRow.price_list == param("price_list"))
)
PERFORMANCE = Statement(
    lambda: PerformanceRow.select(
        PerformanceRow.state,
        PerformanceRow.starts_at,
        PerformanceRow.ends_at,
        PerformanceRow.plan,
        PerformanceRow.price_list,
        PerformanceRow.places_per_order_max,
        PerformanceRow.event,
    ).where(PerformanceRow.id == param("performance"))
)
