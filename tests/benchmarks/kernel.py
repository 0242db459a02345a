"""What the write path does: whole sales and scans over HTTP, durable, beside the disk's own sync.

A sale here is two durable operations, as a station makes them: two places are held and priced
(operation id, price rules, capacity, order, lines), then paid in cash (payment, ledger, tickets,
feed). A scan looks a signed ticket up, decides, and keeps scan and entry.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from tests.benchmarks.rows import Row, median, percentile
from venue_suite.client import VenueClient
from venue_suite.demo.counter import CASHIER, PIN
from venue_suite.demo.stage import LOOPBACK, Stage, Wish
from venue_suite.seams import Seams

ALONE, TOGETHER, CLIENTS = 150, 1500, 32
SYNCS = 200
EVENT = "A Thousand Windows"


class Wire:
    """One kept connection that speaks just enough HTTP: a client must cost less than a server."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._seams = Seams()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)

    def close(self) -> None:
        self._writer.close()

    async def post(self, path: str, body: object) -> dict[str, Any]:
        """POST one operation; returns its reply. Fails on any other status than 200."""
        content = msgspec.json.encode(body)
        self._writer.write(
            f"POST /api/v1{path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer "
            f"{self._token}\r\nIdempotency-Key: {self._seams.make_id()}\r\nContent-Type: "
            f"application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        reply = await self._reader.readexactly(length)
        assert head.startswith(b"http/1.1 200"), reply
        found: dict[str, Any] = msgspec.json.decode(reply)
        return found


def measure(folder: Path) -> Iterator[Row]:
    """Sell and scan, one at a time and by 32 clients."""
    stage = Stage(Wish(folder / "stage", tls=False))
    try:
        stage.prepare()
        _widen(stage.wish.folder / "venue" / "venue.db")
        stage.start_devices()
        stage.start_server()
        sync_ms = _sync_ms(folder)
        alone_ms, rate, slow_ms = asyncio.run(_sell(stage))
        scan_ms, scan_rate = asyncio.run(_scan(stage))
    finally:
        stage.stop()
    yield Row("kernel", "one sale at a time, in syncs of this disk", alone_ms / sync_ms, "x", 6.0)
    yield Row("kernel", f"sales a second, {CLIENTS} clients", rate, "1/s", 3000.0, "higher")
    yield Row("kernel", f"a sale among {CLIENTS} clients (99 %)", slow_ms, "ms", 40.0)
    yield Row("kernel", "one scan at a time, in syncs of this disk", scan_ms / sync_ms, "x", 4.0)
    yield Row("kernel", f"scans a second, {CLIENTS} clients", scan_rate, "1/s", 5000.0, "higher")


def _widen(database: Path) -> None:
    """Make room for thousands of places in every time slot of the sample."""
    connection = apsw.Connection(str(database))
    connection.execute("UPDATE sales_performance SET capacity = 1000000 WHERE plan_id IS NULL")
    connection.close()


def _sync_ms(folder: Path) -> float:
    """The median of the disk's own fdatasync after a small write, in milliseconds."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            started_s = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started_s) * 1000)
    return median(times)


async def _sell(stage: Stage) -> tuple[float, float, float]:
    """Median of a lone sale (ms), sales a second together, slowest of a hundred together (ms)."""
    token, performance, ticket_type = await _cashier(stage)
    want = {
        "performance_id": performance,
        "wanted": [{"ticket_type_id": ticket_type, "count": 2}],
    }

    async def sell(wire: Wire) -> None:
        order = await wire.post("/sales/orders", want)
        paid = {"received_minor": order["total_minor"]}
        await wire.post(f"/sales/orders/{order['id']}/cash", paid)

    alone = await _run(stage, token, sell, clients=1, count=ALONE)
    started_s = time.perf_counter()
    together = await _run(stage, token, sell, clients=CLIENTS, count=TOGETHER)
    rate = len(together) / (time.perf_counter() - started_s)
    return median(alone), rate, percentile(together, 0.99)


async def _scan(stage: Stage) -> tuple[float, float]:
    """Median of a lone scan (ms) and scans a second together, each of another ticket."""
    token, performance, ticket_type = await _cashier(stage)
    codes = await _codes(stage, token, performance, ticket_type, ALONE + TOGETHER)

    async def scan(wire: Wire) -> None:
        body = {"lane": "front-a", "code": codes.pop(), "commit": True}
        await wire.post("/admission/scans", body)

    alone = await _run(stage, token, scan, clients=1, count=ALONE)
    started_s = time.perf_counter()
    together = await _run(stage, token, scan, clients=CLIENTS, count=TOGETHER)
    return median(alone), len(together) / (time.perf_counter() - started_s)


async def _cashier(stage: Stage) -> tuple[str, int, int]:
    """A cashier's token, the running time slot, and its first ticket type."""
    async with VenueClient(stage.address) as client:
        session = await client.sign_in(CASHIER, PIN, "window-1")
        events = await client.get("/sales/events", list[dict[str, Any]])
        performance = next(one for one in events if one["title"]["en"] == EVENT)
        number = performance["next_performance_id"]
        detail = await client.get(f"/sales/performances/{number}", dict[str, Any])
        return session.token, number, detail["ticket_types"][0]["id"]


async def _codes(
    stage: Stage, token: str, performance: int, ticket_type: int, count: int
) -> list[str]:
    wire = Wire(stage.server_port, token)
    await wire.open()
    codes: list[str] = []
    want = {
        "performance_id": performance,
        "wanted": [{"ticket_type_id": ticket_type, "count": 10}],
    }
    while len(codes) < count:
        order = await wire.post("/sales/orders", want)
        paid = {"received_minor": order["total_minor"]}
        await wire.post(f"/sales/orders/{order['id']}/cash", paid)
        sheets = await wire.post(f"/sales/orders/{order['id']}/print", {"receipt": False})
        codes += [sheet["values"]["token"] for sheet in sheets["sheets"]]
    wire.close()
    return codes


async def _run(
    stage: Stage,
    token: str,
    work: Callable[[Wire], Awaitable[None]],
    *,
    clients: int,
    count: int,
) -> list[float]:
    """Do `work` `count` times over `clients` connections; returns each one's time in ms."""
    times: list[float] = []
    left = count

    async def client() -> None:
        nonlocal left
        wire = Wire(stage.server_port, token)
        await wire.open()
        while left > 0:
            left -= 1
            started_s = time.perf_counter()
            await work(wire)
            times.append((time.perf_counter() - started_s) * 1000)
        wire.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return times
