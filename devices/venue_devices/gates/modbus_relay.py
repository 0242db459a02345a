"""Gate behind a Modbus relay board: a coil releases it, an input or a counter tells who passed.

The relay is switched off again by a thread of the driver (`pulse` = `driver`) or by the board
itself (`pulse` = `board`): the better choice where the board can, because a computer that dies in
between can't leave the gate open. Fire release is wired in hardware; software never is the only
way out.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from venue_devices import reasons
from venue_devices.deadline import Deadline
from venue_devices.gates.modbus_bus import BusFailed, ModbusBus
from venue_devices.gates.passage import PassageWatch
from venue_devices.gates.relay import REQUEST_TIMEOUT_S, Relay
from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import DeviceHealth, DriverInfo, Passage

LOOK_EVERY_S = 0.02
RETRY_EVERY_S = 0.2
WATCH_S_MAX = 60.0  # a release that nobody waits for is watched this long
ABSENT = -1


class ModbusRelayGate:
    """A `venue_suite.ports.Gate`. Its methods may be called from several threads at once:
    `hold_open` does not wait for a `wait_passage` that is under way."""

    def __init__(self, name: str, bus: ModbusBus, settings: Mapping[str, Any]) -> None:
        self.name = name
        self._bus = bus
        pulse_register = settings["pulse_register"] if settings["pulse"] == "board" else None
        self._relay = Relay(bus, settings["coil"], pulse_register)
        self._input: int = settings["passed_input"]
        self._is_input_inverted: bool = settings["passed_input_inverted"]
        self._counter: int = settings["passed_counter"]
        self._change = threading.Condition()
        self._watch: PassageWatch | None = None
        self._watch_until_s = 0.0
        self._is_reachable = False
        self._is_sensor_stuck = False
        self._keeper: threading.Thread | None = None
        self._is_stopping = False

    def open(self, timeout_s: float) -> None:
        self.close()
        deadline = Deadline(timeout_s)
        try:
            self._relay.settle(deadline)
            self._look(deadline)
        except BusFailed as failure:
            self._bus.close()
            raise self._unavailable(failure) from failure
        self._is_reachable = True
        self._is_stopping = False
        self._keeper = threading.Thread(target=self._keep, name=f"gate-{self.name}", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        keeper, self._keeper = self._keeper, None
        with self._change:
            self._is_stopping = True
            self._change.notify_all()
        if keeper is not None:
            keeper.join(2 * REQUEST_TIMEOUT_S)
        self._bus.close()
        self._is_reachable = False

    def health(self, timeout_s: float) -> DeviceHealth:
        deadline = Deadline(timeout_s)
        facts: dict[str, object] = {"held_open": self._relay.is_held}
        try:
            facts["relay"] = self._relay.read(deadline)
            facts["answers"] = True
            sensor, counter = self._look(deadline)
        except BusFailed as failure:
            return DeviceHealth(ready=False, reason=str(failure), facts=facts)
        facts |= {} if sensor is None else {"sensor": sensor}
        facts |= {} if counter is None else {"passed": counter}
        self._is_sensor_stuck = self._is_sensor_stuck and bool(sensor)
        reason = reasons.RELAY_STUCK if self._relay.is_stuck else ""
        reason = reason or (reasons.SENSOR_STUCK if self._is_sensor_stuck else "")
        return DeviceHealth(ready=not reason, reason=reason, facts=facts)

    def unlock(self, pulse_s: float, timeout_s: float) -> None:
        """See `venue_suite.ports.Gate`.

        Raises:
            DeviceUnavailable: the relay is not on, as far as is known.
        """
        deadline = Deadline(timeout_s)
        try:
            watch = self._new_watch(deadline)
            self._relay.pulse(pulse_s, deadline)
        except BusFailed as failure:
            raise self._unavailable(failure) from failure
        finally:
            self._wake_keeper()
        self._begin(watch, WATCH_S_MAX)

    def wait_passage(self, timeout_s: float) -> Passage:
        """See `venue_suite.ports.Gate`. Counts from the last `unlock` that nobody passed yet."""
        ends_at_s = time.monotonic() + timeout_s
        watch = self._watch
        if watch is None:
            try:
                watch = self._new_watch(Deadline(timeout_s))
            except BusFailed:
                return Passage.UNKNOWN
        if watch.is_blind:
            return Passage.UNKNOWN
        self._begin(watch, timeout_s)
        with self._change:
            self._change.wait_for(
                lambda: watch.has_passed or self._is_stopping,
                max(0.0, ends_at_s - time.monotonic()),
            )
            verdict = watch.judge(time.monotonic(), is_reachable=self._is_reachable)
            if verdict is Passage.PASSED and self._watch is watch:
                self._watch = None
        self._is_sensor_stuck = verdict is Passage.UNKNOWN and watch.is_sensor_stuck
        return verdict

    def hold_open(self, is_open: bool, timeout_s: float) -> None:
        """See `venue_suite.ports.Gate`. What was asked is repeated until the gate does it.

        Raises:
            DeviceUnavailable: it is not done yet; the driver keeps trying.
        """
        try:
            self._relay.hold(is_open, Deadline(timeout_s))
        except BusFailed as failure:
            raise self._unavailable(failure) from failure
        finally:
            self._wake_keeper()

    # --- the keeper: the thread that ends pulses, repeats holds and watches passages ---------

    def _keep(self) -> None:
        while True:
            with self._change:
                if not self._is_stopping:
                    self._change.wait(self._next_step_s())
                if self._is_stopping:
                    break
            try:
                self._relay.step()
                self._look_for_passage()
                self._is_reachable = True
            except BusFailed:
                self._is_reachable = False
                with self._change:
                    if self._watch is not None:
                        self._watch.miss()
                    self._change.wait(RETRY_EVERY_S)  # but look at a new release at once
        with contextlib.suppress(BusFailed):  # the next `open` finds the relay on and ends it
            self._relay.step(is_last=True)

    def _next_step_s(self) -> float | None:
        """Seconds until there is something to do; None: until woken. The lock is held."""
        if self._watch is not None and time.monotonic() > self._watch_until_s:
            self._watch = None
        is_watching = self._watch is not None and not self._watch.has_passed
        waits_s = (LOOK_EVERY_S if is_watching else None, self._relay.next_step_s())
        return min((wait_s for wait_s in waits_s if wait_s is not None), default=None)

    def _look_for_passage(self) -> None:
        watch = self._watch
        if watch is None or watch.has_passed:
            return
        sensor, counter = self._look(Deadline(REQUEST_TIMEOUT_S))
        with self._change:
            if sensor is not None:
                watch.see_sensor(sensor, time.monotonic())
            if counter is not None:
                watch.see_counter(counter)
            if watch.has_passed:
                self._change.notify_all()

    def _new_watch(self, deadline: Deadline) -> PassageWatch:
        return PassageWatch(time.monotonic(), *self._look(deadline))

    def _look(self, deadline: Deadline) -> tuple[bool | None, int | None]:
        """The passage sensor and counter; None for what the gate does not have."""
        sensor = counter = None
        if self._input != ABSENT:
            sensor = self._bus.read_input(self._input, deadline) != self._is_input_inverted
        if self._counter != ABSENT:
            counter = self._bus.read_counter(self._counter, deadline)
        return sensor, counter

    def _begin(self, watch: PassageWatch, watch_s: float) -> None:
        with self._change:
            is_new = self._watch is not watch
            until_s = time.monotonic() + watch_s
            self._watch = None if watch.is_blind else watch
            self._watch_until_s = until_s if is_new else max(self._watch_until_s, until_s)
            self._change.notify_all()

    def _wake_keeper(self) -> None:
        with self._change:
            self._change.notify_all()

    def _unavailable(self, failure: BusFailed) -> DeviceUnavailable:
        return DeviceUnavailable(device=self.name, reason=str(failure))


def make(name: str, settings: Mapping[str, Any]) -> ModbusRelayGate:
    """A gate on the network (`host`) or on a serial line (`serial_port`).

    Raises:
        ConfigInvalid: neither or both are given, or `pulse` is none of its words.
    """
    source = f"devices.{name}"
    if bool(settings["host"]) == bool(settings["serial_port"]):
        raise ConfigInvalid(source=source, reason="one of host and serial_port must be given")
    if settings["pulse"] not in ("driver", "board"):
        raise ConfigInvalid(source=f"{source}.pulse", reason="one of driver, board")
    if settings["host"]:
        bus = ModbusBus.over_tcp(settings["host"], settings["port"], settings["unit"])
    else:
        bus = ModbusBus.over_serial(
            settings["serial_port"], settings["baud_rate"], settings["unit"]
        )
    return ModbusRelayGate(name, bus, settings)


driver = DriverInfo(
    name="modbus_relay",
    kind="gate",
    summary="Gate or turnstile behind a Modbus relay board (TCP or RTU)",
    settings={
        "host": (str, "", "address of the board, for Modbus TCP"),
        "port": (int, 502, "TCP port of the board"),
        "serial_port": (str, "", "device file, for Modbus RTU instead of TCP"),
        "baud_rate": (int, 9600, "speed of the serial line"),
        "unit": (int, 1, "Modbus address of the board"),
        "coil": (int, 0, "coil that releases the gate"),
        "pulse": (str, "driver", "who ends the pulse: driver or board"),
        "pulse_register": (int, 0, "with board: register that takes tenths of a second"),
        "passed_input": (int, 0, "discrete input of the passage sensor; -1 if there is none"),
        "passed_input_inverted": (bool, False, "true if the sensor is off during a passage"),
        "passed_counter": (int, ABSENT, "input register that counts passages; -1 if none"),
    },
    make=make,
)
