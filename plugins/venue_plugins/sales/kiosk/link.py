"""Executes the flow's commands: on the network thread, in order, each new order journalled first.

Every answer goes back as a message. What the server refuses comes back as `Refused`; no answer in
time as `ServerLost`, and then the outcome is unknown: the flow asks again with the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from venue_kiosk.link import Link

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.reading import SalesReads
from venue_plugins.sales.kiosk.records import Records
from venue_plugins.sales.kiosk.sheets import SheetPrinter
from venue_suite.domain.errors import ServerAway, VenueError
from venue_suite.wire import CallStaff

logger = logging.getLogger(__name__)

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
        self._reads = SalesReads(link, self.tell, records.saw)
        link.accompany(self._run_changes)

    def execute(self, command: m.Command) -> None:
        """Start a command; called on the window's thread."""
        if isinstance(command, m.Change):
            self._link.run(self._enqueue(command))
        elif isinstance(command, m.CallStaff):
            self._link.run(self._answer(command, lambda: self._call_staff(command)))
        else:
            self._link.run(self._answer(command, lambda: self._reads.read(command)))

    def tell(self, message: m.Message) -> None:
        """Hand a message to the window's thread."""
        self._link.hand_over(lambda: self._put(message))

    async def _answer(self, command: m.Command, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except ServerAway:
            self.tell(m.ServerLost(command))
        except VenueError as error:
            self.tell(m.Refused(command, error.code, error.template, dict(error.params)))

    async def _call_staff(self, command: m.CallStaff) -> None:
        body = CallStaff(code=command.code, screen=command.about)
        client = self._link.client
        operation_id = client.make_operation_id()
        await client.post("/stations/call", body, dict[str, object], operation_id=operation_id)

    # --- changes ---------------------------------------------------------------------------

    async def _enqueue(self, command: m.Change) -> None:
        self._changes.put_nowait(command)

    async def _run_changes(self) -> None:
        """One change after the other; the order in which the flow wanted them is kept."""
        while True:
            command = await self._changes.get()
            try:
                await self._answer(command, partial(self._change, command))
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
        self._reads.follow(0)
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
