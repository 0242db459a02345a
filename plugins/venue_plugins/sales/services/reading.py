"""Orders as screens see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from peewee import JOIN

from venue_plugins.sales import wire
from venue_plugins.sales.domain.orders import is_pickup_code, read_order_number
from venue_plugins.sales.services.catalogue import read_card
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

FIND_LIMIT = 20
Entries = Callable[[View, Sequence[str]], dict[str, datetime]]

_LINES = Statement(
    lambda: LineRow.select(
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
_PAYMENTS = Statement(
    lambda: PaymentRow.select(
        PaymentRow.id,
        PaymentRow.tender,
        PaymentRow.state,
        PaymentRow.amount_minor,
        PaymentRow.received_minor,
        PaymentRow.change_minor,
        PaymentRow.qr_text,
        PaymentRow.at,
    )
    .where(PaymentRow.order == param("order"))
    .order_by(PaymentRow.id)
)


def no_entries(view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
    """For an order that nobody can have used yet."""
    return {}


def right_id(ticket: int) -> str:
    """How the entry right of a ticket is called towards admission."""
    return f"ticket/{ticket}"


def ticket_number(ticket: int) -> str:
    """A ticket's number for people: nine digits."""
    return f"{ticket:09d}"


def read_order(view: View, order: int, entries: Entries = no_entries) -> wire.Order:
    """One order with its lines, prices and payments. Raises NotFound.

    Args:
        entries: tells when tickets were used (admission knows).
    """
    row = OrderRow.get_or_none(OrderRow.id == order)
    if row is None:
        raise NotFound(what="Order", key=order)
    payments = [_payment(one) for one in view.all(_PAYMENTS, order=order)]
    return wire.Order(
        id=row.id,
        number=row.number,
        pickup_code=row.pickup_code,
        state=row.state,
        performance=read_card(view, row.performance_id),
        lines=_lines(view, order, entries),
        prices=msgspec.convert(row.prices, list[wire.PriceLine]),
        payments=payments,
        total_minor=row.total_minor,
        paid_minor=sum(one.amount_minor for one in payments if one.state == "paid"),
        tax_included_minor=row.tax_minor,
        currency=row.currency,
        together=row.together,
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        station=row.station,
        staff=row.staff,
        language=row.language,
    )


def find_orders(view: View, text: str, entries: Entries = no_entries) -> list[wire.Order]:
    """Orders by number, its last four digits, pick-up code or ticket number; newest first."""
    text = text.strip()
    query = OrderRow.select(OrderRow.id).order_by(OrderRow.id.desc()).limit(FIND_LIMIT)
    if number := read_order_number(text):
        query = query.where(OrderRow.number == number)
    elif is_pickup_code(text):
        query = query.where(OrderRow.pickup_code == text)
    elif text.isascii() and text.isdigit() and len(text) == 9:
        query = query.join(TicketRow).where(TicketRow.id == int(text))
    elif text.isascii() and text.isdigit() and len(text) == 4:
        query = query.where(OrderRow.number.endswith(f"-{text}"))
    elif text:
        return []
    else:
        query = query.where(OrderRow.state == "paid")
    return [read_order(view, row.id, entries) for row in query]


def _lines(view: View, order: int, entries: Entries) -> list[wire.OrderLine]:
    rows = view.all(_LINES, order=order)
    tickets = [right_id(row[10]) for row in rows if row[10] is not None]
    used = entries(view, tickets) if tickets else {}
    names: dict[str, dict[str, str]] = {}
    if rows and rows[0][13] is not None:
        names = {one["code"]: one["name"] for one in msgspec.json.decode(rows[0][13])}
    return [_line(row, names, used.get(right_id(row[10] or 0))) for row in rows]


def _line(
    row: tuple[object, ...], names: dict[str, dict[str, str]], entered_at: datetime | None
) -> wire.OrderLine:
    (line, type_id, code, type_name, tier, seat, section, seat_row, number, net, ticket, state) = (
        row[:12]
    )
    ticket_state = "entered" if entered_at is not None and state == "valid" else state
    return msgspec.convert(
        {
            "id": line,
            "ticket_type_id": type_id,
            "ticket_type_code": code,
            "ticket_type": msgspec.json.decode(str(type_name)),
            "tier": tier,
            "seat_id": seat or 0,
            "section": names.get(str(section), {}),
            "row": seat_row or "",
            "number": number or "",
            "price_minor": net,
            "ticket_number": "" if ticket is None else ticket_number(int(str(ticket))),
            "ticket_state": ticket_state or "",
            "print_state": row[12] or "",
            "entered_at": entered_at,
        },
        wire.OrderLine,
    )


def _payment(row: tuple[object, ...]) -> wire.Payment:
    (payment, tender, state, amount, received, change, qr_text, at) = row
    return msgspec.convert(
        {
            "id": payment,
            "tender": tender,
            # To whoever waits, a code that is being made and one that is shown are the same.
            "state": "waiting" if state == "asked" else state,
            "amount_minor": amount,
            "received_minor": received,
            "change_minor": change,
            "qr_text": qr_text,
            "at": from_ms(int(str(at))),
        },
        wire.Payment,
    )
