"""Receivers of webhooks on the loopback, good ones and bad ones."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    id: str
    timestamp: int
    signatures: list[str]
    body: bytes

    @property
    def facts(self) -> list[dict[str, Any]]:
        told = json.loads(self.body)
        assert told["type"] == "venue.facts"
        facts: list[dict[str, Any]] = told["data"]["facts"]
        return facts

    @property
    def seqs(self) -> list[int]:
        return [fact["seq"] for fact in self.facts]

    def is_signed_with(self, secret: str) -> bool:
        """The public scheme, written from its description and not from ours."""
        scheme, _, encoded = secret.partition("_")
        assert scheme == "whsec"
        content = b".".join([self.id.encode(), str(self.timestamp).encode(), self.body])
        mac = hmac.new(b64decode(encoded), content, sha256)
        return f"v1,{b64encode(mac.digest()).decode()}" in self.signatures


Answer = Callable[[Got, web.Request], Awaitable[web.StreamResponse]]


async def accept(got: Got, request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


def refuse(status: int, **headers: str) -> Answer:
    """Always the same status."""

    async def answer(got: Got, request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


def first(*answers: Answer, then: Answer = accept) -> Answer:
    """One answer after the other."""
    left = list(answers)

    async def answer(got: Got, request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if left else then)(got, request)

    return answer


async def hang(got: Got, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def drip(got: Got, request: web.Request) -> web.StreamResponse:
    """A good status, and then a body that never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 1000)
        await asyncio.sleep(0.01)


@dataclass
class Receiver:
    """What came, and how it is answered."""

    url: str
    answer: Answer = accept
    got: list[Got] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        got = Got(
            request.headers["webhook-id"],
            int(request.headers["webhook-timestamp"]),
            request.headers["webhook-signature"].split(" "),
            body,
        )
        self.got.append(got)
        return await self.answer(got, request)

    @property
    def seqs(self) -> list[int]:
        return [seq for got in self.got for seq in got.seqs]

    async def wait_for(self, count: int, within_s: float = 5.0) -> None:
        """Until so many requests came."""
        async with asyncio.timeout(within_s):
            while len(self.got) < count:  # noqa: ASYNC110 - a test may look
                await asyncio.sleep(0.01)

    async def wait_for_seq(self, seq: int, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while seq not in self.seqs:  # noqa: ASYNC110 - a test may look
                await asyncio.sleep(0.01)


@asynccontextmanager
async def receiving(answer: Answer = accept) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver("", answer)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def saying(words: bytes, *, hang_up: bool = True) -> AsyncIterator[str]:
    """A program that answers every request with the same bytes, whatever they are; its URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(100)
            writer.write(words)
            await writer.drain()
            if not hang_up:
                await asyncio.sleep(30)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
