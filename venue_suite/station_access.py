"""How a station reaches its venue: finds the server, and speaks to it as the station it is.

access = StationAccess(config)
client = await access.open(await access.find())
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from venue_suite.client import VenueClient
from venue_suite.config import Config, ServerConfig
from venue_suite.discovery import find_venue
from venue_suite.domain.errors import NotPaired, TlsNeeded
from venue_suite.seams import Seams, shifted
from venue_suite.trust.credentials import FOLDER, Credentials, load_credentials
from venue_suite.trust.hosts import is_loopback
from venue_suite.trust.identity import StationIdentity

FIND_TIMEOUT_S = 5.0
PROVE_TIMEOUT_S = 3.0


class StationAccess:
    """Ways of one station to its server, as its configuration and its credentials say.

    Args:
        config: of the station's program.
        seams: clock and chance; the configuration's own without.
    """

    def __init__(self, config: Config, seams: Seams | None = None) -> None:
        self._station = config.station
        self._folder = config.data_path / FOLDER
        self._seams = seams or shifted(config.clock_ahead_s)

    @property
    def folder(self) -> Path:
        """Where the credentials are."""
        return self._folder

    def station_name(self) -> str:
        """Which station this is: what its certificate is for, else what the configuration says.
        Blocking. Raises KeysUnusable."""
        known = load_credentials(self._folder)
        return self._station.name if known is None else known.about.name

    async def find(self, timeout_s: float = FIND_TIMEOUT_S) -> str:
        """The server's address: the configured one, or that of a server on this network.

        A paired station passes over every server that can't prove to be its venue's; none of them
        hears anything but a greeting.

        Raises:
            ServerAway: none was found in time.
        """
        if self._station.server:
            return spell_address(self._station.server)
        known = await self.credentials()
        interfaces = self._station.discover_interfaces
        if known is None:
            is_mine = _is_here if self._station.key else None
            return await find_venue(timeout_s, interfaces, is_mine)
        context = StationIdentity(known, self._seams).context

        async def is_ours(address: str) -> bool:
            return await _proves(address, context)

        return await find_venue(timeout_s, interfaces, is_ours)

    async def open(self, address: str) -> VenueClient:
        """A client for the server there.

        Raises:
            NotPaired: the server speaks TLS, and this station has no certificate.
            TlsNeeded: the server speaks without TLS, and is another machine.
            KeysUnusable: the credentials can't be read.
        """
        address = spell_address(address)
        parts = urlsplit(address)
        if parts.scheme != "https":
            if not is_loopback(parts.hostname or ""):
                raise TlsNeeded(address=address)
            return VenueClient(address, self._station.key, seams=self._seams)
        known = await self.credentials()
        if known is None:
            raise NotPaired(address=address)
        return VenueClient(address, seams=self._seams, identity=StationIdentity(known, self._seams))

    async def credentials(self) -> Credentials | None:
        """What pairing left here, None before. Raises KeysUnusable."""
        return await asyncio.to_thread(load_credentials, self._folder)


def spell_address(text: str) -> str:
    """`https://host:port` of what a person typed: without a scheme it is TLS, without a port ours.
    Of "" it is ""."""
    text = text.strip().rstrip("/")
    if not text or "://" in text:
        return text
    has_port = text.rpartition("]")[2].count(":") == 1
    return f"https://{text}" if has_port else f"https://{text}:{ServerConfig().port}"


async def _is_here(address: str) -> bool:
    """Whether a server is one that a key may be shown to: without TLS, on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


async def _proves(address: str, context: ssl.SSLContext) -> bool:
    """Whether the server there has a certificate of our venue. Nothing is said to it."""
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname is None:
        return False
    try:
        async with asyncio.timeout(PROVE_TIMEOUT_S):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=context
            )
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except (OSError, TimeoutError):  # ssl.SSLError is an OSError
        return False
    return True
