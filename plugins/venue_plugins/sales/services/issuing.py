"""The moment of sale: held places are sold, tickets exist, revenue and tax are in the books."""

from __future__ import annotations

import msgspec

from venue_plugins.sales.domain.orders import PAID
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.orders import OrderState, check_verb, tell
from venue_plugins.sales.tables import TicketRow
from venue_suite.database import Statement, Work, param
from venue_suite.ledger import Leg, post
from venue_suite.settings import current_business_day

_ISSUE = Statement(
    lambda: TicketRow.insert(
        line=param("line"),
        order=param("order"),
        generation=1,
        state="valid",
        print_state="waiting",
        issued_at=param("issued_at"),
    )
)


def complete_order(work: Work, order: int, state: OrderState) -> None:
    """Turn a held order whose money is there into a paid one.

    Raises WrongState if somebody else ended the hold first; then nothing is kept.
    """
    changed = work.run(order_rows.LEAVE_HELD, id=order, state=PAID, paid_at=work.now_ms)
    if changed == 0:
        check_verb(work, state._replace(state="released"), "pay")
    lines = work.all(order_rows.LINES, order=order)
    stock.sell_places(work, state.performance, order, len(lines))
    for line in lines:
        work.run(_ISSUE, line=line[0], order=order, issued_at=work.now_ms)
    _post_sale(work, order, state, [(line[4], line[5], line[3]) for line in lines])
    tell(work, "sales.order_paid", order, PAID)


def _post_sale(
    work: Work, order: int, state: OrderState, tickets: list[tuple[str, str, int]]
) -> None:
    """Revenue by ticket type; the tax inside it is taken out in a pair of legs of its own."""
    by_type: dict[str, tuple[int, int, str]] = {}
    for key, name, net_minor in tickets:
        amount_minor, count, _ = by_type.get(key, (0, 0, ""))
        by_type[key] = (amount_minor + net_minor, count + 1, name)
    legs = [Leg("receivable/orders", state.total_minor)]
    legs += [
        Leg(f"revenue/ticket/{key}", -amount_minor, count, msgspec.json.decode(name))
        for key, (amount_minor, count, name) in by_type.items()
    ]
    legs += [Leg("revenue/contained_tax", state.tax_minor), Leg("tax/output", -state.tax_minor)]
    post(
        work,
        "sale",
        business_day=current_business_day(work),
        currency=state.currency,
        reference=f"order/{order}",
        legs=legs,
    )
