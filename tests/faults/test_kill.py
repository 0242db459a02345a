"""`kill -9` of a loaded server, again and again: what was answered stays, and the books hold."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from venue_plugins.sales import wire

from tests.faults.serving import ServerProcess, run_venue
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import ServerAway
from venue_suite.testing import SATURDAY_AFTERNOON, token_of
from venue_suite.wire import CallStaff

CYCLES = 5
STATIONS = 6
LOAD_S = (0.3, 0.9)

Sent = dict[str, tuple[str, object]]  # operation id -> path and body


@pytest.fixture
def server(sample_folder: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    folder = tmp_path / "venue"
    shutil.copytree(sample_folder, folder)
    server = ServerProcess(folder, SATURDAY_AFTERNOON.timestamp() - time.time())
    yield server
    server.kill()


class Load:
    """Stations that work until their server dies, and remember what they were told."""

    def __init__(self) -> None:
        self.sent: Sent = {}
        self.answered: dict[str, object] = {}
        self.performances: list[wire.PerformanceDetail] = []

    async def prepare(self, address: str) -> None:
        async with VenueClient(address, token_of("kiosk")) as client:
            cards = await client.get("/sales/performances", list[wire.PerformanceCard])
            for card in [card for card in cards if card.places_left > 100][:4]:
                path = f"/sales/performances/{card.id}"
                self.performances.append(await client.get(path, wire.PerformanceDetail))
        assert self.performances

    async def work(self, address: str, station: int) -> None:
        chance = Random(station)
        async with VenueClient(address, token_of("kiosk")) as client:
            for number in range(10**6):
                key = client.make_operation_id()
                path, body = self._wish(chance, key, number)
                self.sent[key] = path, body
                try:
                    self.answered[key] = await client.post(
                        path, body, object, operation_id=key, retry=False
                    )
                except ServerRefused:
                    del self.sent[key]  # a rule said no: nothing happened
                except ServerAway:
                    return

    def _wish(self, chance: Random, key: str, number: int) -> tuple[str, object]:
        if number % 2:
            return "/stations/call", CallStaff(code=key)
        detail = chance.choice(self.performances)
        kind = next(kind for kind in detail.ticket_types if not kind.kinds)
        wanted = [wire.Wanted(ticket_type_id=kind.id, count=chance.randint(1, 3))]
        performance = detail.card.id
        return "/sales/orders", wire.PlaceOrder(performance_id=performance, wanted=wanted)


async def ask_again(address: str, load: Load) -> None:
    """Every operation once more: what was answered has the same answer, the rest is done now."""
    async with VenueClient(address, token_of("kiosk")) as client:
        for key, (path, body) in load.sent.items():
            try:
                reply = await client.post(path, body, object, operation_id=key)
            except ServerRefused as refusal:
                reply = refusal.code
            assert load.answered.get(key, reply) == reply, "answered, then lost or changed"


async def count_facts(address: str) -> Counter[str]:
    """How often the feed tells of each operation."""
    told: Counter[str] = Counter()
    last = 0
    async with VenueClient(address, token_of("manager")) as client:
        async for fact in client.follow_feed(1):
            if fact.kind == "feed.caught_up":
                return told
            assert fact.seq == last + 1
            last = fact.seq
            if fact.kind == "station.called_staff":
                told[str(fact.data["code"])] += 1
    raise AssertionError("unreachable")


async def run_until_killed(server: ServerProcess, load: Load, load_s: float) -> None:
    working = [load.work(server.address, station) for station in range(STATIONS)]
    tasks = [asyncio.create_task(one) for one in working]
    await asyncio.sleep(load_s)
    server.kill()
    await asyncio.gather(*tasks)


def test_no_answered_operation_is_lost(server: ServerProcess, tmp_path: Path) -> None:
    chance = Random(7)
    total = 0
    for _ in range(CYCLES):
        load = Load()
        server.start()
        asyncio.run(load.prepare(server.address))
        asyncio.run(run_until_killed(server, load, chance.uniform(*LOAD_S)))
        server.start()
        asyncio.run(ask_again(server.address, load))
        told = asyncio.run(count_facts(server.address))
        server.kill()
        calls = [key for key, (path, _) in load.sent.items() if path == "/stations/call"]
        assert {key: told[key] for key in calls} == dict.fromkeys(calls, 1)
        assert load.answered
        total += len(load.answered)
    verified = run_venue(tmp_path / "venue", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "BAD" not in verified.stdout
    assert total > 100, "the load was too small to prove anything"
