"""A whole sale in one step: places, price, cash, tickets with their codes, and the books.

What a counter does when the visitor's money is on the desk already. Nothing is held in between, so
each table is written once; this is the way on which a queue moves fastest.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from peewee import fn

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PaymentShort
from venue_plugins.sales.domain.orders import PAID, make_order_number, make_pickup_code
from venue_plugins.sales.services import order_rows, payments, stock
from venue_plugins.sales.services.filling import (
    Chosen,
    Performance,
    choose_places,
    count_places,
    price_chosen,
    read_on_sale,
)
from venue_plugins.sales.services.issuing import revenue_legs
from venue_plugins.sales.services.prices import Priced
from venue_plugins.sales.services.reading import ticket_number
from venue_plugins.sales.tables import LineRow, OrderRow, PaymentRow, TicketRow
from venue_suite.database import Statement, Work, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.money import Currency
from venue_suite.ledger import Leg, post
from venue_suite.settings import VenueIdentity, business_day_of, read_identity
from venue_suite.ticket_tokens import TicketSigner, TicketToken

_Same = OrderRow.alias()
_NEXT_KEYS = Statement(
    lambda: OrderRow.select(
        fn.COALESCE(fn.MAX(OrderRow.id), 0) + 1,
        LineRow.select(fn.COALESCE(fn.MAX(LineRow.id), 0) + 1),
        TicketRow.select(fn.COALESCE(fn.MAX(TicketRow.id), 0) + 1),
        _Same.select(fn.COUNT(_Same.id)).where(_Same.pickup_code == param("pickup_code")),
    )
)
_INSERT_PAID = Statement(
    lambda: OrderRow.insert(
        id=param("id"),
        number=param("number"),
        pickup_code=param("pickup_code"),
        state=PAID,
        performance=param("performance"),
        currency=param("currency"),
        total_minor=param("total_minor"),
        tax_minor=param("tax_minor"),
        prices=param("prices"),
        together=param("together"),
        language=param("language"),
        station=param("station"),
        staff=param("staff"),
        placed_at=param("now"),
        paid_at=param("now"),
        receipt_state="waiting",
        receipt_generation=1,
        paper_station="",
    )
)
_INSERT_PAYMENT = Statement(
    lambda: PaymentRow.insert(
        order=param("order"),
        reference=param("reference"),
        tender=payments.CASH,
        state=PAID,
        amount_minor=param("amount_minor"),
        received_minor=param("received_minor"),
        change_minor=param("change_minor"),
        qr_text="",
        at=param("now"),
        settled_at=param("now"),
        misses=0,
        ask_at=param("now"),
        late=False,
    )
)


class _Keys(NamedTuple):
    """The next free key of each table. All writing is one after the other, so they stay free."""

    order: int
    line: int
    ticket: int


def sell_now(work: Work, wanted: wire.SellNow, signer: TicketSigner) -> wire.Sold:
    """Sell places for cash at once.

    Raises:
        PaymentShort: less than the price was handed over.
        PerformanceNotOnSale, TooManyPlaces, SoldOut, SeatTaken, TicketTypeNotSold, NotFound,
        BadRequest. Nothing was taken then.
    """
    identity = read_identity(work)
    performance = read_on_sale(work, wanted.performance_id)
    count = count_places(wanted.wanted, performance)
    left = stock.take_places(work, performance.id, count)
    chosen = choose_places(work, performance, wanted)
    priced = price_chosen(work, performance, chosen, identity)
    total_minor = priced.quote.total_minor
    _check_money(wanted.received_minor, total_minor, identity.currency)
    keys, pickup_code = _next_keys(work)
    number = make_order_number(keys.order)
    work.put(
        _INSERT_PAID,
        id=keys.order,
        number=number,
        pickup_code=pickup_code,
        performance=performance.id,
        currency=identity.currency,
        total_minor=total_minor,
        tax_minor=priced.tax_minor,
        prices=priced.lines_json,
        together=chosen.together,
        language=wanted.language,
        station=work.actor.station,
        staff=work.actor.code if work.actor.kind == "staff" else "",
        now=work.now_ms,
    )
    _write_lines(work, keys, chosen, priced)
    _take_cash(work, keys.order, number, wanted.received_minor, total_minor)
    _post(work, keys.order, chosen, priced, identity)
    stock.sell_seats(work, performance.id, keys.order, chosen.seats, left)
    order_rows.tell_paid(work, keys.order, number)
    return wire.Sold(
        order_id=keys.order,
        number=number,
        total_minor=total_minor,
        change_minor=wanted.received_minor - total_minor,
        currency=identity.currency,
        tickets=_sign(performance, keys, chosen, priced, signer),
    )


def _next_keys(work: Work) -> tuple[_Keys, str]:
    """The keys, and a pick-up code that no order has."""
    code = make_pickup_code(work.seams.random_bytes)
    row = work.one(_NEXT_KEYS, pickup_code=code)
    assert row is not None, "a question without a table has no answer"
    order, line, ticket, same = row
    return _Keys(order, line, ticket), order_rows.new_pickup_code(work) if same else code


def _check_money(received_minor: int, due_minor: int, currency: str) -> None:
    if received_minor < due_minor:
        money = Currency(currency)
        raise PaymentShort(received=money.format(received_minor), due=money.format(due_minor))


def _write_lines(work: Work, keys: _Keys, chosen: Chosen, priced: Priced) -> None:
    """A line and a ticket for each place."""
    amounts = zip(priced.listed_minor, priced.quote.net_minor, strict=True)
    work.put_all(
        order_rows.INSERT_LINE,
        [
            {
                "id": keys.line + index,
                "order": keys.order,
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
    work.put_all(
        order_rows.INSERT_TICKET,
        [
            {
                "id": keys.ticket + index,
                "line": keys.line + index,
                "order": keys.order,
                "issued_at": work.now_ms,
            }
            for index in range(len(chosen.places))
        ],
    )


def _take_cash(work: Work, order: int, number: str, received_minor: int, amount_minor: int) -> None:
    work.put(
        _INSERT_PAYMENT,
        order=order,
        reference=f"{number}-{work.operation_id or work.seams.make_id()}",
        amount_minor=amount_minor,
        received_minor=received_minor,
        change_minor=received_minor - amount_minor,
        now=work.now_ms,
    )


def _post(work: Work, order: int, chosen: Chosen, priced: Priced, identity: VenueIdentity) -> None:
    """Cash against revenue in one movement: there was no moment at which anybody owed it."""
    names = payments.TENDER_NAMES[payments.CASH]
    sold = [
        (chosen.book.keys[place.ticket_type], net_minor)
        for place, net_minor in zip(chosen.places, priced.quote.net_minor, strict=True)
    ]
    post(
        work,
        "sale",
        business_day=business_day_of(work.now_ms, identity),
        currency=identity.currency,
        reference=f"order/{order}",
        legs=[
            Leg(f"tender/{payments.CASH}", priced.quote.total_minor, 1, names),
            *revenue_legs(sold, chosen.book.names_by_key, priced.tax_minor),
        ],
    )


def _sign(
    performance: Performance, keys: _Keys, chosen: Chosen, priced: Priced, signer: TicketSigner
) -> list[wire.SoldTicket]:
    """The tickets with the codes that their first paper carries."""
    opens_at, closes_at = from_ms(performance.admits_from_ms), from_ms(performance.admits_until_ms)
    return [
        wire.SoldTicket(
            ticket_number=ticket_number(keys.ticket + index),
            ticket_type_id=place.ticket_type,
            seat_id=place.seat or 0,
            price_minor=net_minor,
            token=_code(signer, keys.ticket + index, performance.id, opens_at, closes_at),
        )
        for index, (place, net_minor) in enumerate(
            zip(chosen.places, priced.quote.net_minor, strict=True)
        )
    ]


def _code(
    signer: TicketSigner, ticket: int, performance: int, opens_at: datetime, closes_at: datetime
) -> str:
    return signer.sign(TicketToken(ticket, 1, performance, opens_at, closes_at))
