"""Whether a person went through, judged from what a gate's sensor and counter showed. Pure."""

from __future__ import annotations

from venue_suite.ports import Passage

COUNTER_STEP_MAX = 50  # a greater step is a counter that was reset, not a crowd
GAP_S_MAX = 0.25  # a person is in the sensor for longer than this, hardly for less


class PassageWatch:
    """Watches one passage, from the release on.

    All times are seconds of any one steady clock.

    Args:
        now_s: when the gate was looked at, before the release.
        sensor: state of the passage sensor before the release; None if there is none.
        counter: the gate's 16 bit passage counter before the release; None if there is none.
    """

    def __init__(self, now_s: float, sensor: bool | None, counter: int | None) -> None:
        self._seen_s = now_s
        self._sensor = sensor
        self._counter = counter
        self._was_seen_off = sensor is False
        self._has_gap = False
        self.has_passed = False

    @property
    def is_blind(self) -> bool:
        """There is nothing to judge by."""
        return self._sensor is None and self._counter is None

    @property
    def is_sensor_stuck(self) -> bool:
        """The sensor has been on since before the release."""
        return self._sensor is not None and not self._was_seen_off

    def see_sensor(self, is_on: bool, now_s: float) -> None:
        """A look at the sensor. Only its change from off to on is a passage."""
        self._note_gap(now_s)
        self._seen_s = now_s
        if is_on and self._was_seen_off:
            self.has_passed = True
        self._was_seen_off = self._was_seen_off or not is_on

    def see_counter(self, count: int) -> None:
        """A look at the counter, which may wrap round at 65536."""
        if self._counter is None:
            return
        step = (count - self._counter) & 0xFFFF
        if 0 < step <= COUNTER_STEP_MAX:
            self.has_passed = True
        elif step:
            self._counter = count
            self._has_gap = True

    def miss(self) -> None:
        """The gate could not be looked at. A counter keeps what happens meanwhile, a sensor not."""
        if self._counter is None:
            self._has_gap = True

    def judge(self, now_s: float, *, is_reachable: bool) -> Passage:
        """The verdict when the time is over."""
        self._note_gap(now_s)
        if self.has_passed:
            return Passage.PASSED
        blind = self.is_blind or (self._counter is None and self.is_sensor_stuck)
        if blind or self._has_gap or not is_reachable:
            return Passage.UNKNOWN
        return Passage.TIMED_OUT

    def _note_gap(self, now_s: float) -> None:
        if now_s - self._seen_s > GAP_S_MAX:
            self.miss()
