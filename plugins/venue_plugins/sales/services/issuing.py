"""The moment of sale: held places are sold, tickets exist, revenue and tax are in the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from venue_suite.database import Work
from venue_suite.domain.localized import Localized
from venue_suite.ledger import Leg, post
from venue_suite.settings import current_business_day


def complete_order(work: Work, order: int, state: OrderState) -> None:
    """Turn a held order whose money is there into a paid one.

    Raises WrongState if somebody else ended the hold first; then nothing is kept.
    """
    if work.run(order_rows.LEAVE_HELD, id=order, state=PAID, paid_at=work.now_ms) == 0:
        raise WrongState(state=read_state(work, order).state, verb="pay")
    lines = read_lines(work, order)
    stock.sell_places(work, state.performance, order, len(lines))
    first: int = work.value(order_rows.NEXT_TICKET)
    work.put_all(
        order_rows.INSERT_TICKET,
        [
            {"id": first + index, "line": line.id, "order": order, "issued_at": work.now_ms}
            for index, line in enumerate(lines)
        ],
    )
    _post_sale(work, order, state, lines)
    tell(work, "sales.order_paid", order, PAID)


def _post_sale(work: Work, order: int, state: OrderState, lines: Sequence[LineSold]) -> None:
    names = {line.key: msgspec.json.decode(line.name) for line in lines}
    sold = [(line.key, line.net_minor) for line in lines]
    post(
        work,
        "sale",
        business_day=current_business_day(work),
        currency=state.currency,
        reference=f"order/{order}",
        legs=[
            Leg("receivable/orders", state.total_minor),
            *revenue_legs(sold, names, state.tax_minor),
        ],
    )


def revenue_legs(
    sold: Sequence[tuple[str, int]], names: Mapping[str, Localized], tax_minor: int
) -> list[Leg]:
    """Revenue by ticket type; the tax inside it is taken out in a pair of legs of its own.

    Args:
        sold: (key of the ticket type, net price in minor units) of each ticket.
        names: key of the ticket type -> its name.
    """
    by_type: dict[str, list[int]] = {}
    for key, net_minor in sold:
        by_type.setdefault(key, []).append(net_minor)
    return [
        *(
            Leg(f"revenue/ticket/{key}", -sum(some), len(some), names[key])
            for key, some in by_type.items()
        ),
        Leg("revenue/contained_tax", tax_minor),
        Leg("tax/output", -tax_minor),
    ]
