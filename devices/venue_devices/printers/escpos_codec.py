"""ESC/POS as bytes: what is sent to a printer, and what its answers mean. No input or output here.

Source: the public ESC/POS command reference. Only rasters are printed, so that any printer prints
any language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from venue_devices import reasons
from venue_suite.ports import PaperState, Raster

INITIALISE = b"\x1b@"
AUTO_STATUS_OFF = b"\x1da\x00"  # unasked status bytes would mix with the answers
ASK_SENSOR = b"\x1dr\x01"  # answered in its turn, after everything that was sent before it
ROWS_PER_BAND = 128  # the buffers of small printers hold a band of this height
FEED_DOTS_MAX = 255

CUTS = {"partial": b"\x1dVB\x00", "full": b"\x1dVA\x00", "none": b""}


def ask_status(which: int) -> bytes:
    """DLE EOT: answered at once, whatever is still being printed. `which` is 1 to 4."""
    return bytes((0x10, 0x04, which))


def ask_process_id(identifier: bytes) -> bytes:
    """GS ( H: answered with `identifier` once all before it is on paper. 4 printable characters."""
    if len(identifier) != 4 or not all(0x20 <= byte <= 0x7E for byte in identifier):
        raise ValueError("a process identifier is 4 printable ASCII characters")
    return b"\x1d(H\x06\x0000" + identifier


def draw_raster(raster: Raster, rows_per_band: int = ROWS_PER_BAND) -> Iterator[bytes]:
    """GS v 0 commands, top to bottom, that draw `raster`.

    Raises:
        ValueError: `raster.bits` does not fit its width and height.
    """
    row_bytes, rest = divmod(raster.width_dots, 8)
    if rest or not 0 < row_bytes <= 0xFFFF or raster.height_dots <= 0:
        raise ValueError("a raster is a multiple of 8 dots wide and at least one row high")
    if len(raster.bits) != row_bytes * raster.height_dots:
        raise ValueError("a raster has width / 8 * height bytes")
    width = row_bytes.to_bytes(2, "little")
    for top in range(0, raster.height_dots, rows_per_band):
        rows = min(rows_per_band, raster.height_dots - top)
        bits = raster.bits[top * row_bytes : (top + rows) * row_bytes]
        yield b"\x1dv0\x00" + width + rows.to_bytes(2, "little") + bits


def end_broken_raster(width_dots: int) -> bytes:
    """White dots for the rest of a band that broke off. Outside a picture they mean nothing."""
    return bytes(width_dots // 8 * ROWS_PER_BAND)


def feed(dots: int) -> bytes:
    """ESC J: move the paper on."""
    full, rest = divmod(dots, FEED_DOTS_MAX)
    return bytes((0x1B, 0x4A, FEED_DOTS_MAX)) * full + (bytes((0x1B, 0x4A, rest)) if rest else b"")


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """The four real-time status bytes in words."""

    offline: bool
    cover_open: bool
    paper: PaperState
    cutter_fault: bool
    fault: bool
    recovering: bool

    @classmethod
    def from_bytes(cls, printer: int, offline: int, error: int, sensors: int) -> PrinterStatus:
        """Read the answers to DLE EOT 1, 2, 3 and 4."""
        out = bool(offline & 0x20) or bool(sensors & 0x60)
        low = bool(sensors & 0x0C)
        return cls(
            offline=bool(printer & 0x08),
            cover_open=bool(offline & 0x04),
            paper=PaperState.OUT if out else PaperState.LOW if low else PaperState.OK,
            cutter_fault=bool(error & 0x08),
            fault=bool(error & 0x20),
            recovering=bool(error & 0x40),
        )

    @property
    def reason(self) -> str:
        """Why it can't print now; empty if it can. The part that a person can mend comes first."""
        for applies, sentence in (
            (self.cover_open, reasons.COVER_OPEN),
            (self.paper is PaperState.OUT, reasons.NO_PAPER),
            (self.cutter_fault, reasons.CUTTER_FAULT),
            (self.fault, reasons.PRINTER_FAULT),
            (self.recovering, reasons.PRINTER_HOT),
            (self.offline, reasons.PRINTER_OFFLINE),
        ):
            if applies:
                return sentence
        return ""


class ReplyKind(StrEnum):
    REAL_TIME = "real_time"  # to DLE EOT, one byte
    SENSOR = "sensor"  # to GS r, one byte
    AUTO = "auto"  # unasked, four bytes
    PROCESS = "process"  # to GS ( H, the identifier
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Reply:
    kind: ReplyKind
    data: bytes

    @property
    def is_paper_out(self) -> bool:
        """Only for `SENSOR`: the roll is at its end."""
        return self.kind is ReplyKind.SENSOR and bool(self.data[0] & 0x0C)


class ReplyReader:
    """Cuts what a printer sends into replies. Fixed bits tell the kinds apart."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Take in bytes, in pieces of any size; return the replies that are complete."""
        self._pending += data
        replies = []
        while reply := self._next():
            replies.append(reply)
            self._pending = self._pending[max(1, _WIRE_LENGTHS.get(reply.kind, 1)) :]
        return replies

    def _next(self) -> Reply | None:
        pending = self._pending
        if not pending:
            return None
        first = pending[0]
        if first == 0x37 and pending[1:2] in (b"", b"\x22"):
            return Reply(ReplyKind.PROCESS, pending[2:6]) if len(pending) >= 7 else None
        if first & 0x93 == 0x12:
            return Reply(ReplyKind.REAL_TIME, pending[:1])
        if first & 0x93 == 0x10:
            if any(byte & 0x90 for byte in pending[1:4]):
                return Reply(ReplyKind.NOISE, pending[:1])
            return Reply(ReplyKind.AUTO, pending[:4]) if len(pending) >= 4 else None
        kind = ReplyKind.NOISE if first & 0x90 else ReplyKind.SENSOR
        return Reply(kind, pending[:1])


_WIRE_LENGTHS = {ReplyKind.AUTO: 4, ReplyKind.PROCESS: 7}
