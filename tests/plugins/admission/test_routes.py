"""The admission API over HTTP: who may, what comes back, what a repeat does."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from venue_plugins.admission.wire import Decision, Lane

from tests.plugins.admission.small_venue import Clock, open_small_venue
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.config import Config, ServerConfig
from venue_suite.identity import services as identity
from venue_suite.paging import Page
from venue_suite.server.running import VenueServer
from venue_suite.ticket_tokens import TicketSigner, load_or_make_key
from venue_suite.trust import stations

STATIONS = ("gate", "kiosk", "console")
STAFF = {"usher": "11", "cashier": "12", "manager": "13"}
PIN = "246802"


class World:
    """A served small venue: `codes` of valid tickets, and clients of every role."""

    def __init__(self, server: VenueServer, codes: list[str]) -> None:
        self.server = server
        self.codes = codes
        self._clients: list[VenueClient] = []

    def client(self, token: str = "gate") -> VenueClient:
        client = VenueClient(f"http://127.0.0.1:{self.server.port}", token)
        self._clients.append(client)
        return client

    async def staff(self, role: str) -> VenueClient:
        client = self.client("")
        await client.sign_in(STAFF[role], PIN)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = Clock()
    signer = TicketSigner(load_or_make_key(tmp_path / "keys"))
    small = await open_small_venue(tmp_path, clock, signer)
    try:
        for kind in STATIONS:
            await small.database.write(stations.add_station, f"{kind}-1", kind, kind)
        pin_hash = identity.hash_pin(PIN)
        for role, code in STAFF.items():
            await small.database.write(identity.add_staff, code, role, role, pin_hash)
        codes = await small.print_codes(await small.sell(*["a"] * 4))
    finally:
        small.database.close()
    config = Config(
        data_dir=str(tmp_path),
        server=ServerConfig(host="127.0.0.1", port=0, tls="off", advertise=False),
    )
    server = VenueServer(config, clock.seams)
    server.open()
    await server.start()
    one = World(server, codes)
    yield one
    await one.close()
    await server.stop()
    server.close()


async def scan(client: VenueClient, code: str, operation_id: str = "", **values: Any) -> Decision:
    body = {"lane": "main", "code": code, **values}
    return await client.post(
        "/admission/scans", body, Decision, operation_id=operation_id or client.make_operation_id()
    )


async def passed(client: VenueClient, scan_id: int, outcome: str = "passed") -> Decision:
    body = {"scan_id": scan_id, "outcome": outcome}
    return await client.post(
        "/admission/passages", body, Decision, operation_id=client.make_operation_id()
    )


async def test_gate_scans_and_reports(world: World) -> None:
    gate = world.client("gate")
    decision = await scan(gate, world.codes[0])
    assert (decision.result, decision.passage) == ("allowed", "waiting")
    assert (await passed(gate, decision.scan_id)).passage == "passed"
    assert [lane.inside for lane in await gate.get("/admission/lanes", list[Lane])] == [1, 0, 0]
    (listed,) = (await gate.get("/admission/scans", Page[Decision])).items
    assert (listed.scan_id, listed.passage) == (decision.scan_id, "passed")


@pytest.mark.parametrize("role", list(STAFF))
async def test_staff_check_tickets_in(world: World, role: str) -> None:
    client = await world.staff(role)
    decision = await scan(client, world.codes[0], commit=True)
    assert (decision.result, decision.passage) == ("allowed", "passed")
    assert len((await client.get("/admission/scans", Page[Decision])).items) == 1


@pytest.mark.parametrize("station", ["kiosk", "console"])
async def test_station_that_is_no_gate_may_not(world: World, station: str) -> None:
    """A kiosk stands where visitors are; a console may nothing before somebody signs in."""
    client = world.client(station)
    calls: dict[str, Any] = {
        "admission.scan": lambda: scan(client, world.codes[0]),
        "admission.view": lambda: client.get("/admission/scans", Page[Decision]),
    }
    for permission, call in calls.items():
        with pytest.raises(ServerRefused, match=permission) as refusal:
            await call()
        assert (refusal.value.code, refusal.value.http_status) == ("not_allowed", 403)
    with pytest.raises(ServerRefused, match=r"admission\.scan"):
        await passed(client, 1)
    with pytest.raises(ServerRefused, match=r"admission\.view"):
        await client.get("/admission/lanes", list[Lane])
    assert (await world.client("gate").get("/admission/scans", Page[Decision])).items == []


@pytest.mark.parametrize("token", ["", "nobody", "gate-1"])
async def test_stranger_may_nothing(world: World, token: str) -> None:
    with pytest.raises(ServerRefused) as refusal:
        await scan(world.client(token), world.codes[0])
    assert (refusal.value.code, refusal.value.http_status) == ("not_signed_in", 401)


async def test_repeat_is_answered_from_the_books(world: World) -> None:
    gate = world.client("gate")
    first = await scan(gate, world.codes[0], "01J-once")
    assert await scan(gate, world.codes[0], "01J-once") == first
    assert (await scan(gate, world.codes[0], "01J-other")).code == "A-01"
    assert len((await gate.get("/admission/scans", Page[Decision])).items) == 2
    with pytest.raises(ServerRefused) as refusal:
        await scan(gate, world.codes[1], "01J-once")
    assert refusal.value.code == "operation_reused"


async def test_copy_is_refused_in_both_languages(world: World) -> None:
    gate = world.client("gate")
    await scan(gate, world.codes[0], lane="side")
    copy = await scan(gate, world.codes[0])
    assert copy.reason == {
        "zh": "此票已于 19:30 从侧门入场",
        "en": "Already used at 19:30 at Side",
    }


async def test_limit_of_the_list(world: World) -> None:
    gate = world.client("gate")
    for code in world.codes:
        await scan(gate, code)
    first = await gate.get("/admission/scans", Page[Decision], limit=2)
    assert [one.scan_id for one in first.items] == [4, 3]
    await scan(gate, world.codes[0])  # what comes meanwhile repeats nothing
    second = await gate.get("/admission/scans", Page[Decision], limit=2, after=first.next)
    assert ([one.scan_id for one in second.items], second.next) == ([2, 1], "")
    for limit in (0, 201, 10**9):
        with pytest.raises(ServerRefused, match="at `limit`"):
            await gate.get("/admission/scans", Page[Decision], limit=limit)
    with pytest.raises(ServerRefused, match="limit must be a number"):
        await gate.get("/admission/scans", Page[Decision], limit="many")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"lane": "main"}, "code"),
        ({"code": "x"}, "lane"),
        ({"lane": "main", "code": 7}, "Expected `str`, got `int`"),
        ({"lane": "main", "code": ""}, "1 to 512 characters"),
        ({"lane": "main", "code": "x" * 513}, "1 to 512 characters"),
        ({"lane": "main", "code": "x", "right": "ticket/1"}, "right"),
    ],
)
async def test_malformed_scan_is_named(world: World, body: dict[str, Any], reason: str) -> None:
    client = world.client("gate")
    with pytest.raises(ServerRefused) as refusal:
        await client.post(
            "/admission/scans", body, Decision, operation_id=client.make_operation_id()
        )
    assert (refusal.value.code, refusal.value.http_status) == ("bad_request", 400)
    assert reason in str(refusal.value)


async def test_scan_of_a_megabyte_is_refused_and_the_server_goes_on(world: World) -> None:
    body = b'{"lane": "main", "code": "' + b"x" * 2_000_000 + b'"}'
    status, answer = await post_raw(world, io.BytesIO(body), {"Idempotency-Key": "01J"})
    assert (status, answer["code"]) == (413, "body_too_large")
    assert (await scan(world.client("gate"), world.codes[0])).result == "allowed"


async def test_unknown_lane_and_scan(world: World) -> None:
    gate = world.client("gate")
    with pytest.raises(ServerRefused, match="Lane nowhere does not exist") as refusal:
        await scan(gate, world.codes[0], lane="nowhere")
    assert (refusal.value.code, refusal.value.http_status) == ("not_found", 404)
    with pytest.raises(ServerRefused, match="Scan 99 does not exist"):
        await passed(gate, 99)


async def test_change_without_operation_id_is_refused(world: World) -> None:
    body = json.dumps({"lane": "main", "code": world.codes[0]}).encode()
    status, answer = await post_raw(world, body, {})
    assert (status, answer["code"]) == (400, "operation_id_missing")


async def post_raw(
    world: World, data: bytes | io.BytesIO, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """A scan as no client of ours would send it."""
    address = f"http://127.0.0.1:{world.server.port}/api/v1/admission/scans"
    headers = {"Authorization": "Bearer gate", "Content-Type": "application/json", **headers}
    async with (
        aiohttp.ClientSession() as http,
        http.post(address, data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)
