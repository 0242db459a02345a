"""The seams to the air: clock and randomness, passed in so that a run can be replayed."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from venue_suite.domain.ids import make_ulid


@dataclass(frozen=True, slots=True)
class Seams:
    """Where time and chance come from.

    Attributes:
        time_s: UTC seconds since 1970.
        random_bytes: n -> n unpredictable bytes.
    """

    time_s: Callable[[], float] = time.time
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def now(self) -> datetime:
        """The present as an aware UTC time."""
        return datetime.fromtimestamp(self.time_s(), UTC)

    def make_id(self) -> str:
        """A new ULID, for operations, sessions and jobs."""
        return make_ulid(int(self.time_s() * 1000), self.random_bytes)


def shifted(ahead_s: float) -> Seams:
    """Seams whose clock is ahead of the machine's by so many seconds (0: not at all)."""
    if not ahead_s:
        return Seams()
    return Seams(time_s=lambda: time.time() + ahead_s)


def seeded(seed: int, start_s: float) -> Seams:
    """Seams for a replayable run: chance from `seed`, a clock that stands at `start_s`."""
    source = random.Random(seed)  # noqa: S311 - a replay must be predictable
    return Seams(time_s=lambda: start_s, random_bytes=source.randbytes)
