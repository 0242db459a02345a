"""Orders and tickets: what they cost, what they are called, which papers there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from peewee import JOIN, fn

from venue_plugins.sales.checks.ranges import order_ranges
from venue_plugins.sales.domain.orders import HELD, PAID, STATES, make_order_number
from venue_plugins.sales.services.tickets import (
    DOUBTFUL,
    GENERATION_MAX,
    PRINTED,
    PRINTING,
    WAITING,
)
from venue_plugins.sales.tables import LineRow, OrderRow, TicketRow
from venue_suite.database import Statement, View, param

LIVE = (HELD, PAID)
TICKET_STATES = ("valid", "refunded", "blocked")
PRINT_STATES = (WAITING, PRINTING, PRINTED, DOUBTFUL)

_ORDERS = Statement(
    lambda: (
        OrderRow.select(
            OrderRow.id,
            OrderRow.number,
            OrderRow.state,
            OrderRow.total_minor,
            OrderRow.prices,
            OrderRow.expires_at,
            OrderRow.paid_at,
            fn.COUNT(LineRow.id),
            fn.COALESCE(fn.SUM(LineRow.net_minor), 0),
        )
        .join(LineRow, JOIN.LEFT_OUTER, on=LineRow.order == OrderRow.id)
        .where(OrderRow.id.between(param("first"), param("last")))
        .group_by(OrderRow.id)
        .order_by(OrderRow.id)
    )
)
_TICKETS = Statement(
    lambda: (
        LineRow.select(LineRow.id, OrderRow.id, OrderRow.state, TicketRow.id)
        .join(OrderRow)
        .switch(LineRow)
        .join(TicketRow, JOIN.LEFT_OUTER, on=TicketRow.line == LineRow.id)
        .where(
            LineRow.order.between(param("first"), param("last"))
            & (
                ((OrderRow.state == PAID) & TicketRow.id.is_null())
                | ((OrderRow.state != PAID) & TicketRow.id.is_null(False))
                | (TicketRow.order != LineRow.order)
            )
        )
        .order_by(LineRow.id)
    )
)
_TWO_TICKETS = Statement(
    lambda: (
        TicketRow.select(TicketRow.line, fn.MIN(TicketRow.order), fn.COUNT(TicketRow.id))
        .where(TicketRow.order.between(param("first"), param("last")))
        .group_by(TicketRow.line)
        .having(fn.COUNT(TicketRow.id) > 1)
        .order_by(TicketRow.line)
    )
)
_ODD_TICKETS = Statement(
    lambda: (
        TicketRow.select(TicketRow.id, TicketRow.state, TicketRow.print_state, TicketRow.generation)
        .where(
            TicketRow.order.between(param("first"), param("last"))
            & (
                TicketRow.state.not_in(TICKET_STATES)
                | TicketRow.print_state.not_in(PRINT_STATES)
                | ~TicketRow.generation.between(1, GENERATION_MAX)
            )
        )
        .order_by(TicketRow.id)
    )
)
_ODD_RECEIPTS = Statement(
    lambda: (
        OrderRow.select(OrderRow.id, OrderRow.receipt_state, OrderRow.receipt_generation)
        .where(
            OrderRow.id.between(param("first"), param("last"))
            & (
                OrderRow.receipt_state.not_in(PRINT_STATES)
                | (OrderRow.receipt_generation < 1)
                | ((OrderRow.receipt_state != WAITING) & (OrderRow.state != PAID))
            )
        )
        .order_by(OrderRow.id)
    )
)
_GAP = Statement(
    lambda: OrderRow.select(fn.COUNT(OrderRow.id), fn.COALESCE(fn.MAX(OrderRow.id), 0))
)


class _Explained(msgspec.Struct):
    """What matters here of one line of an order's explanation."""

    kind: str
    amount_minor: int


_EXPLANATION = msgspec.json.Decoder(list[_Explained])


def check_orders(view: View, since: datetime | None = None) -> Iterator[str]:
    """What an order costs is what its lines and its explanation add up to; each has its number.

    Args:
        since: leave out what was placed before.
    """
    for span in order_ranges(view, since):
        for order, number, state, total_minor, prices, *rest in view.all(_ORDERS, **span):
            expires_at, paid_at, count, net_minor = rest
            explained = _EXPLANATION.decode(prices)
            fees_minor = sum(line.amount_minor for line in explained if line.kind == "fee")
            if state not in STATES:
                yield f"order {order} is {state}, which no order can be"
            if number != make_order_number(order):
                yield f"order {order} is called {number}"
            if count == 0 and state in LIVE:
                yield f"order {order} is {state} and has no places"
            if sum(line.amount_minor for line in explained) != total_minor:
                yield f"order {order}: its explanation does not add up to {total_minor}"
            if net_minor + fees_minor != total_minor:
                yield f"order {order}: its lines do not add up to {total_minor}"
            if (expires_at is not None) != (state == HELD):
                yield f"order {order} is {state}, but its hold says otherwise"
            if (paid_at is not None) != (state == PAID):
                yield f"order {order} is {state}, but its time of payment says otherwise"
    count, last = view.all(_GAP)[0]
    if count != last:
        yield f"there are {count} orders, but the last one is number {last}"


def check_tickets(view: View, since: datetime | None = None) -> Iterator[str]:
    """A line has one ticket exactly if its order is paid."""
    for span in order_ranges(view, since):
        for line, order, state, ticket in view.all(_TICKETS, **span):
            yield f"order {order} is {state}, but line {line} has ticket {ticket}"
        for line, order, count in view.all(_TWO_TICKETS, **span):
            yield f"order {order}: line {line} has {count} tickets"


def check_papers(view: View, since: datetime | None = None) -> Iterator[str]:
    """Every ticket and receipt is in a state that it can be in; its code has a generation."""
    for span in order_ranges(view, since):
        for ticket, state, print_state, generation in view.all(_ODD_TICKETS, **span):
            yield f"ticket {ticket} is {state}, {print_state}, generation {generation}"
        for order, state, generation in view.all(_ODD_RECEIPTS, **span):
            yield f"order {order}: its receipt is {state}, generation {generation}"
