"""The console's link to the venue: found, followed, lost, caught up; and its own devices."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from textual.app import App
from textual.message import Message

from venue_suite.client import VenueClient
from venue_suite.device_host import DeviceHost, DeviceSettings
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact
from venue_suite.wire import Venue
from venue_terminal.console import Console
from venue_terminal.facts import CALLED_STAFF
from venue_terminal.link import RETRY_S
from venue_terminal.printing import DevicePaper
from venue_terminal.screens.place import PlaceScreen
from venue_terminal.screens.sign_in import SignInScreen

SIGN_OUT_TIMEOUT_S = 1.0
ClientFactory = Callable[[], Awaitable[VenueClient]]


class Joined(Message):
    """The server was found."""

    def __init__(self, client: VenueClient, venue: Venue) -> None:
        super().__init__()
        self.client = client
        self.venue = venue


class NotJoined(Message):
    """The server was not found yet."""

    def __init__(self, error: VenueError) -> None:
        super().__init__()
        self.error = error


class FactArrived(Message):
    """The feed told something."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.fact = fact


class FeedLost(Message):
    """The feed broke, or another try failed."""


class LinkedApp(App[int]):
    """An app that joins a venue and follows its feed; `ConsoleApp` adds the places.

    Workers only post messages; the handlers here own the state.
    """

    def __init__(
        self,
        venue_console: Console,
        client_factory: ClientFactory,
        devices: Mapping[str, DeviceSettings],
    ) -> None:
        super().__init__()
        self.venue_console = venue_console
        self._client_factory = client_factory
        self._devices = DeviceHost(devices)

    def on_mount(self) -> None:
        try:
            self._plug_in()
        except VenueError as error:
            self.exit(error.exit_status, message=self.venue_console.explain(error))
            return
        self.push_screen(SignInScreen(self.venue_console))
        self.set_interval(1.0, self._tick)
        self.run_worker(self._join(), group="join")

    def _plug_in(self) -> None:
        """Begin to use this console's own devices. Raises what `DeviceHost.start` raises."""
        self._devices.start()
        printer = self._devices.first("printer")
        if self.venue_console.paper is None and printer is not None:
            self.venue_console.paper = DevicePaper(self._devices, printer)
        self._devices.on_code(lambda _, code: self._scanned(code))

    async def on_unmount(self) -> None:
        await self._devices.stop()
        if self.venue_console.me is not None and self.venue_console.link.is_up:
            await self.sign_out()
        self.venue_console.journal.close()
        await self.venue_console.client.close()

    async def sign_out(self) -> None:
        """End the session at the server, if it answers."""
        client = self.venue_console.client
        operation_id = client.make_operation_id()
        with contextlib.suppress(VenueError, TimeoutError):
            async with asyncio.timeout(SIGN_OUT_TIMEOUT_S):
                await client.post(
                    "/sign-out", {}, dict[str, str], operation_id=operation_id, retry=False
                )

    def front(self) -> PlaceScreen | None:
        """The console's screen in front; None under the palette, and while the app ends."""
        front = self.screen_stack[-1] if self.screen_stack else None
        return front if isinstance(front, PlaceScreen) else None

    def _tick(self) -> None:
        if front := self.front():
            front.tick()

    async def _join(self) -> None:
        while True:
            try:
                client = await self._client_factory()
                self.post_message(Joined(client, await client.get_venue()))
            except VenueError as error:
                self.post_message(NotJoined(error))
                await asyncio.sleep(RETRY_S)
            else:
                return

    def on_joined(self, message: Joined) -> None:
        self.venue_console.join(message.client, message.venue)
        self._tick()

    def on_not_joined(self, message: NotJoined) -> None:
        front = self.front()
        if isinstance(front, SignInScreen):
            front.looking = self.venue_console.explain(message.error)
            front.redraw()

    def _scanned(self, code: str) -> None:
        """A scanner that is plugged in here read a code."""
        if front := self.front():
            front.scan(code)

    # --- the feed --------------------------------------------------------------------------

    def follow(self) -> None:
        """Follow the feed from where it was left, in the name of whoever signed in."""
        self.run_worker(self._follow(), group="feed", exclusive=True)

    def stop_following(self) -> None:
        self.workers.cancel_group(self, "feed")

    async def _follow(self) -> None:
        seq = self.venue_console.link.next_seq
        while True:
            try:
                async for fact in self.venue_console.client.follow_feed(seq):
                    seq = fact.seq + 1
                    self.post_message(FactArrived(fact))
            except VenueError:
                self.post_message(FeedLost())
            await asyncio.sleep(RETRY_S)

    def on_fact_arrived(self, message: FactArrived) -> None:
        self.venue_console.link.hear(message.fact)
        self.venue_console.hear(message.fact)
        if message.fact.kind == CALLED_STAFF:
            self.bell()
        self._tick()

    def on_feed_lost(self) -> None:
        self.venue_console.link.lose(self.venue_console.now_s())
        self._tick()
