"""One follower of the feed: what it wants, how far it is, and what waits for it."""

from __future__ import annotations

import asyncio
from collections import deque

from venue_suite.domain.actors import Actor
from venue_suite.feed_rights import Ear, Wish
from venue_suite.server.feed_frames import Parcel

# Facts that may wait for a follower. Then it is too slow, is sent away, and may catch up anew.
QUEUE_LENGTH_MAX = 2_000
# Bytes of its own that may lie in its connection; what waits beyond is shared by all.
BUFFER_BYTES_MAX = 64 * 1024
ROOM_POLL_S = 0.01


class Gone(Exception):
    """Its connection ended."""


class Follower:
    """One listener.

    Attributes:
        actor: who listens; changes with their rights.
        ear: what the hub found that they may hear.
        wish: what they want to hear.
        too_slow: it could not keep up, and missed something.
    """

    def __init__(self, actor: Actor, wish: Wish, transport: asyncio.WriteTransport) -> None:
        self.actor = actor
        self.wish = wish
        self.ear = Ear(frozenset())
        self.too_slow = False
        self._transport = transport
        self._waiting: deque[Parcel] = deque()
        self._waiting_count = 0
        self._is_live = False
        self._sent = 0
        self._woken = asyncio.Event()

    @property
    def who(self) -> tuple[str, str]:
        """Whose follower it is."""
        return self.actor.kind, self.actor.code

    def offer(self, parcel: Parcel) -> bool:
        """Send it now, or keep it until there is room. False if there is no room any more."""
        if self._transport.is_closing():
            return True  # whoever waits for its end removes it
        if self._is_live and not self._waiting and self._has_room:
            # The hub may be behind what was read from the database meanwhile.
            if blob := parcel.after(self._sent):
                self._transport.write(blob)
            return True
        self._woken.set()
        if self._waiting_count + len(parcel.frames) > QUEUE_LENGTH_MAX:
            self.too_slow = True
            return False
        self._waiting.append(parcel)
        self._waiting_count += len(parcel.frames)
        return True

    async def send(self, blob: bytes) -> None:
        """Send what does not come from the hub, when there is room. Raises Gone."""
        # A transport tells nobody but its protocol when it has room again.
        while not self._has_room and not self._transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(ROOM_POLL_S)
        if self._transport.is_closing():
            raise Gone
        self._transport.write(blob)

    async def keep_up(self, sent: int) -> None:
        """Send all that waits behind `sent` and whatever comes, until it is too slow. Raises
        Gone."""
        self._sent = sent
        while True:
            while self._waiting:
                parcel = self._waiting[0]
                if blob := parcel.after(sent):
                    await self.send(blob)
                self._waiting.popleft()
                self._waiting_count -= len(parcel.frames)
            if self.too_slow:
                return
            self._is_live = True
            self._woken.clear()
            await self._woken.wait()

    def drop(self) -> None:
        """End the connection without ceremony: it takes nothing in."""
        self._transport.abort()

    @property
    def _has_room(self) -> bool:
        return self._transport.get_write_buffer_size() <= BUFFER_BYTES_MAX
