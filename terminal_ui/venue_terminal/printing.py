"""Paper at the console: the one place that knows how a sheet gets onto a printer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from venue_suite.device_host import DeviceHost
from venue_suite.domain.errors import DeviceUnavailable, VenueError
from venue_suite.paper import render_sheet
from venue_suite.ports import PaperState, PrintOutcome
from venue_suite.texts import N_

logger = logging.getLogger(__name__)

PRINTED = "printed"
DOUBTFUL = "doubtful"
FAILED = "failed"
PRINT_TIMEOUT_S = 20.0
ASK_TIMEOUT_S = 3.0
NO_PAPER = N_("There is no paper in the printer.")


class Paper(Protocol):
    """A printer that sheets can be sent to."""

    async def check(self) -> str:
        """Ask how it is. Returns "" when it is ready, else why not, as an English sentence."""
        ...

    async def print_sheet(self, design: str, values: Mapping[str, object]) -> str:
        """Print one sheet. Returns PRINTED, DOUBTFUL or FAILED; never raises."""
        ...


class DevicePaper:
    """A printer of this console's device host.

    Args:
        host: where it is plugged in.
        name: the device, as configured.
    """

    def __init__(self, host: DeviceHost, name: str) -> None:
        self._host = host
        self._name = name

    async def check(self) -> str:
        health = self._host.health()[self._name].health
        if health.paper is PaperState.OUT:
            return NO_PAPER
        return "" if health.ready else health.reason

    async def print_sheet(self, design: str, values: Mapping[str, object]) -> str:
        try:
            width_dots = await self._host.call(
                self._name, lambda device: device.paper_width_dots, timeout_s=ASK_TIMEOUT_S
            )
            raster = await asyncio.to_thread(render_sheet, design, values, width_dots)
            outcome = await self._host.call(
                self._name,
                "print_raster",
                raster,
                PRINT_TIMEOUT_S,
                timeout_s=PRINT_TIMEOUT_S + ASK_TIMEOUT_S,
            )
        except DeviceUnavailable as error:
            logger.warning("nothing was printed: %s", error)
            return FAILED
        except VenueError as error:
            # The sheet itself is faulty: its design or its values.
            logger.error("a sheet could not be drawn: %s", error, extra={"design": design})
            return FAILED
        return PRINTED if outcome is PrintOutcome.PRINTED else DOUBTFUL
