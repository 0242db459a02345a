"""`kill -9` of a loaded server, again and again: what was answered stays, and the books hold."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from venue_devices.simulated.qr_server import QrServer
from venue_plugins.sales.tables import PaymentRow

from tests.faults.records import Record, first_seed, recorded, scaled
from tests.faults.serving import ServerProcess, looking_into, verify_beside
from tests.faults.stations import Stations
from venue_suite.client import VenueClient
from venue_suite.database import View
from venue_suite.ports import PaymentState
from venue_suite.testing import SATURDAY_AFTERNOON, token_of

pytestmark = pytest.mark.timeout(0)

CYCLES = {"sqlite": scaled(100, 1_000), "postgresql": scaled(10, 200)}
LANES = 2  # venues that are killed side by side
CYCLES_A_VENUE = 25  # until its seats run out
FLOOR = 15  # answers that must have come before a kill counts
KILL_AFTER_S = (0.0, 0.35)  # when the floor was reached
EARLY = 0.15  # share of the starts that are killed before they are done
EARLY_AFTER_S = (0.2, 0.6)
SETTLED_S = 20.0
OPEN = {"asked", "waiting", "unknown"}
EVERY_KIND = (
    "sales/orders/sell",
    *("sales/orders", "sales/orders/cash", "sales/orders/print", "sales/orders/print-result"),
    *("sales/orders/qr", "sales/orders/qr/cancel", "sales/orders/release"),
    *("stations/call", "admission/scans", "admission/passages"),
)


@pytest.fixture
def provider() -> Iterator[QrServer]:
    """Where payments by code are paid by themselves, so fast that some come after a cancel."""
    server = QrServer()
    server.faults.pays_by_itself_s = 0.05
    server.start()
    yield server
    server.stop()


class Venue:
    """One venue whose server is killed again and again.

    Args:
        folder: its data.
        seed: of all chance.
        provider: of its payments by code.
        record: what all venues of the test count together.
    """

    def __init__(self, folder: Path, seed: int, provider: QrServer, record: Record) -> None:
        self._folder = folder
        self._seed = seed
        self._chance = Random(seed)
        self._record = record
        self._provider = provider
        self.references: set[str] = set()
        self._server = ServerProcess(
            folder,
            SATURDAY_AFTERNOON.timestamp() - time.time(),
            VENUE_DEVICES__QR__DRIVER="simulated_qr",
            VENUE_DEVICES__QR__URL=f"http://127.0.0.1:{provider.port}",
        )
        self.counts: Counter[str] = Counter()
        self._seen_seq = 0
        self._of_sample: set[str] = set()
        self._of_sample = set(self._codes())

    def suffer(self, cycles: int) -> None:
        """So many kills, each followed by a start after which all is as it was answered."""
        before = Stations(self._chance)
        try:
            for number in range(cycles + 1):
                self._start()
                assert verify_beside(self._folder) == [], f"seed {self._seed}, cycle {number}"
                asyncio.run(before.ask_again(self._server.address))
                calls = asyncio.run(self._count_calls())
                for key, asked in before.asked.items():
                    if asked.path == "/stations/call":
                        assert calls[asked.body.code] == 1, key  # type: ignore[attr-defined]
                if number < cycles:
                    before = Stations(self._chance)
                    asyncio.run(self._work_until_killed(before))
                    self.counts += before.counts
                    self._record.count += 1
            self._settle_codes()
        finally:
            self._server.kill()

    def _settle_codes(self) -> None:
        """No money came for nothing, and nothing was sold for no money: the provider agrees."""
        deadline = time.monotonic() + SETTLED_S
        while (mine := self._codes()) and set(mine.values()) & OPEN and time.monotonic() < deadline:
            time.sleep(0.2)
        theirs = {one: self._provider.book.find(one) for one in mine}
        assert {one: state == "paid" for one, state in mine.items()} == {
            one: payment is not None and payment.state is PaymentState.PAID
            for one, payment in theirs.items()
        }
        self.references = set(mine)

    def _codes(self) -> dict[str, str]:
        """Reference -> state of every payment by code."""

        def read(view: View) -> dict[str, str]:
            return {one.reference: one.state for one in PaymentRow.select() if one.tender == "qr"}

        with looking_into(self._folder) as server:
            found = asyncio.run(server.database.read(read))
        return {one: state for one, state in found.items() if one not in self._of_sample}

    def _start(self) -> None:
        """Start; sometimes it is killed on the way, and once more."""
        while self._chance.random() < EARLY:
            self._server.launch()
            time.sleep(self._chance.uniform(*EARLY_AFTER_S))
            self._server.kill()
            self._record.faults["killed while starting"] += 1
        self._server.start()

    async def _count_calls(self) -> Counter[str]:
        """How often the feed tells of each call since it was last read; it has no gap."""
        told: Counter[str] = Counter()
        async with VenueClient(self._server.address, token_of("manager")) as client:
            async for fact in client.follow_feed(self._seen_seq + 1):
                if fact.kind == "feed.caught_up":
                    break
                assert fact.seq == self._seen_seq + 1
                self._seen_seq = fact.seq
                if fact.kind == "station.called_staff":
                    told[str(fact.data["code"])] += 1
        return told

    async def _work_until_killed(self, stations: Stations) -> None:
        address = self._server.address
        await stations.look_around(address)
        working = asyncio.create_task(stations.work(address))
        async with asyncio.timeout(30):
            await stations.answered_enough(FLOOR)
        await asyncio.sleep(self._chance.uniform(*KILL_AFTER_S))
        self._server.kill()
        self._record.faults["killed at work"] += 1
        await working


def test_no_answered_operation_is_lost(
    engine: str, sample_folder: Path, tmp_path: Path, provider: QrServer
) -> None:
    copying = threading.Lock()
    with recorded("kill -9 of the server", engine, "cycles") as record:

        def suffer(seed: int, cycles: int) -> Venue:
            folder = tmp_path / f"venue-{seed}"
            with copying:
                shutil.copytree(sample_folder, folder)
            venue = Venue(folder, seed, provider, record)
            venue.suffer(cycles)
            return venue

        venues = max(LANES, -(-CYCLES[engine] // CYCLES_A_VENUE))
        seeds = range(first_seed(), first_seed() + venues)
        record.seeds = f"{seeds[0]} to {seeds[-1]}"
        with ThreadPoolExecutor(LANES) as lanes:
            each = -(-CYCLES[engine] // venues)
            suffered = list(lanes.map(suffer, seeds, [each] * venues))
        counts = sum((venue.counts for venue in suffered), Counter[str]())
        record.faults["answers before a kill"] += counts.total()
        assert [kind for kind in EVERY_KIND if not counts[kind]] == []
        written = set().union(*(venue.references for venue in suffered))
        asked = set(provider.book._by_reference)
        assert asked <= written, "asked for money that is written down nowhere"
