"""Zeroconf: how stations find the venue server on the LAN.

An announcement gives an address, never an identity: whoever answers there must still prove itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from venue_suite.domain.errors import ServerAway

SERVICE_TYPE = "_venue-suite._tcp.local."
RESOLVE_TIMEOUT_MS = 1500
_SHOWN_TYPE = SERVICE_TYPE.removesuffix(".")
_NAME_BYTES_MAX = 63 - len("-99")  # a label of DNS, with room for the number of a taken name


class Announcement:
    """The server's presence on the LAN, from `start` to `stop`.

    Args:
        name: what people see, unique on the LAN; a number is added if it is taken.
        port: TCP port of the server.
        interfaces: addresses to announce on; empty means all.
        scheme: `https`, or `http` where only this machine can reach the server.
        authority: of the key of the venue's authority; a hint that lets a station pass over the
            servers of other venues, and no proof.
    """

    def __init__(
        self,
        name: str,
        port: int,
        interfaces: Sequence[str] = (),
        *,
        scheme: str = "http",
        authority: str = "",
    ) -> None:
        self._name = name
        self._port = port
        self._interfaces = list(interfaces)
        self._scheme = scheme
        self._authority = authority
        self._zeroconf: AsyncZeroconf | None = None

    async def start(self) -> None:
        """Announce; returns once the name is registered (about two seconds of probing).

        Raises:
            OSError: the network, or a wrong interface, does not let us.
        """
        addresses = self._interfaces or await asyncio.to_thread(own_addresses)
        self._zeroconf = _make_zeroconf(self._interfaces)
        properties = {"path": "/api/v1", "scheme": self._scheme}
        if self._authority:
            properties["ca"] = self._authority
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{_instance_name(self._name)}.{SERVICE_TYPE}",
            addresses=[socket.inet_aton(address) for address in addresses],
            port=self._port,
            properties=properties,
        )
        done = await self._zeroconf.async_register_service(info, allow_name_change=True)
        await done

    async def stop(self) -> None:
        """Say goodbye, so that stations notice at once."""
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is not None:
            await zeroconf.async_close()


async def find_venue(
    timeout_s: float = 5.0,
    interfaces: Sequence[str] = (),
    is_ours: Callable[[str], Awaitable[bool]] | None = None,
) -> str:
    """The address (`https://host:port`) of the first venue server that answers.

    Args:
        is_ours: whether a server at an address proves to be the right one; None takes the first.

    Raises:
        ServerAway: none was found in time.
    """
    try:
        zeroconf = _make_zeroconf(interfaces)
    except OSError as error:
        raise ServerAway(address=_SHOWN_TYPE, reason=error.strerror or error) from error
    found: asyncio.Queue[str] = asyncio.Queue()

    def on_change(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is not ServiceStateChange.Removed:
            found.put_nowait(name)

    browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE_TYPE, handlers=[on_change])
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                info = AsyncServiceInfo(SERVICE_TYPE, await found.get())
                if not await info.async_request(zeroconf.zeroconf, RESOLVE_TIMEOUT_MS):
                    continue
                scheme = "https" if info.decoded_properties.get("scheme") == "https" else "http"
                for host in info.parsed_addresses(IPVersion.V4Only):
                    address = f"{scheme}://{host}:{info.port}"
                    if is_ours is None or await is_ours(address):
                        return address
    except TimeoutError as error:
        raise ServerAway(
            address=_SHOWN_TYPE, reason="no server was found on this network"
        ) from error
    finally:
        await browser.async_cancel()
        await zeroconf.async_close()


def _instance_name(name: str) -> str:
    """What of the venue's name fits: no dots, which part labels, no controls, 60 bytes."""
    plain = "".join(char for char in name.replace(".", " ") if char.isprintable())
    cut = plain.encode()[:_NAME_BYTES_MAX].decode("utf-8", "ignore")
    return " ".join(cut.split()) or "Venue"


def _make_zeroconf(interfaces: Sequence[str]) -> AsyncZeroconf:
    if interfaces:
        for address in interfaces:
            # Zeroconf would notice a wrong one too, but leave its sockets open.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((address, 0))
        return AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only)
    return AsyncZeroconf(ip_version=IPVersion.V4Only)


def own_addresses() -> list[str]:
    """This host's IPv4 addresses, loopback last, so that a lone machine still finds itself."""
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    # A datagram socket "connected" to an address that nobody has tells ours; no byte is sent.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    lan = sorted(str(address) for address in found if not str(address).startswith("127."))
    return lan or ["127.0.0.1"]
