"""Going through all orders some thousand at a time: the memory of a large venue is small, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from peewee import fn

from venue_plugins.sales.tables import OrderRow
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import to_ms

ORDERS_AT_ONCE = 4_000

_LAST = Statement(lambda: OrderRow.select(fn.COALESCE(fn.MAX(OrderRow.id), 0)))
_FIRST_SINCE = Statement(
    lambda: OrderRow.select(fn.MIN(OrderRow.id)).where(OrderRow.placed_at >= param("since"))
)


def order_ranges(view: View, since: datetime | None = None) -> Iterator[dict[str, int]]:
    """`first` and `last` of one range of orders after the other.

    Args:
        since: leave out what was placed before; None goes through all.
    """
    first = 1 if since is None else view.value(_FIRST_SINCE, since=to_ms(since))
    if first is None:
        return
    last: int = view.value(_LAST)
    for start in range(first, last + 1, ORDERS_AT_ONCE):
        yield {"first": start, "last": min(last, start + ORDERS_AT_ONCE - 1)}
