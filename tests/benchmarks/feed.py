"""One fact to five hundred sockets: in an idle venue, and while two hundred sales a second go on.

The followers want all that changes places, and the marks that are timed; so under load each of
them hears every sale. A mark is timed from before its request is sent: its commit is part of it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import uvloop

from tests.benchmarks.load import Wire, find_wish, make_roomy_venue, port_of, selling
from tests.benchmarks.rows import Row, percentile
from tests.faults.serving import ServerProcess
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.identity import services as identity
from venue_suite.identity.tables import StaffRow
from venue_suite.testing import PIN, MovableClock, place_in, token_of

AREA = "feed"
SOCKETS, PER_ACTOR = 500, 20
MARKS_IDLE, MARKS_BUSY = 60, 60
MARK_EVERY_S = 0.1
SALES_PER_S = 200
SELLERS = 8
PONG, PONG_EVERY_S = b"\x8a\x80\0\0\0\0", 3.0  # empty and masked
TAIL_BYTES = 16  # a mark may come in two pieces


def measure(folder: Path) -> Iterator[Row]:
    """Follow with many, tell marks, and look at the server's memory."""
    venue = folder / "venue"
    ahead_s = make_roomy_venue(venue)
    _add_ushers(venue)
    server = ServerProcess(venue, ahead_s)
    server.start()
    try:
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        yield from uvloop.run(_measure(server, process))
    finally:
        server.terminate()


def _token(number: int) -> str:
    return f"token-of-usher-{number}"


def _add_ushers(folder: Path) -> None:
    """One actor follows twenty times at most, so five hundred sockets take twenty-five."""
    pin_hash = identity.hash_pin(PIN)

    def add(work: Work) -> None:
        for number in range(SOCKETS // PER_ACTOR):
            code = f"U-{number}"
            identity.add_staff(work, code, "Usher", "usher", pin_hash)
            staff = StaffRow.get(StaffRow.code == code)
            identity.open_session(work, staff.id, _token(number), "console-1")

    database = Database(place_in(folder), seams=MovableClock().seams)
    database.open(KERNEL_MIGRATIONS)
    asyncio.run(database.write(add))
    database.close()


class Marks:
    """When each mark was sent, and how long it took to each socket, in ms."""

    def __init__(self) -> None:
        self.now = b""
        self.sent_s = 0.0
        self.times: list[float] = []
        self.lost = 0


class Listener(asyncio.Protocol):
    """A follower that costs next to nothing: it looks for the mark in what comes."""

    def __init__(self, token: str, marks: Marks) -> None:
        self._token = token
        self._marks = marks
        self._tail = self._seen = b""
        self.is_open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET /api/v1/feed?kinds=station.called,sales.places HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self._token}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            "".encode()
        )

        self._transport = transport
        asyncio.get_running_loop().call_later(PONG_EVERY_S, self._say_alive)

    def _say_alive(self) -> None:
        """The server hangs up on who is silent: pongs nobody asked for are as good as others."""
        if not self._transport.is_closing():
            self._transport.write(PONG)
            asyncio.get_running_loop().call_later(PONG_EVERY_S, self._say_alive)

    def data_received(self, data: bytes) -> None:
        marks = self._marks
        data = self._tail + data
        self._tail = data[-TAIL_BYTES:]
        if marks.now and self._seen != marks.now and marks.now in data:
            self._seen = marks.now
            self._marks.times.append((time.perf_counter() - self._marks.sent_s) * 1000)
        elif not self.is_open.done() and b"feed.caught_up" in data:
            self.is_open.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_open.done():
            self.is_open.set_exception(exc or ConnectionError("the feed was closed"))
        self._marks.lost += 1


async def _measure(server: ServerProcess, process: psutil.Process) -> list[Row]:
    loop, marks, port = asyncio.get_running_loop(), Marks(), port_of(server)
    before_mb = process.memory_info().rss / 2**20
    for number in range(SOCKETS):
        _, listener = await loop.create_connection(
            lambda number=number: Listener(_token(number // PER_ACTOR), marks), "127.0.0.1", port
        )
        await listener.is_open
    idle = await _tell(port, marks, MARKS_IDLE)
    sales: list[float] = []
    selling_on = asyncio.create_task(_sell(server, port, sales))
    await asyncio.sleep(1.0)
    sales.clear()
    began_s, begun_cpu_s = time.perf_counter(), sum(process.cpu_times()[:2])
    busy = await _tell(port, marks, MARKS_BUSY)
    took_s = time.perf_counter() - began_s
    pace = len(sales) / took_s
    cpu = (sum(process.cpu_times()[:2]) - begun_cpu_s) / took_s
    selling_on.cancel()
    sold = (await asyncio.gather(selling_on, return_exceptions=True))[0]
    assert isinstance(sold, asyncio.CancelledError), sold
    assert marks.lost == 0, f"{marks.lost} followers were sent away"
    after_mb = process.memory_info().rss / 2**20
    return [
        Row(AREA, f"a fact to {SOCKETS} sockets, idle (99 %)", percentile(idle, 0.99), "ms", 50),
        Row(
            AREA,
            f"a fact to {SOCKETS} sockets, {SALES_PER_S} sales a second (99 %)",
            percentile(busy, 0.99),
            "ms",
            150,
        ),
        Row(AREA, "sales a second meanwhile", pace, "1/s", 0.9 * SALES_PER_S, "higher"),
        Row(AREA, "the server's processor meanwhile", 100 * cpu, "%", 100),
        Row(AREA, f"memory that {SOCKETS} followers take", after_mb - before_mb, "MB", 100),
    ]


async def _tell(port: int, marks: Marks, count: int) -> list[float]:
    """Tell marks one after the other; each one's time to each socket."""
    wire = Wire(port, token_of("kiosk"))
    await wire.open()
    marks.times = []
    for number in range(count):
        marks.now = f'"mark-{number}"'.encode()
        marks.sent_s = time.perf_counter()
        await wire.post("/stations/call", b'{"code": ' + marks.now + b"}")
        async with asyncio.timeout(5):
            while len(marks.times) < (number + 1) * SOCKETS:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await asyncio.sleep(MARK_EVERY_S)
    wire.close()
    return marks.times


async def _sell(server: ServerProcess, port: int, sales: list[float]) -> None:
    """A steady pace, whatever a single sale takes."""
    sell = selling(await find_wish(server.address))
    wires = [Wire(port, token_of("cashier")) for _ in range(SELLERS)]
    for wire in wires:
        await wire.open()

    async def seller(wire: Wire) -> None:
        while True:
            began_s = time.perf_counter()
            await sell(wire)
            sales.append(began_s)
            pause_s = SELLERS / SALES_PER_S - (time.perf_counter() - began_s)
            await asyncio.sleep(max(0.0, pause_s))

    await asyncio.gather(*map(seller, wires))
