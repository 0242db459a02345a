"""Simulated twin of `tcp_scanner`: the real driver against a scanner that is a program."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from venue_devices.scanners import tcp_line
from venue_devices.scanners.line_scanner import LineScanner
from venue_devices.simulated.loop_server import LoopServer, cancel_other_tasks, stop_accepting
from venue_devices.simulated.twin import Twin
from venue_suite.ports import DriverInfo


class ScannerServer(LoopServer):
    """A scanner on a TCP port: every connected host gets each code as a line."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__("simulated-scanner", host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def send(self, data: bytes) -> None:
        """Send bytes as they are, to show what a faulty scanner sends."""
        if self.is_running:
            self.call(self._send(data))

    def scan(self, code: str) -> None:
        """Read a code: it is sent with CR LF behind it."""
        self.send(code.encode() + b"\r\n")

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until a host is connected."""
        return self.is_running and self.call(self._wait_connected(timeout_s))

    async def _listen(self) -> None:
        self._connected = asyncio.Condition()
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        async with self._connected:
            self._connected.notify_all()
        try:
            # A handler that ends as cancelled is logged as an error by Python 3.11.
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                while await reader.read(1024):
                    pass  # what a host sends to a scanner changes nothing here
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _send(self, data: bytes) -> None:
        for writer in tuple(self._writers):
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()

    async def _wait_connected(self, timeout_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._connected:
                await self._connected.wait_for(lambda: bool(self._writers))
        return bool(self._writers)

    async def _hang_up(self) -> None:
        assert self._server is not None
        await stop_accepting(self._server.sockets)
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await cancel_other_tasks()


class SimulatedScanner(Twin[ScannerServer, LineScanner]):
    """A `venue_suite.ports.Scanner` with its scanner; `scan(code)` holds a code before it."""

    def listen(self, on_code: Callable[[str], None]) -> None:
        self.driver.listen(on_code)

    def scan(self, code: str) -> None:
        """Read a code; listeners get it within milliseconds."""
        self.server.wait_connected(1.0)
        self.server.scan(code)


def make(name: str, settings: Mapping[str, Any]) -> SimulatedScanner:
    """A scanner and its driver; `open` starts both."""
    return SimulatedScanner(
        name,
        ScannerServer(port=settings["port"]),
        lambda port: tcp_line.make(name, {"host": "127.0.0.1", "port": port}),
    )


driver = DriverInfo(
    name="simulated_scanner",
    kind="scanner",
    summary="Simulated scanner: codes are injected",
    settings={"port": (int, 0, "TCP port on loopback; 0 takes a free one")},
    make=make,
    simulated=True,
)
