"""What people and stations want of the small house, by chance, and what the model says to it."""

from __future__ import annotations

from random import Random

from tests.faults.day_buying import BuyingWishes
from tests.faults.day_model import DayModel
from tests.faults.day_paper import PaperWishes
from tests.faults.day_steps import Step, repeat, reuse
from tests.faults.day_wisher import Wish
from tests.plugins.sales.house import House

KEPT_MAX = 400  # old operations that may be asked again


class Wishes:
    """All wishes of a day.

    Args:
        model: what the house should be like.
        chance: where the wishes come from.
    """

    def __init__(self, model: DayModel, chance: Random) -> None:
        self._chance = chance
        self._done: list[Step] = []
        self._drawn: list[Step] = []
        self._wishers = (BuyingWishes(model, chance), PaperWishes(model, chance))
        self._weights: dict[Wish, int] = {self._again: 3, self._reuse: 1}
        for wisher in self._wishers:
            self._weights |= wisher.weights

    def serve_from(self, house: House) -> None:
        """The house is open, for the first time or again."""
        for wisher in self._wishers:
            wisher.house = house

    def draw(self, count: int) -> list[Step]:
        """So many steps for one batch, their operation ids saved."""
        self._drawn = []
        while len(self._drawn) < count:
            (wish,) = self._chance.choices(list(self._weights), list(self._weights.values()))
            step = wish()
            if step is not None:
                if not step.operation.operation_id:
                    step.save(f"op-{self._chance.getrandbits(80):020x}")
                self._drawn.append(step)
        return self._drawn

    def keep(self, step: Step) -> None:
        """A step that was answered; it may be asked again later."""
        if step.reply is not None:
            self._done.append(step)
            del self._done[:-KEPT_MAX]

    def _again(self) -> Step | None:
        """An old operation, or one of this very batch."""
        pool = self._done + self._drawn * 3
        return repeat(self._chance.choice(pool)) if pool else None

    def _reuse(self) -> Step | None:
        return reuse(self._chance.choice(self._done)) if self._done else None
