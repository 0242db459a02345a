"""The real server is killed between sending a message and writing down that it was taken."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.faults.serving import ServerProcess, verify_beside
from tests.venue_suite.receivers import Answer, Got, Receiver, accept, receiving
from venue_suite.client import VenueClient
from venue_suite.testing import MovableClock, token_of
from venue_suite.webhooks.queue import CLAIM_MS
from venue_suite.webhooks.wire import WebhookSecret

ROUNDS = 3


async def call_staff(address: str, code: str) -> None:
    async with VenueClient(address, token_of("kiosk")) as kiosk:
        body = {"code": code}
        await kiosk.post(
            "/stations/call", body, dict[str, Any], operation_id=kiosk.make_operation_id()
        )


async def subscribe(address: str, url: str) -> str:
    async with VenueClient(address, token_of("manager")) as manager:
        added = await manager.post(
            "/webhooks",
            {"url": url, "kinds": ["station."]},
            WebhookSecret,
            operation_id=manager.make_operation_id(),
        )
    return added.secret


def killing(server: ServerProcess, code: str, killed: asyncio.Event) -> Answer:
    """Kill the server when a message with this code arrives, before it hears the answer."""

    async def answer(got: Got, request: web.Request) -> web.StreamResponse:
        if code in codes_of([got]):
            server.kill()
            killed.set()
        return web.Response(status=204)

    return answer


async def play(folder: Path, receiver: Receiver, ahead_s: float) -> str:
    """Kill the server whenever a new message has arrived, and start it again."""
    secret = ""
    for number in range(ROUNDS):
        server = ServerProcess(folder, ahead_s + number * (CLAIM_MS / 1000 + 1))
        await asyncio.to_thread(server.start)
        killed = asyncio.Event()
        receiver.answer = killing(server, f"call-{number}", killed)
        try:
            secret = secret or await subscribe(server.address, receiver.url)
            await call_staff(server.address, f"call-{number}")
            await asyncio.wait_for(killed.wait(), 10)
        finally:
            server.kill()
    return secret


async def test_killed_server_repeats_and_loses_nothing(
    bare_copy: Path, clock: MovableClock
) -> None:
    async with receiving() as receiver:
        ahead_s = clock.time_s() - time.time()
        secret = await play(bare_copy, receiver, ahead_s)
        server = ServerProcess(bare_copy, ahead_s + ROUNDS * (CLAIM_MS / 1000 + 1))
        await asyncio.to_thread(server.start)
        try:
            receiver.answer = accept
            arrived = len(receiver.got)
            await receiver.wait_for(arrived + 1, 10)
        finally:
            await asyncio.to_thread(server.kill)
    assert all(got.is_signed_with(secret) for got in receiver.got)
    ids = [got.id for got in receiver.got]
    assert len(ids) > len(set(ids)), "nothing was repeated, so nothing was tested"
    unique = list({got.id: got for got in receiver.got}.values())
    assert codes_of(unique) == [f"call-{number}" for number in range(ROUNDS)]
    by_id: dict[str, set[bytes]] = {}
    for got in receiver.got:
        by_id.setdefault(got.id, set()).add(got.body)
    assert all(len(bodies) == 1 for bodies in by_id.values())
    found = await asyncio.to_thread(verify_beside, bare_copy)
    assert [one for one in found if one.startswith(("webhooks.", "audit."))] == []


def codes_of(messages: list[Got]) -> list[str]:
    return [fact["data"]["code"] for got in messages for fact in got.facts]
