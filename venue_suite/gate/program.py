"""`venue gate`: runs one lane with its devices until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec

from venue_suite.config import Config
from venue_suite.device_host import BUSY, DeviceFailed, DeviceHost, HostedHealth
from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.gate import events
from venue_suite.gate.codes import find_fault
from venue_suite.gate.events import Action, Event
from venue_suite.gate.lane import Lane, State, step
from venue_suite.gate.link import ServerLink
from venue_suite.gate.teller import EVENTS_VARIABLE, EventLines, Teller
from venue_suite.ports import Gate, Passage
from venue_suite.seams import shifted
from venue_suite.station_access import StationAccess, spell_address
from venue_suite.texts import Texts
from venue_suite.trust.credentials import load_credentials

GRACE_S = 1.0  # how much later than its timeout a driver may come back
PULSE_GAP_S = 0.1  # the relay is off for this long between two passages

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things take at the lane, in seconds.

    Attributes:
        pulse_s: the relay is on for this long.
        unlock_timeout_s: the relay must be on by then.
        passage_s: a visitor has this long to go through.
        refused_s: a refusal is shown this long, or until the next code.
        hold_open_timeout_s: for opening in an emergency; the driver goes on trying.
    """

    pulse_s: float = 0.5
    unlock_timeout_s: float = 1.0
    passage_s: float = 6.0
    refused_s: float = 4.0
    hold_open_timeout_s: float = 2.0


class GateController:
    """One lane at work. Belongs to one asyncio loop.

    Args:
        config: the lane, its server and its devices.
        teller: told what happens.
        timings: how long things take.

    Attributes:
        lane: as it is now.
    """

    def __init__(self, config: Config, teller: Teller, timings: Timings | None = None) -> None:
        seams = shifted(config.clock_ahead_s)
        self.lane = Lane()
        self._timings = timings or Timings()
        self._teller = teller
        self._texts = Texts.load("venue_suite")
        self._make_id = seams.make_id
        self._host = DeviceHost(config.devices)
        access = StationAccess(config, seams)
        station = config.station
        if station.server:
            station = msgspec.structs.replace(station, server=spell_address(station.server))
        self._link = ServerLink(
            station,
            self.handle,
            self._texts,
            seams=seams,
            find=access.find,
            open_client=access.open,
        )
        self._gate = ""
        self._relay_off_at_s = 0.0
        self._work: set[asyncio.Task[None]] = set()
        self._is_ready = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set.

        Raises:
            ConfigInvalid: a device is missing, or the server does not accept this gate.
            DriverUnknown, ExtraMissing: a device has no driver here.
        """
        self._host.start()
        try:
            self._gate = self._device("gate")
            self._device("scanner")
            self._host.on_code(self._on_code)
            self._host.on_health(self._on_health)
            await self._keep_until(stopping)
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)
            await self._link.close()
            await self._host.stop()

    def handle(self, event: Event) -> None:
        """Take an event, and begin what is to be done."""
        before = self.lane
        self.lane, actions = step(before, event, time.monotonic())
        for action in actions:
            self._begin(action)
        is_emergency = self.lane.state is State.EMERGENCY
        if (self.lane.is_online, is_emergency) != (
            before.is_online,
            before.state is State.EMERGENCY,
        ):
            self._teller.state(self.lane.state.value, is_online=self.lane.is_online)
            self._announce()

    # --- what comes from outside -------------------------------------------------------------

    def _device(self, kind: str) -> str:
        name = self._host.first(kind)
        if name is None:
            raise ConfigInvalid(source="devices", reason=f"a gate program needs a {kind}")
        return name

    async def _keep_until(self, stopping: asyncio.Event) -> None:
        keeping = asyncio.create_task(self._link.keep(), name="gate-link")
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({keeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
        finally:
            for task in (keeping, waiting):
                task.cancel()
            await asyncio.gather(keeping, waiting, return_exceptions=True)

    def _on_code(self, scanner: str, code: str) -> None:
        at_s = time.monotonic()
        fault = find_fault(code, self._link.keys, self._texts)
        self.handle(events.CodeRead(code, self._make_id(), at_s, fault))

    def _on_health(self, report: HostedHealth) -> None:
        health = report.health
        self._teller.device(report.name, is_ready=health.ready, reason=health.reason)
        if report.name == self._gate and health.ready:
            self.handle(events.GateReady())
        self._announce()

    def _announce(self) -> None:
        """Say once that visitors can come: the server answers and the devices are there."""
        devices = self._host.health()
        if self._is_ready or not self.lane.is_online:
            return
        if all(report.health.ready for report in devices.values()):
            self._is_ready = True
            self._teller.ready(self._link.address, list(devices))

    # --- what is to be done ------------------------------------------------------------------

    def _begin(self, action: Action) -> None:
        match action:
            case events.Unlock(scan_id, until_s):
                failed = events.ReleaseFailed(scan_id, is_doubtful=True)
                self._spawn(self._unlock(scan_id, until_s), failed)
            case events.Ask(operation_id, code):
                unanswered = events.Unanswered(operation_id, code)
                self._spawn(self._link.ask(operation_id, code), unanswered)
            case events.AwaitPassage(scan_id):
                unknown = events.PassageEnded(scan_id, Passage.UNKNOWN)
                self._spawn(self._await_passage(scan_id), unknown)
            case events.ReportPassage(scan_id, outcome):
                self._link.report(scan_id, outcome)
                self._teller.passage(scan_id, outcome)
            case events.Settle(operation_id, code):
                self._link.settle(operation_id, code)
            case events.Show(answer, read_at_s):
                self._teller.decision(answer, 1000 * (time.monotonic() - read_at_s))
            case events.Rest(operation_id):
                shown = events.ShownEnough(operation_id)
                asyncio.get_running_loop().call_later(self._timings.refused_s, self.handle, shown)
            case events.HoldOpen(is_open):
                self._spawn(self._hold_open(is_open), None)

    def _spawn(self, work: Coroutine[Any, Any, Event | None], otherwise: Event | None) -> None:
        task = asyncio.create_task(self._finish(work, otherwise))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _finish(
        self, work: Coroutine[Any, Any, Event | None], otherwise: Event | None
    ) -> None:
        try:
            event = await work
        except Exception:
            # Whatever goes wrong for one visitor, the lane must not wait for his answer for ever.
            logger.exception("an action of the lane failed")
            event = otherwise
        if event is not None:
            self.handle(event)

    async def _unlock(self, scan_id: int, until_s: float) -> Event:
        timings = self._timings

        def release(device: Gate) -> None:
            # Two pulses that run into each other are one, and release one person.
            time.sleep(max(0.0, min(self._relay_off_at_s, until_s) - time.monotonic()))
            left_s = until_s - time.monotonic()
            if left_s <= 0:  # it was busy for too long: an old opening must not be made up for
                raise DeviceUnavailable(device=device.name, reason=BUSY)
            self._relay_off_at_s = time.monotonic() + timings.pulse_s + PULSE_GAP_S
            device.unlock(timings.pulse_s, min(left_s, timings.unlock_timeout_s))

        try:
            timeout_s = timings.pulse_s + timings.unlock_timeout_s + GRACE_S
            await self._host.call(self._gate, release, timeout_s=timeout_s)
        except DeviceUnavailable as error:
            logger.error("the gate did not open: %s", error)
            return events.ReleaseFailed(scan_id, is_doubtful=isinstance(error, DeviceFailed))
        return events.Released(scan_id)

    async def _await_passage(self, scan_id: int) -> Event:
        passage_s = self._timings.passage_s
        try:
            outcome: Passage = await self._host.call(
                self._gate, "wait_passage", passage_s, timeout_s=passage_s + GRACE_S
            )
        except DeviceUnavailable as error:
            logger.error("who passed is not known: %s", error)
            outcome = Passage.UNKNOWN
        return events.PassageEnded(scan_id, outcome)

    async def _hold_open(self, is_open: bool) -> None:
        timeout_s = self._timings.hold_open_timeout_s
        try:
            await self._host.call(
                self._gate,
                "hold_open",
                is_open,
                timeout_s,
                timeout_s=timeout_s + GRACE_S,
                urgent=True,
            )
        except DeviceUnavailable as error:
            logger.error("the gate does not do what the emergency asks: %s", error)


def run(config: Config) -> int:
    """Run a gate controller until SIGINT or SIGTERM; returns the exit status.

    SIGUSR1 opens the gate and holds it open (emergency), SIGUSR2 ends that.

    Raises:
        ConfigInvalid: lane, key or a device is missing, or the server does not accept them.
        DriverUnknown, ExtraMissing: a device has no driver here.
    """
    if not config.station.lane:
        raise ConfigInvalid(source="station", reason="key station.lane is missing")
    if not config.station.key and load_credentials(StationAccess(config).folder) is None:
        reason = "the station is not paired (venue pair), and key station.key is missing"
        raise ConfigInvalid(source="station", reason=reason)
    lines = EventLines() if os.environ.get(EVENTS_VARIABLE) == "1" else None
    teller = Teller(config.station.lane, config.language, lines)
    try:
        asyncio.run(_run(config, teller))
    finally:
        teller.stop()
    logger.info("stopped")
    return 0


async def _run(config: Config, teller: Teller) -> None:
    stopping = asyncio.Event()
    controller = GateController(config, teller)
    handlers: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGINT: stopping.set,
        signal.SIGTERM: stopping.set,
        signal.SIGUSR1: lambda: controller.handle(events.EmergencyBegan()),
        signal.SIGUSR2: lambda: controller.handle(events.EmergencyEnded()),
    }
    loop = asyncio.get_running_loop()
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    await controller.run(stopping)
