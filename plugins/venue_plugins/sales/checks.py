"""The invariants of sales, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from peewee import JOIN, fn

from venue_plugins.sales.domain.orders import HELD, PAID
from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PaymentRow,
    PerformanceRow,
    SeatClaimRow,
    SeatRow,
    TicketRow,
)
from venue_suite.database import Statement, View
from venue_suite.hookspecs import Check
from venue_suite.ledger import AccountRow, PostingRow, TransactionRow

LIVE = (HELD, PAID)
OPEN_PAYMENTS = ("asked", "waiting", "unknown")

_STOCK = Statement(
    lambda: PerformanceRow.select(
        PerformanceRow.id,
        PerformanceRow.sold,
        PerformanceRow.held,
        PerformanceRow.leased,
        PerformanceRow.blocked,
        PerformanceRow.capacity,
        PerformanceRow.plan,
    )
)
_PLACES = Statement(
    lambda: (
        LineRow.select(OrderRow.performance, OrderRow.state, fn.COUNT(LineRow.id))
        .join(OrderRow)
        .where(OrderRow.state.in_(LIVE))
        .group_by(OrderRow.performance, OrderRow.state)
    )
)
_BLOCKED = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, fn.COUNT(SeatClaimRow.id))
        .where(SeatClaimRow.state == "blocked")
        .group_by(SeatClaimRow.performance)
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
                | (OrderRow.performance != SeatClaimRow.performance)
                | ((SeatClaimRow.state == "sold") & (OrderRow.state != PAID))
                | ((SeatClaimRow.state == "held") & (OrderRow.state != HELD))
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
        .where(LineRow.seat.is_null(False) & OrderRow.state.in_(LIVE) & SeatClaimRow.id.is_null())
    )
)
_STRAY_SEATS = Statement(
    lambda: (
        LineRow.select(LineRow.id, LineRow.order)
        .join(OrderRow)
        .join(PerformanceRow)
        .join(SeatRow, JOIN.LEFT_OUTER, on=LineRow.seat == SeatRow.id)
        .where(
            (PerformanceRow.plan.is_null() & LineRow.seat.is_null(False))
            | (
                PerformanceRow.plan.is_null(False)
                & (LineRow.seat.is_null() | (SeatRow.plan != PerformanceRow.plan))
            )
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
            ((OrderRow.state == PAID) & TicketRow.id.is_null())
            | ((OrderRow.state != PAID) & TicketRow.id.is_null(False))
            | (TicketRow.order != LineRow.order)
        )
    )
)
_ORDERS = Statement(
    lambda: OrderRow.select(
        OrderRow.id, OrderRow.state, OrderRow.total_minor, OrderRow.prices, OrderRow.expires_at
    ).order_by(OrderRow.id)
)
_NETS = Statement(
    lambda: LineRow.select(LineRow.order, fn.COUNT(LineRow.id), fn.SUM(LineRow.net_minor)).group_by(
        LineRow.order
    )
)
_PAYMENTS = Statement(
    lambda: PaymentRow.select(
        PaymentRow.order,
        PaymentRow.state,
        PaymentRow.late,
        fn.COUNT(PaymentRow.id),
        fn.SUM(PaymentRow.amount_minor),
    ).group_by(PaymentRow.order, PaymentRow.state, PaymentRow.late)
)
# What the books say of an order: (kind of transaction, group of accounts) -> amount, quantity.
_BOOKS = Statement(
    lambda: (
        PostingRow.select(
            TransactionRow.reference,
            TransactionRow.kind,
            AccountRow.code,
            fn.SUM(PostingRow.amount_minor),
            fn.SUM(PostingRow.quantity),
        )
        .join(TransactionRow)
        .switch(PostingRow)
        .join(AccountRow)
        .where(TransactionRow.kind.in_(("sale", "payment", "late_payment")))
        .group_by(TransactionRow.reference, TransactionRow.kind, AccountRow.code)
    )
)


def check_stock(view: View) -> Iterator[str]:
    """Sold, held and blocked are what orders and seats say; nothing exceeds the capacity."""
    counted = {(row[0], row[1]): row[2] for row in view.all(_PLACES)}
    blocked_seats = dict(view.all(_BLOCKED))
    for performance, sold, held, leased, blocked, capacity, plan in view.all(_STOCK):
        if sold != counted.get((performance, PAID), 0):
            yield f"performance {performance}: sold {sold}, tickets say otherwise"
        if held != counted.get((performance, HELD), 0):
            yield f"performance {performance}: held {held}, orders say otherwise"
        if plan is not None and blocked != blocked_seats.get(performance, 0):
            yield f"performance {performance}: blocked {blocked}, seats say otherwise"
        if sold + held + leased + blocked > capacity:
            yield f"performance {performance}: more than its capacity of {capacity} is out"


def check_seats(view: View) -> Iterator[str]:
    """Every claim belongs to a line of a live order, and every seated line has its claim."""
    for performance, seat, state in view.all(_CLAIMS_WITHOUT_LINE):
        yield f"performance {performance}: seat {seat} is {state} without a matching order"
    for line, order in view.all(_LINES_WITHOUT_CLAIM):
        yield f"order {order}: line {line} has a seat that it does not claim"
    for line, order in view.all(_STRAY_SEATS):
        yield f"order {order}: line {line} has no seat of its performance's plan"


def check_tickets(view: View) -> Iterator[str]:
    """A line has a ticket exactly if its order is paid."""
    for line, order, state, ticket in view.all(_TICKETS):
        yield f"order {order} is {state}, but line {line} has ticket {ticket}"


def check_orders(view: View) -> Iterator[str]:
    """What an order costs is what its lines and its explanation add up to."""
    nets = {row[0]: row[1:] for row in view.all(_NETS)}
    for order, state, total_minor, prices, expires_at in view.all(_ORDERS):
        explained = msgspec.json.decode(prices)
        fees_minor = sum(line["amount_minor"] for line in explained if line["kind"] == "fee")
        count, net_minor = nets.get(order, (0, 0))
        if count == 0 and state in LIVE:
            yield f"order {order} is {state} and has no places"
        if sum(line["amount_minor"] for line in explained) != total_minor:
            yield f"order {order}: its explanation does not add up to {total_minor}"
        if net_minor + fees_minor != total_minor:
            yield f"order {order}: its lines do not add up to {total_minor}"
        if (expires_at is not None) != (state == HELD):
            yield f"order {order} is {state}, but its hold says otherwise"


def check_payments(view: View) -> Iterator[str]:
    """Money that came is the price of a paid order, or is owed back; the books say the same."""
    paid: dict[tuple[int, bool], int] = {}
    open_count: dict[int, int] = {}
    for order, state, late, count, amount_minor in view.all(_PAYMENTS):
        if state == PAID:
            paid[order, bool(late)] = amount_minor
        elif state in OPEN_PAYMENTS:
            open_count[order] = open_count.get(order, 0) + count
    tickets = {row[0]: row[1] for row in view.all(_NETS)}
    books = _Books(view)
    for order, state, total_minor, _, _ in view.all(_ORDERS):
        price_minor, count = (total_minor, tickets.get(order, 0)) if state == PAID else (0, 0)
        paid_minor, late_minor = paid.get((order, False), 0), paid.get((order, True), 0)
        if paid_minor != price_minor:
            yield f"order {order} is {state} at {total_minor}, but {paid_minor} was paid for it"
        if books.taken_minor(order) != paid_minor + late_minor:
            yield f"order {order}: {paid_minor + late_minor} came in, the ledger took another sum"
        if books.late_minor(order) != late_minor:
            yield f"order {order}: {late_minor} is owed back, the ledger owes another sum"
        if books.sold(order) != (price_minor, count):
            yield f"order {order} is {state}, but its sale in the ledger is another"
        if open_count.get(order, 0) > 1:
            yield f"order {order} has {open_count[order]} open payments"


class _Books:
    """What the ledger says of each order."""

    def __init__(self, view: View) -> None:
        self._late: dict[str, int] = {}
        self._taken: dict[str, int] = {}
        self._owed: dict[str, int] = {}
        self._tickets: dict[str, int] = {}
        for reference, kind, account, amount_minor, quantity in view.all(_BOOKS):
            if account.startswith("tender/"):
                _add(self._taken, reference, amount_minor)
            elif account == "deposit/late_payments":
                _add(self._late, reference, -amount_minor)
            elif kind == "sale" and account.startswith("revenue/ticket/"):
                _add(self._owed, reference, -amount_minor)
                _add(self._tickets, reference, quantity)

    def late_minor(self, order: int) -> int:
        return self._late.get(f"order/{order}", 0)

    def taken_minor(self, order: int) -> int:
        return self._taken.get(f"order/{order}", 0)

    def sold(self, order: int) -> tuple[int, int]:
        """(price, tickets) of its sale."""
        reference = f"order/{order}"
        return self._owed.get(reference, 0), self._tickets.get(reference, 0)


def _add(sums: dict[str, int], key: str, amount: int) -> None:
    sums[key] = sums.get(key, 0) + amount


CHECKS = (
    Check("sales.stock", "sold and held places match the orders and the capacity", check_stock),
    Check("sales.seats", "each seat has at most one claim, by a live order", check_seats),
    Check("sales.tickets", "tickets exist exactly for paid lines", check_tickets),
    Check("sales.orders", "orders cost what their lines add up to", check_orders),
    Check("sales.payments", "money is the price of a paid order, or owed back", check_payments),
)
