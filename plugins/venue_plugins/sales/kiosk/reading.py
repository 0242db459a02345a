"""Reads what the flow asks for, and follows what changes meanwhile. On the network thread."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from venue_kiosk.link import Link

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact

logger = logging.getLogger(__name__)

FOLLOW_EVERY_S = 3.0
FACTS_KEPT = 2000


class SalesReads:
    """Answers the reading commands, and tells unasked what the feed says.

    Args:
        link: the connection.
        tell: hands a message to the window's thread.
        on_settled: called with a followed order that is no longer held.
    """

    def __init__(
        self,
        link: Link,
        tell: Callable[[m.Message], None],
        on_settled: Callable[[wire.Order], None],
    ) -> None:
        self._link, self._tell, self._on_settled = link, tell, on_settled
        self._followed = 0
        self._follow_now = asyncio.Event()
        self._facts: deque[Fact] = deque(maxlen=FACTS_KEPT)
        link.watch_facts(self._fact)
        link.accompany(self._follow)

    async def read(self, command: m.Read) -> None:
        """Do one read and tell its answer.

        Raises:
            VenueError: refused, or no answer.
        """
        if isinstance(command, m.LoadEvents):
            await self._load_events()
        elif isinstance(command, m.LoadPerformances):
            await self._load_performances(command)
        elif isinstance(command, m.LoadDetail):
            await self._load_detail(command)
        elif isinstance(command, m.LoadSeatPlan):
            await self._load_seat_plan(command)
        elif isinstance(command, m.ReadOrder):
            await self._read_order(command)
        else:
            self.follow(command.order_id)

    def follow(self, order_id: int) -> None:
        """Follow this order from now on; 0 follows none."""
        self._followed = order_id
        self._follow_now.set()

    # --- reads -----------------------------------------------------------------------------

    async def _load_events(self) -> None:
        events = await self._link.client.get("/sales/events", list[wire.EventCard])
        self._tell(m.EventsLoaded(tuple(events)))

    async def _load_performances(self, command: m.LoadPerformances) -> None:
        query: dict[str, str | int] = {"event": command.event_id}
        if command.day:
            query["day"] = command.day
        cards = await self._link.client.get(
            "/sales/performances", list[wire.PerformanceCard], **query
        )
        self._tell(m.PerformancesLoaded(command, tuple(cards)))

    async def _load_detail(self, command: m.LoadDetail) -> None:
        path = f"/sales/performances/{command.performance_id}"
        self._tell(m.DetailLoaded(await self._link.client.get(path, wire.PerformanceDetail)))

    async def _load_seat_plan(self, command: m.LoadSeatPlan) -> None:
        path = f"/sales/performances/{command.performance_id}/seats"
        plan = await self._link.client.get(path, wire.SeatPlan)
        self._tell(m.SeatPlanLoaded(plan))
        for fact in list(self._facts):  # what the feed told while the plan was on its way
            if fact.seq > plan.feed_seq:
                self._tell_seats(fact)

    async def _read_order(self, command: m.ReadOrder) -> None:
        path = f"/sales/orders/{command.order_id}"
        self._tell(m.OrderSeen(await self._link.client.get(path, wire.Order)))

    # --- following -------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read the followed order at each fact about it, and every few seconds anyway."""
        while True:
            try:
                async with asyncio.timeout(FOLLOW_EVERY_S if self._followed else None):
                    await self._follow_now.wait()
            except TimeoutError:
                pass  # nothing was told: ask anyway
            self._follow_now.clear()
            if self._followed:
                await self._look_at_followed()

    async def _look_at_followed(self) -> None:
        try:
            order = await self._link.client.get(f"/sales/orders/{self._followed}", wire.Order)
        except VenueError as error:
            logger.info("followed order was not read", extra={"reason": str(error)})
            return
        if order.id == self._followed:
            self._tell(m.OrderSeen(order))
            if order.state != "held":
                self._followed = 0
                self._on_settled(order)

    def _fact(self, fact: Fact) -> None:
        """A fact of the feed, on the link's thread."""
        if fact.kind == "sales.seats_changed":
            self._facts.append(fact)
            self._tell_seats(fact)
        elif fact.kind == "sales.places_changed":
            left = fact.data.get("left")
            if isinstance(left, int):
                self._tell(m.PlacesSeen(_number(fact.subject), left))
        elif fact.subject == f"order/{self._followed}" and self._followed:
            self._follow_now.set()

    def _tell_seats(self, fact: Fact) -> None:
        states = fact.data.get("seats")
        if isinstance(states, dict):
            seen = {int(seat): str(state) for seat, state in states.items()}
            self._tell(m.SeatsSeen(_number(fact.subject), seen))


def _number(subject: str) -> int:
    text = subject.rpartition("/")[2]
    return int(text) if text.isdecimal() else 0
