"""Pages of lists that can grow: `?after=KEY&limit=N` in, `{"items": [...], "next": KEY}` out.

    class FindOrders(PageQuery, frozen=True):
        find: ShortText = ""

    def find_orders(view, asked: FindOrders) -> Page[wire.Order]:
        rows = OrderRow.select().where(OrderRow.id < asked.after_number(2**53)) \
            .order_by(OrderRow.id.desc()).limit(asked.limit + 1)
        return page_of([shown(row) for row in rows], asked.limit, lambda order: order.id)

The key is a value of the last item by which the list is ordered, never a count of items to skip: a
row that comes or goes meanwhile neither repeats nor hides another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec

from venue_suite.domain.errors import BadRequest

Item = TypeVar("Item")

PAGE_LENGTH = 50
PAGE_LENGTH_MAX = 200
KEY_CHARS_MAX = 200
_KEY_MAX = 2**63 - 1


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has no words: a change, or an answer. `{}`; as a body also nothing at all."""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items of a list. `next`: ask with `after=` this for those that follow; "" at the end."""

    items: list[Item]
    next: str = ""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what an address may ask for behind its `?`: unknown names are refused.

    Fields are `int` with bounds, `str` with a length, `bool`, or a `Literal`, each with a default;
    `msgspec.Meta(description=...)` says what it means.
    """


class PageQuery(Query, frozen=True):
    """Base of what a list that can grow is asked for."""

    after: Annotated[
        str,
        msgspec.Meta(
            max_length=KEY_CHARS_MAX, description="`next` of the page before; empty: from the start"
        ),
    ] = ""
    limit: Annotated[
        int, msgspec.Meta(ge=1, le=PAGE_LENGTH_MAX, description="how many items at most")
    ] = PAGE_LENGTH

    def after_number(self, start: int = 0) -> int:
        """`after` of a list that is ordered by a whole number; `start` when there is none.

        Raises:
            BadRequest: it is no number.
        """
        if not self.after:
            return start
        text = self.after
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= _KEY_MAX):
            raise BadRequest(reason="after is not the `next` of a page of this list")
        return int(text)


def page_of(
    items: Sequence[Item], limit: int, key: Callable[[Item], str | int], *, more: bool | None = None
) -> Page[Item]:
    """A page of items that were read in order.

    Args:
        items: up to `limit + 1` of them: the one too many tells that there is a next page.
        limit: how many the page holds.
        key: by what the list goes on after an item.
        more: whether others follow, where that is known by other means.
    """
    shown = list(items[:limit])
    goes_on = len(items) > limit if more is None else more
    return Page(items=shown, next=str(key(shown[-1])) if goes_on and shown else "")
