"""Where messages may go: never, through somebody else's name or redirect, into the own network.

Whoever may add a webhook could otherwise make the server knock at machines that only the server
can reach. Addresses are judged when the connection is made, after the name was resolved.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from venue_suite.domain.errors import Refused

Address = IPv4Address | IPv6Address

URL_CHARS_MAX = 500
LOCALHOST = "localhost"
_NAT64 = IPv6Network("64:ff9b::/96")


class WebhookUrlRefused(Refused):
    """Messages may not go to this address."""

    code = "webhook_url_refused"
    default_template = "Messages can't be sent to this address: {reason}"


class AddressForbidden(OSError):
    """A name leads to an address that messages may not go to."""


def check_url(text: str, *, allow_lan: bool) -> URL:
    """Judge an address as far as it can be judged before its name is resolved.

    Raises:
        WebhookUrlRefused: says why.
    """
    if len(text) > URL_CHARS_MAX:
        raise WebhookUrlRefused(reason=f"it is longer than {URL_CHARS_MAX} characters")
    try:
        url = URL(text)
        host, port = url.host or "", url.port
    except ValueError as error:
        raise WebhookUrlRefused(reason="it is no address") from error
    if url.scheme not in ("http", "https") or not host or not port:
        raise WebhookUrlRefused(reason="it must begin with https://")
    if url.user is not None or url.password is not None:
        raise WebhookUrlRefused(reason="it must hold no name and no password")
    if url.fragment:
        raise WebhookUrlRefused(reason="it must hold no #")
    address = _literal(host)
    is_local = host == LOCALHOST or (address is not None and address.is_loopback)
    if url.scheme == "http" and not is_local:
        raise WebhookUrlRefused(reason="outside of this computer it must begin with https://")
    if address is not None and not is_local and not may_reach(address, allow_lan=allow_lan):
        raise WebhookUrlRefused(reason=_reason(host))
    return url


def may_reach(address: Address, *, allow_lan: bool) -> bool:
    """Whether an address is one of the internet, or of the LAN where that is allowed."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    outer = mapped or address
    return all(_may_reach(one, allow_lan) for one in (outer, *_inner(address)))


def _may_reach(address: Address, allow_lan: bool) -> bool:
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    is_odd = address.is_reserved and not address.is_loopback
    if allow_lan and address.is_private and not is_odd:
        return True
    return address.is_global


def _inner(address: Address) -> list[IPv4Address]:
    """The version 4 addresses that a version 6 address stands for."""
    if not isinstance(address, IPv6Address):
        return []
    found = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _reason(host: str) -> str:
    return (
        f"{host} is inside the own network, which [webhooks] allow_lan in the server's "
        "configuration would allow"
    )


class GuardedResolver(AbstractResolver):
    """Resolves names, and leaves out the addresses that messages may not go to.

    Args:
        allow_lan: whether the own network is allowed.
    """

    def __init__(self, *, allow_lan: bool) -> None:
        self._allow_lan = allow_lan
        self._resolver = ThreadedResolver(asyncio.get_running_loop())

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises AddressForbidden if the name leads nowhere else."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if self._allows(host, one["host"])]
        if found and not allowed:
            raise AddressForbidden(_reason(host))
        return allowed

    def _allows(self, host: str, found: str) -> bool:
        address = ip_address(found.partition("%")[0])
        if host == LOCALHOST and address.is_loopback:
            return True
        return may_reach(address, allow_lan=self._allow_lan)

    async def close(self) -> None:
        await self._resolver.close()
