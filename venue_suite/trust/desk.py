"""The server's side of trust while it runs: authority, certificate, who is connected, who goes."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

from venue_suite.config import ServerConfig
from venue_suite.context import Context
from venue_suite.database import Database
from venue_suite.discovery import own_addresses
from venue_suite.domain.errors import ConfigInvalid, NotSignedIn, Refused
from venue_suite.domain.facts import Fact
from venue_suite.hookspecs import Job
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.seams import Seams
from venue_suite.trust import certificates
from venue_suite.trust.authority import SERVER, Authority, load_or_make_authority
from venue_suite.trust.hosts import is_loopback
from venue_suite.trust.local_access import LocalAccess, close_access, open_access
from venue_suite.trust.own_authority import remember_authority
from venue_suite.trust.peers import peer_of_transport
from venue_suite.trust.tls import make_server_context

logger = logging.getLogger(__name__)

CHECK_CERTIFICATE_EVERY_S = 600.0
ENDINGS = frozenset({"stations.revoked", "stations.replaced"})
Recognise = Callable[[], Awaitable[object]]


class TlsOff(Refused):
    code = "tls_off"
    default_template = "This server speaks without TLS, so it can't pair stations."


class TrustDesk:
    """Keeps the venue's authority and the server's certificate, and hangs up on who is revoked.

    Args:
        config: whether TLS is on, and where the server listens.
        keys: folder of the server's keys.
        seams: clock and chance.

    Attributes:
        context: of TLS; None without.
    """

    def __init__(self, config: ServerConfig, keys: Path, seams: Seams) -> None:
        self._config = config
        self._keys = keys
        self._seams = seams
        self._authority: Authority | None = None
        self._leaf: certificates.Leaf | None = None
        self._access: LocalAccess | None = None
        self._addresses: list[str] = []
        self._followers: dict[object, tuple[asyncio.Transport, Recognise]] = {}
        self._hanging_up: set[asyncio.Task[None]] = set()
        self.context: ssl.SSLContext | None = None

    # --- authority and certificate -----------------------------------------------------------

    @property
    def authority(self) -> Authority:
        """The venue's authority. Raises TlsOff."""
        if self._authority is None:
            raise TlsOff
        return self._authority

    @property
    def shown_key(self) -> str:
        """Of the authority's key, for people to compare; "" without TLS."""
        return "" if self._authority is None else certificates.shown_hash(self.authority.key_hash)

    def prepare(self) -> None:
        """Load or make what TLS needs. Blocking.

        Raises:
            ConfigInvalid: without TLS the server may listen on the loopback only.
            KeysUnusable: the keys can't be read or kept.
        """
        if self._config.tls == "off":
            if not is_loopback(self._config.host):
                raise ConfigInvalid(
                    source="server.tls",
                    reason=f"without TLS the server listens only on 127.0.0.1, not on "
                    f'{self._config.host}; set tls = "on" or host = "127.0.0.1"',
                )
            return
        names = self._names()
        self._authority = load_or_make_authority(self._keys, self._seams.now(), names)
        self._leaf = self.authority.keep_server(names, self._seams.now())
        self.context = make_server_context(self._keys / SERVER, self.authority.pem)

    async def compare(self, database: Database) -> None:
        """Whether this is still the authority that the stations trust.

        Raises:
            AuthorityChanged: it is another one.
        """
        if self._authority is not None:
            digest = self._authority.key_hash.hex()
            await database.write(remember_authority, digest, self._keys)

    def refresh(self) -> None:
        """Renew the certificate if it is time; new connections get it at once. Blocking."""
        if self.context is None:
            return
        leaf = self.authority.keep_server(self._names(), self._seams.now())
        if self._leaf is None or leaf.serial != self._leaf.serial:
            self.context.load_cert_chain(self._keys / SERVER)
            self._leaf = leaf

    def _names(self) -> list[str]:
        """Under which this machine may be asked for."""
        self._addresses = own_addresses()
        host = socket.gethostname()
        local = ["localhost", "127.0.0.1", "::1", host, f"{host.partition('.')[0]}.local"]
        return list(dict.fromkeys([*local, *self._addresses]))

    @property
    def job(self) -> Job:
        """Looks after the certificate."""

        async def run(_: Context) -> None:
            await asyncio.to_thread(self.refresh)

        return Job("certificate", CHECK_CERTIFICATE_EVERY_S, run)

    def address_for_stations(self, port: int) -> str:
        """`host:port` for an invitation."""
        host = self._config.host
        if is_loopback(host):
            return f"127.0.0.1:{port}"
        is_any = host in ("", "0.0.0.0", "::")  # noqa: S104 - it is compared
        return f"{self._addresses[0] if is_any and self._addresses else host}:{port}"

    # --- commands on this machine ------------------------------------------------------------

    async def open_access(self, doorkeeper: Doorkeeper, port: int) -> None:
        """Let commands on this machine in."""
        host = self._config.host
        is_any = host in ("", "0.0.0.0", "::")  # noqa: S104 - it is compared
        scheme = "http" if self.context is None else "https"
        address = f"{scheme}://{'127.0.0.1' if is_any else host}:{port}"
        self._access = await asyncio.to_thread(open_access, self._keys, address)
        doorkeeper.take_local(self._access.token)

    async def close_access(self) -> None:
        """No more."""
        if self._access is not None:
            await asyncio.to_thread(close_access, self._keys, self._access)

    # --- who goes ----------------------------------------------------------------------------

    @contextmanager
    def following(self, request: web.Request, recognise: Recognise) -> Iterator[None]:
        """While a connection stays open for its own sake: end it once its owner is nobody."""
        transport, mark = request.transport, object()
        if transport is not None:
            self._followers[mark] = (transport, recognise)
        try:
            yield
        finally:
            self._followers.pop(mark, None)

    def watch(
        self,
        loop: asyncio.AbstractEventLoop,
        doorkeeper: Doorkeeper,
        connections: Callable[[], Sequence[asyncio.Transport | None]],
    ) -> Callable[[Sequence[Fact]], None]:
        """What is to be told of each commit: hang up at once on stations whose end it tells.

        Args:
            connections: all that are open.
        """

        def hear(facts: Sequence[Fact]) -> None:
            if any(fact.kind in ENDINGS for fact in facts):
                loop.call_soon_threadsafe(begin)

        def begin() -> None:
            task = loop.create_task(self._hang_up(doorkeeper, connections()))
            self._hanging_up.add(task)
            task.add_done_callback(self._hanging_up.discard)

        return hear

    async def _hang_up(
        self, doorkeeper: Doorkeeper, connections: Sequence[asyncio.Transport | None]
    ) -> None:
        """Ask of each whether it is still somebody."""
        for transport, recognise in list(self._followers.values()):
            await _close_if_nobody(transport, recognise)
        for connection in connections:
            peer = peer_of_transport(connection)
            if connection is not None and peer.fingerprint:
                await _close_if_nobody(connection, partial(doorkeeper.recognise, "", peer))


async def _close_if_nobody(transport: asyncio.Transport, recognise: Recognise) -> None:
    try:
        await recognise()
    except NotSignedIn as refusal:
        logger.info("hung up: %s", refusal)
        # Not `close`, which would first wait for the other side to take what is in the buffers.
        transport.abort()
