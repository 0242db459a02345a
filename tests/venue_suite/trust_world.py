"""A venue with TLS on the loopback, its stations, and people who mean no good."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from tests.venue_suite.plugins import Jotter
from venue_suite.client import VenueClient
from venue_suite.config import Config, ServerConfig, StationConfig
from venue_suite.identity.rules import RULES_KEY, SignInRules
from venue_suite.settings import put_setting
from venue_suite.station_access import StationAccess
from venue_suite.testing import PIN, MovableClock, ServedVenue
from venue_suite.trust import certificates as x
from venue_suite.trust.authority import AUTHORITY, Authority, load_or_make_authority
from venue_suite.trust.credentials import Credentials, keep_credentials
from venue_suite.trust.shapes import AddStation
from venue_suite.trust.stations import enrol_by_manager
from venue_suite.trust.tls import make_client_context

SECURE = ServerConfig(host="127.0.0.1", port=0, advertise=False, stop_grace_s=1.0)


class SecureVenue:
    """A served venue that speaks TLS only.

    Attributes:
        venue: the server in this process.
        stations: folder with a folder of data for each station.
    """

    def __init__(self, folder: Path, stations: Path, clock: MovableClock) -> None:
        self.folder = folder
        self.stations = stations
        self.clock = clock
        self.venue = ServedVenue(
            folder, clock, settings={"server": SECURE}, plugins={"jotter": Jotter()}
        )
        self._clients: list[VenueClient] = []

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.venue.server.port}"

    @property
    def authority(self) -> Authority:
        return load_or_make_authority(self.folder / "keys", self.clock.now())

    async def enrol(self, name: str, kind: str = "kiosk", *, replace: bool = False) -> Credentials:
        """Make a new device the station of this name; its data are in a folder of that name."""
        key = x.make_key()
        wanted = AddStation(name=name, kind=kind, request=x.make_request(key), replace=replace)  # type: ignore[arg-type]
        write = self.venue.server.database.write
        enrolment = await write(enrol_by_manager, await asyncio.to_thread(self._authority), wanted)
        folder = self.stations / name / "station"
        return await asyncio.to_thread(keep_credentials, folder, key, enrolment, self.address)

    def _authority(self) -> Authority:
        return self.authority

    async def station(self, name: str) -> VenueClient:
        """A client that acts as an enrolled station."""
        config = Config(data_dir=str(self.stations / name), station=StationConfig(name=name))
        client = await StationAccess(config, self.clock.seams).open(self.address)
        self._clients.append(client)
        return client

    async def stranger(self) -> VenueClient:
        """A client that trusts the venue and has no certificate, like a browser."""
        pem = await asyncio.to_thread((self.folder / "keys" / AUTHORITY).read_text)
        context = make_client_context(pem, self.clock.now)
        client = VenueClient(self.address, seams=self.clock.seams, tls=context)
        self._clients.append(client)
        return client

    async def manager(self, station: str = "") -> VenueClient:
        """A manager who has signed in, at a station or in a browser."""
        client = await (self.station(station) if station else self.stranger())
        await client.sign_in("T-MANAGER", PIN, station)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


@asynccontextmanager
async def secure_venue(
    folder: Path, stations: Path, clock: MovableClock
) -> AsyncIterator[SecureVenue]:
    """Serve it until the end of the block."""
    world = SecureVenue(folder, stations, clock)
    async with world.venue:
        # Its people sign in with a PIN alone, also in a browser.
        rules = SignInRules(station_idle_minutes=0, factor_roles=[])
        await world.venue.server.database.write(put_setting, RULES_KEY, rules)
        try:
            yield world
        finally:
            await world.close()


class Impostor:
    """A server with a certificate of its own that counts what it is told after the handshake.

    Args:
        file: its key and certificate (PEM).
    """

    def __init__(self, file: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._server: asyncio.Server | None = None
        self.connections = 0
        self.heard = b""

    async def __aenter__(self) -> Impostor:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while part := await reader.read(4096):
                self.heard += part
        except OSError:
            pass  # the station hung up in the middle
        finally:
            writer.close()


def make_impostor_file(folder: Path, now: datetime) -> Path:
    """Key and certificate of a server that looks like the venue's, from an authority of its own."""
    authority = load_or_make_authority(folder, now)
    authority.keep_server(["localhost", "127.0.0.1"], now)
    return folder / "server.pem"
