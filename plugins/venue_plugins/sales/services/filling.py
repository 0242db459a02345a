"""What an order holds: places are chosen and claimed, priced, and written down as its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PerformanceNotOnSale, TooManyPlaces
from venue_plugins.sales.services import order_rows, stock
from venue_plugins.sales.services.cards import OPEN_TIER, is_on_sale
from venue_plugins.sales.services.choosing import SeatWish, choose_seats, list_named
from venue_plugins.sales.services.prices import (
    Place,
    PriceBook,
    Priced,
    Sale,
    price_places,
    read_price_book,
)
from venue_plugins.sales.tables import EventRow, PerformanceRow, PriceRevisionRow
from venue_suite.database import Statement, Work, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.settings import VenueIdentity, read_identity

Wish = wire.PlaceOrder | wire.ChangeOrder | wire.SellNow
# What a promotion calls the place of sale; every other kind of station is a counter.
CHANNELS = {"kiosk": "kiosk"}
COUNTER = "counter"
ANY_SEAT = 0

_PERFORMANCE = Statement(
    lambda: (
        PerformanceRow.select(
            PerformanceRow.id,
            PerformanceRow.state,
            PerformanceRow.starts_at,
            PerformanceRow.ends_at,
            PerformanceRow.admits_from,
            PerformanceRow.admits_until,
            PerformanceRow.plan,
            PerformanceRow.price_list,
            PerformanceRow.places_per_order_max,
            EventRow.code,
            PriceRevisionRow.revision,
        )
        .join(EventRow)
        .switch(PerformanceRow)
        .join(PriceRevisionRow, on=PriceRevisionRow.price_list == PerformanceRow.price_list)
        .where(PerformanceRow.id == param("performance"))
    )
)


class Performance(NamedTuple):
    """A performance as a sale needs it. `plan` is None without seats, `event` is its code;
    times in milliseconds since 1970."""

    id: int
    state: str
    starts_ms: int
    ends_ms: int
    admits_from_ms: int
    admits_until_ms: int
    plan: int | None
    price_list: int
    places_max: int
    event: str
    prices_revision: int


class Chosen(NamedTuple):
    """A place for each ticket, whether they are neighbours, and the prices that hold for them."""

    places: tuple[Place, ...]
    together: bool
    book: PriceBook

    @property
    def seats(self) -> list[int]:
        return [place.seat for place in self.places if place.seat is not None]


def read_on_sale(work: Work, performance: int) -> Performance:
    """A performance that can be bought now. Raises NotFound, PerformanceNotOnSale."""
    row = work.one(_PERFORMANCE, performance=performance)
    if row is None:
        raise NotFound(what="Performance", key=performance)
    found = Performance(*row)
    seated = found.plan is not None
    if not is_on_sale(found.state, found.starts_ms, found.ends_ms, seated, work.now_ms):
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
    chosen = choose_places(work, performance, wish, own)
    priced = price_chosen(work, performance, chosen, read_identity(work))
    stock.claim_seats(work, performance.id, order, chosen.seats, own)
    first: int = work.value(order_rows.NEXT_LINE)
    amounts = zip(priced.listed_minor, priced.quote.net_minor, strict=True)
    work.put_all(
        order_rows.INSERT_LINE,
        [
            {
                "id": first + index,
                "order": order,
                "ticket_type": place.ticket_type,
                "tier": place.tier,
                "seat": place.seat,
                "price_minor": listed_minor,
                "net_minor": net_minor,
            }
            for index, (place, (listed_minor, net_minor)) in enumerate(
                zip(chosen.places, amounts, strict=True)
            )
        ],
    )
    work.run(
        order_rows.PRICE_ORDER,
        id=order,
        total_minor=priced.quote.total_minor,
        tax_minor=priced.tax_minor,
        prices=priced.lines_json,
        together=chosen.together,
    )


def choose_places(
    work: Work, performance: Performance, wish: Wish, own: Sequence[int] = ()
) -> Chosen:
    """A place for each ticket.

    Args:
        own: seats that the order holds already and may keep.

    Raises:
        SoldOut, TicketTypeNotSold, BadRequest.
    """
    book = read_price_book(work, performance.price_list, performance.prices_revision)
    types = [want.ticket_type_id for want in wish.wanted for _ in range(want.count)]
    named = list_named(wish.wanted)
    if performance.plan is None:
        if named:
            raise BadRequest(reason="this performance has no seats to choose")
        return Chosen(tuple(Place(one, OPEN_TIER) for one in types), True, book)
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
    places = tuple(
        Place(one, seat.tier, seat.id, seat.kind) for one, seat in zip(types, seats, strict=True)
    )
    return Chosen(places, together, book)


def price_chosen(
    work: Work, performance: Performance, chosen: Chosen, identity: VenueIdentity
) -> Priced:
    """What these places cost here and now. Raises TicketTypeNotSold."""
    # The price asks for the kind of a seat, not for which one it is: so the result can be kept.
    places = tuple(
        place if place.seat is None else replace(place, seat=ANY_SEAT) for place in chosen.places
    )
    sale = Sale(
        event=performance.event,
        weekday=_weekday(performance.starts_ms, identity.time_zone),
        channel=CHANNELS.get(work.actor.station_kind, COUNTER),
        currency=identity.currency,
        tax_basis_points=identity.tax_basis_points,
    )
    return price_places(chosen.book, places, sale)


@lru_cache(maxsize=1024)
def _weekday(at_ms: int, time_zone: str) -> int:
    """1 is Monday."""
    return from_ms(at_ms).astimezone(ZoneInfo(time_zone)).isoweekday()
