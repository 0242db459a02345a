"""How much an address may ask without being signed in: a bucket of tokens each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from venue_suite.request_refusals import TooManyRequests

ADDRESSES_MAX = 10_000


class StrangerLimit:
    """Token buckets per address. Those who are signed in never meet it.

    Args:
        per_s: how many requests a second an address may go on with; 0 switches the limit off.
        burst: how many at once.
        time_s: a clock that never goes back.
    """

    def __init__(self, per_s: float, burst: int, time_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._time_s = time_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request. Raises TooManyRequests when the bucket is empty."""
        if not self._per_s:
            return
        now_s = self._time_s()
        tokens, since_s = self._buckets.pop(address, (float(self._burst), now_s))
        tokens = min(self._burst, tokens + (now_s - since_s) * self._per_s)
        empty = tokens < 1
        self._buckets[address] = (tokens if empty else tokens - 1, now_s)
        if len(self._buckets) > ADDRESSES_MAX:
            self._buckets.popitem(last=False)
        if empty:
            raise TooManyRequests(wait_s=int((1 - tokens) / self._per_s) + 1)
