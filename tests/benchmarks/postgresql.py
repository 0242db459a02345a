"""Whole sales on PostgreSQL: two server processes share one database on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import uvloop

from tests.benchmarks.load import find_wish, make_roomy_venue, port_of, run, selling
from tests.benchmarks.rows import Row, median, percentile
from tests.faults.serving import ServerProcess
from tests.postgresql_server import PostgresqlServer
from venue_suite.testing import place_in, token_of

SALES, WARM = 5000, 400
AREA = "postgresql"


def measure(folder: Path) -> Iterator[Row]:
    """Sell through two servers, each commit on the disk as PostgreSQL does it by itself."""
    database = PostgresqlServer(options="")
    if missing := database.what_is_missing():
        raise RuntimeError(missing)
    database.start()
    os.environ["TEST_VENUE_POSTGRESQL"] = database.url
    servers: list[ServerProcess] = []
    try:
        first, second = folder / "first", folder / "second"
        ahead_s = make_roomy_venue(first)
        servers.append(ServerProcess(first, ahead_s))
        servers[0].start()
        shutil.copytree(first / "keys", second / "keys")
        name = str(place_in(first)).rpartition("/")[2]
        (second / "venue.db.postgresql").write_text(f"{name} {second}")
        servers.append(ServerProcess(second, ahead_s))
        servers[1].start()
        alone, together, rate = uvloop.run(_sell(servers))
    finally:
        for server in servers:
            server.terminate()
        del os.environ["TEST_VENUE_POSTGRESQL"]
        database.stop()
    yield Row(AREA, "one sale at a time", median(alone), "ms", 10.0)
    yield Row(AREA, "sales a second, 32 clients, two servers", rate, "1/s", 700.0, "higher")
    yield Row(AREA, "a sale among them (99 %)", percentile(together, 0.99), "ms", 200.0)


async def _sell(servers: list[ServerProcess]) -> tuple[list[float], list[float], float]:
    wish = await find_wish(servers[0].address)
    ports, token, sell = [port_of(server) for server in servers], token_of("cashier"), selling(wish)
    await run(ports, token, sell, clients=8, count=WARM)
    alone, _ = await run(ports, token, sell, clients=1, count=WARM)
    together, rate = await run(ports, token, sell, clients=32, count=SALES)
    return alone, together, rate
