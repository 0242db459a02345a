"""What all wishes of a day have: the house, the model, and where chance comes from."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import msgspec
from venue_plugins.sales import wire

from tests.faults.day_model import DayModel
from tests.faults.day_steps import Step, compare
from tests.plugins.sales.house import CASHIER, KIOSK, KIOSK_2, MANAGER, House
from tests.plugins.sales.house_model import ModelOrder

SELLERS = (KIOSK, KIOSK_2, CASHIER, MANAGER)
NEWEST = 12
Wish = Callable[[], Step | None]


class Wisher:
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

    def pick(self, *states: str) -> ModelOrder | None:
        """One of the newest orders; in one of these states, if it is to be had."""
        known = list(self.model.orders.values())[-NEWEST:]
        fitting = [one for one in known if one.state in states]
        pool = fitting if fitting and self.chance.random() < 0.9 else known
        return self.chance.choice(pool) if pool else None

    def compare(self, reply: bytes) -> None:
        """An order as it was answered is the model's."""
        compare(self.model, msgspec.json.decode(reply, type=wire.Order))
