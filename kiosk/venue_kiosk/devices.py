"""The kiosk's devices as its screens need them: asked by kind, on the link's loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from venue_suite.device_host import NOT_CONFIGURED, STARTING, HostedHealth
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import PaperState

logger = logging.getLogger(__name__)

PRINTER = "printer"


class Host(Protocol):
    """Whoever runs the drivers (`venue_suite.device_host.DeviceHost`)."""

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def call(
        self, device: str, method: str | Callable[..., Any], *args: Any, timeout_s: float
    ) -> Any: ...

    def first(self, kind: str) -> str | None: ...

    def health(self) -> Mapping[str, HostedHealth]: ...

    def on_health(self, tell: Callable[[HostedHealth], None]) -> Callable[[], None]: ...


class Devices:
    """The devices of one kiosk.

    Args:
        host: runs the drivers.

    Attributes:
        paper: ok, low, out, unknown; `out` also means that no printer works here.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._watchers: list[Callable[[str], None]] = []
        self.paper = PaperState.UNKNOWN.value

    def watch_paper(self, watcher: Callable[[str], None]) -> None:
        """Tell `watcher`, on the link's thread, when the paper's state is another one."""
        self._watchers.append(watcher)

    async def run(self) -> None:
        """Open the devices and keep them until cancelled."""
        self._host.start()
        self._host.on_health(lambda _: self._look())
        try:
            while True:
                self._look()
                await asyncio.sleep(1)
        finally:
            await self._host.stop()

    async def call(
        self, kind: str, method: str | Callable[..., Any], *args: Any, timeout_s: float
    ) -> Any:
        """Make a call of the first device of a kind.

        Raises:
            DeviceUnavailable: there is none, or it can't; nothing was done.
            DeviceFailed: whether it acted is unknown.
        """
        name = self._host.first(kind)
        if name is None:
            raise DeviceUnavailable(device=kind, reason=NOT_CONFIGURED)
        return await self._host.call(name, method, *args, timeout_s=timeout_s)

    def _look(self) -> None:
        name = self._host.first(PRINTER)
        hosted = self._host.health().get(name) if name is not None else None
        if hosted is None:
            state = PaperState.OUT
        elif not hosted.health.ready:
            # Only while it is opened for the first time nobody knows.
            is_new = hosted.opened == 0 and hosted.health.reason == STARTING
            state = PaperState.UNKNOWN if is_new else PaperState.OUT
        else:
            state = hosted.health.paper
        if state.value != self.paper:
            logger.info("paper", extra={"paper": state.value})
            self.paper = state.value
            for watcher in self._watchers:
                watcher(state.value)
