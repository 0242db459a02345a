"""A gate's world for tests: a real venue server in a process of its own, a simulated scanner and a
simulated turnstile, and a gate controller between them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from venue_devices.simulated.gate import GateServer
from venue_devices.simulated.scanner import ScannerServer
from venue_plugins.admission.wire import Decision

from tests.plugins.admission.small_venue import NOW, open_small_venue
from venue_suite.client import VenueClient
from venue_suite.config import Config, DeviceConfig, StationConfig
from venue_suite.gate.program import GateController, Timings
from venue_suite.gate.teller import Teller
from venue_suite.paging import Page
from venue_suite.ticket_tokens import TicketSigner, load_or_make_key
from venue_suite.trust import stations

KEY = "gate-1-secret"
OTHER_KEY = "gate-2-secret"
KIOSK_KEY = "kiosk-1-secret"
STATIONS = (("gate-1", "gate", KEY), ("gate-2", "gate", OTHER_KEY), ("kiosk-1", "kiosk", KIOSK_KEY))
SHORT = Timings(pulse_s=0.2, passage_s=1.5, refused_s=0.3)


class Venue:
    """A venue server as a process: can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "VENUE_DATA_DIR": str(self.folder),
            "VENUE_SERVER__HOST": "127.0.0.1",
            "VENUE_SERVER__ADVERTISE": "false",
            "VENUE_SERVER__TLS": "off",
            "VENUE_CLOCK_AHEAD_S": str((NOW - datetime.now(UTC)).total_seconds()),
        }
        command = [sys.executable, "-m", "venue_suite", "serve", "--port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.folder / "server.log").read_text()
        self.port = json.loads(line)["port"]

    def kill(self) -> None:
        """Like a pulled plug."""
        self._end(lambda process: process.kill())

    def stop(self) -> None:
        self._end(lambda process: process.terminate())

    def freeze(self, *, is_frozen: bool) -> None:
        """It keeps its port, but does not answer any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if is_frozen else signal.SIGCONT)

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process, self._process = self._process, None
        if process is not None:
            how(process)
            process.wait(20)
            assert process.stdout is not None
            process.stdout.close()


@dataclass
class Recorder(Teller):
    """Keeps what the gate tells."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__("main", "en", None)

    def _write(self, event: str, **values: object) -> None:
        self.events.append({"event": event, **values})

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    async def wait(self, event: str, count: int = 1, timeout_s: float = 10.0) -> dict[str, Any]:
        """The `count`th event of a kind, from the start."""
        ends_at_s = time.monotonic() + timeout_s
        while len(found := self.of(event)) < count:
            assert time.monotonic() < ends_at_s, f"no {event} {count} among {self.events}"
            await asyncio.sleep(0.005)
        return found[count - 1]


@dataclass
class World:
    """Everything around one lane. `codes`: of valid tickets, each to be used once."""

    venue: Venue
    scanner: ScannerServer
    turnstile: GateServer
    codes: list[str]
    told: Recorder = field(default_factory=Recorder)

    def config(self, **station: Any) -> Config:
        """The gate's configuration."""
        known = {"name": "gate-1", "key": KEY, "server": self.venue.address, "lane": "main"}
        return Config(
            data_dir=str(self.venue.folder / "gate"),
            language="en",
            station=StationConfig(**(known | station)),
            devices={
                "scanner": DeviceConfig(
                    driver="tcp_scanner",
                    settings={"host": "127.0.0.1", "port": self.scanner.port},
                ),
                "turnstile": DeviceConfig(
                    driver="modbus_relay",
                    settings={"host": "127.0.0.1", "port": self.turnstile.port},
                ),
            },
        )

    @contextlib.asynccontextmanager
    async def controller(
        self, timings: Timings = SHORT, **station: Any
    ) -> AsyncIterator[GateController]:
        """A controller at work; ends with the block."""
        stopping = asyncio.Event()
        controller = GateController(self.config(**station), self.told, timings)
        running = asyncio.create_task(controller.run(stopping))
        try:
            yield controller
        finally:
            stopping.set()
            await running

    async def scan(self, code: str) -> dict[str, Any]:
        """Hold a code before the scanner; returns what the visitor was told."""
        count = len(self.told.of("decision"))
        await asyncio.to_thread(self.scanner.scan, code)
        return await self.told.wait("decision", count + 1)

    async def scans_at_server(self) -> list[Decision]:
        """The server's newest scans first."""
        async with VenueClient(self.venue.address, KEY) as client:
            return (await client.get("/admission/scans", Page[Decision])).items

    async def until(self, holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
        ends_at_s = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < ends_at_s, self.told.events
            await asyncio.sleep(0.01)


async def make_world(folder: Path, tickets: int = 4) -> World:
    """A running venue with stations and sold tickets, and devices that are switched on.

    Args:
        folder: exists; the venue's data go there.
        tickets: how many are sold, at most 300.
    """
    small = await open_small_venue(folder, signer=TicketSigner(load_or_make_key(folder / "keys")))
    try:
        for name, kind, key in STATIONS:
            await small.database.write(stations.add_station, name, kind, key)
        codes = await small.print_codes(await small.sell(*["a"] * tickets))
    finally:
        small.database.close()
    venue = Venue(folder)
    await asyncio.to_thread(venue.start)
    scanner, turnstile = ScannerServer(), GateServer()
    scanner.start()
    turnstile.start()
    turnstile.turnstile.faults.walk_after_s = 0.1
    return World(venue, scanner, turnstile, codes)


@contextlib.contextmanager
def switched_off_at_end(world: World) -> Iterator[World]:
    try:
        yield world
    finally:
        world.scanner.stop()
        world.turnstile.stop()
        world.venue.stop()
