"""The price of an order as the venue's data have it today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec

from venue_plugins.sales.domain.errors import TicketTypeNotSold
from venue_plugins.sales.domain.pricing import PriceRequest, Quote, quote
from venue_plugins.sales.domain.promotions import PricedTicket, Promotion, read_promotion
from venue_plugins.sales.tables import EventRow, PriceListRow, PriceRow, TicketTypeRow
from venue_suite.database import Statement, View, param
from venue_suite.domain.localized import Localized
from venue_suite.domain.money import Currency
from venue_suite.settings import read_identity

_PRICE_LIST = Statement(
    lambda: PriceListRow.select(PriceListRow.promotions, PriceListRow.best_value).where(
        PriceListRow.id == param("price_list")
    )
)
_PRICES = Statement(
    lambda: (
        PriceRow.select(
            PriceRow.tier,
            PriceRow.ticket_type,
            PriceRow.price_minor,
            TicketTypeRow.code,
            TicketTypeRow.name,
            TicketTypeRow.kinds,
        )
        .join(TicketTypeRow)
        .where(PriceRow.price_list == param("price_list"))
    )
)
_EVENT_CODE = Statement(lambda: EventRow.select(EventRow.code).where(EventRow.id == param("id")))


@dataclass(frozen=True, slots=True)
class Place:
    """One ticket to be priced: which type, in which tier, on which seat (None: no seat).

    `kind`: of the seat: seat, wheelchair, companion; empty without one.
    """

    ticket_type: int
    tier: str
    seat: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """A price list, ready to be asked.

    Attributes:
        prices_minor: (tier, ticket type) -> listed price.
        codes: ticket type -> its letter.
        names: letter -> name.
        kinds: ticket type -> the kinds of seats it is for; empty: all.
        best_value: tiers in the order in which a best-seats search offers them; empty: all alike.
    """

    prices_minor: dict[tuple[str, int], int]
    codes: dict[int, str]
    names: dict[str, Localized]
    kinds: dict[int, tuple[str, ...]]
    best_value: tuple[str, ...]
    promotions: tuple[Promotion, ...]

    def full_minor(self, tier: str) -> int:
        """The dearest price of a tier, which the others are explained by."""
        return max(price for (one, _), price in self.prices_minor.items() if one == tier)

    def offer_tiers(self, ticket_types: Collection[int]) -> tuple[str, ...]:
        """Where all of these types are sold, best value first; empty: no tier is preferred.

        Raises TicketTypeNotSold if there is no such tier.
        """
        sold = {
            tier
            for tier, _ in self.prices_minor
            if all((tier, one) in self.prices_minor for one in ticket_types)
        }
        offered = tuple(tier for tier in self.best_value if tier in sold)
        if not sold or (self.best_value and not offered):
            raise self.not_sold(min(ticket_types, key=self._tiers_of))
        return offered

    def check_sold(self, place: Place) -> None:
        """Raises TicketTypeNotSold if this type has no price there, or is not for such seats."""
        only_for = self.kinds.get(place.ticket_type, ())
        is_priced = (place.tier, place.ticket_type) in self.prices_minor
        if not is_priced or (only_for and place.seat is not None and place.kind not in only_for):
            raise self.not_sold(place.ticket_type)

    def not_sold(self, ticket_type: int) -> TicketTypeNotSold:
        return TicketTypeNotSold(ticket_type=self.codes.get(ticket_type, ticket_type))

    def _tiers_of(self, ticket_type: int) -> int:
        return sum(one == ticket_type for _, one in self.prices_minor)


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote with the listed price of each place."""

    quote: Quote
    listed_minor: tuple[int, ...]

    @property
    def tax_minor(self) -> int:
        return sum(self.quote.tax_included_minor.values())


def read_price_book(view: View, price_list: int) -> PriceBook:
    """One price list as it is now."""
    prices: dict[tuple[str, int], int] = {}
    codes: dict[int, str] = {}
    names: dict[str, Localized] = {}
    kinds: dict[int, tuple[str, ...]] = {}
    for tier, ticket_type, price_minor, code, name, only_for in view.all(
        _PRICES, price_list=price_list
    ):
        prices[tier, ticket_type] = price_minor
        if ticket_type not in codes:
            codes[ticket_type] = code
            names[code] = msgspec.json.decode(name)
            kinds[ticket_type] = tuple(msgspec.json.decode(only_for))
    row = view.one(_PRICE_LIST, price_list=price_list)
    assert row is not None, f"price list {price_list} vanished"
    best_value = tuple(msgspec.json.decode(row[1], type=list[str]))
    return PriceBook(prices, codes, names, kinds, best_value, _read_promotions(row[0]))


@lru_cache(maxsize=64)
def _read_promotions(stored: str) -> tuple[Promotion, ...]:
    """The rules of a price list; the same text is read and checked once a process."""
    return tuple(read_promotion(one) for one in msgspec.json.decode(stored))


def price_places(
    view: View,
    places: Sequence[Place],
    book: PriceBook,
    *,
    event: int,
    starts_at: datetime,
    channel: str,
) -> Priced:
    """Price these places. Raises TicketTypeNotSold if a type is not sold for its place."""
    identity = read_identity(view)
    for place in places:
        book.check_sold(place)
    full = {tier: book.full_minor(tier) for tier in {place.tier for place in places}}
    tickets = tuple(
        PricedTicket(
            book.codes[place.ticket_type],
            place.tier,
            book.prices_minor[place.tier, place.ticket_type],
            full[place.tier],
            identity.tax_basis_points,
        )
        for place in places
    )
    request = PriceRequest(
        tickets=tickets,
        weekday=starts_at.astimezone(identity.zone).isoweekday(),
        channel=channel,
        currency=Currency(identity.currency),
        type_names=book.names,
        event=view.value(_EVENT_CODE, id=event),
    )
    quoted = quote(request, book.promotions)
    return Priced(quoted, tuple(ticket.unit_minor for ticket in tickets))
