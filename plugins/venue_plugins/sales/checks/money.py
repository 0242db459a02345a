"""Payments and what the ledger and the feed say of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN, Case, Value, fn

from venue_plugins.sales.checks.ranges import order_ranges
from venue_plugins.sales.domain.orders import HELD, PAID
from venue_plugins.sales.services.open_codes import OPEN_STATES
from venue_plugins.sales.tables import LineRow, OrderRow, PaymentRow
from venue_suite.database import Statement, View, param
from venue_suite.database.kernel_rows import FeedRow
from venue_suite.ledger import AccountRow, PostingRow, TransactionRow

KINDS = ("sale", "payment", "late_payment")
FINDINGS_MAX = 20
TOLD_PAID, TOLD_PLACED = "sales.order_paid", "sales.order_placed"


def _sum(condition: Any, value: Any) -> Any:
    return fn.COALESCE(fn.SUM(Case(None, ((condition, value),), 0)), 0)


def _is_paid() -> Any:
    return PaymentRow.state == "paid"


_PAYMENTS = Statement(
    lambda: (
        OrderRow.select(
            OrderRow.id,
            OrderRow.state,
            OrderRow.total_minor,
            OrderRow.tax_minor,
            _sum(_is_paid() & ~PaymentRow.late, PaymentRow.amount_minor),
            _sum(_is_paid() & PaymentRow.late, PaymentRow.amount_minor),
            _sum(PaymentRow.state.in_(OPEN_STATES), 1),
            _sum(
                _is_paid()
                & (PaymentRow.tender == "cash")
                & (PaymentRow.received_minor - PaymentRow.change_minor != PaymentRow.amount_minor),
                1,
            ),
            _sum(_is_paid() & ~PaymentRow.late & (PaymentRow.tender != "cash"), 1),
        )
        .join(PaymentRow, JOIN.LEFT_OUTER, on=PaymentRow.order == OrderRow.id)
        .where(OrderRow.id.between(param("first"), param("last")))
        .group_by(OrderRow.id)
        .order_by(OrderRow.id)
    )
)
_COUNTS = Statement(
    lambda: (
        LineRow.select(LineRow.order, fn.COUNT(LineRow.id))
        .where(LineRow.order.between(param("first"), param("last")))
        .group_by(LineRow.order)
    )
)
_ACCOUNTS = Statement(lambda: AccountRow.select(AccountRow.id, AccountRow.code))
_POSTED = Statement(
    lambda: TransactionRow.select(fn.COUNT(TransactionRow.id)).where(TransactionRow.kind.in_(KINDS))
)


class _Book(NamedTuple):
    """What the ledger says of one order, in minor units."""

    order: int = 0
    taken_minor: int = 0
    late_minor: int = 0
    sold_minor: int = 0
    tickets: int = 0
    tax_minor: int = 0
    transactions: int = 0


_NOTHING = _Book()


def check_payments(view: View, since: datetime | None = None) -> Iterator[str]:
    """Money that came is the price of a paid order, or is owed back; the books say the same.

    Args:
        since: leave out orders that were placed before.
    """
    books = _books(view)
    transactions = 0
    for span in order_ranges(view, since):
        counts = dict(view.all(_COUNTS, **span))
        posted = {row[0]: _Book(*row) for row in view.all(books, **span)}
        transactions += sum(book.transactions for book in posted.values())
        for order, *row in view.all(_PAYMENTS, **span):
            yield from _compare(order, row, counts.get(order, 0), posted.get(order, _NOTHING))
    if since is None and transactions != (total := view.value(_POSTED)):
        yield f"{total - transactions} sales and payments in the ledger belong to no order"


def _compare(order: int, row: list[Any], count: int, book: _Book) -> Iterator[str]:
    state, total_minor, tax_minor, paid_minor, late_minor, open_count, odd_change, by_code = row
    is_paid = state == PAID
    price_minor, tickets = (total_minor, count) if is_paid else (0, 0)
    if paid_minor != price_minor:
        yield f"order {order} is {state} at {total_minor}, but {paid_minor} was paid for it"
    if book.taken_minor != paid_minor + late_minor:
        yield f"order {order}: {paid_minor + late_minor} came in, the ledger took another sum"
    if book.late_minor != late_minor:
        yield f"order {order}: {late_minor} is owed back, the ledger owes another sum"
    if (book.sold_minor, book.tickets) != (price_minor, tickets):
        yield f"order {order} is {state}, but its sale in the ledger is another"
    if book.tax_minor != (tax_minor if is_paid else 0):
        yield f"order {order} is {state}, but the ledger has another tax than {tax_minor}"
    if open_count > 1:
        yield f"order {order} has {open_count} open payments"
    # A code that was given up may be paid after all while the next one is shown: the server takes
    # that one back soon.
    if open_count and state != HELD and not by_code:
        yield f"order {order} is {state}, but a payment of it is still open"
    if odd_change:
        yield f"order {order}: the change that was given is not what was too much"


def _books(view: View) -> Statement:
    """What the ledger says of a range of orders. Which accounts count is asked once: a number is
    compared sooner than a path."""
    groups: dict[str, list[int]] = {"tender": [], "late": [], "tickets": [], "tax": []}
    for account, code in view.all(_ACCOUNTS):
        if code.startswith("tender/"):
            groups["tender"].append(account)
        elif code.startswith("revenue/ticket/"):
            groups["tickets"].append(account)
    known = {code: account for account, code in view.all(_ACCOUNTS)}
    for name, code in (
        ("late", "deposit/late_payments"),
        ("tax", "tax/output"),
    ):
        groups[name] = [known[code]] if code in known else []

    def build() -> Any:
        def of(name: str) -> Any:
            # Some engine may not take an empty list; no account has the number 0.
            return PostingRow.account.in_(groups[name] or [0])

        is_sale = TransactionRow.kind == "sale"
        return (
            OrderRow.select(
                OrderRow.id,
                _sum(of("tender"), PostingRow.amount_minor),
                _sum(of("late"), PostingRow.amount_minor * -1),
                _sum(is_sale & of("tickets"), PostingRow.amount_minor * -1),
                _sum(of("tickets"), PostingRow.quantity),
                _sum(is_sale & of("tax"), PostingRow.amount_minor * -1),
                fn.COUNT(TransactionRow.id.distinct()),
            )
            .join(
                TransactionRow,
                on=TransactionRow.reference == Value("order/").concat(OrderRow.id.cast("TEXT")),
            )
            .join(PostingRow, on=PostingRow.transaction == TransactionRow.id)
            .where(
                OrderRow.id.between(param("first"), param("last")) & TransactionRow.kind.in_(KINDS)
            )
            .group_by(OrderRow.id)
            .order_by(OrderRow.id)
        )

    return Statement(build)


# --- the feed ------------------------------------------------------------------------------------


def _number() -> Any:
    """The order that a fact is about."""
    return fn.REPLACE(FeedRow.subject, "order/", "").cast("BIGINT")


_TOLD = Statement(
    lambda: FeedRow.select(fn.COUNT(FeedRow.seq), fn.COALESCE(fn.SUM(_number()), 0)).where(
        FeedRow.kind == TOLD_PAID
    )
)
_FIRST_PLACED = Statement(
    lambda: FeedRow.select(fn.MIN(_number())).where(FeedRow.kind == TOLD_PLACED)
)
_PAID = Statement(
    lambda: OrderRow.select(fn.COUNT(OrderRow.id), fn.COALESCE(fn.SUM(OrderRow.id), 0)).where(
        (OrderRow.state == PAID) & (OrderRow.id >= param("first"))
    )
)
_UNTOLD = Statement(
    lambda: (
        OrderRow.select(OrderRow.id, fn.COUNT(FeedRow.seq))
        .join(
            FeedRow,
            JOIN.LEFT_OUTER,
            on=(FeedRow.kind == TOLD_PAID)
            & (FeedRow.subject == Value("order/").concat(OrderRow.id.cast("TEXT"))),
        )
        .where((OrderRow.state == PAID) & (OrderRow.id >= param("first")))
        .group_by(OrderRow.id)
        .having(fn.COUNT(FeedRow.seq) != 1)
        .order_by(OrderRow.id)
        .limit(FINDINGS_MAX)
    )
)
_TOLD_WRONGLY = Statement(
    lambda: (
        FeedRow.select(FeedRow.seq, FeedRow.subject)
        .join(
            OrderRow,
            JOIN.LEFT_OUTER,
            on=(OrderRow.id == _number()) & (OrderRow.state == PAID),
        )
        .where((FeedRow.kind == TOLD_PAID) & OrderRow.id.is_null())
        .order_by(FeedRow.seq)
        .limit(FINDINGS_MAX)
    )
)


def check_told(view: View) -> Iterator[str]:
    """That an order was paid is told once, and only of those that were.

    The orders of a sample are older than the feed. Counts and sums are compared first; only if they
    differ is every order looked for.
    """
    first = view.value(_FIRST_PLACED)
    told = view.all(_TOLD)[0]
    if first is None:
        first = 2**62
    if told == view.all(_PAID, first=first)[0]:
        return
    for order, count in view.all(_UNTOLD, first=first):
        yield f"order {order} was paid, the feed told it {count} times"
    for seq, subject in view.all(_TOLD_WRONGLY):
        yield f"fact {seq} tells that {subject} was paid, which it is not"
