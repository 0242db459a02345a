"""What the write path does: whole sales and scans over HTTP, durable, beside the disk's own sync.

A sale here is the whole thing in one operation: operation id, price rules, capacity, order, two
lines, two signed tickets, payment, ledger, feed. A scan looks a signed ticket up, decides, and
keeps scan and entry. All on the embedded engine, plain HTTP on the loopback.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import uvloop

from tests.benchmarks.load import (
    bare_rate,
    find_wish,
    make_roomy_venue,
    port_of,
    run,
    scanning,
    sell_codes,
    selling,
)
from tests.benchmarks.rows import Row, median, percentile
from tests.faults.serving import ServerProcess
from venue_suite.testing import token_of

ALONE, WARM, TOGETHER, CROWD = 300, 300, 9000, 9000
SCANS = 9000
SYNCS = 300
AREA = "kernel"


def measure(folder: Path) -> Iterator[Row]:
    """Sell and scan, one at a time, by 32 and by 256 clients."""
    venue = folder / "venue"
    server = ServerProcess(venue, make_roomy_venue(venue))
    bare = bare_rate(venue, 6400, 32)
    server.start()
    try:
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        idle_mb = process.memory_info().rss / 2**20
        yield from uvloop.run(_measure(server, folder, bare))
        busy_mb = process.memory_info().rss / 2**20
    finally:
        server.terminate()
    yield Row(AREA, "resident, idle", idle_mb, "MB", 150.0)
    yield Row(AREA, "resident, after this load", busy_mb, "MB", 300.0)


async def _measure(server: ServerProcess, folder: Path, bare: float) -> list[Row]:
    wish = await find_wish(server.address)
    port, token, sell = port_of(server), token_of("cashier"), selling(wish)
    await run([port], token, sell, clients=4, count=WARM)
    sync_ms = sync_time_ms(folder)
    alone, _ = await run([port], token, sell, clients=1, count=ALONE)
    together, rate = await run([port], token, sell, clients=32, count=TOGETHER)
    crowd, crowd_rate = await run([port], token, sell, clients=256, count=CROWD)
    bodies = await sell_codes(port, wish, ALONE + SCANS)
    lone_scans, _ = await run([port], token, scanning(bodies), clients=1, count=ALONE)
    _, scan_rate = await run([port], token, scanning(bodies), clients=32, count=SCANS)
    return [
        Row(AREA, "the disk's own fdatasync (median)", sync_ms, "ms", 5.0),
        Row(AREA, "one sale at a time, in such syncs", median(alone) / sync_ms, "x", 6.0),
        Row(AREA, "sales a second, 32 clients", rate, "1/s", 3000.0, "higher"),
        Row(AREA, "the same service bare, 32 to a commit", bare, "1/s", 3000.0, "higher"),
        Row(AREA, "sales over HTTP of bare ones", 100 * rate / bare, "%", 40.0, "higher"),
        Row(AREA, "a sale among 32 clients (99 %)", percentile(together, 0.99), "ms", 40.0),
        Row(AREA, "sales a second, 256 clients", crowd_rate, "1/s", 3000.0, "higher"),
        Row(AREA, "a sale among 256 clients (99 %)", percentile(crowd, 0.99), "ms", 200.0),
        Row(AREA, "one scan at a time, in such syncs", median(lone_scans) / sync_ms, "x", 4.0),
        Row(AREA, "scans a second, 32 clients", scan_rate, "1/s", 5000.0, "higher"),
    ]


def sync_time_ms(folder: Path) -> float:
    """The median of the disk's own fdatasync after a small write, in milliseconds."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            started_s = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started_s) * 1000)
    return median(times)
