"""Whole sales on a disk that takes five milliseconds for each sync: 256 clients share it.

strace holds each `fdatasync` and `fsync` of the server back; nothing else of it is traced.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import uvloop

from tests.benchmarks.load import find_wish, make_roomy_venue, port_of, run, selling
from tests.benchmarks.rows import Row, median, percentile
from tests.faults.serving import ServerProcess
from venue_suite.testing import token_of

DELAY_MS = 5
SALES, WARM, CLIENTS = 8000, 500, 256
AREA = "slow disk"


class SlowServer(ServerProcess):
    """A server whose syncs are held back. The filter in the kernel lets all other calls pass."""

    def launch(self) -> None:
        delay = f"inject=fdatasync,fsync:delay_exit={DELAY_MS * 1000}"
        self.launch_by(
            *("strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull),
            *("-e", "trace=fdatasync,fsync", "-e", delay),
        )

    def stop(self) -> None:
        """strace ends with what it traces."""
        assert self.process is not None
        (server,) = psutil.Process(self.process.pid).children()
        server.terminate()
        self.process.wait(20)


def measure(folder: Path) -> Iterator[Row]:
    """Sell beside a server whose disk is slow."""
    if shutil.which("strace") is None:
        raise RuntimeError("strace is not installed (Debian: strace)")
    venue = folder / "venue"
    server = SlowServer(venue, make_roomy_venue(venue))
    server.start()
    try:
        alone, together, rate = uvloop.run(_sell(server))
    finally:
        server.stop()
    yield Row(AREA, f"one sale at a time, {DELAY_MS} ms a sync (median)", alone, "ms", 40.0)
    yield Row(AREA, f"sales a second, {CLIENTS} clients", rate, "1/s", 1500.0, "higher")
    yield Row(AREA, "a sale among them (99 %)", together, "ms", 500.0)


async def _sell(server: ServerProcess) -> tuple[float, float, float]:
    wish = await find_wish(server.address)
    port, token, sell = port_of(server), token_of("cashier"), selling(wish)
    await run([port], token, sell, clients=CLIENTS, count=WARM)
    alone, _ = await run([port], token, sell, clients=1, count=100)
    together, rate = await run([port], token, sell, clients=CLIENTS, count=SALES)
    return median(alone), percentile(together, 0.99), rate
