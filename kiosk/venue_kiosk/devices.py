"""The kiosk's devices as its screens need them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import DeviceHealth, PaperState

logger = logging.getLogger(__name__)

T = TypeVar("T")
PRINTER = "printer"
HEALTH_EVERY_S = 3.0
HEALTH_TIMEOUT_S = 2.0


class Host(Protocol):
    """Whoever runs the drivers in threads (`venue_suite.device_host.DeviceHost`)."""

    def call(
        self, name_or_kind: str, work: Callable[[Any], T], timeout_s: float
    ) -> Awaitable[T]: ...


class Paper:
    """Watches the printer's paper.

    Attributes:
        state: as last seen; `out` also means that there is no printer that works.
    """

    def __init__(self, host: Host, on_change: Callable[[str], None]) -> None:
        self._host, self._on_change = host, on_change
        self.state = PaperState.UNKNOWN.value

    async def watch(self) -> None:
        """Ask again and again; on the link's loop, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(HEALTH_EVERY_S)

    async def look(self) -> str:
        """Ask the printer now."""
        try:
            health: DeviceHealth = await self._host.call(
                PRINTER, lambda printer: printer.health(HEALTH_TIMEOUT_S), HEALTH_TIMEOUT_S + 1
            )
            state = health.paper.value if health.ready else PaperState.OUT.value
        except DeviceUnavailable:
            state = PaperState.OUT.value
        if state != self.state:
            logger.info("paper", extra={"state": state})
            self.state = state
            self._on_change(state)
        return state
