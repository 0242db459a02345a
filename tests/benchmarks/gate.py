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

PAUSE_S = 0.15  # between two people who do not push
ORDERS, HURRIED_ORDERS, TICKETS_PER_ORDER = 20, 3, 10
CASHIER, PIN = "C01", "246801"


def measure(folder: Path) -> Iterator[Row]:
    """Scan 200 tickets one at a time; then 30 whose bearers follow on each other's heels."""
    calm = Wish(folder / "calm", walk_after_s=0.02)
    latencies_ms = _scan_all(calm, orders=ORDERS, is_calm=True)
    count = len(latencies_ms)
    slow = percentile(latencies_ms, 0.99)
    yield Row("gate", f"code in to relay out, {count} scans (99 %)", slow, "ms", 50.0)
    yield Row(
        "gate", f"code in to relay out, {count} scans (median)", median(latencies_ms), "ms", 25.0
    )
    # The lane ends one release before it begins the next, so a code that is read in the moment of
    # a passage waits for the rest of the half second that the relay is on.
    hurried_ms = _scan_all(Wish(folder / "hurried"), orders=HURRIED_ORDERS, is_calm=False)[1:]
    yield Row(
        "gate", "the same, read as the one before passes (median)", median(hurried_ms), "ms", 50.0
    )


def _scan_all(wish: Wish, *, orders: int, is_calm: bool) -> list[float]:
    """Sell tickets and hold each before the scanner; the gate's own latencies in milliseconds."""
    stage = Stage(wish)
    try:
        stage.prepare()
        stage.start_devices()
        stage.start_server()
        stage.start_gate()
        codes = asyncio.run(_sell_tickets(stage, orders))
        return [_scan(stage, code, is_calm=is_calm) for code in codes]
    finally:
        stage.stop()


def _scan(stage: Stage, code: str, *, is_calm: bool) -> float:
    """One person: scan, release, passage, and if calm the gate's rest before the next.

    Returns the gate's latency in milliseconds.
    """
    stage.work_bench(f"scan {code}")
    gate = stage.programs["gate"]
    decision = gate.wait_line(lambda one: one.get("event") == "decision", 15)
    assert decision["result"] == "allowed", decision
    gate.wait_line(lambda one: one.get("event") == "passage", 15)
    if is_calm:
        end_s = time.monotonic() + 5
        while stage.work_bench("state")["relay"] and time.monotonic() < end_s:
            time.sleep(0.01)
        time.sleep(PAUSE_S)
    latency_ms: float = decision["latency_ms"]
    return latency_ms


async def _sell_tickets(stage: Stage, orders: int) -> list[str]:
    """Sell and start printing; the paper's values carry the codes."""
    codes: list[str] = []
    async with await stage.client("window-1") as client:
        await client.sign_in(CASHIER, PIN, "window-1")
        performance, ticket_type = await first_on_sale(client, "The Camellia Tale")
        for _ in range(orders):
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
