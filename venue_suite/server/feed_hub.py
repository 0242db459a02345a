"""The feed's live side: one encoding per fact, a bounded queue per follower."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from venue_suite.domain.facts import Fact
from venue_suite.wire import FeedMessage

QUEUE_LENGTH_MAX = 2000
Goodbye = Callable[[], Awaitable[object]]


def encode_fact(fact: Fact) -> str:
    """A fact as one text message."""
    message = FeedMessage(
        seq=fact.seq, at=fact.at, kind=fact.kind, subject=fact.subject, data=dict(fact.data)
    )
    return msgspec.json.encode(message).decode()


class Follower:
    """One listener. `too_slow` is set when it could not keep up; it must then catch up anew.

    Args:
        kinds: prefixes of what it wants; empty means all.
        say_goodbye: ends its connection.
    """

    def __init__(self, kinds: tuple[str, ...], say_goodbye: Goodbye) -> None:
        self.kinds = kinds
        self.say_goodbye = say_goodbye
        self.queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue(QUEUE_LENGTH_MAX)
        self.too_slow = False

    def wants(self, kind: str) -> bool:
        return not self.kinds or kind.startswith(self.kinds)


class FeedHub:
    """Spreads committed facts to all followers. Belongs to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._followers: set[Follower] = set()
        self.last_seq = 0

    def tell(self, facts: Sequence[Fact]) -> None:
        """Called by the writer thread after each commit."""
        with contextlib.suppress(RuntimeError):  # the loop ended: nobody follows any more
            self._loop.call_soon_threadsafe(self._spread, facts)

    def _spread(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            self.last_seq = fact.seq
            wanting = [one for one in self._followers if one.wants(fact.kind)]
            if not wanting:
                continue
            text = encode_fact(fact)
            for follower in wanting:
                try:
                    follower.queue.put_nowait((fact.seq, text))
                except asyncio.QueueFull:
                    follower.too_slow = True
                    self._followers.discard(follower)

    def add(self, kinds: tuple[str, ...], say_goodbye: Goodbye) -> Follower:
        follower = Follower(kinds, say_goodbye)
        self._followers.add(follower)
        return follower

    def remove(self, follower: Follower) -> None:
        self._followers.discard(follower)

    async def close(self, _: object = None) -> None:
        """Say goodbye to all: a follower never leaves by itself, and a stop would wait for it."""
        leaving = [follower.say_goodbye() for follower in self._followers]
        await asyncio.gather(*leaving, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._followers)
