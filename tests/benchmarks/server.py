"""How fast the server is ready on an existing database, and how much memory it keeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.rows import Row, median
from venue_suite.client import VenueClient
from venue_suite.demo.stage import Stage, Wish

STARTS = 5
SALES = 200


def measure(folder: Path) -> Iterator[Row]:
    """Start the server several times; sell, and look at its memory."""
    stage = Stage(Wish(folder / "stage", tls=False))
    stage.prepare()
    try:
        stage.start_devices()
        ready_s = []
        for start in range(STARTS):
            started_s = time.monotonic()
            stage.start_server()
            asyncio.run(_hold_a_seat(stage))
            ready_s.append(time.monotonic() - started_s)
            if start < STARTS - 1:
                stage.programs.pop("server").stop()
        yield Row("server", "start to first held seat (median)", median(ready_s), "s", 2.0)
        asyncio.run(_sell_many(stage))
        memory = psutil.Process(stage.programs["server"].pid).memory_info().rss
        yield Row("server", f"resident after {SALES} orders", memory / 2**20, "MB", 150.0)
    finally:
        stage.stop()


async def _hold_a_seat(stage: Stage) -> None:
    async with VenueClient(stage.address, stage.keys["kiosk-1"]) as client:
        await place(client, *await first_on_sale(client, "The Camellia Tale"))


async def _sell_many(stage: Stage) -> None:
    async with VenueClient(stage.address, stage.keys["kiosk-1"]) as client:
        performance, ticket_type = await first_on_sale(client, "The Camellia Tale")
        for _ in range(SALES):
            await place(client, performance, ticket_type)


async def first_on_sale(client: VenueClient, title: str) -> tuple[int, int]:
    """The next performance of an event and the first ticket type that it is sold at."""
    events = await client.get("/sales/events", list[dict[str, Any]])
    event = next(one for one in events if one["title"]["en"] == title)
    performance = event["next_performance_id"]
    detail = await client.get(f"/sales/performances/{performance}", dict[str, Any])
    return performance, detail["ticket_types"][0]["id"]


async def place(
    client: VenueClient, performance: int, ticket_type: int, count: int = 1
) -> dict[str, Any]:
    """Hold places for one ticket type."""
    return await client.post(
        "/sales/orders",
        {
            "performance_id": performance,
            "wanted": [{"ticket_type_id": ticket_type, "count": count}],
        },
        dict[str, Any],
        operation_id=client.make_operation_id(),
    )
