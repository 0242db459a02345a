"""Clients that load a served venue, and what they do: whole sales, and scans of sold tickets."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.serving import ServerProcess
from venue_suite.client import VenueClient
from venue_suite.database import Database, View, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.actors import Actor
from venue_suite.seams import Seams
from venue_suite.testing import SATURDAY_AFTERNOON, MovableClock, make_venue, place_in, token_of

LOOPBACK = "127.0.0.1"
PLACES = 2
CASHIER = Actor("staff", "T-CASHIER", "Cashier", "console-1", "console", frozenset({"*"}))


class Wire(asyncio.Protocol):
    """One kept connection that speaks just enough HTTP: a client must cost less than a server, with
    which it shares two cores."""

    _counter = itertools.count()

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = (
            f" HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nIdempotency-Key: "
        )
        self._prefix = Seams().make_id()
        self._buffer = bytearray()
        self._wanted = 0  # bytes of the reply that comes in; 0 until its head is there
        self._transport: asyncio.WriteTransport | None = None
        self._reply: asyncio.Future[bytes] | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, LOOPBACK, self._port)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    async def post(self, path: str, body: bytes) -> bytes:
        """POST one operation; returns its reply. Fails on any other status than 200."""
        assert self._transport is not None
        key = f"{self._prefix}-{next(self._counter)}"
        head = f"POST /api/v1{path}{self._head}{key}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        reply = await self._reply
        assert reply.startswith(b"HTTP/1.1 200"), reply
        return reply.partition(b"\r\n\r\n")[2]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            begin = self._buffer.find(b"Content-Length: ") + len(b"Content-Length: ")
            self._wanted = end + 4 + int(self._buffer[begin : self._buffer.find(b"\r", begin)])
        if len(self._buffer) >= self._wanted and self._reply is not None and not self._reply.done():
            reply, self._buffer, self._wanted = bytes(self._buffer), bytearray(), 0
            self._reply.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(exc or ConnectionError("the server hung up"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is sold again and again: two places of a time slot with room for everybody."""

    performance: int
    ticket_type: int

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(
            {
                "performance_id": self.performance,
                "wanted": [{"ticket_type_id": self.ticket_type, "count": PLACES}],
                "received_minor": 10_000_000,
            }
        )


def make_roomy_venue(folder: Path) -> float:
    """A sample venue whose time slots have room for millions; returns how far its clock is ahead,
    in seconds."""
    make_venue(folder, MovableClock(), sample=True)
    database = Database(place_in(folder))
    database.open(KERNEL_MIGRATIONS)

    def widen(work: Work) -> None:
        work.session.database.execute_sql(
            "UPDATE sales_performance SET capacity = 100000000 WHERE plan_id IS NULL"
        )

    asyncio.run(database.write(widen))
    database.close()
    return SATURDAY_AFTERNOON.timestamp() - time.time()


async def find_wish(address: str) -> Wish:
    """The exhibition's running time slot and its first ticket type."""
    async with VenueClient(address, token_of("cashier")) as client:
        events = await client.get("/sales/events", list[dict[str, Any]])
        slot = next(one for one in events if one["title"]["en"] == "A Thousand Windows")
        performance = slot["next_performance_id"]
        detail = await client.get(f"/sales/performances/{performance}", dict[str, Any])
        return Wish(performance, detail["ticket_types"][0]["id"])


async def run(
    ports: Sequence[int],
    token: str,
    work: Callable[[Wire], Awaitable[object]],
    *,
    clients: int,
    count: int,
) -> tuple[list[float], float]:
    """Do `work` `count` times over `clients` connections, spread over the servers' ports.

    Returns:
        Each one's time in ms, and how many were done a second.
    """
    times: list[float] = []
    left = count

    async def client(index: int) -> None:
        nonlocal left
        wire = Wire(ports[index % len(ports)], token)
        await wire.open()
        while left > 0:
            left -= 1
            started_s = time.perf_counter()
            await work(wire)
            times.append((time.perf_counter() - started_s) * 1000)
        wire.close()

    started_s = time.perf_counter()
    await asyncio.gather(*(client(index) for index in range(clients)))
    return times, len(times) / (time.perf_counter() - started_s)


def selling(wish: Wish) -> Callable[[Wire], Awaitable[object]]:
    """Whole sales: each is one operation, durable before it is answered."""
    body = wish.body

    async def sell(wire: Wire) -> object:
        return await wire.post("/sales/orders/sell", body)

    return sell


async def sell_codes(port: int, wish: Wish, count: int) -> list[bytes]:
    """Bodies of scans of `count` tickets that were never used."""
    bodies: list[bytes] = []

    async def sell(wire: Wire) -> None:
        reply = msgspec.json.decode(await wire.post("/sales/orders/sell", wish.body))
        bodies.extend(
            msgspec.json.encode({"lane": "front-a", "code": one["token"], "commit": True})
            for one in reply["tickets"]
        )

    await run([port], token_of("cashier"), sell, clients=16, count=count // PLACES + 1)
    return bodies


def scanning(bodies: list[bytes]) -> Callable[[Wire], Awaitable[object]]:
    """Scans, each of another ticket."""

    async def scan(wire: Wire) -> object:
        reply = await wire.post("/admission/scans", bodies.pop())
        assert b'"result":"allowed"' in reply, reply
        return reply

    return scan


def port_of(server: ServerProcess) -> int:
    return int(server.address.rpartition(":")[2])


def bare_rate(folder: Path, count: int, batch_length: int) -> float:
    """The same service called in this process, so many to a commit; sales a second."""
    from venue_plugins.sales import wire  # noqa: PLC0415 - only here
    from venue_plugins.sales.services.selling import sell_now  # noqa: PLC0415 - only here

    from venue_suite.ticket_tokens import TicketSigner, load_or_make_key  # noqa: PLC0415

    clock = MovableClock()
    database = Database(place_in(folder), seams=clock.seams)
    database.open(KERNEL_MIGRATIONS)
    signer = TicketSigner(load_or_make_key(folder / "keys"))

    def find(view: View) -> tuple[int, int]:
        text = (
            "SELECT p.id, c.ticket_type_id FROM sales_performance p JOIN sales_price c "
            "ON c.price_list_id = p.price_list_id WHERE p.plan_id IS NULL AND p.ends_at > {} "
            "ORDER BY p.starts_at, c.id LIMIT 1"
        )
        performance, ticket_type = view.session.rows(text.format(view.now_ms), ())[0]
        return performance, ticket_type

    async def sell() -> float:
        performance, ticket_type = await database.read(find)
        wanted = wire.SellNow(
            performance_id=performance,
            wanted=[wire.Wanted(ticket_type_id=ticket_type, count=PLACES)],
            received_minor=10_000_000,
        )
        began_s = time.perf_counter()
        for _ in range(count // batch_length):
            await asyncio.gather(
                *(
                    database.commit(sell_now, wanted, signer, actor=CASHIER)
                    for _ in range(batch_length)
                )
            )
        return count / (time.perf_counter() - began_s)

    try:
        return asyncio.run(sell())
    finally:
        database.close()
