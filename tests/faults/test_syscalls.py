"""Each system call of a sale on the database goes wrong: a clear refusal, nothing half-written.

The server is the real one; strace lets its calls fail, wait or kill it.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from venue_plugins.admission import wire as admission_wire
from venue_plugins.sales import wire

from tests.faults.one_sale import AWAY, DONE, Sale
from tests.faults.records import Record, first_seed, recorded, scaled
from tests.faults.serving import ServerProcess, verify_beside
from tests.faults.tracing import Strace, what_is_missing
from venue_suite.client import VenueClient
from venue_suite.testing import SATURDAY_AFTERNOON, token_of

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.timeout(0),
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
]

CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate")
# An error strikes once; a full disk stays full; a kill ends it all.
FULL, BROKEN = "error=ENOSPC:when={}+", "error=EIO:when={}"
KILL = "signal=KILL:when={}"
SLOW = "delay_enter=2s:when={}"
SLOW_S = 2.0
# A server that was killed has to be started again, so the tests take one write in so many.
KILL_STRIDE = scaled(6, 1)
REFUSED = "database_unusable"
ADULT = 1


class Sweep:
    """A server whose calls go wrong, one after the other."""

    def __init__(self, folder: Path, record: Record) -> None:
        self._folder = folder
        self._record = record
        self._files = [str(folder / f"venue.db{tail}") for tail in ("", "-wal", "-journal")]
        self._performance = 0
        self._lane = ""
        self.struck = 0
        self.server = ServerProcess(folder, SATURDAY_AFTERNOON.timestamp() - time.time())

    def start(self) -> None:
        self.server.start()
        if not self._lane:
            asyncio.run(self._look_around())

    async def _look_around(self) -> None:
        """The largest performance: each call is another sale."""
        async with VenueClient(self.server.address, token_of("gate")) as client:
            lanes = await client.get("/admission/lanes", list[admission_wire.Lane])
        async with VenueClient(self.server.address, token_of("kiosk")) as client:
            cards = await client.get("/sales/performances", list[wire.PerformanceCard])
        self._lane = lanes[0].code
        self._performance = max(cards, key=lambda card: card.places_left).id

    def new_sale(self) -> Sale:
        return Sale(self._performance, ADULT, self._lane)

    def trace(self, inject: str = "") -> Strace:
        assert self.server.process is not None
        return Strace(self.server.process.pid, self._files, CALLS, inject)

    def go_on(self, sale: Sale) -> str:
        return asyncio.run(sale.go_on(self.server.address))

    def points(self) -> Iterator[tuple[str, int]]:
        """Every (call, number) of a sale."""
        with self.trace() as strace:
            assert self.go_on(self.new_sale()) == DONE
        assert strace.counts["fdatasync"] >= 5, "a sale syncs at each of its steps"
        assert strace.counts["pwrite64"] >= 20
        for call, count in strace.counts.items():
            yield from ((call, number) for number in range(1, count + 1))

    def strike(self, call: str, number: int, fault: str) -> str:
        """Sell while a call goes wrong; returns what stopped the sale, or `done`."""
        sale = self.new_sale()
        with self.trace(f"{call}:{fault.format(number)}") as strace:
            ended = self.go_on(sale)
        self._record.count += 1
        self.struck = strace.struck
        self._record.faults[f"{call} {fault.partition(':')[0]}"] += bool(strace.struck)
        if fault == KILL and ended == AWAY:
            self.server.kill()
            self.start()
        where = f"{fault.format(number)} of {call}"
        assert verify_beside(self._folder) == [], where
        if ended != DONE:
            assert self.go_on(sale) == DONE, f"{where}: the next try after the fault"
            assert verify_beside(self._folder) == [], where
        return ended


@pytest.fixture
def folder(sample_folder: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "venue"
    shutil.copytree(sample_folder, copied)
    return copied


@pytest.mark.parametrize("fault", [BROKEN, FULL], ids=["io-error", "disk-full"])
def test_failing_call_is_a_clear_refusal(folder: Path, fault: str) -> None:
    name = "I/O error" if fault == BROKEN else "disk full"
    with recorded(f"{name} at every call of a sale", "sqlite", "points") as record:
        sweep = Sweep(folder, record)
        sweep.start()
        try:
            ends = [sweep.strike(call, number, fault) for call, number in [*sweep.points()]]
        finally:
            sweep.server.kill()
        assert set(ends) <= {DONE, REFUSED}
        assert ends.count(REFUSED) > 0.8 * len(ends), "the faults did not strike"


def test_killed_at_a_call(folder: Path) -> None:
    with recorded("kill at the calls of a sale", "sqlite", "points") as record:
        sweep = Sweep(folder, record)
        sweep.start()
        try:
            points = [*sweep.points()]
            syncs = [(call, number) for call, number in points if "sync" in call]
            others = [one for one in points if one not in syncs]
            start = first_seed() % KILL_STRIDE
            ends = [
                sweep.strike(call, number, KILL)
                for call, number in [*syncs, *others[start::KILL_STRIDE]]
            ]
        finally:
            sweep.server.kill()
        assert set(ends) <= {DONE, AWAY}
        assert ends.count(AWAY) > 0.8 * len(ends), "the faults did not strike"


def test_slow_sync_only_takes_its_time(folder: Path) -> None:
    with recorded("sync of two seconds", "sqlite", "points") as record:
        sweep = Sweep(folder, record)
        sweep.start()
        try:
            syncs = [number for call, number in sweep.points() if call == "fdatasync"]
            for number in syncs:
                began = time.monotonic()
                assert sweep.strike("fdatasync", number, SLOW) == DONE
                assert time.monotonic() - began >= SLOW_S * sweep.struck
        finally:
            sweep.server.kill()
        # What the server writes for itself meanwhile makes the count differ by one now and then.
        assert record.faults["fdatasync delay_enter=2s"] >= len(syncs) - 2
