"""What an online backup costs those who sell meanwhile: 1 GB beside 200 sales a second.

Sales begin by the clock, not when the last one is done: one that has to wait counts with all of its
waiting. The gigabyte is filler in a table of its own, and gone with the folder afterwards.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import apsw

from tests.benchmarks.load import Wire, find_wish, make_roomy_venue, port_of, selling
from tests.benchmarks.rows import Row, percentile
from tests.faults.serving import ServerProcess
from venue_suite.testing import token_of

FILLER_BYTES = 1_000_000_000
SALES_PER_S = 200
CLIENTS = 96
BEFORE_S = 6.0


def measure(folder: Path) -> Iterator[Row]:
    """Sell at an even rate, without and with a backup under way."""
    venue = folder / "venue"
    server = ServerProcess(venue, make_roomy_venue(venue))
    _fill(venue / "venue.db")
    server.start()
    try:
        before_ms, during_ms, took_s = asyncio.run(
            _sell_and_back_up(server, venue, folder / "saved.db")
        )
        size_mb = (folder / "saved.db").stat().st_size / 2**20
    finally:
        server.terminate()
    beside = f"a sale at {SALES_PER_S} a second"
    yield Row("backup", f"{beside}, no backup (99 %)", percentile(before_ms, 0.99), "ms", 250.0)
    yield Row(
        "backup", f"{beside}, 1 GB backed up (99 %)", percentile(during_ms, 0.99), "ms", 250.0
    )
    yield Row("backup", f"{beside}, 1 GB backed up (longest)", max(during_ms), "ms", 1000.0)
    yield Row("backup", "sales while it ran", len(during_ms) / took_s, "1/s", 195.0, "higher")
    yield Row("backup", "online backup of 1 GB, checked", took_s, "s", 60.0)
    yield Row("backup", "its rate", size_mb / took_s, "MB/s", 16.0, "higher")


def _fill(database: Path) -> None:
    connection = apsw.Connection(str(database))
    connection.execute("CREATE TABLE filler (x)")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO filler SELECT randomblob(100000) FROM n",
        (FILLER_BYTES // 100_000,),
    )
    connection.close()


async def _sell_and_back_up(
    server: ServerProcess, venue: Path, target: Path
) -> tuple[list[float], list[float], float]:
    """Sale times without and with the backup, in ms, and how long that took, in seconds."""
    sell = selling(await find_wish(server.address))
    idle: asyncio.Queue[Wire] = asyncio.Queue()
    for _ in range(CLIENTS):
        wire = Wire(port_of(server), token_of("cashier"))
        await wire.open()
        idle.put_nowait(wire)
    before = await _sell_until(idle, sell, asyncio.create_task(asyncio.sleep(BEFORE_S)))
    began_s = time.perf_counter()
    during = await _sell_until(idle, sell, asyncio.create_task(_back_up(venue, target)))
    took_s = time.perf_counter() - began_s
    while not idle.empty():
        idle.get_nowait().close()
    return before, during, took_s


async def _sell_until(
    idle: asyncio.Queue[Wire], sell: Callable[[Wire], Awaitable[object]], end: asyncio.Task[Any]
) -> list[float]:
    """Begin a sale every five milliseconds until `end` is done; returns each one's time in ms."""
    times: list[float] = []
    begun: list[asyncio.Task[None]] = []
    due_s = time.perf_counter()

    async def sell_one(due_s: float) -> None:
        wire = await idle.get()
        await sell(wire)
        idle.put_nowait(wire)
        times.append((time.perf_counter() - due_s) * 1000)

    while not end.done():
        begun.append(asyncio.create_task(sell_one(due_s)))
        due_s += 1 / SALES_PER_S
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
    await asyncio.gather(*begun)
    await end
    return times


async def _back_up(venue: Path, target: Path) -> None:
    """The command, as an administrator or a timer runs it beside the server."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "venue_suite", "--data", str(venue), "backup", str(target)),
        stderr=subprocess.DEVNULL,
    )
    assert await program.wait() == 0
