"""What TLS with client certificates costs: a request on a kept connection, and a new connection."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rows import Row, median
from venue_suite.testing import MovableClock, make_venue, token_of
from venue_suite.trust.authority import AUTHORITY
from venue_suite.trust.tls import make_client_context

REQUESTS, ROUNDS, HANDSHAKES = 400, 5, 40
ASK = "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{header}\r\n"


def measure(folder: Path) -> Iterator[Row]:
    """The same small request, answered to a station by two servers, in turns."""
    clock = MovableClock()
    make_venue(folder / "plain", clock, {})
    shutil.copytree(folder / "plain", folder / "tls")
    station = folder / "station"
    add = _venue(folder / "tls", "station", "add", "kiosk-9", "--kind", "kiosk")
    subprocess.run(
        [*add, "--out", str(station)],
        env=_environment("on"), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    servers = [_serve(folder / name, tls) for name, tls in (("plain", "off"), ("tls", "on"))]
    try:
        ports = [_ready(server) for server in servers]
        pem = (folder / "tls" / "keys" / AUTHORITY).read_text()
        context = make_client_context(pem, clock.now, station / "station" / "station.pem")
        yield from asyncio.run(_compare(ports[0], ports[1], context))
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)


async def _compare(plain: int, tls: int, context: ssl.SSLContext) -> Iterator[Row]:
    plain_us: list[float] = []
    tls_us: list[float] = []
    for _ in range(ROUNDS):
        key = f"Authorization: Bearer {token_of('kiosk')}\r\n"
        plain_us += await _ask_many(plain, None, ASK.format(header=key).encode())
        tls_us += await _ask_many(tls, context, ASK.format(header="").encode())
    rows = [
        Row("trust", "request on a kept connection, plain", median(plain_us), "us", 2000.0),
        Row("trust", "the same over TLS with certificate", median(tls_us), "us", 2000.0),
        Row("trust", "added by TLS", median(tls_us) - median(plain_us), "us", 150.0),
    ]
    opened_ms = [await _open_once(tls, context) for _ in range(HANDSHAKES)]
    rows.append(Row("trust", "new connection with certificate", median(opened_ms), "ms", 20.0))
    return iter(rows)


async def _ask_many(port: int, context: ssl.SSLContext | None, ask: bytes) -> list[float]:
    """Times of requests on one connection, in microseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        writer.write(ask)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(1e6 * (time.perf_counter() - began))
    writer.close()
    return times


async def _open_once(port: int, context: ssl.SSLContext) -> float:
    began = time.perf_counter()
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    took_ms = 1e3 * (time.perf_counter() - began)
    writer.close()
    return took_ms


def _serve(folder: Path, tls: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        _venue(folder, "serve", "--port", "0"), env=_environment(tls),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def _ready(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    port: int = json.loads(server.stdout.readline())["port"]
    return port


def _venue(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "venue_suite", "--data", str(folder), *arguments]


def _environment(tls: str) -> dict[str, str]:
    ours = {"VENUE_SERVER__HOST": "127.0.0.1", "VENUE_SERVER__ADVERTISE": "false"}
    return {**os.environ, **ours, "VENUE_SERVER__TLS": tls, "VENUE_LOG__LEVEL": "warning"}
