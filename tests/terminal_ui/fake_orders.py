"""The orders of the fake venue: held, changed, paid, printed, by its own simple rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from venue_plugins.sales.wire import (
    ChangeOrder,
    Order,
    OrderLine,
    PayCash,
    Payment,
    PlaceOrder,
    PriceLine,
    PrintSheet,
    Seat,
    Sheet,
    StartPrint,
    TicketType,
    Wanted,
)

from tests.terminal_ui.fake_data import NOW, make_detail, make_plan, make_shows

Tell = Callable[..., None]  # kind, subject, **data


class Refusal(Exception):
    def __init__(self, code: str, template: str, **params: object) -> None:
        super().__init__(template)
        self.code, self.template, self.params = code, template, params


class FakeOrders:
    """All orders, and the states of the seats of show 1."""

    def __init__(self, tell: Tell) -> None:
        self.now: datetime = NOW
        self.shows = make_shows()
        self.orders: dict[int, Order] = {}
        self.seat_states: dict[int, str] = {}
        self.demand: Callable[[str], None] = lambda permission: None
        self._tell = tell
        self._numbers = itertools.count(931)
        self._verbs: dict[str, Callable[[Order, bytes], object]] = {
            "change": lambda order, body: self._fill(
                order, msgspec.json.decode(body, type=ChangeOrder).wanted
            ),
            "release": lambda order, _: self._release(order, "released"),
            "cash": lambda order, body: self._pay_cash(
                order, msgspec.json.decode(body, type=PayCash).received_minor
            ),
            "qr": lambda order, _: self._show_code(order),
            "qr/cancel": lambda order, _: self.settle_code(order.id, "cancelled"),
            "print": lambda order, body: self._print(
                order, msgspec.json.decode(body, type=StartPrint)
            ),
            "print-result": lambda order, _: self._set_lines(order, print_state="printed"),
        }

    def find(self, text: str) -> list[Order]:
        return [
            order
            for order in reversed(self.orders.values())
            if order.number.endswith(text) or text in (order.pickup_code, f"QR-TICKET-{order.id}")
        ]

    def change(self, path: str, body: bytes) -> object:
        """One POST below /sales/orders."""
        if path == "/sales/orders":
            return self._place(msgspec.json.decode(body, type=PlaceOrder))
        _, _, _, order, verb = path.split("/", 4)
        return self._verbs[verb](self.orders[int(order)], body)

    def expire(self, order_id: int) -> None:
        self._release(self.orders[order_id], "expired")

    def settle_code(self, order_id: int, state: str) -> Order:
        """What the payer did with the code."""
        order = self.orders[order_id]
        payments = [
            msgspec.structs.replace(one, state=state) if one.state == "waiting" else one
            for one in order.payments
        ]
        order = self._keep(order, payments=payments)
        return self._paid(order) if state == "paid" else order

    def _place(self, asked: PlaceOrder) -> Order:
        number = next(self._numbers)
        card = next(one for one in self.shows if one.id == asked.performance_id)
        order = Order(
            id=number,
            number=f"A7K2-{number:04d}",
            pickup_code=f"6204{number:04d}",
            state="held",
            performance=card,
            lines=[],
            prices=[],
            payments=[],
            total_minor=0,
            paid_minor=0,
            tax_included_minor=0,
            currency="CNY",
            together=True,
            placed_at=self.now,
            expires_at=self.now + timedelta(minutes=10),
            paid_at=None,
            station="Window 2",
            staff="C07",
            language=asked.language,
        )
        return self._fill(order, asked.wanted)

    def _fill(self, order: Order, wanted: list[Wanted]) -> Order:
        for line in order.lines:
            self.seat_states.pop(line.seat_id, None)
        types = {one.id: one for one in make_detail(order.performance).ticket_types}
        lines = [
            _line(number, types[want.ticket_type_id], seat)
            for number, (want, seat) in enumerate(self._choose(order, wanted), start=1)
        ]
        seats = {line.seat_id: "held" for line in lines if line.seat_id}
        self.seat_states.update(seats)
        subject = f"performance/{order.performance.id}"
        self._tell("sales.seats_changed", subject, seats={str(seat): "held" for seat in seats})
        total = sum(line.price_minor for line in lines)
        return self._keep(
            order,
            lines=lines,
            prices=[_price(line) for line in lines],
            total_minor=total,
            tax_included_minor=total // 34,
        )

    def _choose(self, order: Order, wanted: list[Wanted]) -> list[tuple[Wanted, Seat | None]]:
        """A seat for each ticket: the named ones, else the nearest to the middle of row 7."""
        if order.performance.seating != "reserved":
            return [(want, None) for want in wanted for _ in range(want.count)]
        plan = make_plan(order.performance.id, self.seat_states, 0)
        seats = {seat.id: seat for seat in plan.seats}
        free = [seat for seat in plan.seats if seat.state == "free" and seat.kind == "seat"]
        free.sort(key=lambda seat: (seat.row != "7", seat.x < 0, abs(seat.x)))
        found: list[tuple[Wanted, Seat | None]] = []
        for want in wanted:
            for index in range(want.count):
                seat = seats[want.seat_ids[index]] if want.seat_ids else free.pop(0)
                if seat.state != "free":
                    words = "Somebody else has just taken {count} of these seats."
                    raise Refusal("seat_taken", words, count=1)
                found.append((want, seat))
        return found

    def _release(self, order: Order, state: str) -> Order:
        for line in order.lines:
            self.seat_states.pop(line.seat_id, None)
        order = self._keep(order, state=state, expires_at=None)
        self._tell_order("sales.order_released", order)
        return order

    def _show_code(self, order: Order) -> Order:
        return self._keep(order, payments=[*order.payments, self._payment("qr", "waiting", order)])

    def _pay_cash(self, order: Order, received_minor: int) -> Order:
        if received_minor < order.total_minor:
            words = "{received} were received; {due} are due."
            raise Refusal("payment_short", words, received=received_minor, due=order.total_minor)
        paid = self._payment("cash", "paid", order, received_minor)
        return self._paid(self._keep(order, payments=[*order.payments, paid]))

    def _paid(self, order: Order) -> Order:
        order = self._set_lines(
            order, ticket_state="valid", print_state="waiting", ticket_number="000184220"
        )
        order = self._keep(
            order,
            state="paid",
            paid_minor=order.total_minor,
            paid_at=self.now,
            expires_at=None,
        )
        self._tell_order("sales.order_paid", order)
        return order

    def _payment(self, tender: str, state: str, order: Order, received: int = 0) -> Payment:
        return Payment(
            id=len(order.payments) + 1,
            tender=tender,
            state=state,
            amount_minor=order.total_minor,
            received_minor=received,
            change_minor=received - order.total_minor if received else 0,
            qr_text="https://pay.example/q/7F3A91C2" if tender == "qr" else "",
            at=self.now,
        )

    def _print(self, order: Order, asked: StartPrint) -> PrintSheet:
        if asked.reprint:
            self.demand("sales.reprint")
            order = self._set_lines(order, print_state="waiting")
        sheets = [
            Sheet(job_id=f"{order.id}-{line.id}", line_id=line.id, design="ticket-80mm", values={})
            for line in order.lines
            if line.print_state != "printed"
        ]
        return PrintSheet(order_id=order.id, sheets=sheets)

    def _set_lines(self, order: Order, **changes: Any) -> Order:
        lines = [msgspec.structs.replace(line, **changes) for line in order.lines]
        return self._keep(order, lines=lines)

    def _keep(self, order: Order, **changes: Any) -> Order:
        order = msgspec.structs.replace(order, **changes)
        self.orders[order.id] = order
        return order

    def _tell_order(self, kind: str, order: Order) -> None:
        self._tell(
            kind,
            f"order/{order.id}",
            order=order.id,
            number=order.number,
            state=order.state,
            station=order.station,
        )


def _line(number: int, kind: TicketType, seat: Seat | None) -> OrderLine:
    tier = seat.tier if seat else "open"
    section = {"S": {"zh": "1层", "en": "Stalls"}, "C": {"zh": "2层", "en": "Circle"}}
    return OrderLine(
        id=number,
        ticket_type_id=kind.id,
        ticket_type_code=kind.code,
        ticket_type=kind.name,
        tier=tier,
        seat_id=seat.id if seat else 0,
        section=section[seat.section] if seat else {},
        row=seat.row if seat else "",
        number=seat.number if seat else "",
        price_minor=kind.prices_minor[tier],
        ticket_number="",
        ticket_state="",
        print_state="",
        entered_at=None,
    )


def _price(line: OrderLine) -> PriceLine:
    return PriceLine(
        text=line.ticket_type,
        detail={"en": f"1 x {line.price_minor / 100:.2f}"},
        count=1,
        unit_minor=line.price_minor,
        amount_minor=line.price_minor,
        kind="tickets",
    )
