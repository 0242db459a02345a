"""One time budget for a call that waits several times."""

from __future__ import annotations

import time


class Deadline:
    """The moment when a call must have answered."""

    def __init__(self, timeout_s: float) -> None:
        self._ends_at = time.monotonic() + timeout_s

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def left_s(self, at_most_s: float = float("inf"), *, at_least_s: float = 0.001) -> float:
        """Seconds that are left, never more than `at_most_s`.

        Never 0 either: a timeout of 0 would turn a socket non-blocking instead of ending the wait.
        """
        return max(at_least_s, min(at_most_s, self._ends_at - time.monotonic()))
