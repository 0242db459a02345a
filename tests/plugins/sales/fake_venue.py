"""A venue in memory that answers the kiosk's commands with wire shapes, for tests of its flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m

NOW = datetime(2026, 11, 28, 10, 7, tzinfo=UTC)  # 18:07 in Shanghai
ADULT, CHILD = 1, 2
PRICES = {ADULT: 38000, CHILD: 19000}
SHOW, EXHIBITION, GONE = 1, 2, 3
TONIGHT, TOMORROW = 11, 12
SLOT, LATER_SLOT = 21, 22


def _card(
    number: int, event_id: int, seating: str, at: datetime, left: int
) -> wire.PerformanceCard:
    return wire.PerformanceCard(
        id=number,
        event_id=event_id,
        title={"zh": "潮汐来信", "en": "Letters from the Tide"},
        hall={"zh": "大剧场", "en": "Main hall"},
        starts_at=at,
        ends_at=at + timedelta(minutes=100),
        seating=seating,
        state="plenty" if left else "sold_out",
        capacity=24,
        places_left=left,
        wheelchair_left=2 if seating == "reserved" else 0,
        from_price_minor=38000,
        to_price_minor=38000,
    )


def event_card(number: int, kind: str, state: str) -> wire.EventCard:
    return wire.EventCard(
        id=number,
        kind=kind,
        art="tide",
        title={"zh": "潮汐来信", "en": "Letters from the Tide"},
        genre={"zh": "话剧", "en": "Drama"},
        about={"zh": "一封信。", "en": "A letter."},
        length={"zh": "100 分钟", "en": "100 min"},
        state=state,
        places_left=24,
        from_price_minor=38000,
        next_performance_id=0,
        next_starts_at=NOW,
        next_hall={"zh": "大剧场", "en": "Main hall"},
        last_ends_at=None,
        days=["2026-11-28", "2026-11-29"],
    )


@dataclass
class FakeVenue:
    """Three rows of eight seats, an exhibition with two slots.

    Attributes:
        paper: what the printer does with each sheet, in turn: printed, doubtful, failed.
        phone: what the payer's phone makes of a code: "", paid, declined, unknown.
        cancel_to: what voiding a code ends in: cancelled, paid, unknown.
    """

    orders: dict[int, wire.Order] = field(default_factory=dict)
    seats: dict[int, str] = field(default_factory=lambda: dict.fromkeys(range(101, 125), "free"))
    places: dict[int, int] = field(default_factory=lambda: {SLOT: 30, LATER_SLOT: 30})
    done: dict[str, wire.Order] = field(default_factory=dict)
    paper: list[str] = field(default_factory=list)
    cancel_to: str = "cancelled"
    printed: dict[int, set[int]] = field(default_factory=dict)
    calls: list[m.CallStaff] = field(default_factory=list)

    # --- answering -------------------------------------------------------------------------

    def answer(self, command: m.Command) -> list[m.Message]:
        """Do what the link would do; what it would put into the flow."""
        if isinstance(command, m.CallStaff):
            self.calls.append(command)
            return []
        if isinstance(command, m.PrintPaper):
            return self.print(command.order_id)
        if isinstance(command, m.ReportPrinted):
            line_id = int(command.job_id.rpartition("-")[2])
            self.printed.setdefault(command.order_id, set()).add(line_id)
            return []
        if isinstance(command, m.Read):
            return self._read(command)
        return self._change(command)

    def _read(self, command: m.Read) -> list[m.Message]:
        if isinstance(command, m.LoadEvents):
            return [m.EventsLoaded(self.events())]
        if isinstance(command, m.LoadPerformances):
            return [m.PerformancesLoaded(command, self.performances(command.event_id))]
        if isinstance(command, m.LoadDetail):
            return [m.DetailLoaded(self.detail(command.performance_id))]
        if isinstance(command, m.LoadSeatPlan):
            return [m.SeatPlanLoaded(self.plan(command.performance_id))]
        order = self.orders.get(command.order_id)
        return [m.OrderSeen(order)] if order else []

    def _change(self, command: m.Change) -> list[m.Message]:
        try:
            order = self.done.get(command.operation_id)  # the same id gets the same reply
            if order is None:
                order = self._do(command)
                self.done[command.operation_id] = self.orders[order.id] = order
        except Refusal as refusal:
            return [m.Refused(command, refusal.code, refusal.template, refusal.params)]
        if isinstance(command, m.PlaceOrder):
            return [m.OrderPlaced(command.operation_id, order)]
        if isinstance(command, m.ReleaseOrder):
            return [m.OrderReleased(command.operation_id, order)]
        return [m.OrderChanged(command.operation_id, order)]

    def _do(self, command: m.Change) -> wire.Order:
        if isinstance(command, m.PlaceOrder):
            lines = self._hold(command.body.performance_id, command.body, 0)
            return self._order(len(self.orders) + 1, command.body.performance_id, lines)
        order = self.orders[command.order_id]
        if isinstance(command, m.ReleaseOrder):
            return self.let_go(order.id, "released") if order.state == "held" else order
        if order.state != "held":
            code = "hold_expired" if order.state == "expired" else "wrong_state"
            raise Refusal(code, "The order is {state}.", {"state": order.state})
        if isinstance(command, m.ChangeOrder):
            lines = self._hold(order.performance.id, command.body, order.id)
            return msgspec.structs.replace(
                self._order(order.id, order.performance.id, lines), payments=order.payments
            )
        if isinstance(command, m.StartQr):
            return self._with_payment(order, "waiting", len(order.payments) + 1)
        if self.cancel_to == "paid":
            return self._paid(order)
        return self._with_payment(order, self.cancel_to, max(1, len(order.payments)))

    # --- what happens by itself ------------------------------------------------------------

    def phone_says(self, order_id: int, state: str) -> wire.Order:
        """The payer paid, declined, or the provider fell silent."""
        order = self.orders[order_id]
        after = (
            self._paid(order)
            if state == "paid"
            else self._with_payment(order, state, max(1, len(order.payments)))
        )
        self.orders[order_id] = after
        return after

    def let_go(self, order_id: int, state: str) -> wire.Order:
        order = self.orders[order_id]
        for line in order.lines:
            if line.seat_id:
                self.seats[line.seat_id] = "free"
            else:
                self.places[order.performance.id] += 1
        self.orders[order_id] = msgspec.structs.replace(order, state=state, expires_at=None)
        return self.orders[order_id]

    def print(self, order_id: int) -> list[m.Message]:
        order = self.orders[order_id]
        out = self.printed.setdefault(order_id, set())
        todo = [line.id for line in order.lines if line.id not in out]
        todo += [] if 0 in out else [0]
        told: list[m.Message] = [m.PrintStarted(len(order.lines), 0 in todo)]
        for line_id in todo:
            outcome = self.paper.pop(0) if self.paper else "printed"
            job = f"job-{order_id}-{line_id}"
            if outcome == "doubtful":
                return [*told, m.PrintDoubtful(job, line_id)]
            if outcome == "failed":
                return [*told, m.PrintFailed(line_id)]
            out.add(line_id)
            told.append(m.SheetPrinted(job, line_id))
        return [*told, m.PrintFinished()]

    # --- shapes ----------------------------------------------------------------------------

    def events(self) -> tuple[wire.EventCard, ...]:
        return (
            event_card(SHOW, "show", "plenty"),
            event_card(EXHIBITION, "exhibition", "any_time"),
            event_card(GONE, "show", "sold_out"),
        )

    def performances(self, event_id: int) -> tuple[wire.PerformanceCard, ...]:
        if event_id == EXHIBITION:
            return (self.card(SLOT), self.card(LATER_SLOT))
        return (self.card(TONIGHT), self.card(TOMORROW))

    def card(self, number: int) -> wire.PerformanceCard:
        at = NOW + timedelta(minutes=83 if number in (TONIGHT, SLOT) else 1400)
        if number in self.places:
            return _card(number, EXHIBITION, "open", at, self.places[number])
        left = sum(state == "free" for state in self.seats.values())
        return _card(number, SHOW, "reserved", at, left)

    def detail(self, number: int) -> wire.PerformanceDetail:
        is_open = number in self.places
        tier = "open" if is_open else "A"
        event = self.events()[1 if is_open else 0]
        names = {ADULT: {"zh": "成人", "en": "Adult"}, CHILD: {"zh": "儿童", "en": "Child"}}
        return wire.PerformanceDetail(
            card=self.card(number),
            event=event,
            tiers=[
                wire.Tier(code=tier, name={"zh": "一等", "en": "A"}, rank=1, full_price_minor=38000)
            ],
            ticket_types=[
                wire.TicketType(
                    id=kind, code=code, name=names[kind], note={}, prices_minor={tier: PRICES[kind]}
                )
                for kind, code in ((ADULT, "A"), (CHILD, "C"))
            ],
            places_per_order_max=6,
            hold_s=600,
        )

    def plan(self, number: int) -> wire.SeatPlan:
        section = wire.Section(
            code="S",
            name={"zh": "一层池座", "en": "Stalls"},
            short={"zh": "池座", "en": "Stalls"},
            level="1",
        )
        seats = [
            wire.Seat(
                id=seat_id,
                section="S",
                row=str((seat_id - 101) // 8 + 1),
                number=str((seat_id - 101) % 8 + 1),
                block=1,
                x=((seat_id - 101) % 8) * 55 - 190,
                y=(seat_id - 101) // 8 * 90 + 100,
                tier="A",
                kind="wheelchair" if seat_id >= 123 else "seat",
                state=state,
            )
            for seat_id, state in self.seats.items()
        ]
        return wire.SeatPlan(
            performance_id=number,
            stage={"zh": "舞台", "en": "Stage"},
            sections=[section],
            seats=seats,
            feed_seq=1,
        )

    def _hold(
        self, performance: int, body: wire.PlaceOrder | wire.ChangeOrder, order_id: int
    ) -> list[wire.OrderLine]:
        kinds = [want.ticket_type_id for want in body.wanted for _ in range(want.count)]
        named = [seat for want in body.wanted for seat in want.seat_ids]
        before = self.orders.get(order_id)
        own = [line.seat_id for line in before.lines] if before else []
        if performance in self.places:
            left = self.places[performance] + len(own)
            if len(kinds) > left:
                raise Refusal("sold_out", "{left} are left.", {"left": left})
            self.places[performance] = left - len(kinds)
            return [self._line(k, kind, 0) for k, kind in enumerate(kinds, 1)]
        free = [seat for seat, state in self.seats.items() if state == "free" or seat in own]
        if named:
            gone = [seat for seat in named if seat not in free]
            if gone:
                raise Refusal("seat_taken", "Somebody was quicker.", {"seats": gone})
            chosen = named
        else:
            wanted = [s for s in free if (s >= 123) == body.wheelchair]
            fresh = [s for s in wanted if s not in body.avoid_seat_ids] or wanted
            if len(fresh) < len(kinds):
                raise Refusal("sold_out", "{left} are left.", {"left": len(wanted)})
            chosen = fresh[: len(kinds)]
        self.seats.update(dict.fromkeys((s for s in own if s), "free"))
        self.seats.update(dict.fromkeys(chosen, "held"))
        pairs = zip(kinds, chosen, strict=True)
        return [self._line(k, kind, seat) for k, (kind, seat) in enumerate(pairs, 1)]

    def _line(self, number: int, kind: int, seat_id: int) -> wire.OrderLine:
        return wire.OrderLine(
            id=number,
            ticket_type_id=kind,
            ticket_type_code="A" if kind == ADULT else "C",
            ticket_type={"zh": "成人", "en": "Adult"},
            tier="A",
            seat_id=seat_id,
            section={"zh": "池座", "en": "Stalls"} if seat_id else {},
            row=str((seat_id - 101) // 8 + 1) if seat_id else "",
            number=str((seat_id - 101) % 8 + 1) if seat_id else "",
            price_minor=PRICES[kind],
            ticket_number="",
            ticket_state="",
            print_state="",
            entered_at=None,
        )

    def _order(self, number: int, performance: int, lines: list[wire.OrderLine]) -> wire.Order:
        total = sum(line.price_minor for line in lines)
        seats = [line.seat_id for line in lines]
        return wire.Order(
            id=number,
            number=f"A7K2-{number:04d}",
            pickup_code=f"4827{number:04d}",
            state="held",
            performance=self.card(performance),
            lines=lines,
            prices=[],
            payments=[],
            total_minor=total,
            paid_minor=0,
            tax_included_minor=0,
            currency="CNY",
            together=all(b - a == 1 for a, b in pairwise(seats)),
            placed_at=NOW,
            expires_at=NOW + timedelta(minutes=10),
            paid_at=None,
            station="kiosk-3",
            staff="",
            language="zh",
        )

    def _with_payment(self, order: wire.Order, state: str, number: int) -> wire.Order:
        payment = wire.Payment(
            id=number,
            tender="qr",
            state=state,
            amount_minor=order.total_minor,
            received_minor=0,
            change_minor=0,
            qr_text=f"pay/{order.number}/{number}",
            at=NOW,
        )
        return msgspec.structs.replace(order, payments=[*order.payments[: number - 1], payment])

    def _paid(self, order: wire.Order) -> wire.Order:
        paid = self._with_payment(order, "paid", max(1, len(order.payments)))
        return msgspec.structs.replace(paid, state="paid", paid_at=NOW, expires_at=None)


class Refusal(Exception):
    def __init__(self, code: str, template: str, params: dict[str, object]) -> None:
        super().__init__(code)
        self.code, self.template, self.params = code, template, params
