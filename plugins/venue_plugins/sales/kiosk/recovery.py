"""After a crash or a power cut: settles what an earlier run of this program left open."""

from __future__ import annotations

import asyncio
import logging

from venue_kiosk.link import Link

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.records import Records
from venue_plugins.sales.kiosk.sheets import SheetPrinter
from venue_suite.domain.errors import ServerAway, VenueError

logger = logging.getLogger(__name__)

AGAIN_S = 5.0


class Recovery:
    """Brings the journal and the server together again. On the network thread."""

    def __init__(self, link: Link, records: Records, printer: SheetPrinter) -> None:
        self._link, self._records, self._printer = link, records, printer

    async def recover_when_possible(self) -> wire.Order | None:
        """`recover`, again and again until the server answers."""
        while True:
            try:
                return await self.recover()
            except ServerAway:
                await asyncio.sleep(AGAIN_S)

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
