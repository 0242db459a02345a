"""The feed: every fact once and in order for each follower, whatever it missed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.venue_suite.jotter import feed_of, jot
from venue_suite.client import VenueClient
from venue_suite.database import Work
from venue_suite.domain.errors import ServerAway
from venue_suite.domain.facts import Fact
from venue_suite.server import feed_followers, feed_socket
from venue_suite.server.feed_hub import FeedHub
from venue_suite.testing import ServedVenue, token_of
from venue_suite.trust.tables import StationRow

CAUGHT_UP = "feed.caught_up"


@asynccontextmanager
async def socket_of(
    venue: ServedVenue, query: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.ws_connect(
            f"/api/v1/feed{query}", headers={"Authorization": f"Bearer {token_of('kiosk')}"}
        ) as socket,
    ):
        yield socket


async def collect(client: VenueClient, from_seq: int, until_seq: int) -> list[Fact]:
    """Follow until a seq is reached; `caught_up` included."""
    facts: list[Fact] = []
    async with aclosing(client.follow_feed(from_seq)) as feed:  # type: ignore[type-var]
        async for fact in feed:
            facts.append(fact)
            if fact.seq >= until_seq and (fact.kind != CAUGHT_UP or fact.seq == until_seq):
                return facts
    raise AssertionError("unreachable")


async def last_seq_of(venue: ServedVenue) -> int:
    stored = await venue.server.database.read(feed_of)
    return stored[-1][0] if stored else 0


async def test_every_follower_hears_all_from_any_place_while_facts_arrive(
    bare: ServedVenue,
) -> None:
    """No gap and no repeat, wherever one starts and whenever one joins."""
    write = bare.server.database.write
    first = await last_seq_of(bare) + 1
    await asyncio.gather(*(write(jot, f"old{n}", 3) for n in range(100)))
    end = first + 300 + 600 - 1

    async def go_on() -> None:
        for start in range(0, 200, 20):
            await asyncio.gather(*(write(jot, f"new{start + n}", 3) for n in range(20)))

    places = [first, first + 1, first + 150, first + 298, first + 299, first + 300]
    following = [asyncio.create_task(collect(bare.client("kiosk"), place, end)) for place in places]
    writing = asyncio.create_task(go_on())
    for _ in range(4):
        await asyncio.sleep(0.01)
        place = await last_seq_of(bare) - 30
        places.append(place)
        following.append(asyncio.create_task(collect(bare.client("gate"), place, end)))
    await writing
    for place, facts in zip(places, await asyncio.gather(*following), strict=True):
        seqs = [fact.seq for fact in facts if fact.kind != CAUGHT_UP]
        assert seqs == list(range(place, end + 1))
        assert [fact.kind for fact in facts].count(CAUGHT_UP) <= 1


async def test_place_nought_starts_with_what_comes_next(bare: ServedVenue) -> None:
    write = bare.server.database.write
    await write(jot, "old", 5)
    last = await last_seq_of(bare)
    async with aclosing(bare.client("kiosk").follow_feed()) as feed:  # type: ignore[type-var]
        told = await anext(feed)
        assert (told.kind, told.seq, told.data) == (CAUGHT_UP, last, {})
        await write(jot, "new")
        fact = await anext(feed)
    assert (fact.kind, fact.subject, fact.seq) == ("jotter.new", "jot/new", last + 1)
    assert fact.data == {"times": 1, "index": 0}
    assert abs(fact.at - bare.clock.time_s()) < 5


async def test_backlog_of_several_pages(bare: ServedVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_socket, "PAGE_LENGTH", 7)
    first = await last_seq_of(bare) + 1
    await bare.server.database.write(jot, "n", 50)
    facts = await collect(bare.client("kiosk"), first, first + 49)
    assert [fact.seq for fact in facts if fact.kind != CAUGHT_UP] == list(range(first, first + 50))


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        ("jotter.a", {"jotter.a", "jotter.ab"}),
        ("jotter.a,jotter.c", {"jotter.a", "jotter.ab", "jotter.c"}),
        (",,jotter.c,", {"jotter.c"}),
        ("jotter.", {"jotter.a", "jotter.ab", "jotter.b", "jotter.c"}),
        ("nothing.", set()),
        ("%", set()),
    ],
)
async def test_kinds_are_prefixes_in_backlog_and_live(
    bare: ServedVenue, kinds: str, wanted: set[str]
) -> None:
    write = bare.server.database.write
    first = await last_seq_of(bare) + 1
    for name in ("a", "ab", "b", "c"):
        await write(jot, name)
    seen: dict[bool, set[str]] = {False: set(), True: set()}
    live = False
    async with socket_of(bare, f"?from={first}&kinds={kinds}") as socket:
        for name in ("a", "ab", "b", "c"):
            await write(jot, name)
        deadline = asyncio.get_running_loop().time() + 0.15
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await socket.receive_json()
            except TimeoutError:
                break
            if message["kind"] == CAUGHT_UP:
                live = True
            else:
                seen[live].add(message["kind"])
    assert seen[False] | seen[True] == wanted
    assert live


async def test_follower_from_beyond_the_end_hears_what_is_new(bare: ServedVenue) -> None:
    """It followed another database, or this one before a backup was put back."""
    last = await last_seq_of(bare)
    for place in (last + 2, last + 1000, 10**17):
        async with socket_of(bare, f"?from={place}") as socket:
            told = await socket.receive_json()
            assert (told["kind"], told["seq"]) == (CAUGHT_UP, last)
            await bare.server.database.write(jot, "n")
            last += 1
            assert (await socket.receive_json(timeout=2))["seq"] == last


@pytest.mark.parametrize("query", ["?from=x", "?from=-1", "?from=1.5", "?from=" + "9" * 19])
async def test_bad_place_is_refused(bare: ServedVenue, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with socket_of(bare, query):
            pass
    assert caught.value.status == 400


async def test_feed_is_for_those_who_are_signed_in(bare: ServedVenue) -> None:
    async with aiohttp.ClientSession(bare.address) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with http.ws_connect("/api/v1/feed"):
                pass
    assert caught.value.status == 401


async def test_follower_that_is_nobody_any_more_is_hung_up_on(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_socket, "RECOGNISE_EVERY_S", 0.05)

    def switch_off(work: Work) -> None:
        StationRow.update(active=False).where(StationRow.name == "kiosk-1").execute()

    async with socket_of(bare) as socket:
        await socket.receive_json()
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)
        await bare.server.database.write(switch_off)
        bare.clock.advance(31)
        message = await socket.receive(timeout=2)
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert message.data == aiohttp.WSCloseCode.POLICY_VIOLATION


def shout(work: Work, count: int, size: int) -> None:
    """Tell `count` facts of some `size` bytes."""
    for index in range(count):
        work.record("jotter.loud", "loud", index=index, text="x" * size)


@asynccontextmanager
async def deaf_socket(venue: ServedVenue) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A follower whose system takes in next to nothing while nobody reads."""

    def small(address: Any) -> socket.socket:
        made = socket.socket(address[0], socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        return made

    connector = aiohttp.TCPConnector(socket_factory=small)
    async with (
        aiohttp.ClientSession(venue.address, connector=connector, read_bufsize=1024) as http,
        http.ws_connect(
            "/api/v1/feed", headers={"Authorization": f"Bearer {token_of('kiosk')}"}
        ) as deaf,
    ):
        yield deaf


async def test_slow_follower_is_sent_away_and_can_catch_up(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_followers, "QUEUE_LENGTH_MAX", 20)
    write = bare.server.database.write
    async with deaf_socket(bare) as deaf:
        first = await last_seq_of(bare) + 1
        assert (await deaf.receive_json())["kind"] == CAUGHT_UP
        for _ in range(40):
            await write(shout, 10, 50_000)
        seqs = []
        async for message in deaf:
            seqs.append(json.loads(message.data)["seq"])
        assert deaf.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    assert seqs == list(range(first, first + len(seqs)))
    assert 20 <= len(seqs) < 400
    facts = await collect(bare.client("kiosk"), seqs[-1] + 1, first + 399)
    rest = [fact.seq for fact in facts if fact.kind != CAUGHT_UP]
    assert seqs + rest == list(range(first, first + 400))


async def test_burst_is_no_slowness(bare: ServedVenue) -> None:
    """Who takes in what comes is not sent away because much comes at once."""
    first = await last_seq_of(bare) + 1
    following = asyncio.create_task(collect(bare.client("kiosk"), first, first + 4999))
    await asyncio.sleep(0.05)
    await bare.server.database.write(jot, "many", 5000)
    facts = await asyncio.wait_for(following, 5)
    assert [fact.seq for fact in facts if fact.kind != CAUGHT_UP] == list(
        range(first, first + 5000)
    )


async def test_follower_that_reads_nothing_does_not_hold_up_the_others(bare: ServedVenue) -> None:
    write = bare.server.database.write
    async with deaf_socket(bare) as deaf:
        first = await last_seq_of(bare) + 1
        await deaf.receive_json()
        following = asyncio.create_task(collect(bare.client("kiosk"), first, first + 399))
        await asyncio.sleep(0.05)
        for _ in range(40):
            await asyncio.wait_for(write(shout, 10, 20_000), 2)
        facts = await asyncio.wait_for(following, 5)
    assert [fact.seq for fact in facts if fact.kind != CAUGHT_UP] == list(range(first, first + 400))


@pytest.mark.parametrize("size", [0, 5, 200, 65_300, 65_536, 300_000])
async def test_every_size_of_fact_is_a_frame_that_others_read(bare: ServedVenue, size: int) -> None:
    async with socket_of(bare) as follower:
        await follower.receive_json()
        await bare.server.database.write(shout, 1, size)
        assert (await follower.receive_json(timeout=2))["data"] == {"index": 0, "text": "x" * size}


async def test_what_a_follower_says_is_ignored(bare: ServedVenue) -> None:
    async with socket_of(bare) as socket:
        await socket.receive_json()
        for _ in range(3):
            await socket.send_str("hello")
        await socket.send_bytes(b"\x00")
        await bare.server.database.write(jot, "n")
        assert (await socket.receive_json(timeout=2))["kind"] == "jotter.n"


async def test_follower_that_says_too_much_is_hung_up_on(bare: ServedVenue) -> None:
    async with socket_of(bare) as socket:
        await socket.receive_json()
        await socket.send_str("x" * 5000)
        message = await socket.receive(timeout=2)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_follower_that_leaves_is_forgotten(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs: list[FeedHub] = []
    real = FeedHub.add

    def add(hub: FeedHub, *rest: Any) -> None:
        hubs.append(hub)
        real(hub, *rest)

    monkeypatch.setattr(FeedHub, "add", add)
    async with socket_of(bare) as socket:
        await socket.receive_json()
        assert len(hubs[0]) == 1
    for _ in range(100):
        if len(hubs[0]) == 0:
            break
        await asyncio.sleep(0.01)
    assert len(hubs[0]) == 0


async def test_stop_of_the_server_ends_the_feed_at_once(bare: ServedVenue) -> None:
    client = bare.client("kiosk")
    async with socket_of(bare) as socket:
        await socket.receive_json()
        feed = client.follow_feed()
        await anext(feed)
        began = asyncio.get_running_loop().time()
        await asyncio.wait_for(bare.server.stop(), 3)
        assert asyncio.get_running_loop().time() - began < 0.9
        message = await socket.receive(timeout=1)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.GOING_AWAY
        with pytest.raises(ServerAway, match="the feed was closed"):
            await asyncio.wait_for(anext(feed), 1)
