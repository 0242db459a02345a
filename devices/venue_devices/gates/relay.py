"""The relay that releases a gate: pulsed for one passage, or held for an emergency."""

from __future__ import annotations

import threading
import time

from venue_devices.deadline import Deadline
from venue_devices.gates.modbus_bus import BusFailed, ModbusBus

HOLD_REPEAT_S = 1.0  # a board that lost its power meanwhile comes back closed
REQUEST_TIMEOUT_S = 1.0


class Relay:
    """One coil. Its methods may be called from several threads; all but `next_step_s` use the bus.

    Args:
        coil: address of the coil.
        pulse_register: register that takes the length of a pulse in tenths of a second and lets
            the board end it; None if this program ends it.

    Raises:
        BusFailed: from the methods that use the bus.
    """

    def __init__(self, bus: ModbusBus, coil: int, pulse_register: int | None) -> None:
        self._bus = bus
        self._coil = coil
        self._pulse_register = pulse_register
        # Held from the decision to the end of the write: an old pulse that ends must not undo the
        # next one.
        self._lock = threading.Lock()
        self._off_at_s: float | None = None
        self._hold_again_at_s = 0.0
        self.is_held = False
        self.is_stuck = False

    def read(self, deadline: Deadline) -> bool:
        return self._bus.read_coil(self._coil, deadline)

    def settle(self, deadline: Deadline) -> None:
        """Bring it into its right state after a connect: off, or on while held.

        A relay that is on was left so by a program that died: nobody shall be let in by it.
        """
        with self._lock:
            if self._bus.read_coil(self._coil, deadline) != self.is_held:
                self._bus.write_coil(self._coil, self.is_held, deadline)
            self._off_at_s = None

    def pulse(self, pulse_s: float, deadline: Deadline) -> None:
        """Switch on for `pulse_s`; returns once it is on."""
        with self._lock:
            if self.is_held:
                return
            if self._pulse_register is not None:
                tenths = max(1, round(pulse_s * 10))
                self._bus.write_register(self._pulse_register, tenths, deadline)
                return
            try:
                self._bus.write_coil(self._coil, True, deadline)
            except BusFailed:
                self._off_at_s = time.monotonic()  # it may be on all the same
                raise
            self._off_at_s = time.monotonic() + pulse_s

    def hold(self, is_on: bool, deadline: Deadline) -> None:
        """Keep it on, or end that. If the bus fails now, `step` goes on trying."""
        with self._lock:
            now_s = time.monotonic()
            self.is_held = is_on
            self._hold_again_at_s = now_s
            self._off_at_s = None if is_on else now_s
            self._bus.write_coil(self._coil, is_on, deadline)
            self._hold_again_at_s = now_s + HOLD_REPEAT_S
            self._off_at_s = None

    def next_step_s(self) -> float | None:
        """Seconds until `step` has something to do; None: nothing."""
        if self.is_held:
            return max(0.0, self._hold_again_at_s - time.monotonic())
        if (off_at_s := self._off_at_s) is not None:
            return max(0.0, off_at_s - time.monotonic())
        return None

    def step(self, *, is_last: bool = False) -> None:
        """End a pulse that is due (`is_last`: any pulse), repeat a hold that is due."""
        with self._lock:
            now_s = time.monotonic()
            if self._off_at_s is not None and (is_last or now_s >= self._off_at_s):
                try:
                    self._bus.write_coil(self._coil, False, Deadline(REQUEST_TIMEOUT_S))
                except BusFailed:
                    self.is_stuck = True
                    raise
                self.is_stuck = False
                self._off_at_s = None
            if self.is_held and now_s >= self._hold_again_at_s:
                self._bus.write_coil(self._coil, True, Deadline(REQUEST_TIMEOUT_S))
                self._hold_again_at_s = now_s + HOLD_REPEAT_S
