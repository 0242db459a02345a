"""Scanner on a serial line, also USB in its serial (CDC) mode: one line a code.

Serial mode, not keyboard mode: a keyboard's layout and input method change what is typed.
"""

from __future__ import annotations

import select
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import serial

from venue_devices.scanners.line_scanner import LineScanner
from venue_suite.ports import REQUIRED, DriverInfo


class SerialChannel:
    """An opened serial port, 8 data bits, no parity, 1 stop bit; nobody else may open it."""

    def __init__(self, port: str, baud_rate: int) -> None:
        self._path = Path(port)
        self._port = serial.Serial(port, baud_rate, timeout=0, exclusive=True)
        self._port.reset_input_buffer()  # codes of before the start are nobody's now

    def read(self, timeout_s: float) -> bytes:
        if not select.select([self._port.fileno()], [], [], timeout_s)[0]:
            # A USB adapter that was pulled leaves a port that is silent for ever.
            self._path.stat()
            return b""
        data: bytes = self._port.read(4096)
        if not data:
            raise ConnectionError("the serial port hung up")
        return data

    def close(self) -> None:
        self._port.close()


def make(name: str, settings: Mapping[str, Any]) -> LineScanner:
    """A scanner at the serial port `port`."""
    port, baud_rate = settings["port"], settings["baud_rate"]
    return LineScanner(name, lambda timeout_s: SerialChannel(port, baud_rate), port)


driver = DriverInfo(
    name="serial_scanner",
    kind="scanner",
    summary="Bar-code and QR scanner on a serial line or USB",
    settings={
        "port": (str, REQUIRED, "device file, best a stable one: /dev/serial/by-id/..."),
        "baud_rate": (int, 9600, "speed; USB scanners ignore it"),
    },
    make=make,
)
