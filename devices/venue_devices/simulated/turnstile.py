"""The mechanics of a turnstile as a function of time: a relay releases it, people walk through."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class GateFaults:
    """How people and parts behave. The default: one person goes through after each release.

    Attributes:
        walks: False: nobody goes.
        walk_after_s: seconds from the release to the passage.
        sensor_pulse_s: how long the passage sensor is on.
        sensor_stuck: the sensor shows this whatever happens; None: it works.
        answer_delay_s: each request is answered this much later.
    """

    walks: bool = True
    walk_after_s: float = 0.5
    sensor_pulse_s: float = 0.3
    sensor_stuck: bool | None = None
    answer_delay_s: float = 0.0


class Turnstile:
    """A relay in front of an arm, a sensor and a counter behind it.

    All times are seconds of any one steady clock, given by the caller.
    """

    def __init__(self) -> None:
        self.faults = GateFaults()
        self.release_count = 0
        self._is_on = False
        self._off_at_s: float | None = None
        self._passages_s: list[float] = []
        self._last_change_s = 0.0

    def set_relay(self, is_on: bool, now_s: float, for_s: float | None = None) -> None:
        """The coil was written; `for_s`: the board switches it off itself after that time."""
        was_on = self.is_relay_on(now_s)
        self._is_on = is_on
        self._off_at_s = now_s + for_s if is_on and for_s is not None else None
        if is_on and not was_on:
            self.release_count += 1
            if self.faults.walks:
                self.walk(now_s + self.faults.walk_after_s)

    def walk(self, at_s: float) -> None:
        """Somebody goes through at that time."""
        self._passages_s.append(at_s)

    def is_relay_on(self, now_s: float) -> bool:
        if self._off_at_s is not None and now_s >= self._off_at_s:
            self._is_on, self._off_at_s = False, None
        return self._is_on

    def is_sensor_on(self, now_s: float) -> bool:
        if self.faults.sensor_stuck is not None:
            return self.faults.sensor_stuck
        pulse_s = self.faults.sensor_pulse_s
        return any(at_s <= now_s < at_s + pulse_s for at_s in self._passages_s[-8:])

    def count(self, now_s: float) -> int:
        """How many have passed."""
        return sum(at_s <= now_s for at_s in self._passages_s)
