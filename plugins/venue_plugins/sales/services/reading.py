"""Orders as screens see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from peewee import JOIN

from venue_plugins.sales import wire
from venue_plugins.sales.domain.orders import is_pickup_code, read_order_number
from venue_plugins.sales.services.cards import read_card
from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PaymentRow,
    PlanRow,
    SeatRow,
    TicketRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import NotFound
from venue_suite.domain.localized import Localized
from venue_suite.settings import read_ticket_keys
from venue_suite.ticket_tokens import PREFIX, TokenNotRecognised, read_token

FIND_LIMIT = 20
NEWEST = 2**63 - 1
TICKET_NUMBER_DIGITS = 9
LAST_DIGITS = 4
Entries = Callable[[View, Sequence[str]], dict[str, datetime]]

_ORDER = Statement(
    lambda: OrderRow.select(
        OrderRow.number,
        OrderRow.pickup_code,
        OrderRow.state,
        OrderRow.performance,
        OrderRow.currency,
        OrderRow.total_minor,
        OrderRow.tax_minor,
        OrderRow.prices,
        OrderRow.together,
        OrderRow.language,
        OrderRow.station,
        OrderRow.staff,
        OrderRow.placed_at,
        OrderRow.expires_at,
        OrderRow.paid_at,
        OrderRow.receipt_state,
    ).where(OrderRow.id == param("order"))
)
_LINES = Statement(
    lambda: (
        LineRow.select(
            LineRow.id,
            TicketTypeRow.id,
            TicketTypeRow.code,
            TicketTypeRow.name,
            LineRow.tier,
            SeatRow.id,
            SeatRow.section,
            SeatRow.row,
            SeatRow.number,
            LineRow.net_minor,
            TicketRow.id,
            TicketRow.state,
            TicketRow.print_state,
            PlanRow.sections,
        )
        .join(TicketTypeRow)
        .switch(LineRow)
        .join(SeatRow, JOIN.LEFT_OUTER)
        .join(PlanRow, JOIN.LEFT_OUTER)
        .switch(LineRow)
        .join(TicketRow, JOIN.LEFT_OUTER, on=TicketRow.line == LineRow.id)
        .where(LineRow.order == param("order"))
        .order_by(LineRow.id)
    )
)
_PAYMENTS = Statement(
    lambda: (
        PaymentRow.select(
            PaymentRow.id,
            PaymentRow.tender,
            PaymentRow.state,
            PaymentRow.amount_minor,
            PaymentRow.received_minor,
            PaymentRow.change_minor,
            PaymentRow.qr_text,
            PaymentRow.at,
            PaymentRow.late,
        )
        .where(PaymentRow.order == param("order"))
        .order_by(PaymentRow.id)
    )
)


class _Order(NamedTuple):
    """A row of `_ORDER`; `prices` is JSON, times are milliseconds."""

    number: str
    pickup_code: str
    state: str
    performance: int
    currency: str
    total_minor: int
    tax_minor: int
    prices: str
    together: int
    language: str
    station: str
    staff: str
    placed_ms: int
    expires_ms: int | None
    paid_ms: int | None
    receipt_state: str


class _Line(NamedTuple):
    """A row of `_LINES`; `type_name` and `sections` are JSON."""

    id: int
    type_id: int
    type_code: str
    type_name: str
    tier: str
    seat: int | None
    section: str | None
    row: str | None
    number: str | None
    net_minor: int
    ticket: int | None
    ticket_state: str | None
    print_state: str | None
    sections: str | None


def no_entries(view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
    """For an order that nobody can have used yet."""
    return {}


def right_id(ticket: int) -> str:
    """How the entry right of a ticket is called towards admission."""
    return f"ticket/{ticket}"


def ticket_number(ticket: int) -> str:
    """A ticket's number for people: nine digits."""
    return f"{ticket:0{TICKET_NUMBER_DIGITS}d}"


def read_order(view: View, order: int, entries: Entries = no_entries) -> wire.Order:
    """One order with its lines, prices and payments. Raises NotFound.

    Args:
        entries: tells when tickets were used (admission knows).
    """
    found = view.one(_ORDER, order=order)
    if found is None:
        raise NotFound(what="Order", key=order)
    row = _Order(*found)
    payments = _read_payments(view, order)
    return wire.Order(
        id=order,
        number=row.number,
        pickup_code=row.pickup_code,
        state=row.state,
        performance=read_card(view, row.performance),
        lines=_read_lines(view, order, entries),
        prices=msgspec.json.decode(row.prices, type=list[wire.PriceLine]),
        payments=payments,
        total_minor=row.total_minor,
        paid_minor=sum(
            one.amount_minor for one in payments if one.state == "paid" and not one.late
        ),
        tax_included_minor=row.tax_minor,
        currency=row.currency,
        together=bool(row.together),
        placed_at=from_ms(row.placed_ms),
        expires_at=None if row.expires_ms is None else from_ms(row.expires_ms),
        paid_at=None if row.paid_ms is None else from_ms(row.paid_ms),
        station=row.station,
        staff=row.staff,
        language=row.language,
        receipt_state=row.receipt_state if row.state == "paid" else "",
    )


def find_orders(
    view: View,
    text: str,
    entries: Entries = no_entries,
    below: int = NEWEST,
    limit: int = FIND_LIMIT,
) -> list[wire.Order]:
    """Orders by number, its last four digits, pick-up code, ticket number or the code on a ticket;
    newest first. Without a text: the newest that are paid. Only orders with an id `below` that.
    """
    text = _ticket_of_code(view, text.strip())
    digits = len(text) if text.isascii() and text.isdigit() else 0
    query = OrderRow.select(OrderRow.id).order_by(OrderRow.id.desc()).limit(limit)
    query = query.where(OrderRow.id < below)
    if number := read_order_number(text):
        query = query.where(OrderRow.number == number)
    elif is_pickup_code(text):
        query = query.where(OrderRow.pickup_code == text)
    elif digits == TICKET_NUMBER_DIGITS:
        query = query.join(TicketRow).where(TicketRow.id == int(text))
    elif digits == LAST_DIGITS:
        query = query.where(OrderRow.number.endswith(f"-{text}"))
    elif text:
        return []
    else:
        query = query.where(OrderRow.state == "paid")
    return [read_order(view, row.id, entries) for row in query]


def _ticket_of_code(view: View, text: str) -> str:
    """The ticket number behind a scanned ticket code; any other text as it is."""
    if not text.startswith(PREFIX):
        return text
    try:
        return ticket_number(read_token(text, read_ticket_keys(view)).ticket_id)
    except TokenNotRecognised:
        return text


def _read_lines(view: View, order: int, entries: Entries) -> list[wire.OrderLine]:
    rows = [_Line(*row) for row in view.all(_LINES, order=order)]
    tickets = [right_id(row.ticket) for row in rows if row.ticket is not None]
    used = entries(view, tickets) if tickets else {}
    sections = next((row.sections for row in rows if row.sections is not None), "[]")
    names = {one["code"]: one["name"] for one in msgspec.json.decode(sections)}
    return [_make_line(row, names, used.get(right_id(row.ticket or 0))) for row in rows]


def _make_line(
    row: _Line, sections: dict[str, Localized], entered_at: datetime | None
) -> wire.OrderLine:
    state = row.ticket_state or ""
    return wire.OrderLine(
        id=row.id,
        ticket_type_id=row.type_id,
        ticket_type_code=row.type_code,
        ticket_type=msgspec.json.decode(row.type_name),
        tier=row.tier,
        seat_id=row.seat or 0,
        section=sections.get(row.section or "", {}),
        row=row.row or "",
        number=row.number or "",
        price_minor=row.net_minor,
        ticket_number="" if row.ticket is None else ticket_number(row.ticket),
        ticket_state="entered" if entered_at is not None and state == "valid" else state,
        print_state=row.print_state or "",
        entered_at=entered_at,
    )


def _read_payments(view: View, order: int) -> list[wire.Payment]:
    return [
        wire.Payment(
            id=payment,
            tender=tender,
            # To whoever waits, a code that is being made and one that is shown are the same.
            state="waiting" if state == "asked" else state,
            amount_minor=amount_minor,
            received_minor=received_minor,
            change_minor=change_minor,
            qr_text=qr_text,
            at=from_ms(at),
            late=bool(late),
        )
        for (
            payment,
            tender,
            state,
            amount_minor,
            received_minor,
            change_minor,
            qr_text,
            at,
            late,
        ) in view.all(_PAYMENTS, order=order)
    ]
