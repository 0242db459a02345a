"""Prints the paper of an order, sheet by sheet, and never counts what is not surely out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from venue_kiosk.devices import PRINTER, Devices
from venue_kiosk.link import Link

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.records import Records
from venue_suite.domain.errors import ServerAway, VenueError
from venue_suite.ports import PrintOutcome, Raster

logger = logging.getLogger(__name__)

PRINT_TIMEOUT_S = 20.0
GRACE_S = 2.0
REPORT_AGAIN_S = 5.0
Draw = Callable[[str, Mapping[str, object], int], Raster]
Tell = Callable[[m.Message], None]


class SheetPrinter:
    """Turns `PrintPaper` into paper.

    Args:
        link: the connection.
        devices: where the printer is.
        draw: (design, values, paper width in dots) -> raster.
        records: the durable journal.
    """

    def __init__(self, link: Link, devices: Devices, draw: Draw, records: Records) -> None:
        self._link, self._devices = link, devices
        self._draw, self._records = draw, records

    async def print_order(self, command: m.PrintPaper, tell: Tell) -> None:
        """Ask for the sheets that are due, print them one by one, tell the server.

        Raises:
            VenueError: the server gave no sheets.
        """
        due = await self._link.client.post(
            f"/sales/orders/{command.order_id}/print",
            wire.StartPrint(),
            wire.PrintSheet,
            operation_id=command.operation_id,
        )
        tickets = [sheet for sheet in due.sheets if sheet.line_id]
        tell(m.PrintStarted(len(tickets), len(tickets) < len(due.sheets)))
        results: dict[str, str] = {}
        last: m.Message = m.PrintFinished()
        for sheet in due.sheets:
            results[sheet.job_id], told = await self._print(sheet)
            if isinstance(told, m.SheetPrinted):
                self._records.printed(command.order_id, sheet.job_id)
                tell(told)
            else:
                last = told
                break
        tell(last)  # the visitor need not wait until the server has heard
        await self._report_now(command.order_id, results)

    async def _print(self, sheet: wire.Sheet) -> tuple[str, m.Message]:
        try:
            outcome = await self._devices.call(
                PRINTER,
                "print_raster",
                await self._draw_for_printer(sheet),
                PRINT_TIMEOUT_S,
                timeout_s=PRINT_TIMEOUT_S + GRACE_S,
            )
        except VenueError as error:  # the printer can't, or the design does not suit it
            logger.warning("a sheet was not printed", extra={"reason": str(error)})
            return "failed", m.PrintFailed(sheet.line_id, str(error))
        if outcome is PrintOutcome.PRINTED:
            return "printed", m.SheetPrinted(sheet.job_id, sheet.line_id)
        return "doubtful", m.PrintDoubtful(sheet.job_id, sheet.line_id)

    async def _draw_for_printer(self, sheet: wire.Sheet) -> Raster:
        """Drawn in a thread of its own: it takes tens of milliseconds."""
        width: int = await self._devices.call(
            PRINTER, lambda printer: printer.paper_width_dots, timeout_s=GRACE_S
        )
        return await asyncio.to_thread(self._draw, sheet.design, sheet.values, width)

    # --- telling the server ----------------------------------------------------------------

    async def report(self, order_id: int, results: dict[str, str], operation_id: str) -> None:
        """Say what the printer said.

        Raises:
            VenueError: the server refused or did not answer.
        """
        order = await self._link.client.post(
            f"/sales/orders/{order_id}/print-result",
            wire.PrintResult(results=results),
            wire.Order,
            operation_id=operation_id,
        )
        if all(line.print_state == "printed" for line in order.lines):
            self._records.forget(order_id)

    async def report_known(self, order_id: int) -> None:
        """After a restart: say again what this kiosk surely printed."""
        jobs = self._records.printed_jobs(order_id)
        if jobs:
            operation_id = self._link.client.make_operation_id()
            await self.report(order_id, dict.fromkeys(jobs, "printed"), operation_id)

    async def _report_now(self, order_id: int, results: dict[str, str]) -> None:
        """Before anything else is asked for, so that no sheet comes twice."""
        if not results:
            return
        operation_id = self._link.client.make_operation_id()
        try:
            await self.report(order_id, results, operation_id)
        except ServerAway:
            self._link.spawn(self._report_until_heard(order_id, results, operation_id))
        except VenueError as error:
            logger.error("the server refused a print result", extra={"reason": str(error)})

    async def _report_until_heard(
        self, order_id: int, results: dict[str, str], operation_id: str
    ) -> None:
        """The paper is out, so this must be heard: again with the same id until it is."""
        while True:
            try:
                await self.report(order_id, results, operation_id)
            except ServerAway:
                await asyncio.sleep(REPORT_AGAIN_S)
            except VenueError as error:
                logger.error("the server refused a print result", extra={"reason": str(error)})
                return
            else:
                return
