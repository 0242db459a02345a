"""Is anybody still there? A pure watch over the time since the last touch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Presence(StrEnum):
    HERE = "here"
    ASKED = "asked"  # the idle sheet is up and counts
    GONE = "gone"


@dataclass(slots=True)
class IdleWatch:
    """Counts after `warn_s` without a touch for `count_s` seconds, then gives up.

    Attributes:
        warn_s, count_s: seconds.
        touched_s: when a finger was last down, on the caller's clock.
        is_suspended: paying or printing never idles out; home has nothing to lose.
    """

    warn_s: float
    count_s: float
    touched_s: float = 0.0
    is_suspended: bool = False

    def touch(self, now_s: float) -> None:
        """Somebody is here."""
        self.touched_s = now_s

    def suspend(self, is_suspended: bool, now_s: float) -> None:
        """Stop or go on watching; going on starts anew."""
        if self.is_suspended and not is_suspended:
            self.touched_s = now_s
        self.is_suspended = is_suspended

    def left_s(self, now_s: float) -> float:
        """Seconds until the session ends."""
        return max(0.0, self.touched_s + self.warn_s + self.count_s - now_s)

    def presence(self, now_s: float) -> Presence:
        if self.is_suspended or now_s - self.touched_s < self.warn_s:
            return Presence.HERE
        return Presence.ASKED if self.left_s(now_s) > 0 else Presence.GONE
