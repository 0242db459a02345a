"""The invariants of sales, for `venue verify`."""

from __future__ import annotations

from venue_plugins.sales.checks.money import check_payments, check_told
from venue_plugins.sales.checks.orders import check_orders, check_papers, check_tickets
from venue_plugins.sales.checks.stock import check_seats, check_stock
from venue_suite.hookspecs import Check

CHECKS = (
    Check(
        "sales.stock",
        "sold and held places match the orders and the capacity",
        check_stock,
        check_stock,
    ),
    Check(
        "sales.seats",
        "each seat has at most one claim, by a live order",
        check_seats,
        check_seats,
    ),
    Check(
        "sales.tickets",
        "tickets exist exactly for paid lines",
        check_tickets,
        check_tickets,
    ),
    Check(
        "sales.papers",
        "tickets and receipts are in a state that there is",
        check_papers,
        check_papers,
    ),
    Check(
        "sales.orders",
        "orders cost what their lines add up to",
        check_orders,
        check_orders,
    ),
    Check(
        "sales.payments",
        "money is the price of a paid order, or owed back",
        check_payments,
        check_payments,
    ),
    Check("sales.told", "the feed tells each paid order once", check_told),
)
