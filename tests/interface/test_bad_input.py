"""Clients that are slow, many, greedy or speak no HTTP: bounded, and nobody else suffers."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from venue_suite.config import ServerConfig
from venue_suite.request_refusals import TooManyRequests
from venue_suite.server import connections
from venue_suite.server.connections import raise_file_limit
from venue_suite.server.strangers import ADDRESSES_MAX, StrangerLimit
from venue_suite.testing import MovableClock, ServedVenue, token_of
from venue_suite.wire import Health

ORDERS = "/api/v1/sales/orders"
SETTINGS = ServerConfig(host="127.0.0.1", port=0, tls="off", advertise=False, stop_grace_s=1.0)
Serve = Callable[..., Any]


@pytest.fixture
def serve(venue_folder: Path) -> Serve:
    """`async with serve(body_timeout_s=0.5) as venue` with settings that differ."""

    @asynccontextmanager
    async def served(**differing: Any):  # type: ignore[no-untyped-def]
        settings = {"server": msgspec.structs.replace(SETTINGS, **differing)}
        async with ServedVenue(venue_folder, MovableClock(), settings) as venue:
            yield venue

    return served


@pytest.fixture(autouse=True)
def no_faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever strangers send is no fault of the server's, and no line in its log."""
    yield
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


async def open_socket(venue: ServedVenue) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", venue.server.port)


async def send(venue: ServedVenue, content: bytes, timeout_s: float = 5.0) -> bytes:
    """All that comes back until the server hangs up; a server that does not is hung up on."""
    reader, writer = await open_socket(venue)
    received = b""
    try:
        writer.write(content)
        async with asyncio.timeout(timeout_s):
            while piece := await reader.read(65536):
                received += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return received


def problem_in(answer: bytes) -> tuple[int, dict[str, Any]]:
    """Status and problem document of the first answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    assert headers["content-type"].startswith("application/problem+json")
    assert headers["server"] == "venue"
    assert headers["x-content-type-options"] == "nosniff"
    problem = json.loads(body[: int(headers["content-length"])])
    return int(lines[0].split()[1]), problem


async def is_served(venue: ServedVenue) -> float:
    """Ask for its health; how long that took, in seconds."""
    begun = time.monotonic()
    assert (await venue.client().get("/health", Health)).state == "ready"
    return time.monotonic() - begun


def post(*headers: str, body: bytes = b"", path: str = ORDERS) -> bytes:
    """A change by a cashier."""
    known = (
        f"POST {path} HTTP/1.1",
        "Host: venue",
        f"Authorization: Bearer {token_of('cashier')}",
        "Connection: close",
    )
    return "\r\n".join([*known, *headers, "", ""]).encode("latin-1") + body


JSON = ("Idempotency-Key: k", "Content-Type: application/json")
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n"
NO_HTTP = {
    "garbage": b"\x00\x01\x02 garbage\r\n\r\n",
    "a TLS greeting": bytes.fromhex("160301020001fc0303") + b"\x11" * 500,
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a strange method": b"GE\x01T /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "a strange version": b"GET /api/v1/health HTTP/7.7\r\nHost: x\r\n\r\n",
    "no colon": HEALTH + b"no colon here\r\n\r\n",
    "a NUL in a header": HEALTH + b"X: a\x00b\r\n\r\n",
    "a folded header": HEALTH + b"X: a\r\n b\r\n\r\n",
    "a negative length": HEALTH + b"Content-Length: -1\r\n\r\n",
    "a strange length": HEALTH + b"Content-Length: 1e3\r\n\r\n",
    "two lengths": HEALTH + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": HEALTH
    + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a long line": b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long header": HEALTH + b"X: " + b"x" * 9000 + b"\r\n\r\n",
    "many headers": HEALTH + b"".join(b"X%d: x\r\n" % n for n in range(500)) + b"\r\n",
    "an unending header": HEALTH + b"X: " + b"x" * 200_000,
}


@pytest.mark.parametrize("content", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_is_answered_once_and_ended(
    venue: ServedVenue, content: bytes
) -> None:
    answer = await send(venue, content)
    if answer:  # or the connection was closed at once
        status, problem = problem_in(answer)
        assert (status, problem["code"]) == (400, "bad_request")
        assert problem["params"]["reason"] in (
            "this is not proper HTTP",
            "a line of the request is too long",
        )
    await is_served(venue)


async def test_garbage_behind_a_good_request_gets_an_answer_of_its_own(venue: ServedVenue) -> None:
    reader, writer = await open_socket(venue)
    writer.write(HEALTH + b"\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
    writer.write(b"\xff\xfe garbage\r\n\r\n" + HEALTH + b"\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)  # until the end of the connection
    writer.close()
    assert problem_in(answer[answer.index(b"HTTP/1.") :])[1]["code"] == "bad_request"
    assert answer.count(b"HTTP/1.") == 1


async def test_no_answer_repeats_a_secret(venue: ServedVenue) -> None:
    secret = "s3cr3t-t0ken"
    for content in (
        HEALTH + f"Authorization: Bearer {secret}\r\nX\x00: y\r\n\r\n".encode(),
        f"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {secret}"
        "\r\n\r\n".encode(),
        post(*JSON, "Content-Length: 60", body=b'{"%s": "%s"}' % (b"p" * 40, secret.encode())),
    ):
        answer = await send(venue, content, 1.0)
        assert answer.split()[1] in (b"400", b"401")
        assert secret.encode() not in answer


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ((*JSON, "Content-Length: 1000000000000"), b"", "body_too_large"),
        (
            (*JSON, "Transfer-Encoding: chunked"),
            b"fffffff\r\n" + b" " * 2_000_000,
            "body_too_large",
        ),
        ((*JSON, "Transfer-Encoding: chunked"), b"zz\r\n{}\r\n0\r\n\r\n", "bad_request"),
        ((*JSON, "Idempotency-Key: other", "Content-Length: 2"), b"{}", "bad_request"),
        ((*JSON, "Content-Type: text/plain", "Content-Length: 2"), b"{}", "bad_request"),
        ((*JSON, "Authorization: Bearer x", "Content-Length: 2"), b"{}", "bad_request"),
        (("Idempotency-Key: k", "Content-Length: 2"), b"{}", "media_type_wrong"),
        ((*JSON, "Content-Length: 2", "Expect: a-miracle"), b"{}", "bad_request"),
        ((*JSON, "Content-Length: 19"), b'{"language":"\\u0000"', "bad_request"),
    ],
    ids=range(9),
)
async def test_bad_change_gets_one_problem(
    venue: ServedVenue, headers: tuple[str, ...], body: bytes, code: str
) -> None:
    begun = time.monotonic()
    answer = await send(venue, post(*headers, body=body))
    assert problem_in(answer)[1]["code"] == code
    assert time.monotonic() - begun < 4.0
    await is_served(venue)


async def test_client_may_ask_before_it_sends(venue: ServedVenue) -> None:
    reader, writer = await open_socket(venue)
    writer.write(post(*JSON, "Content-Length: 2", "Expect: 100-continue"))
    assert (
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
    )
    writer.write(b"{}")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert problem_in(answer)[1]["code"] == "bad_request"


async def test_body_that_drips_is_ended(serve: Serve) -> None:
    async with serve(body_timeout_s=0.4) as venue:
        reader, writer = await open_socket(venue)
        writer.write(post(*JSON, "Content-Length: 1000"))

        async def drip() -> None:
            for _ in range(100):
                writer.write(b" ")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        begun = time.monotonic()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b" 408 " in head
        assert b"too_slow" in await reader.read()  # until the end of the connection
        assert time.monotonic() - begun < 3.5
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        writer.close()


@pytest.mark.parametrize("opening", [b"", b"GET /", HEALTH])
async def test_connection_that_never_asks_is_ended(serve: Serve, opening: bytes) -> None:
    async with serve(idle_timeout_s=0.4) as venue:
        reader, writer = await open_socket(venue)
        writer.write(opening)
        begun = time.monotonic()
        while time.monotonic() - begun < 3:
            try:
                if await asyncio.wait_for(reader.read(), 0.1) == b"":
                    break
            except TimeoutError:
                writer.write(b"X" if opening else b"")
        assert 0.2 < time.monotonic() - begun < 2
        writer.close()


async def test_thousand_idle_sockets_are_bounded_and_in_nobodys_way(serve: Serve) -> None:
    raise_file_limit(4000)
    async with serve(connections_max=300, idle_timeout_s=3.0) as venue:
        client = venue.client("manager")
        me = await client.get("/me", object)  # a connection that is used, and kept
        memory = psutil.Process().memory_info().rss
        idle = [await open_socket(venue) for _ in range(1000)]
        assert await is_served(venue) < 1.0
        assert await client.get("/me", object) == me
        grown = psutil.Process().memory_info().rss - memory
        assert grown < 60 * 1024 * 1024, f"{grown / 2**20:.0f} MiB for 1,000 idle sockets"
        ended = sum(reader.at_eof() for reader, _ in idle)
        assert ended >= 690
        await asyncio.sleep(3.5)
        assert all(reader.at_eof() for reader, _ in idle)
        assert await is_served(venue) < 1.0
        for _, writer in idle:
            writer.close()


async def test_answer_that_nobody_takes_is_ended(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STALL_S", 0.5)
    monkeypatch.setattr(connections, "WATCH_EVERY_S", 0.1)
    async with serve() as venue:
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.server.port, limit=1024)
        request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(request * 200)
        begun = time.monotonic()
        while time.monotonic() - begun < 10 and not writer.transport.is_closing():
            await asyncio.sleep(0.1)
            try:
                writer.write(request)
                await asyncio.wait_for(writer.drain(), 0.1)
            except (TimeoutError, ConnectionError):
                pass
            if reader.exception() is not None:
                break
        assert time.monotonic() - begun < 10
        assert await is_served(venue) < 1.0
        writer.transport.abort()
        await asyncio.sleep(0)


async def test_strangers_are_slowed_and_staff_are_not(serve: Serve) -> None:
    async with serve(stranger_requests_per_s=0.5, stranger_requests_burst=3) as venue:
        seen = []
        for path, token in (
            ("health", ""),
            ("me", "guess"),
            ("venue", ""),
            ("me", "guess"),
            ("health", ""),
        ):
            request = f"GET /api/v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            if token:
                request += f"Authorization: Bearer {token}\r\n"
            seen.append(int((await send(venue, request.encode() + b"\r\n")).split()[1]))
        assert seen == [200, 401, 200, 429, 429]
        for _ in range(10):
            await venue.client("kiosk").get("/me", object)
        answer = await send(venue, HEALTH + b"Connection: close\r\n\r\n")
        status, problem = problem_in(answer)
        assert (status, problem["code"]) == (429, "too_many_requests")
        assert problem["params"]["wait_s"] in (1, 2)


def test_bucket_fills_again_and_forgets_the_oldest() -> None:
    now = [0.0]
    limit = StrangerLimit(2.0, 3, lambda: now[0])
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooManyRequests):
        limit.take("a")
    limit.take("b")
    now[0] += 0.5
    limit.take("a")
    with pytest.raises(TooManyRequests):
        limit.take("a")
    now[0] += 100
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooManyRequests):
        limit.take("a")
    for number in range(ADDRESSES_MAX):
        limit.take(str(number))
    limit.take("a")  # forgotten, so it begins anew
    assert len(limit._buckets) == ADDRESSES_MAX
    unlimited = StrangerLimit(0, 1, lambda: 0.0)
    for _ in range(100):
        unlimited.take("a")


def test_file_limit_is_raised_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1500))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert raise_file_limit(700) == 700
    assert asked == []
    assert raise_file_limit(2000) == 1500 - connections.FILES_BESIDE_CONNECTIONS
    assert asked == [(1500, 1500)]
