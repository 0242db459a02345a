"""Zeroconf on the loopback: who announces is found, and nothing stands in the way of serving."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from tests.venue_suite.plugins import Jotter
from venue_suite import discovery
from venue_suite.config import ServerConfig
from venue_suite.discovery import Announcement, find_venue
from venue_suite.domain.errors import ServerAway
from venue_suite.testing import MovableClock, ServedVenue

LOOPBACK = ["127.0.0.1"]
Announce = Callable[[str, int], Announcement]


@pytest.fixture(autouse=True)
def own_service_type(monkeypatch: pytest.MonkeyPatch) -> str:
    """Another venue of this computer must not be taken for the one of the test."""
    service_type = f"_venue-{os.getpid()}._tcp.local."
    monkeypatch.setattr(discovery, "SERVICE_TYPE", service_type)
    return service_type


@pytest.fixture
async def announce() -> AsyncIterator[Callable[[str, int], Announcement]]:
    """Name and port -> an announcement that is not started; ended with the test."""
    announcements: list[Announcement] = []

    def make(name: str, port: int) -> Announcement:
        announcements.append(Announcement(name, port, LOOPBACK))
        return announcements[-1]

    yield make
    for one in announcements:
        await one.stop()


async def resolve(service_type: str, name: str) -> AsyncServiceInfo | None:
    zeroconf = AsyncZeroconf(interfaces=LOOPBACK)
    info = AsyncServiceInfo(service_type, f"{name}.{service_type}")
    found = await info.async_request(zeroconf.zeroconf, 4000)
    await zeroconf.async_close()
    return info if found else None


async def test_announced_venue_is_found_and_then_gone(
    announce: Announce, own_service_type: str
) -> None:
    finding = asyncio.create_task(find_venue(5, LOOPBACK))
    await asyncio.sleep(0.1)
    first = announce("Test venue", 18470)
    await first.start()
    assert await finding == "http://127.0.0.1:18470"
    assert await find_venue(5, LOOPBACK) == "http://127.0.0.1:18470"
    # A responder does not say the same thing twice within a second; a probe must hear it.
    await asyncio.sleep(1.3)
    # A name that is taken gets a number.
    second = announce("Test venue", 18471)
    await second.start()
    found = await asyncio.gather(
        *(resolve(own_service_type, name) for name in ("Test venue", "Test venue-2"))
    )
    assert [one and (one.port, one.decoded_properties) for one in found] == [
        (18470, {"path": "/api/v1", "scheme": "http"}),
        (18471, {"path": "/api/v1", "scheme": "http"}),
    ]
    for one in (first, second, second):
        await one.stop()
    with pytest.raises(ServerAway, match="no server was found on this network"):
        await find_venue(0.4, LOOPBACK)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("St. Mary's Hall", "St Mary's Hall"),
        ("星" * 30, "星" * 20),
        ("x" * 80, "x" * 60),
        ("a\nb\x00", "ab"),
        ("...", "Venue"),
        ("", "Venue"),
    ],
)
async def test_any_name_of_a_venue_can_be_announced(
    announce: Announce, name: str, shown: str
) -> None:
    one = announce(name, 18474)
    starting = asyncio.create_task(one.start())
    await asyncio.sleep(0.05)
    assert not starting.done() or starting.exception() is None
    assert discovery._instance_name(name) == shown
    starting.cancel()


async def test_own_addresses_are_looked_up_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name service of a small network may take seconds to say nothing."""
    real, threads = discovery._make_zeroconf, []

    def look_up() -> list[str]:
        threads.append(threading.current_thread())
        return LOOPBACK

    monkeypatch.setattr(discovery, "own_addresses", look_up)
    monkeypatch.setattr(discovery, "_make_zeroconf", lambda _: real(LOOPBACK))
    one = Announcement("Test venue", 18476)
    starting = asyncio.create_task(one.start())
    await asyncio.sleep(0.1)
    starting.cancel()
    await one.stop()
    assert threads
    assert threads[0] is not threading.current_thread()


def test_own_addresses_are_those_that_others_can_reach() -> None:
    addresses = discovery.own_addresses()
    assert addresses == ["127.0.0.1"] or not any(one.startswith("127.") for one in addresses)
    assert all(len(socket.inet_aton(one)) == 4 for one in addresses)
    assert addresses


async def test_start_that_is_broken_off_can_be_stopped() -> None:
    one = Announcement("Test venue hasty", 18475, LOOPBACK)
    starting = asyncio.create_task(one.start())
    await asyncio.sleep(0.1)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.wait_for(one.stop(), 2)


async def test_network_that_refuses_is_server_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServerAway):
        await find_venue(1, ["203.0.113.7"])

    def refuse(interfaces: object) -> AsyncZeroconf:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(discovery, "_make_zeroconf", refuse)
    with pytest.raises(ServerAway, match="Network is unreachable"):
        await find_venue(1)


@pytest.mark.parametrize("interfaces", [["203.0.113.7"], ["nonsense"]])
async def test_venue_serves_without_zeroconf(
    bare_copy: Path, clock: MovableClock, interfaces: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    server = ServerConfig(
        host="127.0.0.1", port=0, tls="off", advertise=True, advertise_interfaces=interfaces
    )
    settings = {"server": server}
    async with ServedVenue(bare_copy, clock, settings, {"jotter": Jotter()}) as venue:
        await asyncio.sleep(0.1)
        assert await venue.client().get("/jotter/times", dict, name="x") == {"times": 0}
    assert "the network refuses zeroconf" in caplog.text


@pytest.mark.parametrize("pause_s", [0.0, 0.1, 1.0])
async def test_served_venue_announces_itself_and_stops_at_any_moment(
    bare_copy: Path, clock: MovableClock, pause_s: float
) -> None:
    server = ServerConfig(
        host="127.0.0.1", port=0, tls="off", advertise=True, advertise_interfaces=LOOPBACK
    )
    settings = {"server": server}
    async with ServedVenue(bare_copy, clock, settings, {"jotter": Jotter()}) as venue:
        if pause_s == 1.0:
            assert await find_venue(5, LOOPBACK) == venue.address
        await asyncio.sleep(pause_s)
        began = asyncio.get_running_loop().time()
        await venue.server.stop()
        assert asyncio.get_running_loop().time() - began < 1.5
