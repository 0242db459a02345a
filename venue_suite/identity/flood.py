"""No address may sign in without end: each try costs the server memory and a processor."""

from __future__ import annotations

from venue_suite.domain.errors import Busy
from venue_suite.seams import Seams

BURST = 120  # everybody behind one address at the beginning of a shift, and then some
REFILL_PER_S = 1.0
ADDRESSES_MAX = 4096


class FloodGate:
    """A bucket of tries per address, filled again with time.

    Args:
        seams: the clock.
    """

    def __init__(self, seams: Seams) -> None:
        self._seams = seams
        self._buckets: dict[str, tuple[float, float]] = {}  # address -> tries left, when counted

    def enter(self, address: str) -> None:
        """Take one try. Raises Busy: the bucket is empty."""
        now_s = self._seams.time_s()
        left, at_s = self._buckets.get(address, (float(BURST), now_s))
        left = min(float(BURST), left + max(0.0, now_s - at_s) * REFILL_PER_S)
        if left < 1:
            raise Busy
        if len(self._buckets) >= ADDRESSES_MAX:
            self._forget(now_s)
        self._buckets[address] = left - 1, now_s

    def _forget(self, now_s: float) -> None:
        """Those whose bucket is full again need no remembering; of the others, the oldest go."""
        full_s = BURST / REFILL_PER_S
        kept = {
            address: bucket
            for address, bucket in self._buckets.items()
            if now_s - bucket[1] < full_s
        }
        newest = sorted(kept.items(), key=lambda item: item[1][1])[-ADDRESSES_MAX // 2 :]
        self._buckets = dict(newest)
