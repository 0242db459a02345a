"""Any order of events: the services do what a plain model says, and every invariant holds."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from venue_plugins.reports.services import read_day
from venue_plugins.sales import wire
from venue_plugins.sales.services import open_codes, orders, payments, reading
from venue_plugins.sales.tables import PerformanceRow

from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    COMPANION_SEAT,
    SEATS,
    SLOT,
    TONIGHT,
    WHEELCHAIR_SEAT,
    Clock,
    House,
    find_violations,
    open_house,
    want,
)
from tests.plugins.sales.house_model import Model, ModelOrder, ModelPayment, No
from venue_suite.database import View
from venue_suite.domain.errors import VenueError
from venue_suite.ledger import AccountRow, BalanceRow
from venue_suite.ledger.checks import check_balanced, check_balances

SEAT_IDS = st.lists(st.integers(1, SEATS), min_size=1, max_size=7, unique=True)
BACK = st.integers(0, 3)
WORDS = st.sampled_from(["waiting", "paid", "declined", "cancelled", "unknown"])


def read_truth(view: View) -> dict[str, Any]:
    """What the database says, in the model's words."""
    balances = {
        row.account.code: row.amount_minor
        for row in BalanceRow.select(BalanceRow, AccountRow).join(AccountRow)
    }
    return {
        "stock": {
            (row.id, state): getattr(row, column)
            for row in PerformanceRow.select()
            for state, column in (("held", "held"), ("paid", "sold"))
            if row.id in (TONIGHT, SLOT)
        },
        "money": (
            balances.get("tender/cash", 0),
            balances.get("tender/qr", 0),
            -balances.get("deposit/late_payments", 0),
        ),
        "owed": balances.get("receivable/orders", 0),
    }


class HouseMachine(RuleBasedStateMachine):
    """A house and its model, and what compares the two."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.model = Model()
        self.house: House = self.runner.run(
            open_house(Path(self.folder.name) / "house.db", self.clock)
        )
        self.operations = 0
        self.last: tuple[Any, ...] | None = None

    def teardown(self) -> None:
        try:
            self.check_everything()
        finally:
            self.house.database.close()
            self.runner.close()
            self.folder.cleanup()

    # --- doing and comparing ---------------------------------------------------------------

    def run(self, service: Any, *arguments: Any, refused_by: Callable[[], None]) -> Any:
        """Run a service under a new operation; it must refuse exactly if the model does.

        Returns its reply, or None if it was refused.
        """
        try:
            refused_by()
            expected = ""
        except No as no:
            expected = str(no)
        self.operations += 1
        operation = f"op-{self.operations}"
        try:
            reply = self.runner.run(
                self.house.commit(service, *arguments, actor=CASHIER, operation=operation)
            )
            refusal = ""
        except VenueError as error:
            reply, refusal = None, error.code
        assert refusal == expected
        if reply is not None:
            self.last = (service, arguments, operation, bytes(reply))
        return reply

    def pick(self, back: int) -> ModelOrder:
        """One of the newest orders."""
        known = list(self.model.orders.values())
        return known[-1 - back % len(known)]

    @property
    def codes(self) -> list[tuple[ModelOrder, ModelPayment]]:
        """All payments by code."""
        return [
            (order, one)
            for order in self.model.orders.values()
            for one in order.payments
            if one.tender == "qr"
        ]

    # --- what must hold --------------------------------------------------------------------

    def check_seats(
        self, got: list[int], named: list[int], wheelchair: bool, order: ModelOrder | None
    ) -> None:
        assert not set(got) & self.model.taken(order)
        if named:
            assert got == named
        elif wheelchair and got:
            assert WHEELCHAIR_SEAT in got
        elif got:
            assert not {WHEELCHAIR_SEAT, COMPANION_SEAT} & set(got)

    def compare(self, order: wire.Order) -> None:
        known = self.model.orders[order.id]
        assert order.state == known.state
        assert order.total_minor == known.total_minor
        assert [line.seat_id for line in order.lines if line.seat_id] == known.seats
        assert len(order.lines) == known.count
        shown = {"asked": "waiting"}
        assert [(one.tender, one.state, one.late) for one in order.payments] == [
            (one.tender, shown.get(one.state, one.state), one.late) for one in known.payments
        ]
        assert order.expires_at == (known.expires_at if known.state == "held" else None)

    @invariant()
    def stock_and_money_are_the_models(self) -> None:
        truth = self.runner.run(self.house.read(read_truth))
        model = self.model
        assert truth["stock"] == {
            (performance, state): model.count(performance, state)
            for performance in (TONIGHT, SLOT)
            for state in ("held", "paid")
        }
        assert truth["money"] == model.money()
        assert truth["owed"] == 0

    def check_everything(self) -> None:
        def check(view: View) -> list[str]:
            found = find_violations(self.house.plugins, view)
            return [*found, *check_balanced(view), *check_balances(view)]

        assert self.runner.run(self.house.read(check)) == []
        for order in self.model.orders:
            self.compare(self.runner.run(self.house.read(reading.read_order, order)))
        assert self.runner.run(self.house.read(read_day, "")).agrees


class SellingMachine(HouseMachine):
    """Drives the services; each rule asks the model first."""

    @initialize()
    def begin_with_an_order(self) -> None:
        self.place(2, [], False, False)

    @rule(
        count=st.integers(1, 7),
        seats=st.just([]) | SEAT_IDS,
        wheelchair=st.booleans(),
        in_gallery=st.booleans(),
    )
    def place(self, count: int, seats: list[int], wheelchair: bool, in_gallery: bool) -> None:
        performance, seats = (SLOT, []) if in_gallery else (TONIGHT, seats)
        count = len(seats) or count
        model = self.model

        def refused() -> None:
            model.check_sale(performance, count)
            model.check_room(performance, count, seats, wheelchair)

        asked = wire.PlaceOrder(
            performance_id=performance, wanted=[want(ADULT, count, seats)], wheelchair=wheelchair
        )
        reply = self.run(orders.place_order, asked, refused_by=refused)
        if reply is not None:
            order = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in order.lines if line.seat_id]
            self.check_seats(got, seats, wheelchair, None)
            model.place(order.id, performance, count, got)
            self.compare(order)

    @rule(
        back=BACK,
        count=st.integers(1, 7),
        seats=st.just([]) | SEAT_IDS,
        wheelchair=st.booleans(),
    )
    def change(self, back: int, count: int, seats: list[int], wheelchair: bool) -> None:
        model, order = self.model, self.pick(back)
        seats = [] if order.performance == SLOT else seats
        count = len(seats) or count

        def refused() -> None:
            model.check_verb(order)
            model.check_code(order)
            model.check_sale(order.performance, count)
            model.check_room(order.performance, count, seats, wheelchair, order)

        asked = wire.ChangeOrder(wanted=[want(ADULT, count, seats)], wheelchair=wheelchair)
        reply = self.run(orders.change_order, order.id, asked, refused_by=refused)
        if reply is not None:
            changed = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in changed.lines if line.seat_id]
            self.check_seats(got, seats, wheelchair, order)
            model.change(order, count, got)
            self.compare(changed)

    @precondition(lambda self: self.operations % 3 == 0)
    @rule(back=BACK)
    def release(self, back: int) -> None:
        order = self.pick(back)
        reply = self.run(
            orders.release_order, order.id, refused_by=lambda: self.model.release(order)
        )
        if reply is not None:
            self.compare(msgspec.json.decode(reply, type=wire.Order))

    @rule(back=BACK, more_minor=st.sampled_from([-1, 0, 500]))
    def pay_cash(self, back: int, more_minor: int) -> None:
        order = self.pick(back)
        received_minor = order.total_minor + more_minor
        reply = self.run(
            payments.pay_cash,
            order.id,
            wire.PayCash(received_minor=received_minor),
            refused_by=lambda: self.model.pay_cash(order, received_minor),
        )
        if reply is not None:
            paid = msgspec.json.decode(reply, type=wire.Order)
            assert paid.payments[-1].change_minor == more_minor
            order.payments[-1].id = paid.payments[-1].id
            self.compare(paid)

    @rule(back=BACK, comes=st.booleans())
    def ask_for_code(self, back: int, comes: bool) -> None:
        order = self.pick(back)
        reply = self.run(
            payments.begin_qr, order.id, refused_by=lambda: self.model.check_verb(order)
        )
        if reply is None:
            return
        payment = msgspec.json.decode(reply, type=int)
        if order.open_payment is None:
            order.payments.append(ModelPayment(payment, order.total_minor, "asked"))
        assert order.open_payment is not None
        assert order.open_payment.id == payment
        if comes:
            self.code_comes(order, order.open_payment)

    @precondition(lambda self: self.codes)
    @rule(back=BACK)
    def late_code_comes(self, back: int) -> None:
        self.code_comes(*self.codes[-1 - back % len(self.codes)])

    def code_comes(self, order: ModelOrder, payment: ModelPayment) -> None:
        shown = self.runner.run(self.house.commit(open_codes.note_code, payment.id, "code"))
        assert shown == (payment.is_open and not payment.has_code)
        if shown:
            payment.has_code, payment.state = True, "waiting"

    @precondition(lambda self: self.codes)
    @rule(back=BACK, word=WORDS)
    def provider_says(self, back: int, word: str) -> None:
        order, payment = self.codes[-1 - back % len(self.codes)]
        self.runner.run(self.house.commit(payments.settle, payment.id, word))
        self.model.settle(order, payment, word)

    @rule()
    def expire(self) -> None:
        assert self.runner.run(self.house.expire()) == self.model.expire()

    @rule(seconds=st.sampled_from([1, 60, 300, 599, 600, 3600]))
    def wait(self, seconds: int) -> None:
        self.clock.turn(seconds=seconds)
        self.model.now = self.clock.now

    @rule()
    def repeat_the_last_operation(self) -> None:
        """A client that lost the answer asks again: the same answer, and nothing happens."""
        if self.last is not None:
            service, arguments, operation, reply = self.last
            again = self.runner.run(
                self.house.commit(service, *arguments, actor=CASHIER, operation=operation)
            )
            assert bytes(again) == reply


SellingMachine.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestSelling = SellingMachine.TestCase
