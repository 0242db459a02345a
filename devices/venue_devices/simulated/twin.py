"""A simulated device and the real driver that talks to it, as one device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from venue_devices import reasons
from venue_devices.simulated.loop_server import LoopServer
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import Device, DeviceHealth

Server = TypeVar("Server", bound=LoopServer)
Driver = TypeVar("Driver", bound=Device)


class Twin(Generic[Server, Driver]):
    """`open` switches the simulated device on and connects the driver, `close` undoes both.

    Args:
        name: of the device.
        server: the simulated device; set its faults there.
        make_driver: makes the real driver once the server's port is known.
    """

    def __init__(self, name: str, server: Server, make_driver: Callable[[int], Driver]) -> None:
        self.name = name
        self.server = server
        self._make_driver = make_driver
        self._driver: Driver | None = None
        self._is_plugged_in = True

    def open(self, timeout_s: float) -> None:
        if self._is_plugged_in:
            self._switch_on()
        if self._driver is None:
            self._driver = self._make_driver(self.server.port)
        self._driver.open(timeout_s)

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()
        self.server.stop()

    def health(self, timeout_s: float) -> DeviceHealth:
        if self._driver is None:
            return DeviceHealth(ready=False, reason=reasons.CLOSED)
        return self._driver.health(timeout_s)

    def unplug(self) -> None:
        """Make it absent until `plug_in`."""
        self._is_plugged_in = False
        self.server.stop()

    def plug_in(self) -> None:
        self._is_plugged_in = True
        self._switch_on()

    @property
    def driver(self) -> Driver:
        """The real driver.

        Raises:
            DeviceUnavailable: it was never opened.
        """
        if self._driver is None:
            raise DeviceUnavailable(device=self.name, reason=reasons.CLOSED)
        return self._driver

    def _switch_on(self) -> None:
        try:
            self.server.start()
        except OSError as error:
            raise DeviceUnavailable(device=self.name, reason=reasons.NOT_REACHED) from error
