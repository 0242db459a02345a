"""Orders that were not paid in time: their places come back by themselves."""

from __future__ import annotations

from venue_plugins.sales.domain.orders import EXPIRED
from venue_plugins.sales.services.orders import end_hold, read_state
from venue_plugins.sales.tables import OrderRow, PaymentRow
from venue_suite.database import Statement, Work, param

BATCH = 100
# A payment whose outcome is open keeps its order's places: the visitor may have paid already.
PAYMENT_OPEN_STATES = ("asked", "waiting", "unknown")

_DUE = Statement(
    lambda: OrderRow.select(OrderRow.id)
    .where(
        (OrderRow.state == "held")
        & (OrderRow.expires_at <= param("now"))
        & OrderRow.id.not_in(
            PaymentRow.select(PaymentRow.order).where(PaymentRow.state.in_(PAYMENT_OPEN_STATES))
        )
    )
    .order_by(OrderRow.expires_at)
    .limit(BATCH)
)


def expire_orders(work: Work) -> int:
    """Let go of orders whose time is over, a hundred at most; returns how many."""
    due = [row[0] for row in work.all(_DUE, now=work.now_ms)]
    return sum(end_hold(work, order, read_state(work, order), EXPIRED) for order in due)
