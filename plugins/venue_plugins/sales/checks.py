"""The invariants of sales, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PaymentRow,
    PerformanceRow,
    SeatClaimRow,
    TicketRow,
)
from venue_suite.database import Statement, View
from venue_suite.hookspecs import Check
from venue_suite.ledger import AccountRow, PostingRow, TransactionRow

_STOCK = Statement(
    lambda: PerformanceRow.select(
        PerformanceRow.id,
        PerformanceRow.sold,
        PerformanceRow.held,
        PerformanceRow.leased,
        PerformanceRow.blocked,
        PerformanceRow.capacity,
    )
)
_PLACES = Statement(
    lambda: (
        LineRow.select(OrderRow.performance, OrderRow.state, fn.COUNT(LineRow.id))
        .join(OrderRow)
        .where(OrderRow.state.in_(("held", "paid")))
        .group_by(OrderRow.performance, OrderRow.state)
    )
)
_CLAIMS_WITHOUT_LINE = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, SeatClaimRow.seat, SeatClaimRow.state)
        .join(OrderRow, JOIN.LEFT_OUTER)
        .join(
            LineRow,
            JOIN.LEFT_OUTER,
            on=(LineRow.order == OrderRow.id) & (LineRow.seat == SeatClaimRow.seat),
        )
        .where(
            (SeatClaimRow.state != "blocked")
            & (
                LineRow.id.is_null()
                | ((SeatClaimRow.state == "sold") & (OrderRow.state != "paid"))
                | ((SeatClaimRow.state == "held") & (OrderRow.state != "held"))
            )
        )
    )
)
_LINES_WITHOUT_CLAIM = Statement(
    lambda: (
        LineRow.select(LineRow.id, LineRow.order)
        .join(OrderRow)
        .join(
            SeatClaimRow,
            JOIN.LEFT_OUTER,
            on=(SeatClaimRow.order == OrderRow.id) & (SeatClaimRow.seat == LineRow.seat),
        )
        .where(
            LineRow.seat.is_null(False)
            & OrderRow.state.in_(("held", "paid"))
            & SeatClaimRow.id.is_null()
        )
    )
)
_TICKETS = Statement(
    lambda: (
        LineRow.select(LineRow.id, OrderRow.id, OrderRow.state, TicketRow.id)
        .join(OrderRow)
        .switch(LineRow)
        .join(TicketRow, JOIN.LEFT_OUTER, on=TicketRow.line == LineRow.id)
        .where(
            ((OrderRow.state == "paid") & TicketRow.id.is_null())
            | ((OrderRow.state != "paid") & TicketRow.id.is_null(False))
        )
    )
)
_PAID = Statement(
    lambda: (
        OrderRow.select(
            OrderRow.id, OrderRow.total_minor, fn.COALESCE(fn.SUM(PaymentRow.amount_minor), 0)
        )
        .join(
            PaymentRow,
            JOIN.LEFT_OUTER,
            on=(PaymentRow.order == OrderRow.id) & (PaymentRow.state == "paid"),
        )
        .where(OrderRow.state == "paid")
        .group_by(OrderRow.id, OrderRow.total_minor)
    )
)
_SALES_POSTED = Statement(
    lambda: (
        PostingRow.select(TransactionRow.reference, fn.SUM(PostingRow.amount_minor))
        .join(TransactionRow)
        .switch(PostingRow)
        .join(AccountRow)
        .where((TransactionRow.kind == "sale") & (AccountRow.code == "receivable/orders"))
        .group_by(TransactionRow.reference)
    )
)


def check_stock(view: View) -> Iterator[str]:
    """Sold and held are what the orders say; nothing exceeds the capacity."""
    counted = {(row[0], row[1]): row[2] for row in view.all(_PLACES)}
    for performance, sold, held, leased, blocked, capacity in view.all(_STOCK):
        if sold != counted.get((performance, "paid"), 0):
            yield f"performance {performance}: sold {sold}, tickets say otherwise"
        if held != counted.get((performance, "held"), 0):
            yield f"performance {performance}: held {held}, orders say otherwise"
        if sold + held + leased + blocked > capacity:
            yield f"performance {performance}: more than its capacity of {capacity} is out"


def check_seats(view: View) -> Iterator[str]:
    """Every claim belongs to a line of a live order, and every seated line has its claim."""
    for performance, seat, state in view.all(_CLAIMS_WITHOUT_LINE):
        yield f"performance {performance}: seat {seat} is {state} without a matching order"
    for line, order in view.all(_LINES_WITHOUT_CLAIM):
        yield f"order {order}: line {line} has a seat that it does not claim"


def check_tickets(view: View) -> Iterator[str]:
    """A line has a ticket exactly if its order is paid."""
    for line, order, state, ticket in view.all(_TICKETS):
        yield f"order {order} is {state}, but line {line} has ticket {ticket}"


def check_payments(view: View) -> Iterator[str]:
    """A paid order's payments and its postings are its total."""
    posted = {row[0]: row[1] for row in view.all(_SALES_POSTED)}
    for order, total_minor, paid_minor in view.all(_PAID):
        if paid_minor != total_minor:
            yield f"order {order}: total {total_minor}, paid {paid_minor}"
        if posted.get(f"order/{order}", 0) != total_minor:
            yield f"order {order}: total {total_minor} is not what the ledger posted"


CHECKS = (
    Check("sales.stock", "sold and held places match the orders and the capacity", check_stock),
    Check("sales.seats", "each seat has at most one claim, by a live order", check_seats),
    Check("sales.tickets", "tickets exist exactly for paid lines", check_tickets),
    Check("sales.payments", "paid orders are paid in full and posted once", check_payments),
)
