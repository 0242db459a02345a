"""The ledger with holds against a plain model: whatever is done, in whatever order."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.venue_suite.test_ledger_holds import CASH, DAY, REVENUE, hold, top_up, violations
from venue_suite.database import Database, View
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.ledger import (
    AccountRow,
    BalanceRow,
    HoldEnded,
    Leg,
    NotEnough,
    capture_hold,
    expire_holds,
    release_hold,
    reverse_transaction,
)
from venue_suite.ledger.errors import AlreadyReversed
from venue_suite.testing import MovableClock, place_in

CARDS = ("stored/card/1", "stored/card/2")
cards = st.sampled_from(CARDS)
amounts = st.integers(1, 500)


@dataclass
class ModelHold:
    """A hold as the model has it. `due_s`: after so many seconds of the clock, 0 never."""

    card: str
    amount: int
    due_s: float
    open: bool = True


class Books(RuleBasedStateMachine):
    """Every rule does the same to the database and to two dicts, and both must agree."""

    holds = Bundle("holds")
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="ledger-"))
        self.clock = MovableClock()
        self.database = Database(place_in(self.folder), seams=self.clock.seams)
        self.database.open(KERNEL_MIGRATIONS)
        self.passed_s = 0.0
        self.has = dict.fromkeys((*CARDS, CASH, REVENUE), 0)
        self.model: dict[int, ModelHold] = {}
        self.paid: dict[int, tuple[str, int]] = {}

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def do(self, service: Any, *arguments: Any) -> Any:
        return asyncio.run(self.database.write(service, *arguments))

    def held(self, card: str) -> int:
        return sum(one.amount for one in self.model.values() if one.open and one.card == card)

    def is_due(self, one: ModelHold) -> bool:
        return bool(one.due_s) and one.due_s <= self.passed_s

    def expire_model(self, card: str = "") -> int:
        due = [
            one
            for one in self.model.values()
            if one.open and self.is_due(one) and card in ("", one.card)
        ]
        for one in due:
            one.open = False
        return len(due)

    @rule(target=payments, card=cards, amount=amounts)
    def pay_in(self, card: str, amount: int) -> int:
        number: int = self.do(top_up, amount, card)
        self.has[card] += amount
        self.has[CASH] += amount
        self.paid[number] = (card, amount)
        return number

    @rule(target=holds, card=cards, amount=amounts, minutes=st.sampled_from([None, 5, 10]))
    def place(self, card: str, amount: int, minutes: int | None) -> Any:
        free = self.has[card] - self.held(card)
        if free < amount:
            # What is out of time gives way only if that helps; a refusal changes nothing.
            due = sum(
                one.amount
                for one in self.model.values()
                if one.open and one.card == card and self.is_due(one)
            )
            if free + due < amount:
                with pytest.raises(NotEnough):
                    self.do(hold, amount, card, minutes)
                return multiple()
            self.expire_model(card)
        number: int = self.do(hold, amount, card, minutes)
        due_s = self.passed_s + minutes * 60 if minutes else 0
        self.model[number] = ModelHold(card, amount, due_s)
        return number

    @rule(number=holds, part=st.floats(0, 1))
    def capture(self, number: int, part: float) -> None:
        one = self.model[number]
        amount = max(1, int(one.amount * part))
        legs = [Leg(REVENUE, -amount, 1)]

        def service(work: Any) -> int:
            return capture_hold(
                work, number, legs, kind="sale", business_day=DAY, amount_minor=amount
            )

        if not one.open or self.is_due(one):
            with pytest.raises(HoldEnded):
                self.do(service)
            return
        self.do(service)
        one.open = False
        self.has[one.card] -= amount
        self.has[REVENUE] += amount

    @rule(number=holds)
    def release(self, number: int) -> None:
        one = self.model[number]
        if not one.open or self.is_due(one):
            with pytest.raises(HoldEnded):
                self.do(release_hold, number)
            return
        self.do(release_hold, number)
        one.open = False

    @rule(minutes=st.integers(1, 8))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes * 60 + 1)
        self.passed_s += minutes * 60 + 1

    @rule()
    def sweep(self) -> None:
        assert self.do(expire_holds) == self.expire_model()

    @rule(number=consumes(payments), again=st.booleans())
    def take_back(self, number: int, again: bool) -> None:
        def service(work: Any) -> int:
            return reverse_transaction(work, number, business_day=DAY, reason="wrong card")

        card, amount = self.paid[number]
        held = self.held(card)
        if held and self.has[card] - held < amount:
            with pytest.raises(NotEnough):
                self.do(service)
            return
        self.do(service)
        self.has[card] -= amount
        self.has[CASH] -= amount
        if again:
            with pytest.raises(AlreadyReversed):
                self.do(service)

    @rule()
    def reopen(self) -> None:
        self.database.close()
        self.database = Database(place_in(self.folder), seams=self.clock.seams)
        self.database.open(KERNEL_MIGRATIONS)

    @invariant()
    def both_agree(self) -> None:
        def read(view: View) -> tuple[dict[str, tuple[int, int]], list[str]]:
            rows = BalanceRow.select(BalanceRow, AccountRow).join(AccountRow)
            found = {row.account.code: (row.amount_minor, row.held_minor) for row in rows}
            return found, violations(view)

        found, broken = asyncio.run(self.database.read(read))
        assert broken == []
        for code, has in self.has.items():
            sign = 1 if code == CASH else -1
            assert found.get(code, (0, 0)) == (sign * has, self.held(code))


def test_books_agree_with_the_model(engine: str) -> None:
    examples, steps = (20, 30) if engine == "sqlite" else (3, 20)
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
