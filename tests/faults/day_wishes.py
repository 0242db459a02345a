"""What people and stations want of the small house, by chance, and what the model says to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import msgspec
from venue_plugins.admission import services as admission
from venue_plugins.admission import wire as admission_wire
from venue_plugins.sales import wire
from venue_plugins.sales.services import expiry, open_codes, orders, payments, selling, tickets

from tests.faults.day_model import ADMITS_MIN, DayModel
from tests.faults.day_steps import Step, check_seats, compare, repeat, reuse
from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    KIOSK,
    KIOSK_2,
    MANAGER,
    NOW,
    SEATS,
    SLOT,
    TONIGHT,
    House,
    want,
)
from tests.plugins.sales.house_model import ModelOrder, ModelPayment, No
from venue_suite.database.rows import from_ms, to_ms
from venue_suite.domain.actors import Actor
from venue_suite.ticket_tokens import TicketToken

LANE = "1"
SELLERS = (KIOSK, KIOSK_2, CASHIER, MANAGER)
GATES = (
    Actor("station", "gate-1", "gate-1", "gate-1", "gate", frozenset({"admission.scan"})),
    Actor("station", "gate-2", "gate-2", "gate-2", "gate", frozenset({"admission.scan"})),
)
PROVIDER_WORDS = ("waiting", "paid", "declined", "cancelled", "unknown")
PRINTER_WORDS = ("printed", "printed", "printed", "doubtful", "failed")
OUTCOMES = ("passed", "timed_out", "unknown")
ENOUGH_MINOR = 100_000
KEPT_MAX = 400  # old operations that may be asked again
MINUTE_MS = 60_000


class Wishes:
    """Draws steps. Each draws its arguments from what the model knows now, and is judged later.

    Args:
        model: what the house should be like.
        chance: where the wishes come from.

    Attributes:
        house: open; its signer signs the codes that are scanned.
    """

    house: House

    def __init__(self, model: DayModel, chance: Random) -> None:
        self.model = model
        self.chance = chance
        self.done: list[Step] = []
        self._drawn: list[Step] = []
        self._wishes: dict[Callable[[], Step | None], int] = {
            self._place: 6,
            self._sell: 2,
            self._change: 3,
            self._release: 1,
            self._pay_cash: 5,
            self._ask_for_code: 3,
            self._code_comes: 3,
            self._provider_says: 4,
            self._expire: 1,
            self._print: 5,
            self._printer_says: 5,
            self._scan: 6,
            self._pass: 4,
            self._again: 3,
            self._reuse: 1,
        }

    def draw(self, count: int) -> list[Step]:
        """So many steps for one batch, their operation ids saved."""
        self._drawn = []
        while len(self._drawn) < count:
            (wish,) = self.chance.choices(list(self._wishes), list(self._wishes.values()))
            step = wish()
            if step is not None:
                if not step.operation.operation_id:
                    step.save(f"op-{self.chance.getrandbits(80):020x}")
                self._drawn.append(step)
        return self._drawn

    def keep(self, step: Step) -> None:
        """A step that was answered; it may be asked again later."""
        if step.reply is not None:
            self.done.append(step)
            del self.done[:-KEPT_MAX]

    # --- drawing -----------------------------------------------------------------------------

    def _order(self, *states: str) -> ModelOrder | None:
        """One of the newest orders; in one of these states, if it is to be had."""
        known = list(self.model.orders.values())[-12:]
        fitting = [one for one in known if one.state in states]
        pool = fitting if fitting and self.chance.random() < 0.9 else known
        return self.chance.choice(pool) if pool else None

    def _seats(self, performance: int) -> tuple[int, list[int]]:
        """(count, named seats or none)."""
        count = self.chance.choice([1, 1, 2, 2, 2, 3, 4, 6, 7])
        if performance != TONIGHT or self.chance.random() < 0.6:
            return count, []
        return count, self.chance.sample(range(1, SEATS + 1), count)

    # --- orders ------------------------------------------------------------------------------

    def _place(self) -> Step:
        model = self.model
        performance = self.chance.choice((TONIGHT, SLOT))
        count, seats = self._seats(performance)
        wheelchair = self.chance.random() < 0.1

        def expect() -> None:
            model.check_sale(performance, count)
            model.check_room(performance, count, seats, wheelchair)

        def apply(reply: bytes) -> None:
            order = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in order.lines if line.seat_id]
            check_seats(model, got, seats, wheelchair, None)
            model.place(order.id, performance, count, got)
            compare(model, order)

        asked = wire.PlaceOrder(
            performance_id=performance, wanted=[want(ADULT, count, seats)], wheelchair=wheelchair
        )
        actor = self.chance.choice(SELLERS)
        return Step("place", orders.place_order, (asked,), actor, expect, apply)

    def _sell(self) -> Step:
        """Money lies on the desk: all in one step, from the place to the ticket."""
        model = self.model
        performance = self.chance.choice((TONIGHT, SLOT))
        count, seats = self._seats(performance)
        # What seats cost that the house is to choose is not known before.
        price_minor = model.price_minor(performance, count, seats)
        is_known = bool(seats) or performance == SLOT
        more_minor = self.chance.choice((-1, 0, 0, 500)) if is_known else ENOUGH_MINOR
        received_minor = price_minor + more_minor

        def expect() -> None:
            model.check_sale(performance, count)
            if more_minor < 0 and count <= model.left(performance):
                raise No("payment_short")
            model.check_room(performance, count, seats, wheelchair=False)

        def apply(reply: bytes) -> None:
            sold = msgspec.json.decode(reply, type=wire.Sold)
            got = [ticket.seat_id for ticket in sold.tickets if ticket.seat_id]
            check_seats(model, got, seats, wheelchair=False, own=None)
            assert len(sold.tickets) == count
            model.place(sold.order_id, performance, count, got)
            order = model.orders[sold.order_id]
            model.pay_cash(order, received_minor)
            assert sold.total_minor == order.total_minor
            assert sold.change_minor == received_minor - order.total_minor

        asked = wire.SellNow(
            performance_id=performance,
            wanted=[want(ADULT, count, seats)],
            received_minor=received_minor,
        )
        signer = self.house.signer
        return Step("sell", selling.sell_now, (asked, signer), CASHIER, expect, apply)

    def _change(self) -> Step | None:
        model, order = self.model, self._order("held")
        if order is None:
            return None
        count, seats = self._seats(order.performance)
        wheelchair = self.chance.random() < 0.1

        def expect() -> None:
            model.check_verb(order)
            model.check_code(order)
            model.check_sale(order.performance, count)
            model.check_room(order.performance, count, seats, wheelchair, order)

        def apply(reply: bytes) -> None:
            changed = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in changed.lines if line.seat_id]
            check_seats(model, got, seats, wheelchair, order)
            model.change(order, count, got)
            compare(model, changed)

        asked = wire.ChangeOrder(wanted=[want(ADULT, count, seats)], wheelchair=wheelchair)
        return Step("change", orders.change_order, (order.id, asked), CASHIER, expect, apply)

    def _release(self) -> Step | None:
        order = self._order("held")
        if order is None:
            return None
        # The model's own verb both refuses and does it, so it is asked once, when it is judged.
        return Step(
            "release",
            orders.release_order,
            (order.id,),
            CASHIER,
            partial(self.model.release, order),
            self._compare,
        )

    # --- money -------------------------------------------------------------------------------

    def _pay_cash(self) -> Step | None:
        order = self._order("held")
        if order is None:
            return None
        received_minor = max(0, order.total_minor + self.chance.choice([-1, 0, 0, 0, 500, 20_000]))

        def apply(reply: bytes) -> None:
            paid = msgspec.json.decode(reply, type=wire.Order)
            assert paid.payments[-1].change_minor == received_minor - order.total_minor
            order.payments[-1].id = paid.payments[-1].id
            compare(self.model, paid)

        return Step(
            "pay_cash",
            payments.pay_cash,
            (order.id, wire.PayCash(received_minor=received_minor)),
            CASHIER,
            lambda: self.model.pay_cash(order, received_minor),
            apply,
        )

    def _ask_for_code(self) -> Step | None:
        order = self._order("held")
        if order is None:
            return None

        def apply(reply: bytes) -> None:
            payment = msgspec.json.decode(reply, type=int)
            if order.open_payment is None:
                order.payments.append(ModelPayment(payment, order.total_minor, "asked"))
            assert order.open_payment is not None
            assert order.open_payment.id == payment

        return Step(
            "begin_qr",
            payments.begin_qr,
            (order.id,),
            KIOSK,
            lambda: self.model.check_verb(order),
            apply,
        )

    def _code(self) -> tuple[ModelOrder, ModelPayment] | None:
        codes = [
            (order, one)
            for order in self.model.orders.values()
            for one in order.payments
            if one.tender == "qr"
        ][-6:]
        return self.chance.choice(codes) if codes else None

    def _code_comes(self) -> Step | None:
        found = self._code()
        if found is None:
            return None
        _, payment = found

        def apply(reply: bytes) -> None:
            shown = payment.is_open and not payment.has_code
            assert msgspec.json.decode(reply, type=bool) == shown
            if shown:
                payment.has_code, payment.state = True, "waiting"

        return Step("code_comes", open_codes.note_code, (payment.id, "code"), apply=apply)

    def _provider_says(self) -> Step | None:
        found = self._code()
        if found is None:
            return None
        order, payment = found
        word = self.chance.choice(PROVIDER_WORDS)
        return Step(
            f"provider says {word}",
            payments.settle,
            (payment.id, word),
            apply=lambda _: self.model.settle(order, payment, word),
        )

    def _expire(self) -> Step:
        def apply(reply: bytes) -> None:
            assert msgspec.json.decode(reply, type=int) == self.model.expire()

        return Step("expire", expiry.expire_orders, (), apply=apply)

    # --- paper -------------------------------------------------------------------------------

    def _print(self) -> Step | None:
        order = self._order("paid")
        if order is None:
            return None
        actor = self.chance.choice(SELLERS)
        reprint = self.chance.random() < 0.25
        receipt = self.chance.random() < 0.7

        def apply(reply: bytes) -> None:
            sheets = msgspec.json.decode(reply, type=wire.PrintSheet).sheets
            named = [int(one.job_id.split("-")[1]) for one in sheets if one.line_id]
            jobs = self.model.print(order, actor.station, reprint, receipt, named)
            assert [one.job_id for one in sheets] == jobs
            assert not order.seats or len(named) <= len(order.seats)
            for sheet in sheets:
                if sheet.line_id:
                    assert sheet.values["token"] == self._token(sheet.job_id, order.performance)

        return Step(
            "reprint" if reprint else "print",
            tickets.start_print,
            (order.id, wire.StartPrint(reprint=reprint, receipt=receipt), self.house.signer),
            actor,
            lambda: self.model.check_print(order, actor.station, reprint, actor is MANAGER),
            apply,
        )

    def _printer_says(self) -> Step | None:
        handed = [key for key, one in self.model.papers.items() if one.tickets][-8:]
        if not handed:
            return None
        order = self.model.orders[self.chance.choice(handed)]
        jobs = list(self.model.paper(order).jobs(order.id))
        results = {}
        for job in self.chance.sample(jobs, self.chance.randint(1, len(jobs))):
            sheet, _, generation = job.rpartition("-")
            step = self.chance.choices([0, -1, 1], [14, 2, 1])[0]
            if int(generation) + step:
                named = f"{sheet}-{int(generation) + step}"
                results[named] = self.chance.choice(PRINTER_WORDS)
        if not results:
            return None
        actor = self.chance.choice(SELLERS)

        def apply(reply: bytes) -> None:
            self.model.note_word(order, actor.station, results)
            self._compare(reply)

        return Step(
            "printer says",
            tickets.note_print,
            (order.id, wire.PrintResult(results=results)),
            actor,
            lambda: self.model.check_word(order, results),
            apply,
        )

    def _token(self, job: str, performance: int) -> str:
        """The code on the paper of a job, signed here once more."""
        _, ticket, generation = job.split("-")
        opens, closes = (
            from_ms(to_ms(NOW) + minute * MINUTE_MS) for minute in ADMITS_MIN[performance]
        )
        token = TicketToken(int(ticket), int(generation), performance, opens, closes)
        return self.house.signer.sign(token)

    # --- entrance ----------------------------------------------------------------------------

    def _scan(self) -> Step | None:
        known = list(self.model.tickets.items())[-30:]
        if not known:
            return None
        ticket, order = self.chance.choice(known)
        newest = self.model.papers[order].tickets[ticket].generation
        generation = max(1, newest - (self.chance.random() < 0.2))
        performance = self.model.orders[order].performance
        code = self._token(f"ticket-{ticket}-{generation}", performance)
        commit = self.chance.random() < 0.4
        actor = self.chance.choice(GATES)

        def apply(reply: bytes) -> None:
            decision = msgspec.json.decode(reply, type=admission_wire.Decision)
            expected = self.model.answer_scan(ticket, generation)
            assert (decision.result, decision.code) == (
                ("refused", expected) if expected else ("allowed", "")
            )
            if not expected:
                self.model.enter(decision.scan_id, ticket, actor.station, commit)

        asked = admission_wire.Scan(lane=LANE, code=code, commit=commit)
        questions: Any = self.house.plugins
        return Step("scan", admission.scan, (asked, questions), actor, apply=apply)

    def _pass(self) -> Step | None:
        if not self.model.scans:
            return None
        scan = self.chance.choice(list(self.model.scans)[-8:])
        outcome = self.chance.choice(OUTCOMES)
        station = self.model.scans[scan].station
        others = [one for one in GATES if one.station != station]
        own = [one for one in GATES if one.station == station]
        actor = self.chance.choice(own * 5 + others)

        def apply(reply: bytes) -> None:
            decision = msgspec.json.decode(reply, type=admission_wire.Decision)
            assert decision.passage == self.model.pass_through(scan, outcome)

        return Step(
            "pass",
            admission.note_passage,
            (admission_wire.Passed(scan_id=scan, outcome=outcome),),
            actor,
            lambda: self.model.check_passage(scan, actor.station),
            apply,
        )

    # --- the same once more ------------------------------------------------------------------

    def _again(self) -> Step | None:
        """An old operation, or one of this very batch."""
        pool = self.done + self._drawn * 3
        return repeat(self.chance.choice(pool)) if pool else None

    def _reuse(self) -> Step | None:
        return reuse(self.chance.choice(self.done)) if self.done else None

    def _compare(self, reply: bytes) -> None:
        compare(self.model, msgspec.json.decode(reply, type=wire.Order))
