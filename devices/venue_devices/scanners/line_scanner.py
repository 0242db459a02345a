"""A scanner that sends lines over some channel; the channel is what differs between drivers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Protocol

from venue_devices import reasons
from venue_devices.scanners.line_codec import LineAssembler
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import DeviceHealth

READ_TIMEOUT_S = 0.2
REOPEN_TIMEOUT_S = 2.0
REOPEN_DELAYS_S = (0.1, 0.2, 0.5, 1.0)


class Channel(Protocol):
    """An open connection to a scanner."""

    def read(self, timeout_s: float) -> bytes:
        """What came, at least one byte, or nothing after `timeout_s`.

        Raises:
            OSError: the connection is lost.
        """

    def close(self) -> None: ...


class LineScanner:
    """A `venue_suite.ports.Scanner` over any `Channel`. Reopens it by itself after a loss.

    Args:
        name: of the device.
        connect: timeout in seconds -> an open channel; raises OSError.
        address: what is connected to, for people.
    """

    def __init__(self, name: str, connect: Callable[[float], Channel], address: str) -> None:
        self.name = name
        self._connect = connect
        self._address = address
        self._channel: Channel | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._reason = reasons.CLOSED
        self._code_count = 0
        self._reopen_count = 0

    def open(self, timeout_s: float) -> None:
        self.close()
        try:
            self._channel = self._connect(timeout_s)
        except OSError as error:
            self._reason = reasons.NOT_REACHED
            raise DeviceUnavailable(device=self.name, reason=reasons.NOT_REACHED) from error
        self._reason = ""

    def listen(self, on_code: Callable[[str], None]) -> None:
        """See `venue_suite.ports.Scanner`.

        Raises:
            DeviceUnavailable: it is not open, or somebody listens already.
        """
        if self._channel is None or self._thread is not None:
            raise DeviceUnavailable(device=self.name, reason=reasons.CLOSED)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(on_code, self._stop), name=f"scanner-{self.name}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(READ_TIMEOUT_S + REOPEN_TIMEOUT_S)
        self._close_channel()
        self._reason = reasons.CLOSED

    def health(self, timeout_s: float) -> DeviceHealth:
        if self._thread is None and self._channel is not None:
            try:
                self._channel.read(0.0)  # nobody listens: only this tells whether it is there
            except OSError:
                self._reason = reasons.LOST
                self._close_channel()
        facts = {
            "address": self._address,
            "codes": self._code_count,
            "reopened": self._reopen_count,
        }
        return DeviceHealth(ready=not self._reason, reason=self._reason, facts=facts)

    def _run(self, on_code: Callable[[str], None], stop: threading.Event) -> None:
        lines = LineAssembler()
        while not stop.is_set():
            channel = self._channel
            try:
                data = channel.read(READ_TIMEOUT_S) if channel else self._reopen(stop)
            except OSError:
                self._reason = reasons.LOST
                self._close_channel()
                lines = LineAssembler()  # half a code must not be glued to the next one
                continue
            for code in lines.feed(data, time.monotonic()) if data else ():
                self._code_count += 1
                on_code(code)

    def _reopen(self, stop: threading.Event) -> bytes:
        """Try until the channel is open again or `stop` is set."""
        for attempt in range(1_000_000_000):
            if stop.wait(REOPEN_DELAYS_S[min(attempt, len(REOPEN_DELAYS_S) - 1)]):
                break
            with contextlib.suppress(OSError):
                self._channel = self._connect(REOPEN_TIMEOUT_S)
                self._reason = ""
                self._reopen_count += 1
                break
        return b""

    def _close_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            with contextlib.suppress(OSError):
                channel.close()
