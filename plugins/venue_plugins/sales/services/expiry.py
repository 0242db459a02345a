"""Orders that were not paid in time: their places come back by themselves."""

from __future__ import annotations

from venue_plugins.sales.domain.orders import EXPIRED, HELD
from venue_plugins.sales.services.open_codes import OPEN_STATES
from venue_plugins.sales.services.order_rows import read_state
from venue_plugins.sales.services.orders import end_hold
from venue_plugins.sales.tables import OrderRow, PaymentRow
from venue_suite.database import Statement, View, Work, param

BATCH = 100

# A payment whose outcome is open keeps its order's places: the visitor may have paid already.
_DUE = Statement(
    lambda: (
        OrderRow.select(OrderRow.id)
        .where(
            (OrderRow.state == HELD)
            & (OrderRow.expires_at <= param("now"))
            & OrderRow.id.not_in(
                PaymentRow.select(PaymentRow.order).where(PaymentRow.state.in_(OPEN_STATES))
            )
        )
        .order_by(OrderRow.expires_at)
        .limit(BATCH)
    )
)


def list_due_orders(view: View) -> list[int]:
    """Orders whose time is over, the oldest first, a hundred at most."""
    return [row[0] for row in view.all(_DUE, now=view.now_ms)]


def expire_orders(work: Work) -> int:
    """Let go of orders whose time is over, a hundred at most; returns how many."""
    due = list_due_orders(work)
    return sum(end_hold(work, order, read_state(work, order), EXPIRED) for order in due)
