"""A day in the small house: many wishes at once, each answer judged by the model.

One seed is one day: the same seed gives the same wishes, the same chance inside the services and so
the same history.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from venue_plugins.admission.tables import EntryRow, LaneRow
from venue_plugins.reports.services import read_day
from venue_plugins.sales.services.reading import read_order
from venue_plugins.sales.tables import PerformanceRow

from tests.faults.day_model import DayModel
from tests.faults.day_paper import LANE
from tests.faults.day_steps import Step, compare
from tests.faults.day_wishes import Wishes
from tests.plugins.sales.house import NOW, SLOT, TONIGHT, Clock, House, find_violations, open_house
from venue_suite.database import Database, View, Work
from venue_suite.database.kernel_rows import FeedRow
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact
from venue_suite.ledger import AccountRow, BalanceRow
from venue_suite.seams import Seams
from venue_suite.server.parts import PARTS

BATCH_MAX = 12
# The clock of a day stays near what is going on there, in minutes from the opening of the house.
CLOCK_MIN = (-30, 230)
STEPS_S = (0.25, 1, 20, 59, 60, 61, 240, 600, 1800, -1, -60, -1800)


@dataclass
class SeededClock(Clock):
    """A clock that tests turn, and chance that can be replayed."""

    seed: int = 0

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    @property
    def seams(self) -> Seams:
        return Seams(
            time_s=lambda: self.now.timestamp(),  # noqa: PLW0108 - `now` changes
            random_bytes=self._chance.randbytes,
        )


class Day:
    """One house from its opening to its end.

    Args:
        place: where its database is: made by `lay_foundation`, or what a power cut left.
        seed: of all chance.
    """

    def __init__(self, place: Path | str, seed: int) -> None:
        self.place = place
        self.seed = seed
        self.chance = Random(seed)
        self.clock = SeededClock(seed=seed)
        self.model = DayModel()
        self.house: House
        self.wishes = Wishes(self.model, self.chance)
        self.told: list[tuple[int, str]] = []
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._history = hashlib.sha256()

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def history(self) -> str:
        """A digest of everything that was asked and answered so far."""
        return self._history.hexdigest()

    async def open(self) -> None:
        """Open the house, for the first time or again: all that was told is still there."""
        self.house = await open_house(self.place, self.clock, fill=False)
        self.wishes.serve_from(self.house)
        stored = await self.house.read(read_feed)
        assert stored[: len(self.told)] == self.told, "what was told is not there"
        self.told[:] = stored
        self.database.on_commit(lambda facts: self.told.extend(map(_short, facts)))

    def close(self) -> None:
        self.database.close()

    # --- what happens ------------------------------------------------------------------------

    async def go_on(self, count: int, check_every: int = 300) -> None:
        """So many operations and some more, with the invariants checked now and then."""
        due = check_every
        while sum(self.counts.values()) < count:
            try:
                await self.run_batch(self.wishes.draw(self.chance.randint(1, BATCH_MAX)))
                if sum(self.counts.values()) >= due:
                    due += check_every
                    await self.check()
            except AssertionError as error:
                told = f"seed {self.seed}, operation {sum(self.counts.values())}"
                raise AssertionError(f"{told}: {error}") from error
            if self.chance.random() < 0.3:
                self.turn_clock()
            if self.chance.random() < 0.02:
                self.faults["restart"] += 1
                self.close()
                await self.open()
        await self.check()

    async def run_batch(self, steps: Sequence[Step]) -> None:
        """Send all at once, in this order; then judge their answers in this order.

        The writer takes them as they come, so the model does the same one after the other.
        """
        answers = await asyncio.gather(*(self.ask(step) for step in steps))
        for step, (reply, refusal) in zip(steps, answers, strict=True):
            self.judge(step, reply, refusal)

    def judge(self, step: Step, reply: bytes | None, refusal: str) -> None:
        """Compare an answer with the model, which follows. Raises AssertionError."""
        step.judge(reply, refusal)
        self.wishes.keep(step)
        self.counts[f"{step.name}: {refusal or 'done'}"] += 1
        self._history.update(f"{step.name} {refusal} ".encode() + (reply or b""))

    async def ask(self, step: Step) -> tuple[bytes | None, str]:
        """The answer: what is done, or why not."""
        try:
            committed = await self.database.commit(
                step.service, *step.arguments, actor=step.actor, operation=step.operation
            )
        except VenueError as refusal:
            return None, refusal.code
        return bytes(committed.value), ""

    def turn_clock(self) -> None:
        """Mostly forward, sometimes back, never far from what is going on."""
        step_s = self.chance.choice(STEPS_S)
        self.faults["clock back" if step_s < 0 else "clock on"] += 1
        low, high = (NOW + timedelta(minutes=minute) for minute in CLOCK_MIN)
        now = min(max(self.clock.now + timedelta(seconds=step_s), low), high)
        if now == high:
            now = NOW + timedelta(minutes=self.chance.randint(0, 180))
        self.clock.now = self.model.now = now

    # --- what must hold ----------------------------------------------------------------------

    async def check(self) -> None:
        """The database agrees with the model and with itself."""
        truth = await self.house.read(read_truth)
        model = self.model
        assert truth["stock"] == {
            (performance, state): model.count(performance, state)
            for performance in (TONIGHT, SLOT)
            for state in ("held", "paid")
        }
        assert truth["money"] == model.money()
        assert truth["owed"] == 0
        assert truth["entries"] == len(model.inside)
        found = await self.house.read(lambda view: find_all(self.house, view))
        assert found == [], f"verify finds {found}"
        assert (await self.house.read(read_day, "")).agrees
        assert self.told == await self.house.read(read_feed), "what was told is not what is kept"
        for order in list(model.orders)[-20:]:
            compare(model, await self.house.read(read_order, order))


def _short(fact: Fact) -> tuple[int, str]:
    return fact.seq, fact.kind


def find_all(house: House, view: View) -> list[str]:
    """What `venue verify` would find: the kernel's invariants and the plugins'."""
    kernel = [sentence for part in PARTS for check in part.checks for sentence in check.find(view)]
    return [*kernel, *find_violations(house.plugins, view)]


def read_feed(view: View) -> list[tuple[int, str]]:
    return [(row.seq, row.kind) for row in FeedRow.select().order_by(FeedRow.seq)]


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
        "entries": EntryRow.select().count(),
    }


async def lay_foundation(place: Path | str) -> None:
    """A fresh house with a lane, closed again; copies of it begin each day."""
    house = await open_house(place)

    def add_lane(work: Work) -> None:
        LaneRow.create(code=LANE, name={"zh": "一号", "en": "One"}, state="open")

    await house.database.write(add_lane)
    house.database.close()
