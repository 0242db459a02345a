"""Who is at the other end of a connection, as far as the connection itself proves it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from venue_suite.trust.certificates import fingerprint


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end.

    Attributes:
        is_secure: it came over TLS.
        fingerprint: of its certificate from this venue's authority; "" for none.
        is_local: it is a program on this machine.
    """

    is_secure: bool = False
    fingerprint: str = ""
    is_local: bool = False


NO_PEER = Peer()


def peer_of(request: web.Request) -> Peer:
    """The peer of a request."""
    return peer_of_transport(request.transport)


def peer_of_transport(transport: asyncio.BaseTransport | None) -> Peer:
    """The peer of a connection; nobody for one that was closed."""
    if transport is None:
        return NO_PEER
    # The address of the other end is one of ours only if it is this machine.
    other, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    is_local = bool(other and own and other[0] == own[0])
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return Peer(is_local=is_local)
    der = tls.getpeercert(True)
    return Peer(True, fingerprint(der) if der else "", is_local)
