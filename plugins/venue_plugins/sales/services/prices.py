"""The price of an order as the venue's data have it today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from venue_plugins.sales.domain.errors import TicketTypeNotSold
from venue_plugins.sales.domain.pricing import PriceRequest, Quote, quote
from venue_plugins.sales.domain.promotions import PricedTicket, read_promotion
from venue_plugins.sales.services import order_rows
from venue_plugins.sales.tables import EventRow, PriceListRow, TicketTypeRow
from venue_suite.database import Statement, View, param
from venue_suite.domain.money import Currency
from venue_suite.settings import read_identity

_PROMOTIONS = Statement(
    lambda: PriceListRow.select(PriceListRow.promotions).where(PriceListRow.id == param("id"))
)
_EVENT_CODE = Statement(lambda: EventRow.select(EventRow.code).where(EventRow.id == param("id")))
_BEST_VALUE = Statement(
    lambda: PriceListRow.select(PriceListRow.best_value).where(PriceListRow.id == param("id"))
)
_KINDS = Statement(
    lambda: TicketTypeRow.select(TicketTypeRow.kinds).where(TicketTypeRow.id == param("id"))
)


@dataclass(frozen=True, slots=True)
class Place:
    """One ticket to be priced: which type, in which tier, on which seat (None: no seat).

    `kind`: seat, wheelchair, companion; some ticket types are for some kinds only.
    """

    ticket_type: int
    tier: str
    seat: int | None
    kind: str = "seat"


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote with the listed price of each place."""

    quote: Quote
    listed_minor: tuple[int, ...]

    def lines_json(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.quote.lines]

    @property
    def tax_minor(self) -> int:
        return sum(self.quote.tax_included_minor.values())


def price_places(
    view: View,
    places: Sequence[Place],
    *,
    price_list: int,
    event: int,
    starts_at: datetime,
    channel: str,
) -> Priced:
    """Price these places. Raises TicketTypeNotSold if a type has no price in its tier."""
    identity = read_identity(view)
    prices: dict[tuple[str, int], int] = {}
    codes: dict[int, str] = {}
    names: dict[str, dict[str, str]] = {}
    full: dict[str, int] = {}
    kinds: dict[int, list[str]] = {}
    for tier, ticket_type, price_minor, code, name, only_for in view.all(
        order_rows.PRICES_OF, price_list=price_list
    ):
        prices[tier, ticket_type] = price_minor
        kinds[ticket_type] = msgspec.json.decode(only_for)
        codes[ticket_type] = code
        names[code] = msgspec.json.decode(name)
        full[tier] = max(full.get(tier, 0), price_minor)
    for place in places:
        only_for = kinds.get(place.ticket_type)
        if (place.tier, place.ticket_type) not in prices or (only_for and place.kind not in only_for):
            raise TicketTypeNotSold(ticket_type=codes.get(place.ticket_type, place.ticket_type))
    tickets = tuple(
        PricedTicket(
            codes[place.ticket_type],
            place.tier,
            prices[place.tier, place.ticket_type],
            full[place.tier],
            identity.tax_basis_points,
        )
        for place in places
    )
    promotions = msgspec.json.decode(view.value(_PROMOTIONS, id=price_list))
    request = PriceRequest(
        tickets=tickets,
        weekday=starts_at.astimezone(identity.zone).isoweekday(),
        channel=channel,
        currency=Currency(identity.currency),
        type_names=names,
        event=view.value(_EVENT_CODE, id=event),
    )
    quoted = quote(request, [read_promotion(one) for one in promotions])
    return Priced(quoted, tuple(ticket.unit_minor for ticket in tickets))


def read_tier_order(view: View, price_list: int) -> list[str]:
    """The tiers in the order in which a best-seats search offers them."""
    return msgspec.json.decode(view.value(_BEST_VALUE, id=price_list), type=list[str])


def read_kinds(view: View, ticket_types: Sequence[int]) -> list[list[str]]:
    """For each ticket the kinds of seats that its type is for; empty means all."""
    texts = {one: view.value(_KINDS, id=one) for one in set(ticket_types)}
    return [msgspec.json.decode(texts[one] or "[]") for one in ticket_types]
