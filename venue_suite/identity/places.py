"""Where a request comes from: for counting tries, and for the sessions that people look at."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from venue_suite.domain.errors import NotSignedIn
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.rules import PIN
from venue_suite.identity.sessions import SignInFrom
from venue_suite.trust.peers import peer_of

# Whoever has one address of IPv6 has all of its network.
NETWORK_BITS_V6 = 64


async def find_place(
    request: web.Request, doorkeeper: Doorkeeper, way: str, claimed: str = ""
) -> SignInFrom:
    """Where somebody is who shows a secret.

    Args:
        way: pin or password.
        claimed: the station that the request says it comes from.

    Raises:
        StationUnproven: the connection is not that station's.
    """
    peer, address = peer_of(request), address_of(request)
    claimed = "".join(one for one in claimed if one.isprintable())
    station = await doorkeeper.prove_station(peer, claimed)
    origin = f"address/{network_of(address)}"
    if not peer.is_secure:  # on the same machine: what stands there is a station, or as good as one
        shown = await _shown_station(request, doorkeeper)
        origin = f"station/{shown}" if shown else origin
        return SignInFrom(shown or station, address, origin, way, way == PIN)
    if station:
        return SignInFrom(station, address, f"station/{station}", way, way == PIN)
    return SignInFrom("", address, origin, way, at_station=False)


async def _shown_station(request: web.Request, doorkeeper: Doorkeeper) -> str:
    """The station whose key the request carries, "" for none."""
    try:
        actor = await doorkeeper.recognise(bearer(request), peer_of(request), in_use=False)
    except NotSignedIn:
        return ""
    return actor.station if actor.kind == "station" else ""


def bearer(request: web.Request) -> str:
    """The token of a request, "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def address_of(request: web.Request) -> str:
    """The network address of the other end, "" if there is none."""
    return request.remote or ""


def network_of(address: str) -> str:
    """What one machine can't vary: an IPv4 address, or the network of an IPv6 one."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, NETWORK_BITS_V6), strict=False).network_address)
