"""One TCP connection to an ESC/POS printer: send, ask, wait for the answer, within a deadline."""

from __future__ import annotations

import contextlib
import fcntl
import select
import socket
import struct
import termios
import time
from types import TracebackType

from venue_devices import reasons
from venue_devices.deadline import Deadline
from venue_devices.printers.escpos_codec import (
    PrinterStatus,
    Reply,
    ReplyKind,
    ReplyReader,
    ask_status,
)

SEND_PIECE_BYTES = 4096
SENT_POLL_S = 0.005


class LinkBroken(Exception):
    """The printer is silent or gone. The argument is a sentence of `venue_devices.reasons`."""


class AnswerLate(LinkBroken):
    """The connection stands, but an answer did not come in time."""


class EscposLink:
    """An open connection. Made per job, so that the printer is free for others in between.

    Raises:
        LinkBroken: from every method, when the printer does not answer within the deadline.
    """

    def __init__(self, host: str, port: int, deadline: Deadline) -> None:
        self._reader = ReplyReader()
        self._replies: list[Reply] = []
        try:
            self._socket = socket.create_connection((host, port), deadline.left_s())
        except OSError as error:
            raise LinkBroken(reasons.NOT_REACHED) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> EscposLink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def abort(self) -> None:
        """Hang up at once and take back what has not left yet: a broken job shall not print on."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Hang up. Whoever waits on this link in another thread gets `LinkBroken`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send all of `data`; returns once it is handed to the network."""
        try:
            for start in range(0, len(data), SEND_PIECE_BYTES):
                if deadline.is_over:
                    raise AnswerLate(reasons.LATE)
                self._socket.settimeout(deadline.left_s())
                self._socket.sendall(data[start : start + SEND_PIECE_BYTES])
        except TimeoutError as error:
            raise AnswerLate(reasons.LATE) from error
        except OSError as error:
            raise LinkBroken(reasons.LOST) from error

    def wait_sent(self, deadline: Deadline) -> None:
        """Wait until the printer's side has taken all that was sent."""
        while self._unsent_bytes():
            if deadline.is_over:
                raise AnswerLate(reasons.LATE)
            time.sleep(SENT_POLL_S)

    def _unsent_bytes(self) -> int:
        try:
            answer = fcntl.ioctl(self._socket, termios.TIOCOUTQ, struct.pack("i", 0))
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise LinkBroken(reasons.LOST) from error
        unsent: int = struct.unpack("i", answer)[0]
        return unsent

    def drain(self) -> None:
        """Throw away what came unasked or late."""
        self.wait_quiet(0.0)

    def wait_quiet(self, quiet_s: float) -> bool:
        """Throw away what comes, until nothing came for `quiet_s`. True if there was something."""
        while self._receive(quiet_s):
            pass
        has_come = bool(self._replies)
        self._replies.clear()
        return has_come

    def wait_reply(self, kind: ReplyKind, deadline: Deadline) -> Reply:
        """The oldest reply of `kind`; others are kept.

        Raises:
            AnswerLate: none came in time.
        """
        while True:
            for reply in self._replies:
                if reply.kind is kind:
                    self._replies.remove(reply)
                    return reply
            if deadline.is_over:
                raise AnswerLate(reasons.LATE)
            self._receive(deadline.left_s())

    def ask_status(self, deadline: Deadline) -> PrinterStatus:
        """The four real-time status bytes, asked one by one: clones answer only one at a time."""
        answers = []
        for which in (1, 2, 3, 4):
            self.send(ask_status(which), deadline)
            answers.append(self.wait_reply(ReplyKind.REAL_TIME, deadline).data[0])
        return PrinterStatus.from_bytes(*answers)

    def _receive(self, timeout_s: float) -> bool:
        """Take in what comes within `timeout_s`; False if nothing came."""
        try:
            if not select.select([self._socket], [], [], timeout_s)[0]:
                return False
            data = self._socket.recv(4096)
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise LinkBroken(reasons.LOST) from error
        if not data:
            raise LinkBroken(reasons.LOST)
        self._replies += self._reader.feed(data)
        return True
