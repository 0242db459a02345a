"""Network and devices, in a thread and an asyncio loop of their own.

In one loop with the window every answer would wait for a frame. So the window's thread only starts
work here (`run`) and gets results handed back by `deliver`; nothing here touches a widget.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.discovery import find_venue
from venue_suite.domain.errors import NotPaired, ServerAway, ServerNotOurs, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.wire import Health, Me, Venue

logger = logging.getLogger(__name__)

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]

FIND_TIMEOUT_S = 5.0
RETRY_FIRST_S = 0.25
RETRY_MAX_S = 2.0
STOP_TIMEOUT_S = 5.0


class Link:
    """The kiosk's connection to the venue.

    Args:
        address: `http://host:port`; empty finds the server by zeroconf.
        key: the station's key.
        deliver: hands a function to the window's thread; may be called from any thread.
        find: how a server is found.
        open_client: makes the client for a server; without, one that shows the key.

    Attributes:
        is_away: the server does not answer at present, or refuses this kiosk.
        refusal: why this kiosk is not let in, `not_paired`, `station_revoked`, or `not_signed_in`
            for a key that the server does not know; else empty.
        venue: who the server says it is; None before the first answer.
    """

    def __init__(
        self,
        address: str,
        key: str,
        deliver: Deliver,
        find: Callable[[float], Awaitable[str]] = find_venue,
        open_client: Callable[[str], Awaitable[VenueClient]] | None = None,
    ) -> None:
        self._address, self._key = address, key
        self._deliver, self._find = deliver, find
        self._open_client = open_client
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None
        self._client: VenueClient | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._seq = 0
        self._on_server: list[Callable[[bool], None]] = []
        self._on_fact: list[Callable[[Fact], None]] = []
        self._companions: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._ahead = timedelta(0)
        self._told: tuple[bool, str] | None = None
        self.is_away = True
        self.refusal = ""
        self.venue: Venue | None = None

    # --- from the window's thread ----------------------------------------------------------

    def watch_server(self, watcher: Callable[[bool], None]) -> None:
        """Tell `watcher`, on the window's thread, when the server goes away (True) or is back."""
        self._on_server.append(watcher)

    def watch_facts(self, watcher: Callable[[Fact], None]) -> None:
        """Call `watcher`, on the link's thread, with every fact of the feed."""
        self._on_fact.append(watcher)

    def accompany(self, companion: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something for ever beside the connection (devices); cancelled at the stop."""
        self._companions.append(companion)

    def start(self) -> None:
        """Start the thread; returns when its loop runs."""
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main(ready)), name="kiosk-link", daemon=True
        )
        self._thread.start()
        ready.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        """Let everything under way end and close the connection."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_TIMEOUT_S)
        self._thread = None

    def run(self, work: Coroutine[Any, Any, T], done: Callable[[T], None] | None = None) -> None:
        """Do `work` on the link's loop and hand its result to `done` on the window's thread.

        `work` answers for its own refusals; anything else that it raises is logged.
        """
        if self._loop is None or self._loop.is_closed():
            work.close()
            return
        self._loop.call_soon_threadsafe(self._spawn, self._finish(work, done))

    def server_now(self) -> datetime:
        """The present by the server's clock, which holds and countdowns follow. Aware UTC."""
        return datetime.now(UTC) + self._ahead

    def hand_over(self, function: Callable[[], None]) -> None:
        """From the link's thread to the window's."""
        self._deliver(function)

    # --- on the link's thread --------------------------------------------------------------

    @property
    def client(self) -> VenueClient:
        """The client of the present connection.

        Raises:
            ServerAway: no server was found yet.
        """
        if self._client is None:
            raise ServerAway(address=self._address or "?", reason="no server was found yet")
        return self._client

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start something on the link's loop; cancelled at the stop."""
        return self._spawn(self._finish(work, None))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(self, work: Coroutine[Any, Any, T], done: Callable[[T], None] | None) -> None:
        try:
            result = await work
        except Exception:  # a fault in one piece of work must not end the connection
            logger.exception("work on the link failed")
            return
        if done is not None:
            self._deliver(lambda: done(result))

    async def _main(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        ready.set()
        self.spawn(self._stay_connected())
        for companion in self._companions:
            self.spawn(companion())
        await self._stopping.wait()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _stay_connected(self) -> None:
        """Connect, follow the feed until it breaks, and begin again, for ever."""
        delay_s = RETRY_FIRST_S
        while True:
            try:
                await self._connect()
                delay_s = RETRY_FIRST_S
                await self._follow()
            except (VenueError, OSError) as error:  # OSError: no network to search on
                refusals = ServerRefused | ServerNotOurs | NotPaired
                self.refusal = error.code if isinstance(error, refusals) else ""
                if self.refusal and self._client is not None:
                    await self._client.close()
                    self._client = None  # once it is paired anew, the next one knows it
                logger.info("venue server is away", extra={"reason": str(error)})
            self._tell_server(True)
            await asyncio.sleep(delay_s)
            delay_s = min(RETRY_MAX_S, delay_s * 2)

    async def _connect(self) -> None:
        address = self._address or await self._find(FIND_TIMEOUT_S)
        if self._client is None or self._client.address != address.rstrip("/"):
            if self._client is not None:
                await self._client.close()
                self._client = None
            if self._open_client is None:
                self._client = VenueClient(address, self._key)
            else:
                self._client = await self._open_client(address)
        self.venue = await self._client.get_venue()
        self._ahead = self.venue.server_time - datetime.now(UTC)
        await self._client.get("/me", Me)  # refused if the key is not that of a station
        health = await self._client.get("/health", Health)
        if health.feed_seq < self._seq:
            self._seq = 0  # another database answers: its feed began anew

    async def _follow(self) -> None:
        first = True
        # With 0 the feed starts with what comes next; else it repeats what was missed.
        feed = self.client.follow_feed(self._seq + 1 if self._seq else 0)
        async for fact in feed:
            if first:
                first, self.refusal = False, ""
                self._tell_server(False)
            self._seq = max(self._seq, fact.seq)
            for watcher in self._on_fact:
                watcher(fact)

    def _tell_server(self, is_away: bool) -> None:
        if self._told == (is_away, self.refusal):
            return
        self._told = (is_away, self.refusal)
        self.is_away = is_away
        for watcher in self._on_server:
            self._deliver(partial(watcher, is_away))
