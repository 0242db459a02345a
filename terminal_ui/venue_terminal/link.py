"""The link to the venue server, as people see it."""

from __future__ import annotations

from enum import Enum

from venue_suite.domain.facts import Fact

SLOW_S = 1.0
SLOW_SHOWN_S = 10.0
RETRY_S = 2.0
CAUGHT_UP = "feed.caught_up"


class Phase(Enum):
    JOINING = "joining"
    LINKED = "linked"
    CUT_OFF = "cut off"
    CATCHING_UP = "catching up"


class Link:
    """Joining, linked, cut off, catching up; and how long the last answer took."""

    def __init__(self) -> None:
        self.phase = Phase.JOINING
        self.cut_off_at_s = 0.0
        self.retry_at_s = 0.0
        self.backlog = 0
        self.answer_s = 0.0
        self.measured_at_s = 0.0
        self.next_seq = 0

    @property
    def is_up(self) -> bool:
        return self.phase in (Phase.LINKED, Phase.CATCHING_UP)

    def is_slow(self, now_s: float) -> bool:
        """Whether one of the last answers was slow."""
        is_fresh = now_s - self.measured_at_s < SLOW_SHOWN_S
        return self.phase is Phase.LINKED and self.answer_s >= SLOW_S and is_fresh

    def open(self) -> None:
        """The server answered; there is no feed yet (before sign-in)."""
        self.phase = Phase.LINKED

    def hear(self, fact: Fact) -> bool:
        """Take in one fact. Returns True if it is the first after a gap that closes it."""
        if fact.kind == CAUGHT_UP:
            came_back = self.phase is not Phase.LINKED
            self.phase = Phase.LINKED
            self.backlog = 0
            self.next_seq = max(self.next_seq, fact.seq + 1)
            return came_back
        self.next_seq = fact.seq + 1
        if self.phase is Phase.CUT_OFF:
            self.phase = Phase.CATCHING_UP
        if self.phase is Phase.CATCHING_UP:
            self.backlog += 1
        return False

    def lose(self, now_s: float) -> None:
        """The feed broke, or another try failed. `now_s` as the screens' clock has it."""
        if self.phase is not Phase.CUT_OFF:
            self.cut_off_at_s = now_s
        self.phase = Phase.CUT_OFF
        self.backlog = 0
        self.retry_at_s = now_s + RETRY_S

    def cut_off_for_s(self, now_s: float) -> float:
        return max(0.0, now_s - self.cut_off_at_s)

    def measure(self, seconds: float, now_s: float) -> None:
        """How long the last answer took, and when it came."""
        self.answer_s = seconds
        self.measured_at_s = now_s
