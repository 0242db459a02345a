"""Who hears what: from the stored feed and live, over the real server, for every role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from venue_suite.database import Work
from venue_suite.domain.actors import Actor, Grant
from venue_suite.domain.facts import Fact, FactKind
from venue_suite.feed_rights import Ear, FeedRights, Wish
from venue_suite.server import feed_socket
from venue_suite.testing import ServedVenue, token_of
from venue_suite.trust.tables import StationRow

KINDS = (
    "jotter.note",
    "jotter.secret",
    "jotter.secret_too",
    "jotter.own",
    "jotter.own_elsewhere",
    "unknown.thing",
    "station.called_staff",
    "identity.staff_changed",
    "audit.anything",
)
EVERYONE = {"jotter.note", "jotter.secret_too"}
HEARD = {
    "manager": set(KINDS),
    "cashier": {*EVERYONE, "station.called_staff"},
    "usher": {*EVERYONE, "station.called_staff"},
    "kiosk": {*EVERYONE, "jotter.own"},
    "console": EVERYONE,
    "gate": EVERYONE,
}


def tell_all(work: Work) -> None:
    for kind in KINDS:
        elsewhere = kind.endswith("_elsewhere")
        name = kind.removesuffix("_elsewhere")
        work.record(name, kind, station="kiosk-9" if elsewhere else "kiosk-1")


@asynccontextmanager
async def following(
    venue: ServedVenue, role: str, query: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {token_of(role)}"}
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.ws_connect(f"/api/v1/feed{query}", headers=headers) as socket,
    ):
        yield socket


async def heard_until(socket: aiohttp.ClientWebSocketResponse, seq: int) -> set[str]:
    """The subjects of what comes before the mark, which everybody hears."""
    subjects = set()
    while True:
        message = await socket.receive_json(timeout=3)
        if message["kind"] == "jotter.mark" and message["seq"] > seq:
            return subjects
        if message["kind"] not in ("feed.caught_up", "jotter.mark"):
            subjects.add(message["subject"])


def mark(work: Work) -> None:
    work.record("jotter.mark", "mark")


@pytest.mark.parametrize("role", HEARD)
async def test_each_role_hears_what_it_may_read(bare: ServedVenue, role: str) -> None:
    write = bare.server.database.write
    first = await bare.server.database.read(feed_socket.read_last_seq) + 1
    await write(tell_all)
    await write(mark)
    async with following(bare, role, f"?from={first}") as socket:
        assert await heard_until(socket, 0) == HEARD[role]
        await write(tell_all)
        await write(mark)
        assert await heard_until(socket, first + len(KINDS)) == HEARD[role]


async def test_wish_for_subjects(bare: ServedVenue) -> None:
    write = bare.server.database.write
    first = await bare.server.database.read(feed_socket.read_last_seq) + 1
    await write(tell_all)
    query = f"?from={first}&subjects=jotter.note,mark,jotter.sec,station."
    async with following(bare, "manager", query) as socket:
        await write(tell_all)
        await write(mark)
        assert await heard_until(socket, 0) == {"jotter.note"}


async def test_rights_that_change_change_what_is_heard(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_socket, "RECOGNISE_EVERY_S", 0.05)
    write = bare.server.database.write

    def make_it_a_gate(work: Work) -> None:
        StationRow.update(kind="gate").where(StationRow.name == "kiosk-1").execute()
        work.record("stations.changed", "station/kiosk-1")

    async with following(bare, "kiosk") as socket:
        await socket.receive_json()
        await write(make_it_a_gate)
        bare.clock.advance(60)
        await asyncio.sleep(0.3)
        await write(tell_all)
        await write(mark)
        assert await heard_until(socket, 0) == HEARD["gate"]


async def test_actor_with_too_many_followers_is_told_so(bare: ServedVenue) -> None:
    async with aiohttp.ClientSession(bare.address) as http:
        headers = {"Authorization": f"Bearer {token_of('kiosk')}"}
        sockets = [await http.ws_connect("/api/v1/feed", headers=headers) for _ in range(20)]
        async with http.get("/api/v1/feed", headers=headers) as response:
            problem = await response.json()
        assert (response.status, problem["code"]) == (429, "too_many_followers")
        async with following(bare, "gate") as other:
            assert (await other.receive_json())["kind"] == "feed.caught_up"
        await sockets.pop().close()
        await asyncio.sleep(0.1)
        sockets.append(await http.ws_connect("/api/v1/feed", headers=headers))
        for socket in sockets:
            await socket.close()


# --- the rules by themselves ------------------------------------------------------------------

RIGHTS = FeedRights(
    [
        FactKind("sales.", "any", "sales.view"),
        FactKind("sales.order.", "orders", "sales.orders", "sales.sell"),
        FactKind("sales.order.paid", "paid", "sales.money"),
    ],
    {"sales.view", "sales.orders", "sales.sell", "sales.money", "other.view"},
)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("sales.x", "sales.view"),
        ("sales.order", "sales.view"),
        ("sales.order.x", "sales.orders"),
        ("sales.order.paid", "sales.money"),
        ("sales.order.paid.twice", "sales.orders"),
        ("other.x", "other.view"),
        ("others.x", "*"),
        ("salesman.x", "*"),
        ("", "*"),
        (".", "*"),
    ],
)
def test_longest_declaration_decides(kind: str, wanted: str) -> None:
    assert RIGHTS.need(kind)[0] == wanted


def person(*permissions: str, station: str = "") -> Actor:
    return Actor("staff", "7", station=station, permissions=frozenset(permissions))


@pytest.mark.parametrize(
    ("beginning", "permissions", "wanted"),
    [
        ("", ["*"], True),
        ("", ["sales.view", "sales.orders", "sales.money", "other.view"], False),
        ("sales", ["sales.view", "sales.orders", "sales.money"], False),  # also salesman.
        ("sales.", ["sales.view", "sales.orders", "sales.money"], True),
        ("sales.", ["sales.view", "sales.orders"], False),
        ("sales.", ["sales.view"], False),
        ("sales.x", ["sales.view"], True),
        ("sales.o", ["sales.view"], False),
        ("sales.order", ["sales.view"], False),
        ("sales.order.", ["sales.orders", "sales.money"], True),
        ("sales.order.", ["sales.orders"], False),
        ("sales.order.paid", ["sales.money"], False),  # also sales.order.paid_back
        ("sales.order.paid", ["sales.money", "sales.orders"], True),
        ("other.", ["other.view"], True),
        ("others.", ["other.view"], False),
        ("sales.sell", ["sales.sell"], False),
    ],
)
def test_subscription_needs_the_right_to_all_that_it_may_bring(
    beginning: str, permissions: list[str], wanted: bool
) -> None:
    assert RIGHTS.hears_all(person(*permissions), beginning) is wanted


def test_own_station_opens_only_what_names_it() -> None:
    ear = RIGHTS.ear_of(person("sales.sell", station="kiosk-1"))
    assert RIGHTS.hears(ear, Fact("sales.order.x", "o/1", {"station": "kiosk-1"}))
    assert not RIGHTS.hears(ear, Fact("sales.order.x", "o/1", {"station": "kiosk-2"}))
    assert not RIGHTS.hears(ear, Fact("sales.order.x", "o/1"))
    nowhere = RIGHTS.ear_of(person("sales.sell"))
    assert not RIGHTS.hears(nowhere, Fact("sales.order.x", "o/1", {"station": ""}))


def test_right_within_limits_opens_nothing() -> None:
    limited = Actor(
        "staff",
        "7",
        permissions=frozenset({"sales.view"}),
        limited={"sales.view": Grant(scopes=frozenset({"event/3"}))},
    )
    assert RIGHTS.ear_of(limited) == Ear(frozenset())


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (Wish(), True),
        (Wish(kinds=("a.",)), True),
        (Wish(kinds=("b.", "a.x")), True),
        (Wish(kinds=("b.",)), False),
        (Wish(subjects=("x/1",)), True),
        (Wish(subjects=("x/",)), True),
        (Wish(subjects=("x",)), False),
        (Wish(subjects=("x/12",)), False),
        (Wish(kinds=("b.",), subjects=("x/1",)), False),
    ],
)
def test_wish(wish: Wish, wanted: bool) -> None:
    assert wish.wants(Fact("a.x", "x/1")) is wanted
