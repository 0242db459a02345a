"""For tests, also those of plugins: a venue in a folder, served by this process, with its people.

    make_venue(folder, clock, sample=True)
    async with ServedVenue(folder, clock) as venue:
        cashier = venue.client("cashier")
        events = await cashier.get("/sales/events", list[EventCard])

Everything is on the loopback; nothing is announced. The clock can be moved.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from venue_suite.client import VenueClient
from venue_suite.config import Config, DatabaseConfig, ServerConfig
from venue_suite.database import Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.hookspecs import SampleWish
from venue_suite.identity import services as identity
from venue_suite.identity.rules import RULES_KEY, SignInRules
from venue_suite.identity.tables import StaffRow
from venue_suite.seams import Seams
from venue_suite.server.running import VenueServer
from venue_suite.settings import put_setting
from venue_suite.trust import stations

STAFF_ROLES = ("manager", "cashier", "usher")
STATION_KINDS = ("kiosk", "console", "gate")
PIN = "246802"
SATURDAY_AFTERNOON = datetime(2026, 11, 28, 6, 5, tzinfo=UTC)  # 14:05 in Shanghai


class MovableClock:
    """A clock that runs from a chosen moment and can be moved forward.

    Args:
        start: what it shows now; aware.
    """

    def __init__(self, start: datetime = SATURDAY_AFTERNOON) -> None:
        self._ahead_s = start.timestamp() - time.time()

    def time_s(self) -> float:
        """UTC seconds since 1970."""
        return time.time() + self._ahead_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time_s(), UTC)

    def advance(self, seconds: float) -> None:
        """Jump forward."""
        self._ahead_s += seconds

    @property
    def seams(self) -> Seams:
        """Seams with this clock and real chance."""
        return Seams(time_s=self.time_s)


def token_of(role: str) -> str:
    """The token of a test venue's staff member or station of a role."""
    return f"token-of-{role}"


def make_venue(
    folder: Path,
    clock: MovableClock,
    plugins: Mapping[str, object] | None = None,
    *,
    sample: bool = False,
) -> None:
    """Set a venue up: a member of staff per role (signed in, code `T-CASHIER` ..., all with the PIN
    `PIN`) and a station per kind (`kiosk-1` ...). Blocking; some seconds with `sample`.

    Args:
        folder: where its data go.
        clock: what time it is there.
        plugins: name -> plugin object, instead of those that are installed.
        sample: also what the plugins fill a sample venue with.
    """
    server = VenueServer(_config(folder), clock.seams)
    try:
        _open(server, plugins)
        asyncio.run(_fill(server, clock, sample))
    finally:
        server.close()


def _open(server: VenueServer, plugins: Mapping[str, object] | None) -> None:
    if plugins is None:
        server.open()
        return
    for name, plugin in plugins.items():
        server.plugins.register(name, plugin)
    migrations = KERNEL_MIGRATIONS | server.plugins.migrations()
    server.database.open(migrations, server.plugins.quarantine)


async def _fill(server: VenueServer, clock: MovableClock, sample: bool) -> None:
    broken = [status for status in server.plugins.statuses if status.state != "enabled"]
    if sample and broken:
        raise RuntimeError(f"the sample lacks {broken}")
    if sample:
        wish = SampleWish(clock.now().date(), random.Random(1))  # noqa: S311 - sample data
        await server.database.write(server.plugins.fill_sample, wish)
    await server.database.write(_add_people, identity.hash_pin(PIN))


def _add_people(work: Work, pin_hash: str) -> None:
    # Tests jump hours ahead; nobody's session shall idle out meanwhile.
    put_setting(work, RULES_KEY, SignInRules(station_idle_minutes=0))
    for role in STAFF_ROLES:
        code = f"T-{role.upper()}"
        identity.add_staff(work, code, role.capitalize(), role, pin_hash)
        staff = StaffRow.get(StaffRow.code == code)
        identity.open_session(work, staff.id, token_of(role), "console-1")
    for kind in STATION_KINDS:
        stations.add_station(work, f"{kind}-1", kind, token_of(kind))


class ServedVenue:
    """A venue server in this process, between `async with` and its end.

    Args:
        folder: the venue's data, for example a copy of what `make_venue` made.
        clock: what time it is there.
        settings: keys of `Config` that differ, for example `devices`.
        plugins: name -> plugin object, instead of those that are installed.
    """

    def __init__(
        self,
        folder: Path,
        clock: MovableClock,
        settings: Mapping[str, Any] | None = None,
        plugins: Mapping[str, object] | None = None,
    ) -> None:
        config = msgspec.structs.replace(_config(folder), **(settings or {}))
        self.clock = clock
        self.server = VenueServer(config, clock.seams)
        self._plugins = plugins
        self._clients: list[VenueClient] = []

    async def __aenter__(self) -> ServedVenue:
        await asyncio.to_thread(_open, self.server, self._plugins)
        try:
            await self.server.start()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.close()
        await self._end()

    @property
    def address(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.server.port}"

    def client(self, role: str = "") -> VenueClient:
        """A client that acts for a role, or for nobody; closed with the venue."""
        client = VenueClient(self.address, token_of(role) if role else "", seams=self.clock.seams)
        self._clients.append(client)
        return client

    async def _end(self) -> None:
        await self.server.stop()
        await asyncio.to_thread(self.server.close)


def _config(folder: Path) -> Config:
    server = ServerConfig(host="127.0.0.1", port=0, tls="off", advertise=False, stop_grace_s=1.0)
    place = place_in(folder)
    database = DatabaseConfig(url=place) if isinstance(place, str) else DatabaseConfig()
    return Config(data_dir=str(folder), server=server, database=database)


def place_in(folder: Path, name: str = "venue.db") -> Path | str:
    """Where a test's database is: a file of this name in the folder, or, with the environment
    variable `TEST_VENUE_POSTGRESQL` (URL of a server), a PostgreSQL database of its own.

    A folder that is copied takes a copy of its database along, as it would with a file: a note in
    the folder, `<name>.postgresql`, says which database belongs to which folder.
    """
    server = os.environ.get("TEST_VENUE_POSTGRESQL", "")
    if not server:
        return folder / name
    import psycopg  # noqa: PLC0415 - an extra

    note = folder / f"{name}.postgresql"
    database, _, home = note.read_text().partition(" ") if note.exists() else ("", "", "")
    if home != str(folder):
        made = f"venue_{secrets.token_hex(6)}"
        with psycopg.connect(server, autocommit=True) as connection:
            template = f" TEMPLATE {database} STRATEGY FILE_COPY" if database else ""
            connection.execute(f"CREATE DATABASE {made}{template}")
        folder.mkdir(parents=True, exist_ok=True)
        database = made
        note.write_text(f"{made} {folder}")
    return f"{server.rpartition('/')[0]}/{database}"
