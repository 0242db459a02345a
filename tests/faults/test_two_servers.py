"""Two server processes share a venue; one is killed under load, and the stations go on."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from venue_plugins.sales import wire

from tests.faults.serving import ServerProcess, looking_into
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.server.running import find_violations
from venue_suite.testing import SATURDAY_AFTERNOON, place_in, token_of
from venue_suite.wire import CallStaff

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(120)]

STATIONS = 8
BEFORE_S, AFTER_S = 1.5, 2.5
FLOOR = 40  # answers before and after the kill: less would prove nothing
WAIT_MAX_S = 4.0  # how long one answer may take while a server dies


Start = Callable[..., ServerProcess]


@pytest.fixture
def start(venue_folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts servers with data folders of their own, one database, and the same keys."""
    ahead_s = SATURDAY_AFTERNOON.timestamp() - time.time()
    database = str(place_in(venue_folder)).rpartition("/")[2]
    started: list[ServerProcess] = []

    def start_one(later_s: float = 0.0) -> ServerProcess:
        folder = venue_folder if not started else tmp_path / f"machine-{len(started)}"
        if started:
            shutil.copytree(venue_folder / "keys", folder / "keys")
            (folder / "venue.db.postgresql").write_text(f"{database} {folder}")
        server = ServerProcess(folder, ahead_s + later_s)
        started.append(server)
        server.start()
        return server

    yield start_one
    for server in started:
        server.kill()


class Stations:
    """Stations that know both servers and never give up on an operation."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._stopping = False
        self.answers: dict[str, tuple[str, object, object]] = {}
        self.slowest_s = 0.0
        self.performance = 0
        self.ticket_type = 0

    async def look_around(self) -> None:
        async with VenueClient(self._addresses[0], token_of("kiosk")) as client:
            cards = await client.get("/sales/performances", list[wire.PerformanceCard])
            slot = max(cards, key=lambda card: card.places_left)
            path = f"/sales/performances/{slot.id}"
            detail = await client.get(path, wire.PerformanceDetail)
        self.performance = slot.id
        self.ticket_type = next(kind.id for kind in detail.ticket_types if not kind.kinds)

    def stop(self) -> None:
        self._stopping = True

    async def work(self, number: int) -> None:
        ways = self._addresses[number % 2 :] + self._addresses[: number % 2]
        async with VenueClient(",".join(ways), token_of("cashier")) as client:
            while not self._stopping:
                for path, body in self._wishes(client.make_operation_id()):
                    operation_id = client.make_operation_id()
                    began_s = time.monotonic()
                    try:
                        reply = await client.post(path, body, object, operation_id=operation_id)
                    except ServerRefused as refusal:
                        if refusal.code != "sold_out":
                            raise
                        continue
                    self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
                    self.answers[operation_id] = path, body, reply

    def _wishes(self, code: str) -> list[tuple[str, object]]:
        wanted = [wire.Wanted(ticket_type_id=self.ticket_type, count=1)]
        sale = wire.SellNow(
            performance_id=self.performance, wanted=wanted, received_minor=10_000_000
        )
        return [("/sales/orders/sell", sale), ("/stations/call", CallStaff(code=code))]


async def ask_again(address: str, stations: Stations) -> None:
    """Whatever either of them answered, the other knows."""
    async with VenueClient(address, token_of("cashier")) as client:
        for operation_id, (path, body, answer) in stations.answers.items():
            again = await client.post(path, body, object, operation_id=operation_id)
            assert again == answer


async def read_feed(address: str) -> Counter[str]:
    """How often each call of staff is told; the places in the feed have no gap."""
    told: Counter[str] = Counter()
    async with VenueClient(address, token_of("manager")) as client:
        seqs = []
        async for fact in client.follow_feed(1):
            if fact.kind == "feed.caught_up":
                assert seqs == list(range(1, len(seqs) + 1))
                return told
            seqs.append(fact.seq)
            if fact.kind == "station.called_staff":
                told[str(fact.data["code"])] += 1
    raise AssertionError("unreachable")


async def hear_live(address: str, heard: list[str]) -> None:
    async with VenueClient(address, token_of("manager")) as client:
        async for fact in client.follow_feed(0, "station."):
            if fact.kind == "station.called_staff":
                heard.append(str(fact.data["code"]))


async def test_stations_go_on_with_the_other(start: Start, venue_folder: Path) -> None:
    first, second = await asyncio.to_thread(start), await asyncio.to_thread(start)
    stations = Stations([first.address, second.address])
    await stations.look_around()
    heard: list[str] = []
    hearing = asyncio.create_task(hear_live(second.address, heard))
    await asyncio.sleep(0.2)
    working = [asyncio.create_task(stations.work(number)) for number in range(STATIONS)]
    await asyncio.sleep(BEFORE_S)
    before = len(stations.answers)
    await asyncio.to_thread(first.kill)
    await asyncio.sleep(AFTER_S)
    stations.stop()
    await asyncio.gather(*working)
    after = len(stations.answers) - before
    assert before > FLOOR, before
    assert after > FLOOR, after
    assert stations.slowest_s < WAIT_MAX_S
    await ask_again(second.address, stations)
    told = await read_feed(second.address)
    calls = [body.code for _, body, _ in stations.answers.values() if isinstance(body, CallStaff)]
    assert {code: told[code] for code in calls} == dict.fromkeys(calls, 1)
    assert Counter(heard) == told, "a follower of the one hears what the other committed, once"
    hearing.cancel()
    await asyncio.to_thread(check_books, venue_folder)


def check_books(folder: Path) -> None:
    with looking_into(folder) as server:
        assert [one for one in find_violations(server) if one.sentences] == []


async def test_jobs_run_in_the_one_that_is_left(start: Start) -> None:
    """Places that nobody pays for are free again, though the server that held them is gone."""
    first = await asyncio.to_thread(start)
    stations = Stations([first.address])
    await stations.look_around()
    async with VenueClient(first.address, token_of("kiosk")) as client:
        wanted = [wire.Wanted(ticket_type_id=stations.ticket_type, count=1)]
        order = await client.post(
            "/sales/orders",
            wire.PlaceOrder(performance_id=stations.performance, wanted=wanted),
            wire.Order,
            operation_id=client.make_operation_id(),
        )
    second = await asyncio.to_thread(start, later_s=900)
    await asyncio.sleep(1.5)
    async with VenueClient(second.address, token_of("kiosk")) as client:
        path = f"/sales/orders/{order.id}"
        assert (await client.get(path, wire.Order)).state == "held", "the first one leads"
        await asyncio.to_thread(first.kill)
        async with asyncio.timeout(15):
            while (await client.get(path, wire.Order)).state == "held":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        assert (await client.get(path, wire.Order)).state == "expired"
