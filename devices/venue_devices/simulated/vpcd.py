"""A card that is a program, on the real card service: pcscd with vsmartcard's reader driver (vpcd).

The reader driver listens on a TCP port; a card that connects lies on the reader. Messages both ways
are a length of 2 bytes, big-endian, and the bytes. A message of one byte is a command of the reader
(0 power off, 1 power on, 2 reset, 4 tell the ATR), any longer one is an APDU.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

TELL_ATR = b"\x04"
MIFARE_1K_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
ISO_7816_ATR = bytes.fromhex("3B00")  # a contact card without a chip number


class StorageCard:
    """A contactless card that knows its chip number and no more."""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid

    def __call__(self, apdu: bytes) -> bytes:
        if apdu[:4] == b"\xff\xca\x00\x00":
            return self.uid + b"\x90\x00"
        return b"\x6d\x00"


class VirtualCard:
    """Puts a card on the reader that listens at `port`, and takes it away.

    Args:
        chip: APDU -> answer with its status word.
        atr: what the card says first.
        port: of the reader driver.
    """

    def __init__(
        self, chip: Callable[[bytes], bytes], *, atr: bytes = MIFARE_1K_ATR, port: int = 35963
    ) -> None:
        self._chip = chip
        self._atr = atr
        self._port = port
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, timeout_s: float = 5.0) -> None:
        """Raises OSError if no reader listens."""
        self.remove()
        connection = socket.create_connection(("127.0.0.1", self._port), timeout_s)
        connection.settimeout(None)
        self._socket = connection
        self._thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
        self._thread.start()

    def remove(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while message := _read_message(connection):
                if message == TELL_ATR:
                    answer = self._atr
                elif len(message) > 1:
                    answer = self._chip(message)
                else:
                    continue
                connection.sendall(struct.pack("!H", len(answer)) + answer)


def _read_message(connection: socket.socket) -> bytes:
    head = _read_exactly(connection, 2)
    return _read_exactly(connection, struct.unpack("!H", head)[0]) if head else b""


def _read_exactly(connection: socket.socket, count: int) -> bytes:
    """`count` bytes, or none if the reader hung up."""
    data = b""
    while len(data) < count:
        # The reader sends length and body apart: without a quick acknowledgement it waits 40 ms
        # between the two.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = connection.recv(count - len(data))
        if not piece:
            return b""
        data += piece
    return data
