"""What an order holds: places are chosen and claimed, priced, and written down as its lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PerformanceNotOnSale, TooManyPlaces
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.cards import OPEN_TIER, is_on_sale
from venue_plugins.sales.services.choosing import SeatWish, choose_seats, list_named
from venue_plugins.sales.services.prices import Place, PriceBook, price_places, read_price_book
from venue_plugins.sales.tables import PerformanceRow
from venue_suite.database import Statement, Work, param
from venue_suite.database.rows import from_ms, to_json
from venue_suite.domain.errors import BadRequest, NotFound

Wish = wire.PlaceOrder | wire.ChangeOrder
# What a promotion calls the place of sale; every other kind of station is a counter.
CHANNELS = {"kiosk": "kiosk"}
COUNTER = "counter"

_PERFORMANCE = Statement(
    lambda: PerformanceRow.select(
        PerformanceRow.id,
        PerformanceRow.state,
        PerformanceRow.starts_at,
        PerformanceRow.ends_at,
        PerformanceRow.plan,
        PerformanceRow.price_list,
        PerformanceRow.places_per_order_max,
        PerformanceRow.event,
    ).where(PerformanceRow.id == param("performance"))
)


class Performance(NamedTuple):
    """A performance as a sale needs it. `plan` is None without seats."""

    id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    plan: int | None
    price_list: int
    places_max: int
    event: int


def read_on_sale(work: Work, performance: int) -> Performance:
    """A performance that can be bought now. Raises NotFound, PerformanceNotOnSale."""
    row = work.one(_PERFORMANCE, performance=performance)
    if row is None:
        raise NotFound(what="Performance", key=performance)
    found = Performance(row[0], row[1], from_ms(row[2]), from_ms(row[3]), *row[4:])
    seated = found.plan is not None
    if not is_on_sale(found.state, found.starts_at, found.ends_at, seated, work.now):
        raise PerformanceNotOnSale("This performance is not on sale.", performance=performance)
    return found


def count_places(wanted: Sequence[wire.Wanted], performance: Performance) -> int:
    """How many places are asked for. Raises BadRequest, TooManyPlaces."""
    if not wanted or any(want.count < 1 for want in wanted):
        raise BadRequest(reason="an order has at least one ticket")
    count = sum(want.count for want in wanted)
    if count > performance.places_max:
        raise TooManyPlaces(count=count, limit=performance.places_max)
    return count


def fill_order(
    work: Work, order: int, performance: Performance, wish: Wish, own: Sequence[int]
) -> None:
    """Choose and claim seats, price the places, write the lines.

    Args:
        order: its places are counted already and it has no lines.
        own: seats that it holds now; those that stay are not given back in between.

    Raises:
        SoldOut, SeatTaken, TicketTypeNotSold, BadRequest.
    """
    book = read_price_book(work, performance.price_list)
    places, together = _choose(work, performance, wish, book, own)
    priced = price_places(
        work,
        places,
        book,
        event=performance.event,
        starts_at=performance.starts_at,
        channel=CHANNELS.get(work.actor.station_kind, COUNTER),
    )
    seats = [place.seat for place in places if place.seat is not None]
    stock.claim_seats(work, performance.id, order, seats, own)
    for place, listed_minor, net_minor in zip(
        places, priced.listed_minor, priced.quote.net_minor, strict=True
    ):
        work.run(
            order_rows.INSERT_LINE,
            order=order,
            ticket_type=place.ticket_type,
            tier=place.tier,
            seat=place.seat,
            price_minor=listed_minor,
            net_minor=net_minor,
        )
    work.run(
        order_rows.PRICE_ORDER,
        id=order,
        total_minor=priced.quote.total_minor,
        tax_minor=priced.tax_minor,
        prices=to_json(priced.quote.lines),
        together=together,
    )


def _choose(
    work: Work, performance: Performance, wish: Wish, book: PriceBook, own: Sequence[int]
) -> tuple[list[Place], bool]:
    """A place for each ticket, and whether they are neighbours."""
    types = [want.ticket_type_id for want in wish.wanted for _ in range(want.count)]
    named = list_named(wish.wanted)
    if performance.plan is None:
        if named:
            raise BadRequest(reason="this performance has no seats to choose")
        return [Place(one, OPEN_TIER) for one in types], True
    seats, together = choose_seats(
        work,
        performance.plan,
        performance.id,
        SeatWish(
            named=named,
            kinds=tuple(book.kinds.get(one, ()) for one in types),
            avoid=frozenset(wish.avoid_seat_ids),
            wheelchair=wish.wheelchair,
            tier_order=() if named else book.offer_tiers(set(types)),
            own=own,
        ),
    )
    return [
        Place(one, seat.tier, seat.id, seat.kind) for one, seat in zip(types, seats, strict=True)
    ], together
