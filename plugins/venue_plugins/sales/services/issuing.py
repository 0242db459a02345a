"""The moment of sale: held places are sold, tickets exist, revenue and tax are in the books."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from venue_plugins.sales.domain.errors import WrongState
from venue_plugins.sales.domain.orders import PAID
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.order_rows import (
    LineSold,
    OrderState,
    read_lines,
    read_state,
    tell,
)
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
    if work.run(order_rows.LEAVE_HELD, id=order, state=PAID, paid_at=work.now_ms) == 0:
        raise WrongState(state=read_state(work, order).state, verb="pay")
    lines = read_lines(work, order)
    stock.sell_places(work, state.performance, order, len(lines))
    for line in lines:
        work.run(_ISSUE, line=line.id, order=order, issued_at=work.now_ms)
    _post_sale(work, order, state, lines)
    tell(work, "sales.order_paid", order, PAID)


def _post_sale(work: Work, order: int, state: OrderState, lines: Sequence[LineSold]) -> None:
    """Revenue by ticket type; the tax inside it is taken out in a pair of legs of its own."""
    by_type: dict[str, list[LineSold]] = {}
    for line in lines:
        by_type.setdefault(line.key, []).append(line)
    legs = [Leg("receivable/orders", state.total_minor)]
    legs += [
        Leg(
            f"revenue/ticket/{key}",
            -sum(line.net_minor for line in some),
            len(some),
            msgspec.json.decode(some[0].name),
        )
        for key, some in by_type.items()
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
