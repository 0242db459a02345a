"""Places and seats: what is out is what orders say, and never more than there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from venue_plugins.sales.domain.orders import HELD, PAID
from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PerformanceRow,
    SeatClaimRow,
    SeatRow,
)
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import to_ms

LIVE = (HELD, PAID)
FINDINGS_MAX = 20


def _coming() -> Any:
    return PerformanceRow.ends_at >= param("since")


_STOCK = Statement(
    lambda: (
        PerformanceRow.select(
            PerformanceRow.id,
            PerformanceRow.sold,
            PerformanceRow.held,
            PerformanceRow.leased,
            PerformanceRow.blocked,
            PerformanceRow.capacity,
            PerformanceRow.plan,
        )
        .where(_coming())
        .order_by(PerformanceRow.id)
    )
)
_PLACES = Statement(
    lambda: (
        LineRow.select(OrderRow.performance, OrderRow.state, fn.COUNT(LineRow.id))
        .join(OrderRow)
        .join(PerformanceRow)
        .where(OrderRow.state.in_(LIVE) & _coming())
        .group_by(OrderRow.performance, OrderRow.state)
    )
)
_BLOCKED = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, fn.COUNT(SeatClaimRow.id))
        .join(PerformanceRow)
        .where((SeatClaimRow.state == "blocked") & _coming())
        .group_by(SeatClaimRow.performance)
    )
)
_TWO_CLAIMS = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, SeatClaimRow.seat, fn.COUNT(SeatClaimRow.id))
        .join(PerformanceRow)
        .where(_coming())
        .group_by(SeatClaimRow.performance, SeatClaimRow.seat)
        .having(fn.COUNT(SeatClaimRow.id) > 1)
        .order_by(SeatClaimRow.performance, SeatClaimRow.seat)
        .limit(FINDINGS_MAX)
    )
)
_CLAIMS_WITHOUT_LINE = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, SeatClaimRow.seat, SeatClaimRow.state)
        .join(PerformanceRow)
        .switch(SeatClaimRow)
        .join(OrderRow, JOIN.LEFT_OUTER)
        .join(
            LineRow,
            JOIN.LEFT_OUTER,
            on=(LineRow.order == OrderRow.id) & (LineRow.seat == SeatClaimRow.seat),
        )
        .where(
            _coming()
            & (
                (
                    (SeatClaimRow.state != "blocked")
                    & (
                        LineRow.id.is_null()
                        | (OrderRow.performance != SeatClaimRow.performance)
                        | ((SeatClaimRow.state == "sold") & (OrderRow.state != PAID))
                        | ((SeatClaimRow.state == "held") & (OrderRow.state != HELD))
                    )
                )
                | ((SeatClaimRow.state == "blocked") & SeatClaimRow.order.is_null(False))
            )
        )
        .order_by(SeatClaimRow.performance, SeatClaimRow.seat)
        .limit(FINDINGS_MAX)
    )
)
_LINES_WITHOUT_CLAIM = Statement(
    lambda: (
        LineRow.select(LineRow.id, LineRow.order)
        .join(OrderRow)
        .join(PerformanceRow)
        .switch(OrderRow)
        .join(
            SeatClaimRow,
            JOIN.LEFT_OUTER,
            on=(SeatClaimRow.order == OrderRow.id) & (SeatClaimRow.seat == LineRow.seat),
        )
        .where(
            LineRow.seat.is_null(False)
            & OrderRow.state.in_(LIVE)
            & SeatClaimRow.id.is_null()
            & _coming()
        )
        .order_by(LineRow.id)
        .limit(FINDINGS_MAX)
    )
)
_STRAY_SEATS = Statement(
    lambda: (
        LineRow.select(LineRow.id, LineRow.order)
        .join(OrderRow)
        .join(PerformanceRow)
        .join(SeatRow, JOIN.LEFT_OUTER, on=LineRow.seat == SeatRow.id)
        .where(
            _coming()
            & (
                (PerformanceRow.plan.is_null() & LineRow.seat.is_null(False))
                | (
                    PerformanceRow.plan.is_null(False)
                    & (LineRow.seat.is_null() | (SeatRow.plan != PerformanceRow.plan))
                )
            )
        )
        .order_by(LineRow.id)
        .limit(FINDINGS_MAX)
    )
)


def check_stock(view: View, since: datetime | None = None) -> Iterator[str]:
    """Sold, held and blocked are what orders and seats say; nothing exceeds the capacity.

    Args:
        since: leave out performances that were over before.
    """
    span = _span(since)
    counted = {(row[0], row[1]): row[2] for row in view.all(_PLACES, **span)}
    blocked_seats = dict(view.all(_BLOCKED, **span))
    for performance, sold, held, leased, blocked, capacity, plan in view.all(_STOCK, **span):
        if sold != counted.get((performance, PAID), 0):
            yield f"performance {performance}: sold {sold}, tickets say otherwise"
        if held != counted.get((performance, HELD), 0):
            yield f"performance {performance}: held {held}, orders say otherwise"
        if plan is not None and blocked != blocked_seats.get(performance, 0):
            yield f"performance {performance}: blocked {blocked}, seats say otherwise"
        if sold + held + leased + blocked > capacity:
            yield f"performance {performance}: more than its capacity of {capacity} is out"
        if min(sold, held, leased, blocked) < 0:
            yield f"performance {performance}: less than nothing is out"


def check_seats(view: View, since: datetime | None = None) -> Iterator[str]:
    """A seat has one claim, by a line of a live order, and every seated line has its claim."""
    span = _span(since)
    for performance, seat, count in view.all(_TWO_CLAIMS, **span):
        yield f"performance {performance}: seat {seat} is claimed {count} times"
    for performance, seat, state in view.all(_CLAIMS_WITHOUT_LINE, **span):
        yield f"performance {performance}: seat {seat} is {state} without a matching order"
    for line, order in view.all(_LINES_WITHOUT_CLAIM, **span):
        yield f"order {order}: line {line} has a seat that it does not claim"
    for line, order in view.all(_STRAY_SEATS, **span):
        yield f"order {order}: line {line} has no seat of its performance's plan"


def _span(since: datetime | None) -> dict[str, int]:
    return {"since": -(2**62) if since is None else to_ms(since)}
