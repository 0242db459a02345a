"""The client: a lost answer is asked for again, happens once, and nonsense is never an answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

import pytest
from aiohttp import web

from tests.venue_suite.jotter import jot, times_of
from venue_suite import client as client_module
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import Busy, ServerAway
from venue_suite.seams import seeded
from venue_suite.testing import ServedVenue, token_of
from venue_suite.wire import Health, Venue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[VenueClient]]


class SwallowingProxy:
    """Passes whole requests on to the venue, and swallows the first answers."""

    def __init__(self, port: int, swallow: int) -> None:
        self._port = port
        self._swallow = swallow
        self.requests = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> SwallowingProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await self._read_message(reader)
                self.requests += 1
                answer = await self._ask(request)
                if self.requests <= self._swallow:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        answer = await self._read_message(reader)
        writer.close()
        return answer

    @staticmethod
    async def _read_message(reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head + await reader.readexactly(length)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other without the pauses that people would not notice."""
    monkeypatch.setattr(client_module, "RETRY_DELAYS_S", (0.01, 0.01, 0.01))


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A handler for every path -> a client of a server that is no venue server."""
    async with contextlib.AsyncExitStack() as closing:

        async def start(handler: Handler) -> VenueClient:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", handler)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            closing.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            client = VenueClient(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            closing.push_async_callback(client.close)
            return client

        yield start


def answering(*answers: web.Response | bytes) -> tuple[list[str], Handler]:
    """A handler that gives one answer after the other, and the operation ids that it saw."""
    seen: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Idempotency-Key", ""))
        answer = answers[min(len(seen), len(answers)) - 1]
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/json")
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    return seen, handle


def problem(code: str, status: int, template: str = "No: {why}.", **params: object) -> web.Response:
    body = {
        "status": status,
        "code": code,
        "title": "No: {because}.",
        "template": template,
        "params": params,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


@pytest.mark.parametrize("swallowed", [1, 2, 3])
async def test_lost_answers_are_asked_for_again_and_it_happens_once(
    bare: ServedVenue, quick: None, swallowed: int
) -> None:
    async with SwallowingProxy(bare.server.port, swallowed) as proxy:
        client = VenueClient(proxy.address, token_of("kiosk"))
        reply = await client.post("/jotter/jots", {"name": "n"}, dict, operation_id="A")
        await client.close()
    assert reply == {"name": "n", "times": 1}
    assert proxy.requests == swallowed + 1
    assert await bare.server.database.read(times_of, "n") == 1


async def test_when_all_answers_are_lost_the_caller_may_go_on_asking(
    bare: ServedVenue, quick: None
) -> None:
    async with SwallowingProxy(bare.server.port, 5) as proxy:
        client = VenueClient(proxy.address, token_of("kiosk"))
        with pytest.raises(ServerAway):
            await client.post("/jotter/jots", {"name": "n"}, dict, operation_id="A")
        assert proxy.requests == 4
        reply = await client.post("/jotter/jots", {"name": "n"}, dict, operation_id="A")
        await client.close()
    assert reply == {"name": "n", "times": 1}
    assert await bare.server.database.read(times_of, "n") == 1


async def test_without_retry_one_lost_answer_is_enough(bare: ServedVenue) -> None:
    async with SwallowingProxy(bare.server.port, 1) as proxy:
        client = VenueClient(proxy.address, token_of("kiosk"))
        with pytest.raises(ServerAway):
            await client.post("/jotter/jots", {"name": "n"}, dict, operation_id="A", retry=False)
        await client.close()
    assert proxy.requests == 1


async def test_nobody_there_is_server_away(quick: None) -> None:
    async with VenueClient("http://127.0.0.1:9", "x") as client:
        for call in (
            client.get("/venue", Venue),
            client.post("/x", {}, dict, operation_id="A"),
            client.get_bytes("/x"),
            anext(client.follow_feed()),
        ):
            with pytest.raises(ServerAway) as caught:
                await call
            assert caught.value.params["address"] == "http://127.0.0.1:9"


async def test_silence_is_server_away_in_time(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    monkeypatch.setattr(client_module, "CALL_TIMEOUT_S", 0.1)

    async def sleep(request: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    client = await serve(sleep)
    for call in (client.get("/venue", Venue), anext(client.follow_feed())):
        with pytest.raises(ServerAway):
            await asyncio.wait_for(call, 1)


async def test_refusal_is_the_servers_own_and_is_not_tried_again(serve: Serve) -> None:
    seen, handle = answering(problem("sold_out", 409, why="gone"))
    client = await serve(handle)
    with pytest.raises(ServerRefused, match=r"No: gone\.") as caught:
        await client.post("/x", {}, dict, operation_id="A")
    error = caught.value
    assert (error.code, error.http_status, error.template) == ("sold_out", 409, "No: {why}.")
    assert error.params == {"why": "gone"}
    assert seen == ["A"]


async def test_busy_is_busy(serve: Serve) -> None:
    client = await serve(answering(problem("busy", 503, "The venue server is busy."))[1])
    for call in (client.get("/x", dict), client.post("/x", {}, dict, operation_id="A")):
        with pytest.raises(Busy) as caught:
            await call
        assert caught.value.http_status == 503


async def test_queue_limit_arrives_as_busy(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bare.server.database._writer, "_queue_length_max", 0)
    with pytest.raises(Busy):
        await bare.client("kiosk").post("/jotter/jots", {"name": "n"}, dict, operation_id="A")


@pytest.mark.parametrize(
    "template", ["No {unknown}.", "No {", "No {why.x}", "No {0}", "No {why!x}", ""]
)
async def test_refusal_of_another_version_is_shown_as_it_came(serve: Serve, template: str) -> None:
    client = await serve(answering(problem("new_code", 409, template, why="gone"))[1])
    with pytest.raises(ServerRefused) as caught:
        await client.get("/x", dict)
    assert caught.value.code == "new_code"
    assert str(caught.value) == "No: {because}."


NONSENSE = [
    b"<html>Please pay for your WLAN</html>",
    b"",
    b"\xff\xfe",
    b"[1]",
    b'{"state": 3}',
]


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_is_no_answer(serve: Serve, quick: None, body: bytes) -> None:
    """Whether it happened is unknown, so it is asked for again, and then said to be away."""
    seen, handle = answering(body)
    client = await serve(handle)
    with pytest.raises(ServerAway, match="can't be understood"):
        await client.get("/health", Health)
    with pytest.raises(ServerAway, match="can't be understood"):
        await client.post("/x", {}, Health, operation_id="A")
    assert seen == ["", "A", "A", "A", "A"]


@pytest.mark.parametrize("status", [302, 307, 500, 502, 504])
async def test_answer_of_a_proxy_is_no_answer(serve: Serve, quick: None, status: int) -> None:
    page = web.Response(text="<html>", status=status, headers={"Location": "http://127.0.0.1:9/"})
    seen, handle = answering(page, page, b'{"done": true}')
    client = await serve(handle)
    assert await client.post("/x", {}, dict, operation_id="A") == {"done": True}
    assert seen == ["A", "A", "A"]


async def test_nobody_sends_us_elsewhere(serve: Serve, quick: None) -> None:
    """A redirect would carry the request, and its token, to whoever claims to know better."""
    seen, handle = answering(b'{"stolen": true}')
    other = await serve(handle)
    to_other = web.Response(status=307, headers={"Location": f"{other.address}/x"})
    client = await serve(answering(to_other)[1])
    with pytest.raises(ServerAway, match="HTTP 307"):
        await client.post("/x", {}, dict, operation_id="A")
    assert seen == []


@pytest.mark.parametrize("status", [400, 403, 404, 413])
async def test_refusal_of_a_proxy_is_a_bad_answer(serve: Serve, status: int) -> None:
    client = await serve(answering(web.Response(text="<html>", status=status))[1])
    with pytest.raises(ServerRefused, match=f"The server answered {status}") as caught:
        await client.post("/x", {}, dict, operation_id="A")
    assert (caught.value.code, caught.value.http_status) == ("bad_answer", status)


async def test_feed_is_followed_and_its_end_is_told(bare: ServedVenue) -> None:
    kinds = []
    async with aclosing(bare.client("kiosk").follow_feed(1, "jotter.")) as feed:  # type: ignore[type-var]
        assert (await anext(feed)).kind == "feed.caught_up"
        for name in ("a", "b"):
            await bare.server.database.write(jot, name)
            kinds.append((await anext(feed)).kind)
        await bare.server.stop()
        with pytest.raises(ServerAway, match="the feed was closed"):
            await anext(feed)
    assert kinds == ["jotter.a", "jotter.b"]


async def test_feed_that_falls_silent_is_away(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    """The cable is out: nothing is closed, nothing comes, not even the answer to a ping."""
    monkeypatch.setattr(client_module, "FEED_HEARTBEAT_S", 0.2)

    async def hang(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await asyncio.sleep(3)
        return socket

    client = await serve(hang)
    with pytest.raises(ServerAway):
        await asyncio.wait_for(anext(client.follow_feed()), 2)


@pytest.mark.parametrize("text", ["nonsense", "{}", '{"seq": "x"}', "[]"])
async def test_nonsense_on_the_feed_is_away(serve: Serve, text: str) -> None:
    async def tell(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(text)
        await socket.close()
        return socket

    client = await serve(tell)
    with pytest.raises(ServerAway, match="can't be understood"):
        await anext(client.follow_feed())


def test_operation_ids_come_from_the_seams() -> None:
    clients = [VenueClient("http://x", seams=seeded(1, 1_000.0)) for _ in range(2)]
    first, second = ([client.make_operation_id() for _ in range(3)] for client in clients)
    assert first == second
    assert len(set(first)) == 3
    assert all(len(one) == 26 for one in first)
