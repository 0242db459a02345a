"""Scanner on the network: it listens on a TCP port and sends one line a code."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from typing import Any

from venue_devices.scanners.line_scanner import LineScanner
from venue_suite.ports import REQUIRED, DriverInfo

KEEPALIVE_IDLE_S = 5
KEEPALIVE_PROBES = 3


class TcpChannel:
    """A TCP connection that notices within seconds when the other side was unplugged."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._socket = socket.create_connection((host, port), timeout_s)
        # A scanner says nothing for hours: without probes a dead one looks like a quiet one.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            ("TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
            ("TCP_KEEPINTVL", 1),
            ("TCP_KEEPCNT", KEEPALIVE_PROBES),
        ):
            if hasattr(socket, option):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def read(self, timeout_s: float) -> bytes:
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return b""
        if data := self._socket.recv(4096):
            return data
        raise ConnectionError("the scanner closed the connection")

    def close(self) -> None:
        self._socket.close()


def make(name: str, settings: Mapping[str, Any]) -> LineScanner:
    """A scanner at `host` and `port`."""
    host, port = settings["host"], settings["port"]
    return LineScanner(name, lambda timeout_s: TcpChannel(host, port, timeout_s), f"{host}:{port}")


driver = DriverInfo(
    name="tcp_scanner",
    kind="scanner",
    summary="Bar-code and QR scanner on the network",
    settings={
        "host": (str, REQUIRED, "address of the scanner"),
        "port": (int, REQUIRED, "TCP port on which the scanner listens"),
    },
    make=make,
)
