"""Hosts the devices that are plugged into this program: one thread each, supervised, reopened.

Calls of a driver block; here each device has one worker thread, so a device that hangs stops
nothing else. A driver that does not come back is left to itself with its thread, and the device
gets a new one.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from venue_suite.device_drivers import check_settings, find_driver
from venue_suite.device_worker import Hung, NotStarted, Worker
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import (
    CardEvent,
    Device,
    DeviceHealth,
    DriverInfo,
    Passage,
    PaymentState,
    PrintOutcome,
)
from venue_suite.texts import N_

ANSWERS = "answers"  # fact of a device that is not ready but answers: reopening would not help
OPEN_TIMEOUT_S = 3.0
HEALTH_TIMEOUT_S = 2.0
HEALTH_EVERY_S = 2.0
CLOSE_TIMEOUT_S = 5.0
GRACE_S = 1.0  # how much later than its timeout a driver may come back when it opens or looks
RETRY_DELAYS_S = (0.2, 0.5, 1.0, 2.0, 3.0)
EVENTS_WAITING_MAX = 100

STARTING = N_("It is being opened.")
BUSY = N_("It is busy with something else.")
HUNG = N_("Its driver does not come back. It was started again.")
CRASHED = N_("Its driver failed. It was started again.")
STOPPED = N_("It was switched off with its program.")
NOT_CONFIGURED = N_("It is not configured here.")

# What a call that did not come back means, where the port has a word for it.
_UNKNOWN_OUTCOMES: Mapping[str, object] = {
    "print_raster": PrintOutcome.DOUBTFUL,
    "wait_passage": Passage.UNKNOWN,
    "query": PaymentState.UNKNOWN,
    "cancel": PaymentState.UNKNOWN,
}

logger = logging.getLogger(__name__)


class DeviceFailed(DeviceUnavailable):
    """The driver hung or crashed in the middle: whether the device acted is unknown."""

    code = "device_failed"


class DeviceSettings(Protocol):
    """One configured device: the name of its driver and the driver's own settings."""

    @property
    def driver(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class HostedHealth:
    """How a hosted device is.

    Attributes:
        name: of the device, as configured.
        driver, kind, simulated: of its driver.
        health: what the driver said last, or why it could not be asked.
        since: when it became ready, or ceased to be.
        opened: how often it was opened.
        failures: how often its driver hung or crashed.
    """

    name: str
    driver: str
    kind: str
    simulated: bool
    health: DeviceHealth
    since: datetime
    opened: int = 0
    failures: int = 0


@dataclass(slots=True)
class _Listeners:
    """Who is told what, in the loop."""

    events: dict[str, list[Callable[[str, Any], None]]] = field(default_factory=dict)
    health: list[Callable[[HostedHealth], None]] = field(default_factory=list)


class _HostedDevice:
    """One device, its worker and its supervision. All but the end runs in the loop."""

    def __init__(
        self, device: Device, driver: DriverInfo, settings: dict[str, Any], listeners: _Listeners
    ) -> None:
        self.name = device.name
        self.driver = driver
        self._device = device
        self._settings = settings
        self._listeners = listeners
        self._loop = asyncio.get_running_loop()
        self._worker = Worker(f"device-{device.name}")
        self._opened: Device | None = None  # which one: a call of an abandoned one may end late
        self._health = DeviceHealth(ready=False, reason=STARTING)
        self._since = datetime.now(UTC)
        self._opened_count = 0
        self._failure_count = 0
        self._events: collections.deque[object] = collections.deque()
        self._poke = asyncio.Event()
        self._supervisor = asyncio.create_task(self._supervise(), name=f"device-{device.name}")

    @property
    def report(self) -> HostedHealth:
        return HostedHealth(
            self.name,
            self.driver.name,
            self.driver.kind,
            self.driver.simulated,
            self._health,
            self._since,
            self._opened_count,
            self._failure_count,
        )

    async def call(
        self, method: str | Callable[..., Any], args: tuple[Any, ...], timeout_s: float
    ) -> Any:
        device = self._device

        def work() -> Any:
            if self._opened is not device:
                self._open(device)
            return _invoke(device, method, args)

        timeout_s += 0.0 if self._opened is device else OPEN_TIMEOUT_S
        try:
            return await self._run(work, timeout_s)
        except DeviceFailed:
            if isinstance(method, str) and method in _UNKNOWN_OUTCOMES:
                return _UNKNOWN_OUTCOMES[method]
            raise
        except DeviceUnavailable:
            self._poke.set()  # look at once how it is
            raise

    async def call_aside(
        self, method: str | Callable[..., Any], args: tuple[Any, ...], timeout_s: float
    ) -> Any:
        device = self._device
        worker = Worker(f"urgent-{self.name}")
        job = worker.submit(lambda: _invoke(device, method, args))
        worker.stop()
        try:
            return await job.finish(timeout_s)
        except (Hung, NotStarted) as error:
            raise DeviceFailed(device=self.name, reason=HUNG) from error

    async def stop(self) -> None:
        self._supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._supervisor
        try:
            await self._run(lambda: self._close(self._device), CLOSE_TIMEOUT_S)
        except DeviceFailed:
            self._worker.stop()
        except DeviceUnavailable:  # a call that does not end keeps its turn
            self._worker.abandon(self._device.close)
        else:
            self._worker.stop()
        self._note(DeviceHealth(ready=False, reason=STOPPED))

    # --- supervision -----------------------------------------------------------------------

    async def _supervise(self) -> None:
        tries = 0
        while True:
            self._poke.clear()
            if self._worker.is_idle:  # else it is at work, and its call tells how it goes
                await self._look()
            tries = 0 if self._health.ready else tries + 1
            delay_s = RETRY_DELAYS_S[min(tries, len(RETRY_DELAYS_S)) - 1]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s if tries else HEALTH_EVERY_S):
                    await self._poke.wait()

    async def _look(self) -> None:
        """Open it if it is closed, ask how it is, and close it if it has to be opened anew."""
        device = self._device
        try:
            if self._opened is not device:
                await self._run(lambda: self._open(device), OPEN_TIMEOUT_S + GRACE_S)
            health = await self._run(
                lambda: device.health(HEALTH_TIMEOUT_S), HEALTH_TIMEOUT_S + GRACE_S
            )
            if not health.ready and not health.facts.get(ANSWERS):
                await self._run(lambda: self._close(device), CLOSE_TIMEOUT_S)
        except DeviceUnavailable as error:
            reason = str(error.params.get("reason", error))
            if reason == BUSY:
                return  # a long call came in between: it is at work
            health = DeviceHealth(ready=False, reason=reason)
        self._note(health)

    async def _run(self, work: Callable[[], Any], timeout_s: float) -> Any:
        """Do something with the device in its worker.

        Raises:
            DeviceUnavailable: the device says so, or its worker is busy for too long.
            DeviceFailed: the driver hung or crashed.
        """
        try:
            return await self._worker.submit(work).finish(timeout_s)
        except NotStarted as error:
            raise DeviceUnavailable(device=self.name, reason=BUSY) from error
        except Hung as error:
            logger.error("the driver of %s hangs; it is abandoned", self.name)
            self._replace()
            raise DeviceFailed(device=self.name, reason=HUNG) from error
        except DeviceUnavailable:
            raise
        except Exception as error:
            # Whatever a driver does wrong, its host and the other devices go on.
            logger.exception("the driver of %s failed", self.name)
            self._replace()
            raise DeviceFailed(device=self.name, reason=CRASHED) from error

    def _replace(self) -> None:
        """Give up the device object with its thread; a new one is opened by the supervisor."""
        self._worker.abandon(self._device.close)
        self._worker = Worker(f"device-{self.name}")
        self._device = self.driver.make(self.name, self._settings)
        self._failure_count += 1
        self._poke.set()

    def _note(self, health: DeviceHealth) -> None:
        before, self._health = self._health, health
        if before.ready != health.ready:
            self._since = datetime.now(UTC)
        shown = (health.ready, health.reason, health.paper)
        if shown != (before.ready, before.reason, before.paper):
            for on_health in tuple(self._listeners.health):
                self._loop.call_soon(on_health, self.report)

    # --- in the worker's or the driver's own thread ------------------------------------------

    def _open(self, device: Device) -> None:
        device.open(OPEN_TIMEOUT_S)
        listen = getattr(device, "listen", None)
        if listen is not None:
            listen(lambda event: self._tell(device, event))
        if device is self._device:
            self._opened = device
            self._opened_count += 1

    def _close(self, device: Device) -> None:
        self._opened = None
        device.close()

    def _tell(self, device: Device, event: object) -> None:
        """Hand an event to the loop. A flood is cut off: what nobody can follow is no input."""
        if device is self._device and len(self._events) < EVENTS_WAITING_MAX:
            self._events.append(event)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        event = self._events.popleft()
        for on_event in tuple(self._listeners.events.get(self.driver.kind, ())):
            on_event(self.name, event)


class DeviceHost:
    """The devices of one program. Belongs to one asyncio loop.

    Args:
        configs: device name -> its driver and settings.
        find: how drivers are found; for tests.
    """

    def __init__(
        self,
        configs: Mapping[str, DeviceSettings],
        find: Callable[[str], DriverInfo] = find_driver,
    ) -> None:
        self._configs = configs
        self._find = find
        self._devices: dict[str, _HostedDevice] = {}
        self._listeners = _Listeners()

    def start(self) -> None:
        """Load the configured drivers and begin to open their devices, in the running loop.

        Returns at once; a device that is absent is opened when it comes.

        Raises:
            DriverUnknown, ExtraMissing, ConfigInvalid: nothing was started.
        """
        made = []
        for name, config in self._configs.items():
            driver = self._find(config.driver)
            settings = check_settings(driver, name, config.settings)
            made.append((driver.make(name, settings), driver, settings))
        for device, driver, settings in made:
            self._devices[device.name] = _HostedDevice(device, driver, settings, self._listeners)

    async def stop(self) -> None:
        """Close all devices; those that hang are left behind."""
        devices, self._devices = self._devices, {}
        await asyncio.gather(*(device.stop() for device in devices.values()))

    async def call(
        self,
        device: str,
        method: str | Callable[..., Any],
        *args: Any,
        timeout_s: float,
        urgent: bool = False,
    ) -> Any:
        """Make one blocking call of a device in its own thread, opening it first if need be.

        Args:
            device: its name.
            method: name of a method, or a function that is called with the device.
            args: of the method, its own `timeout_s` among them.
            timeout_s: how long the call may wait for its turn, and then take: a little more than
                the driver's own timeout. A driver that takes longer is given up.
            urgent: don't wait for the call that runs now. Only for methods that the driver allows
                beside others, such as a gate's `hold_open`.

        Raises:
            DeviceUnavailable: it is not there, can't, or is busy; the call was not made or failed.
            DeviceFailed: the driver hung or crashed. `print_raster`, `wait_passage`, `query` and
                `cancel` return DOUBTFUL or UNKNOWN instead.
        """
        hosted = self._devices.get(device)
        if hosted is None:
            raise DeviceUnavailable(device=device, reason=NOT_CONFIGURED)
        if urgent:
            return await hosted.call_aside(method, args, timeout_s)
        return await hosted.call(method, args, timeout_s)

    def names(self, kind: str) -> list[str]:
        """The configured devices of a kind, in the order of the configuration."""
        return [name for name, hosted in self._devices.items() if hosted.driver.kind == kind]

    def first(self, kind: str) -> str | None:
        """The name of the first configured device of a kind; None if there is none."""
        return next(iter(self.names(kind)), None)

    def health(self) -> dict[str, HostedHealth]:
        """How each device was when it was asked last; every two seconds, sooner after a failure."""
        return {name: hosted.report for name, hosted in self._devices.items()}

    def on_code(self, tell: Callable[[str, str], None]) -> Callable[[], None]:
        """Call `tell(device, code)` in the loop for each code that a scanner reads.

        Returns:
            A function that ends it.
        """
        return self.on_event("scanner", tell)

    def on_card(self, tell: Callable[[str, CardEvent], None]) -> Callable[[], None]:
        """Call `tell(device, event)` in the loop for each card that comes or goes."""
        return self.on_event("card_reader", tell)

    def on_event(self, kind: str, tell: Callable[[str, Any], None]) -> Callable[[], None]:
        """Call `tell(device, event)` in the loop for what devices of a kind report."""
        return _subscribe(self._listeners.events.setdefault(kind, []), tell)

    def on_health(self, tell: Callable[[HostedHealth], None]) -> Callable[[], None]:
        """Call `tell` in the loop when a device becomes ready, ceases to be, or says why not."""
        return _subscribe(self._listeners.health, tell)


def _subscribe(listeners: list[Any], tell: Callable[..., None]) -> Callable[[], None]:
    listeners.append(tell)

    def end() -> None:
        with contextlib.suppress(ValueError):
            listeners.remove(tell)

    return end


def _invoke(device: Device, method: str | Callable[..., Any], args: Iterable[Any]) -> Any:
    if isinstance(method, str):
        return getattr(device, method)(*args)
    return method(device, *args)
