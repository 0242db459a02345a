"""`venue station ...` on the server's machine.

The commands speak to the running server as its local manager. Where none runs they start one for
themselves, on the loopback, without devices, and not announced.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from venue_suite.client import VenueClient
from venue_suite.commands.qr_blocks import qr_blocks
from venue_suite.config import Config
from venue_suite.discovery import own_addresses
from venue_suite.domain.errors import NotFound, ServerAway
from venue_suite.server.running import VenueServer
from venue_suite.trust import certificates as x
from venue_suite.trust import shapes, stations
from venue_suite.trust.authority import AUTHORITY
from venue_suite.trust.credentials import FOLDER, keep_credentials
from venue_suite.trust.hosts import is_loopback
from venue_suite.trust.local_access import read_access
from venue_suite.trust.own_authority import forget_authority
from venue_suite.trust.pairing import CodeDiffers
from venue_suite.trust.tls import make_client_context

T = TypeVar("T")
Work = Callable[[VenueClient], Awaitable[None]]


def list_station(config: Config, options: argparse.Namespace) -> int:
    """Print stations, those that wait, and open invitations."""

    async def work(client: VenueClient) -> None:
        _print(await client.get("/stations", shapes.StationsOverview))

    return manage_venue(config, work)


def invite_station(config: Config, options: argparse.Namespace) -> int:
    """Print an invitation as text and as a QR code."""
    wanted = shapes.Invite(
        name=options.name, kind=options.kind, address=options.address or _own_address(config)
    )
    return manage_venue(config, lambda client: _invite(client, wanted))


def replace_station(config: Config, options: argparse.Namespace) -> int:
    """The same for the new device of a known station."""

    async def work(client: VenueClient) -> None:
        known = await client.get("/stations", shapes.StationsOverview)
        card = next((one for one in known.stations if one.name == options.name), None)
        if card is None:
            raise NotFound(what="Station", key=options.name)
        address = options.address or _own_address(config)
        kind: shapes.StationKind = card.kind  # type: ignore[assignment]  # the server's own word
        await _invite(
            client, shapes.Invite(name=card.name, kind=kind, address=address, replace=True)
        )

    return manage_venue(config, work)


def confirm_station(config: Config, options: argparse.Namespace) -> int:
    """Confirm the station that shows a code."""
    code = "".join(char for char in options.code if char.isdigit())

    async def work(client: VenueClient) -> None:
        known = await client.get("/stations", shapes.StationsOverview)
        waiting = next((one for one in known.waiting if one.code == code), None)
        if waiting is None:
            raise CodeDiffers
        wanted = shapes.Confirm(waiting_id=waiting.id, code=code, replace=options.replace)
        told = await _post(client, "confirm", wanted, shapes.StationName)
        print(f"{told.name} is a station of this venue now.")

    return manage_venue(config, work)


def reject_station(config: Config, options: argparse.Namespace) -> int:
    """Send a waiting station away."""

    async def work(client: VenueClient) -> None:
        wanted = shapes.Reject(waiting_id=options.waiting)
        told = await _post(client, "reject", wanted, shapes.StationName)
        print(f"{told.name} was rejected.")

    return manage_venue(config, work)


def revoke_station(config: Config, options: argparse.Namespace) -> int:
    """Take a station out of service."""

    async def work(client: VenueClient) -> None:
        wanted = shapes.StationName(name=options.name)
        told = await _post(client, "revoke", wanted, shapes.StationName)
        print(f"{told.name} is out of service.")

    return manage_venue(config, work)


def add_station(config: Config, options: argparse.Namespace) -> int:
    """Make a station of a folder on this computer; prints the folder.

    Without TLS stations have keys: prints the key, which is stored nowhere else.
    """
    if config.server.tls == "off":
        return _add_with_key(config, options)
    folder: Path = options.out or config.data_path / "stations" / options.name
    key = x.make_key()
    wanted = shapes.AddStation(
        name=options.name, kind=options.kind, request=x.make_request(key), replace=options.replace
    )

    async def work(client: VenueClient) -> None:
        enrolment = await _post(client, "add", wanted, shapes.Enrolment)
        address = f"https://{_own_address(config)}"
        await asyncio.to_thread(keep_credentials, folder / FOLDER, key, enrolment, address)
        print(folder)

    return manage_venue(config, work)


def new_authority_station(config: Config, options: argparse.Namespace) -> int:
    """The authority's key is lost: end all certificates, so that the server makes a new one."""
    server = VenueServer(config)
    server.open()
    try:
        ended = asyncio.run(server.database.write(forget_authority))
    finally:
        server.close()
    print(f"{ended} certificates ended. Start the server, and pair all stations anew.")
    return 0


def _add_with_key(config: Config, options: argparse.Namespace) -> int:
    server = VenueServer(config)
    server.open()
    key = secrets.token_hex(32)
    try:
        write = server.database.write
        asyncio.run(write(stations.add_station, options.name, options.kind, key))
    finally:
        server.close()
    print(key)
    return 0


# --- reaching the server -----------------------------------------------------------------


def manage_venue(config: Config, work: Work) -> int:
    """Do something as the venue's manager on its own machine."""

    async def run() -> None:
        async with _server(config) as client:
            await work(client)

    asyncio.run(run())
    return 0


@asynccontextmanager
async def _server(config: Config) -> AsyncIterator[VenueClient]:
    """A client that manages the venue: at the server that runs, or at one that runs for this."""
    keys = config.data_path / "keys"
    client = await asyncio.to_thread(_client_of_running, keys)
    if client is not None:
        async with client:
            try:
                await client.get_venue()
            except ServerAway:
                pass  # what it left there is of a server that was killed
            else:
                yield client
                return
    quiet = msgspec.structs.replace(config.server, host="127.0.0.1", port=0, advertise=False)
    server = VenueServer(msgspec.structs.replace(config, server=quiet, devices={}))
    await asyncio.to_thread(server.open)
    logs = logging.getLogger("venue_suite")
    level = logs.level
    try:
        logs.setLevel(logging.WARNING)  # whoever types a command did not ask for a server
        await server.start()
        own = await asyncio.to_thread(_client_of_running, keys)
        assert own is not None, "a server that has started lets commands in"
        async with own:
            yield own
    finally:
        await server.stop()
        await asyncio.to_thread(server.close)
        logs.setLevel(level)


def _client_of_running(keys: Path) -> VenueClient | None:
    access = read_access(keys)
    if access is None:
        return None
    if not access.address.startswith("https:"):
        return VenueClient(access.address, access.token)
    pem = (keys / AUTHORITY).read_text()
    # Server and command have the same clock: it says nothing about the certificate.
    context = make_client_context(pem, lambda: datetime.fromtimestamp(0, UTC))
    return VenueClient(access.address, access.token, tls=context)


async def _post(client: VenueClient, verb: str, wanted: msgspec.Struct, shape: type[T]) -> T:
    operation_id = client.make_operation_id()
    return await client.post(f"/stations/{verb}", wanted, shape, operation_id=operation_id)


def _own_address(config: Config) -> str:
    """At which other machines reach the configured server."""
    host = config.server.host
    if is_loopback(host):
        return f"127.0.0.1:{config.server.port}"
    is_any = host in ("", "0.0.0.0", "::")  # noqa: S104 - it is compared
    return f"{own_addresses()[0] if is_any else host}:{config.server.port}"


# --- printing ----------------------------------------------------------------------------


async def _invite(client: VenueClient, wanted: shapes.Invite) -> None:
    told = await _post(client, "invite", wanted, shapes.Invitation)
    print(qr_blocks(told.text))
    print(told.text)
    print(f"\nAt the station, within ten minutes: venue pair --invitation {told.text[:12]}...")
    print(f"The venue's key is {told.authority}; the station shows the same.")


def _print(told: shapes.StationsOverview) -> None:
    print(f"The venue's key is {told.authority or '- (no TLS)'}.")
    for card in told.stations:
        until = f"{card.certificate_until:%Y-%m-%d}" if card.certificate_until else "-"
        seen = f"{card.seen_at:%Y-%m-%d %H:%M}" if card.seen_at else "-"
        print(f"{card.name:20} {card.kind:8} {card.state:8} until {until:10}  seen {seen}")
    for one in told.waiting:
        code = f"{one.code[:3]} {one.code[3:]}"
        known = "  (takes a known station's place)" if one.is_known else ""
        print(f"{one.name:20} {one.kind:8} waits    no. {one.id}  {code}  {one.address}{known}")
    for invited in told.invited:
        print(f"{invited.name:20} {invited.kind:8} invited  by {invited.made_by}")
