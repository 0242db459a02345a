"""Executes the flow's commands: on the network thread, in order, each change journalled first.

Every answer goes back as a message. What the server refuses comes back as `Refused`; no answer in
time as `ServerLost`, and then the outcome is unknown: the flow asks again with the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from venue_kiosk.link import Link

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.records import Records
from venue_plugins.sales.kiosk.sheets import SheetPrinter
from venue_suite.domain.errors import ServerAway, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.wire import CallStaff

logger = logging.getLogger(__name__)

FOLLOW_EVERY_S = 3.0
FACTS_KEPT = 2000
Put = Callable[[m.Message], None]


class SalesLink:
    """The sales side of the link.

    Args:
        link: the connection; this object lives on its thread, except for `execute`.
        put: takes messages on the window's thread.
        records: the durable journal of what was begun.
        printer: prints sheets.
    """

    def __init__(self, link: Link, put: Put, records: Records, printer: SheetPrinter) -> None:
        self._link, self._put = link, put
        self._records, self._printer = records, printer
        self._changes: asyncio.Queue[m.Change] = asyncio.Queue()
        self._followed = 0
        self._follow_now = asyncio.Event()
        self._facts: deque[Fact] = deque(maxlen=FACTS_KEPT)
        link.watch_facts(self._fact)
        link.accompany(self._run_changes)
        link.accompany(self._follow)
        self._reads: dict[type, Callable[[Any], Coroutine[Any, Any, None]]] = {
            m.LoadEvents: self._load_events,
            m.LoadPerformances: self._load_performances,
            m.LoadDetail: self._load_detail,
            m.LoadSeatPlan: self._load_seat_plan,
            m.ReadOrder: self._read_order,
            m.FollowOrder: self._start_following,
            m.CallStaff: self._call_staff,
        }

    def execute(self, command: m.Command) -> None:
        """Start a command; called on the window's thread."""
        read = self._reads.get(type(command))
        if read is not None:
            self._link.run(self._answer(command, read(command)))
        else:
            self._link.run(self._enqueue(command))  # type: ignore[arg-type]

    def tell(self, message: m.Message) -> None:
        """Hand a message to the window's thread."""
        self._link.hand_over(lambda: self._put(message))

    async def _answer(self, command: m.Command, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ServerAway:
            self.tell(m.ServerLost(command))
        except VenueError as error:
            self.tell(m.Refused(command, error.code, error.template, dict(error.params)))

    # --- reads -----------------------------------------------------------------------------

    async def _load_events(self, _: m.LoadEvents) -> None:
        events = await self._link.client.get("/sales/events", list[wire.EventCard])
        self.tell(m.EventsLoaded(tuple(events)))

    async def _load_performances(self, command: m.LoadPerformances) -> None:
        query: dict[str, str | int] = {"event": command.event_id}
        if command.day:
            query["day"] = command.day
        cards = await self._link.client.get(
            "/sales/performances", list[wire.PerformanceCard], **query
        )
        self.tell(m.PerformancesLoaded(command, tuple(cards)))

    async def _load_detail(self, command: m.LoadDetail) -> None:
        path = f"/sales/performances/{command.performance_id}"
        self.tell(m.DetailLoaded(await self._link.client.get(path, wire.PerformanceDetail)))

    async def _load_seat_plan(self, command: m.LoadSeatPlan) -> None:
        path = f"/sales/performances/{command.performance_id}/seats"
        plan = await self._link.client.get(path, wire.SeatPlan)
        self.tell(m.SeatPlanLoaded(plan))
        for fact in list(self._facts):  # what the feed told while the plan was on its way
            if fact.seq > plan.feed_seq:
                self._tell_seats(fact)

    async def _read_order(self, command: m.ReadOrder) -> None:
        path = f"/sales/orders/{command.order_id}"
        self.tell(m.OrderSeen(await self._link.client.get(path, wire.Order)))

    async def _call_staff(self, command: m.CallStaff) -> None:
        body = CallStaff(code=command.code, screen=command.about)
        client = self._link.client
        operation_id = client.make_operation_id()
        await client.post("/stations/call", body, dict[str, object], operation_id=operation_id)

    # --- following -------------------------------------------------------------------------

    async def _start_following(self, command: m.FollowOrder) -> None:
        self._followed = command.order_id
        self._follow_now.set()

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
            self.tell(m.OrderSeen(order))
            if order.state != "held":
                self._followed = 0
                self._records.saw(order)

    def _fact(self, fact: Fact) -> None:
        """A fact of the feed, on the link's thread."""
        if fact.kind == "sales.seats_changed":
            self._facts.append(fact)
            self._tell_seats(fact)
        elif fact.kind == "sales.places_changed":
            left = fact.data.get("left")
            if isinstance(left, int):
                self.tell(m.PlacesSeen(_number(fact.subject), left))
        elif fact.subject == f"order/{self._followed}" and self._followed:
            self._follow_now.set()

    def _tell_seats(self, fact: Fact) -> None:
        states = fact.data.get("seats")
        if isinstance(states, dict):
            seen = {int(seat): str(state) for seat, state in states.items()}
            self.tell(m.SeatsSeen(_number(fact.subject), seen))

    # --- changes ---------------------------------------------------------------------------

    async def _enqueue(self, command: m.Change) -> None:
        self._changes.put_nowait(command)

    async def _run_changes(self) -> None:
        """One change after the other; the order in which the flow wanted them is kept."""
        while True:
            command = await self._changes.get()
            try:
                await self._answer(command, self._change(command))
            except Exception:  # a broken change must not stop those that follow
                logger.exception("a change failed", extra={"command": type(command).__name__})
                self.tell(m.ServerLost(command))

    async def _change(self, command: m.Change) -> None:
        if isinstance(command, m.PlaceOrder):
            await self._place(command)
        elif isinstance(command, m.PrintPaper):
            await self._printer.print_order(command, self.tell)
        elif isinstance(command, m.ReportPrinted):
            self._records.printed(command.order_id, command.job_id)
            await self._printer.report(
                command.order_id, {command.job_id: "printed"}, command.operation_id
            )
        else:
            await self._change_order(command)

    async def _place(self, command: m.PlaceOrder) -> None:
        self._records.placing(command)
        self._followed = 0
        try:
            order = await self._link.client.post(
                "/sales/orders", command.body, wire.Order, operation_id=command.operation_id
            )
        except ServerAway:
            raise
        except VenueError:
            self._records.refused(command.operation_id)
            raise
        self._records.placed(command.operation_id, order)
        self.tell(m.OrderPlaced(command.operation_id, order))

    async def _change_order(
        self, command: m.ChangeOrder | m.ReleaseOrder | m.StartQr | m.CancelQr
    ) -> None:
        paths = {
            m.ChangeOrder: "change",
            m.ReleaseOrder: "release",
            m.StartQr: "qr",
            m.CancelQr: "qr/cancel",
        }
        body: object = command.body if isinstance(command, m.ChangeOrder) else {}
        order = await self._link.client.post(
            f"/sales/orders/{command.order_id}/{paths[type(command)]}",
            body,
            wire.Order,
            operation_id=command.operation_id,
        )
        self._records.saw(order)
        if isinstance(command, m.ReleaseOrder):
            self.tell(m.OrderReleased(command.operation_id, order))
        else:
            self.tell(m.OrderChanged(command.operation_id, order))

    # --- after a crash ---------------------------------------------------------------------

    async def recover_when_possible(self, again_s: float) -> wire.Order | None:
        """`recover`, again and again until the server answers."""
        while True:
            try:
                return await self.recover()
            except ServerAway:
                await asyncio.sleep(again_s)

    async def recover(self) -> wire.Order | None:
        """Settle what an earlier run of this program left open.

        Held places go back. The newest paid order with tickets still to print is returned.

        Raises:
            ServerAway: not now; ask again later.
        """
        client = self._link.client
        for entry in self._records.unanswered():
            order = await self._again(entry)
            if order is not None:
                self._records.placed(entry.operation_id, order)
        found = None
        for order_id in self._records.open_orders():
            order = await self._settle(order_id)
            if order is not None and order.state == "paid":
                found = order
        logger.info("recovered", extra={"order": found.id if found else 0, "at": client.address})
        return found

    async def _again(self, command: m.PlaceOrder) -> wire.Order | None:
        try:
            return await self._link.client.post(
                "/sales/orders", command.body, wire.Order, operation_id=command.operation_id
            )
        except ServerAway:
            raise
        except VenueError:
            self._records.refused(command.operation_id)
            return None

    async def _settle(self, order_id: int) -> wire.Order | None:
        client = self._link.client
        try:
            await self._printer.report_known(order_id)
            order = await client.get(f"/sales/orders/{order_id}", wire.Order)
            for action in ("qr/cancel", "release"):
                waits = any(payment.state == "waiting" for payment in order.payments)
                if order.state != "held" or (action == "qr/cancel" and not waits):
                    continue
                order = await client.post(
                    f"/sales/orders/{order_id}/{action}",
                    {},
                    wire.Order,
                    operation_id=client.make_operation_id(),
                )
        except ServerAway:
            raise
        except VenueError as error:
            logger.warning("an open order was not settled", extra={"reason": str(error)})
            self._records.forget(order_id)
            return None
        self._records.saw(order)
        missing = any(line.print_state != "printed" for line in order.lines)
        if order.state == "paid" and not missing:
            self._records.forget(order_id)
            return None
        return order


def _number(subject: str) -> int:
    text = subject.rpartition("/")[2]
    return int(text) if text.isdecimal() else 0
