"""The price of an order as the venue's data have it today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from venue_plugins.sales.domain.errors import TicketTypeNotSold
from venue_plugins.sales.domain.pricing import PriceRequest, Quote, quote
from venue_plugins.sales.domain.promotions import PricedTicket, Promotion, read_promotion
from venue_plugins.sales.tables import PriceListRow, PriceRow, TicketTypeRow
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import to_json
from venue_suite.domain.localized import Localized
from venue_suite.domain.money import Currency

KEPT_MAX = 256
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
            TicketTypeRow.key,
        )
        .join(TicketTypeRow)
        .where(PriceRow.price_list == param("price_list"))
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """One ticket to be priced: which type, in which tier, on which seat (None: no seat).

    `kind`: of the seat: seat, wheelchair, companion; empty without one.
    """

    ticket_type: int
    tier: str
    seat: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PriceBook:
    """A price list, ready to be asked.

    Attributes:
        prices_minor: (tier, ticket type) -> listed price.
        codes: ticket type -> its letter.
        names: letter -> name.
        keys: ticket type -> its name in accounts.
        kinds: ticket type -> the kinds of seats it is for; empty: all.
        best_value: tiers in the order in which a best-seats search offers them; empty: all alike.
    """

    prices_minor: dict[tuple[str, int], int]
    codes: dict[int, str]
    names: dict[str, Localized]
    keys: dict[int, str]
    kinds: dict[int, tuple[str, ...]]
    best_value: tuple[str, ...]
    promotions: tuple[Promotion, ...]

    @property
    def names_by_key(self) -> dict[str, Localized]:
        """Name in accounts -> name for people."""
        return {key: self.names[self.codes[one]] for one, key in self.keys.items()}

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
    """A quote with the listed price of each place. `lines_json`: its lines as they are stored."""

    quote: Quote
    listed_minor: tuple[int, ...]
    lines_json: str

    @property
    def tax_minor(self) -> int:
        return sum(self.quote.tax_included_minor.values())


_kept: dict[tuple[str, int, int], PriceBook] = {}


def read_price_book(view: View, price_list: int, revision: int) -> PriceBook:
    """One price list as it is now; kept as long as its revision stays."""
    key = (view.session.place, price_list, revision)
    book = _kept.get(key)
    if book is None:
        book = _read_book(view, price_list)
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        _kept[key] = book
    return book


def _read_book(view: View, price_list: int) -> PriceBook:
    prices: dict[tuple[str, int], int] = {}
    codes: dict[int, str] = {}
    names: dict[str, Localized] = {}
    keys: dict[int, str] = {}
    kinds: dict[int, tuple[str, ...]] = {}
    rows = view.all(_PRICES, price_list=price_list)
    for tier, ticket_type, price_minor, code, name, only_for, key in rows:
        prices[tier, ticket_type] = price_minor
        if ticket_type not in codes:
            codes[ticket_type] = code
            names[code] = msgspec.json.decode(name)
            keys[ticket_type] = key
            kinds[ticket_type] = tuple(msgspec.json.decode(only_for))
    row = view.one(_PRICE_LIST, price_list=price_list)
    assert row is not None, f"price list {price_list} vanished"
    promotions = tuple(read_promotion(one) for one in msgspec.json.decode(row[0]))
    best_value = tuple(msgspec.json.decode(row[1], type=list[str]))
    return PriceBook(prices, codes, names, keys, kinds, best_value, promotions)


@dataclass(frozen=True, slots=True)
class Sale:
    """Where and when places are priced, as far as a rule may ask.

    Attributes:
        event: the code of the event.
        weekday: of the performance's start in the venue's zone, 1 is Monday.
        channel: `counter`, `kiosk` ...
    """

    event: str
    weekday: int
    channel: str
    currency: str
    tax_basis_points: int


@lru_cache(maxsize=4096)
def price_places(book: PriceBook, places: tuple[Place, ...], sale: Sale) -> Priced:
    """Price these places; a pure function, whose results are kept.

    Raises TicketTypeNotSold if a type is not sold for its place.
    """
    for place in places:
        book.check_sold(place)
    full = {tier: book.full_minor(tier) for tier in {place.tier for place in places}}
    tickets = tuple(
        PricedTicket(
            book.codes[place.ticket_type],
            place.tier,
            book.prices_minor[place.tier, place.ticket_type],
            full[place.tier],
            sale.tax_basis_points,
        )
        for place in places
    )
    request = PriceRequest(
        tickets=tickets,
        weekday=sale.weekday,
        channel=sale.channel,
        currency=Currency(sale.currency),
        type_names=book.names,
        event=sale.event,
    )
    quoted = quote(request, book.promotions)
    listed = tuple(ticket.unit_minor for ticket in tickets)
    return Priced(quoted, listed, to_json(quoted.lines))
