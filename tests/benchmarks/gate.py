"""How long a person stands before the gate: code in to relay out, one scan at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import Row, median, percentile
from tests.benchmarks.server import first_on_sale, place
from venue_suite.client import VenueClient
from venue_suite.demo.stage import Stage, Wish

PAUSE_S = 0.15  # nobody follows faster through a turnstile
ORDERS, TICKETS_PER_ORDER = 20, 10
CASHIER, PIN = "C01", "246801"


def measure(folder: Path) -> Iterator[Row]:
    """Sell 200 tickets, then hold each before the scanner."""
    stage = Stage(Wish(folder / "stage", walk_after_s=0.02))
    try:
        stage.prepare()
        stage.start_devices()
        stage.start_server()
        stage.start_gate()
        codes = asyncio.run(_sell_tickets(stage))
        latencies_ms = [_scan(stage, code) for code in codes]
    finally:
        stage.stop()
    count = len(latencies_ms)
    slow = percentile(latencies_ms, 0.99)
    yield Row("gate", f"code in to relay out, {count} scans (99 %)", slow, "ms", 50.0)
    yield Row(
        "gate", f"code in to relay out, {count} scans (median)", median(latencies_ms), "ms", 25.0
    )


def _scan(stage: Stage, code: str) -> float:
    """One person: scan, release, passage. Returns the gate's latency in milliseconds."""
    stage.work_bench(f"scan {code}")
    gate = stage.programs["gate"]
    decision = gate.wait_line(lambda one: one.get("event") == "decision", 15)
    assert decision["result"] == "allowed", decision
    gate.wait_line(lambda one: one.get("event") == "passage", 15)
    end_s = time.monotonic() + 5
    while stage.work_bench("state")["relay"] and time.monotonic() < end_s:
        time.sleep(0.01)
    time.sleep(PAUSE_S)
    latency_ms: float = decision["latency_ms"]
    return latency_ms


async def _sell_tickets(stage: Stage) -> list[str]:
    """Sell and start printing; the paper's values carry the codes."""
    codes: list[str] = []
    async with VenueClient(stage.address) as client:
        await client.sign_in(CASHIER, PIN, "window-1")
        performance, ticket_type = await first_on_sale(client, "The Camellia Tale")
        for _ in range(ORDERS):
            order = await place(client, performance, ticket_type, TICKETS_PER_ORDER)
            await _post(client, order["id"], "cash", {"received_minor": order["total_minor"]})
            printed = await _post(client, order["id"], "print", {"receipt": False})
            codes += [sheet["values"]["token"] for sheet in printed["sheets"]]
    return codes


async def _post(client: VenueClient, order: int, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    return await client.post(
        f"/sales/orders/{order}/{verb}",
        body,
        dict[str, Any],
        operation_id=client.make_operation_id(),
    )
