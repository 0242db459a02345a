"""A kiosk and a venue in memory, for tests of the buying flow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count

from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.flow import advance, start
from venue_plugins.sales.kiosk.state import BuyFlow

from tests.plugins.sales.fake_venue import SHOW, TONIGHT, FakeVenue

TO_SEATS = (m.ChooseEvent(SHOW), m.ChoosePerformance(TONIGHT))
TO_TICKETS = (*TO_SEATS, m.TakeSeats())
TO_PAY = (*TO_TICKETS, m.Pay())


def code_of(flow: BuyFlow) -> str:
    return flow.failure.code if flow.failure else ""


class Session:
    """A kiosk and its venue. `touch` answers everything at once unless `is_cut`."""

    def __init__(self) -> None:
        self.venue = FakeVenue()
        self.ids: Iterator[int] = count(1)
        self.sent: list[m.Command] = []
        self.is_cut = False
        self.waiting: deque[m.Command] = deque()
        self.flow, commands = start("zh")
        self._queue(commands)
        self.settle()

    def _queue(self, commands: tuple[m.Command, ...]) -> None:
        self.sent += commands
        self.waiting.extend(commands)

    def tell(self, message: m.Message) -> None:
        self.flow, commands = advance(self.flow, message, lambda: f"op-{next(self.ids)}")
        self._queue(commands)

    def settle(self) -> None:
        while self.waiting:
            command = self.waiting.popleft()
            answers = [m.ServerLost(command)] if self.is_cut else self.venue.answer(command)
            for answer in answers:
                self.tell(answer)

    def touch(self, *touches: m.Message) -> BuyFlow:
        for touch in touches:
            self.tell(touch)
            self.settle()
        return self.flow

    def of(self, kind: type) -> list[m.Command]:
        return [command for command in self.sent if isinstance(command, kind)]
