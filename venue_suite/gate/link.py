"""The gate's line to the venue server: asks, tells afterwards, and notices when nobody is there."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.config import StationConfig
from venue_suite.discovery import find_venue
from venue_suite.domain.errors import Busy, ConfigInvalid, NotSignedIn, ServerAway
from venue_suite.gate import shapes, wording
from venue_suite.gate.events import (
    ALLOWED,
    AskRefused,
    Decided,
    Event,
    ServerBack,
    ServerLost,
    Unanswered,
)
from venue_suite.ports import Passage
from venue_suite.seams import Seams
from venue_suite.texts import Texts
from venue_suite.wire import Me

DECISION_TIMEOUT_S = 1.5  # after that an opening would come too late for whoever stands there
WATCH_EVERY_S = 2.0
WATCH_TIMEOUT_S = 2.0
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 3.0)
LAST_WORDS_S = 2.0

# What it looks like when no venue server answers; anything may listen at an address.
_AWAY = (ServerAway, ServerRefused, Busy, TimeoutError, OSError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Debt:
    """Something that the server has still to be told or asked, under an id that stays the same."""

    operation_id: str
    path: str
    body: shapes.Scan | shapes.Passed


class ServerLink:
    """One lane's connection to the server. Belongs to one asyncio loop.

    Args:
        station: who this gate is and where the server is.
        tell: takes `ServerBack` and `ServerLost`.
        texts: for refusals of the server.
        seams: where operation ids come from.
        find: finds the server where no address is configured.
        open_client: makes the client for a server; without, one that shows the station's key.
    """

    def __init__(
        self,
        station: StationConfig,
        tell: Callable[[Event], None],
        texts: Texts,
        *,
        seams: Seams,
        find: Callable[[], Awaitable[str]] | None = None,
        open_client: Callable[[str], Awaitable[VenueClient]] | None = None,
    ) -> None:
        self._station = station
        self._tell = tell
        self._texts = texts
        self._seams = seams
        self._find = find or (lambda: find_venue(interfaces=station.discover_interfaces))
        self._open_client = open_client
        self._clients: dict[str, VenueClient] = {}
        self._client: VenueClient | None = None
        self._debts: collections.deque[_Debt] = collections.deque()
        self._poke = asyncio.Event()
        self._is_accepted = False
        self.keys: dict[bytes, bytes] = {}

    @property
    def address(self) -> str:
        """Where the server is, "" before it was found."""
        return self._client.address if self._client else self._station.server

    @property
    def debt_count(self) -> int:
        """How much the server has still to be told."""
        return len(self._debts)

    # --- one visitor -------------------------------------------------------------------------

    async def ask(self, operation_id: str, code: str) -> Event:
        """Ask about one code; returns Decided, AskRefused or Unanswered. Never raises."""
        client = self._client
        if client is None:
            return Unanswered(operation_id, code)
        scan = shapes.Scan(lane=self._station.lane, code=code)
        try:
            async with asyncio.timeout(DECISION_TIMEOUT_S):
                decision = await client.post(
                    shapes.SCANS, scan, shapes.Decision, operation_id=operation_id
                )
        except (ServerAway, TimeoutError) as error:
            logger.warning("no decision", extra={"reason": str(error) or "timeout"})
            return Unanswered(operation_id, code)
        except Busy:
            return AskRefused(operation_id, wording.SERVER_BUSY)
        except ServerRefused as refusal:
            return AskRefused(operation_id, self._explain(refusal))
        return Decided(operation_id, decision.to_answer())

    def _explain(self, refusal: ServerRefused) -> dict[str, str]:
        logger.error("the server refuses to decide", extra={"refusal": refusal.code})
        if refusal.http_status in (401, 403):
            return wording.NOT_KNOWN_THERE
        return wording.in_both(self._texts, refusal.template, refusal.params)

    def settle(self, operation_id: str, code: str) -> None:
        """Ask again, under the same id, about a code that got no answer.

        Whoever showed it did not get in: an entry that the server counted is given back.
        """
        scan = shapes.Scan(lane=self._station.lane, code=code)
        self._owe(_Debt(operation_id, shapes.SCANS, scan))

    def report(self, scan_id: int, outcome: Passage) -> None:
        """Tell what the gate saw, now or when the server is back."""
        told = shapes.Passed(scan_id=scan_id, outcome=outcome.value)
        self._owe(_Debt(self._seams.make_id(), shapes.PASSAGES, told))

    # --- keeping the line --------------------------------------------------------------------

    async def keep(self) -> None:
        """Reach the server, deliver what it is owed, watch it, and begin again when it is lost.

        Raises:
            ConfigInvalid: the server was reached for the first time and does not accept this gate.
        """
        tries, is_first = 0, True
        while True:
            try:
                client = await self._reach()
                if tries or is_first:
                    logger.info("server reached", extra={"address": client.address})
                tries, is_first = 0, False
                await self._round()
            except _AWAY as error:
                if not tries:
                    reason = str(error) or type(error).__name__
                    logger.warning("server away", extra={"reason": reason})
                self._tell(ServerLost())
                if not self._station.server:
                    self._client = None  # it may come back at another address
                await asyncio.sleep(BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
                tries += 1

    async def close(self) -> None:
        """Say what is still to be said, shortly, and hang up."""
        with contextlib.suppress(ServerAway, TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._deliver(retry=True)
        if self._debts:
            logger.error("the server was not told all", extra={"open": len(self._debts)})
        for client in self._clients.values():
            await client.close()

    async def _reach(self) -> VenueClient:
        """A client whose server answers now; takes the venue's keys from it."""
        client = self._client
        if client is None:
            address = self._station.server or await self._find()
            client = self._clients.get(address)
            if client is None:
                client = await self._make_client(address)
                self._clients[address] = client
        async with asyncio.timeout(WATCH_TIMEOUT_S):
            venue = await client.get_venue()
            if not self._is_accepted:
                await self._check(client)
        self.keys = {bytes.fromhex(k): bytes.fromhex(v) for k, v in venue.ticket_keys.items()}
        self._client = client
        return client

    async def _make_client(self, address: str) -> VenueClient:
        if self._open_client is None:
            return VenueClient(address, self._station.key, seams=self._seams)
        return await self._open_client(address)

    async def _check(self, client: VenueClient) -> None:
        """Whether the server knows this gate and its lane. Raises ConfigInvalid."""
        try:
            me = await client.get("/me", Me)
        except ServerRefused as refusal:
            if refusal.code != NotSignedIn.code:
                raise
            raise ConfigInvalid(
                source="station.key", reason=f"{client.address} knows no station with this key"
            ) from refusal
        if not {shapes.PERMISSION, "*"} & set(me.permissions):
            reason = f"{me.name} is a {me.station_kind or me.kind} and may not check tickets"
            raise ConfigInvalid(source="station.key", reason=reason)
        lanes = [lane.code for lane in await client.get(shapes.LANES, list[shapes.LaneRow])]
        if self._station.lane not in lanes:
            known = ", ".join(lanes) or "-"
            reason = f"there is no lane {self._station.lane} (known: {known})"
            raise ConfigInvalid(source="station.lane", reason=reason)
        self._is_accepted = True

    async def _round(self) -> None:
        """Deliver, say that all is well, and wait until it is time to look again."""
        self._poke.clear()
        await self._deliver()
        # What came to be owed meanwhile may be an entry that has to be undone first.
        if not self._debts:
            self._tell(ServerBack())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_EVERY_S):
                await self._poke.wait()

    # --- what the server is owed -------------------------------------------------------------

    def _owe(self, debt: _Debt) -> None:
        self._debts.append(debt)
        self._poke.set()

    async def _deliver(self, *, retry: bool = False) -> None:
        """Work the debts off, oldest first. Raises ServerAway; what is left stays owed."""
        client = self._client
        if client is None:
            return
        while self._debts:
            debt = self._debts[0]
            try:
                await self._send(client, debt, retry=retry)
            except Busy:
                return
            except ServerRefused as error:
                # To send it again would be refused again.
                extra: dict[str, Any] = {"path": debt.path, "reason": str(error)}
                logger.error("the server does not take this", extra=extra)
            self._debts.popleft()

    async def _send(self, client: VenueClient, debt: _Debt, *, retry: bool) -> None:
        decision = await client.post(
            debt.path, debt.body, shapes.Decision, operation_id=debt.operation_id, retry=retry
        )
        if debt.path == shapes.SCANS and decision.result == ALLOWED:
            self.report(decision.scan_id, Passage.TIMED_OUT)
