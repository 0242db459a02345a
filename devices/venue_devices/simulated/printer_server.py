"""A ticket printer that is a TCP server: real bytes in, pictures of paper out, faults at will."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageOps

from venue_devices.simulated.escpos_interpreter import Interpreter
from venue_devices.simulated.escpos_machine import Machine
from venue_devices.simulated.loop_server import LoopServer, cancel_other_tasks, stop_accepting
from venue_devices.simulated.paper import Sheet, Web
from venue_suite.ports import PaperState

RECEIVE_BUFFER_BYTES = 16384
TICK_S = 0.01
SHEETS_KEPT = 500
PAPER_EDGE_DOTS = 32  # 4 mm on both sides that a printer can't reach


@dataclass(slots=True)
class PrinterFaults:
    """What is wrong with the printer. The default is nothing.

    Attributes:
        paper: of the roll now; OUT stops it.
        rows_left: the roll ends after this many more rows of dots.
        cover_open: stops it.
        cutter_jam: the next cut stops it.
        dies_after_bytes: power fails after this many more bytes; it is silent from then on.
        hangs_up_after_bytes: the connection breaks after this many more bytes.
        bytes_per_s: how fast it works; None is at once.
        answers_fence: False like clones that know neither GS r nor GS ( H.
    """

    paper: PaperState = PaperState.OK
    rows_left: int | None = None
    cover_open: bool = False
    cutter_jam: bool = False
    dies_after_bytes: int | None = None
    hangs_up_after_bytes: int | None = None
    bytes_per_s: float | None = None
    answers_fence: bool = True


class PrinterServer(LoopServer):
    """A printer on a TCP port. Serves one connection at a time, as such printers do.

    Strips of white are not kept.

    Args:
        folder: where each sheet is written as `paper-0001.png`; None keeps them in memory only.
        host: address to listen on.
        port: 0 takes a free one, and keeps it over `stop` and `start`.
        paper_width_dots: printable width.

    Attributes:
        faults: may be changed or replaced at any time.
        sheets: the newest last, so many as are kept.
        sheet_count: how many were cut off in all.
        bytes_received: since it was made.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        paper_width_dots: int = 576,
    ) -> None:
        super().__init__("simulated-printer", host, port)
        self.faults = PrinterFaults()
        self.sheets: list[Sheet] = []
        self.bytes_received = 0
        self._folder = folder
        self.sheet_count = 0
        self.paper_width_dots = paper_width_dots
        self._web = Web(paper_width_dots)
        self._new_sheet = threading.Condition()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._power_up()

    # --- for its owner ---------------------------------------------------------------------

    def wait_for_sheets(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` sheets were cut off in all."""
        with self._new_sheet:
            return self._new_sheet.wait_for(lambda: self.sheet_count >= count, timeout_s)

    @property
    def unknown(self) -> list[str]:
        """Hexadecimal of commands that were not understood since it was switched on."""
        return self._interpreter.unknown

    @property
    def is_paper_clean(self) -> bool:
        """Nothing is printed on the paper that hangs out."""
        return self._web.is_blank

    def tear_off(self) -> None:
        """Somebody tears off what hangs out, and throws it away."""
        self._web.cut_off()

    # --- the mechanism, asked by the interpreter ---------------------------------------------

    def advance(self) -> bool:
        faults = self.faults
        if faults.cover_open or faults.paper is PaperState.OUT:
            return False
        if faults.rows_left is not None:
            faults.rows_left -= 1
            if faults.rows_left <= 0:
                faults.rows_left, faults.paper = None, PaperState.OUT
        return True

    def cut(self) -> bool:
        return not self.faults.cutter_jam

    def answer_sensor(self) -> bytes:
        if not self.faults.answers_fence:
            return b""
        return {PaperState.LOW: b"\x03", PaperState.OUT: b"\x0f"}.get(self.faults.paper, b"\x00")

    def answer_process(self, identifier: bytes) -> bytes:
        return b"\x37\x22" + identifier + b"\x00" if self.faults.answers_fence else b""

    def _answer_status(self, which: int) -> bytes:
        """The answers to DLE EOT 1 to 4: bits 1 and 4 are always on."""
        faults = self.faults
        is_out = faults.paper is PaperState.OUT
        stopped = self._interpreter.is_stopped and faults.cutter_jam
        paper = {PaperState.LOW: 0x0C, PaperState.OUT: 0x6C}.get(faults.paper, 0)
        bits = {
            1: 0x08 if is_out or faults.cover_open or stopped else 0,
            2: (0x04 if faults.cover_open else 0)
            | (0x20 if is_out else 0)
            | (0x40 if stopped else 0),
            3: 0x08 if stopped else 0,
            4: paper,
        }
        return bytes((0x12 | bits[which],)) if which in bits else b""

    # --- the connection: runs in the loop ----------------------------------------------------

    def _power_up(self) -> None:
        # What hangs out of the printer hangs there still after a power cut.
        self._machine = Machine(self._web, self, self._send, self._keep_sheet)
        self._interpreter = Interpreter(self._machine)
        self._buffer = bytearray()
        self._tail = b""

    async def _listen(self) -> None:
        self._power_up()
        self._one_at_a_time = asyncio.Lock()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._worker = asyncio.create_task(self._work())

    async def _hang_up(self) -> None:
        assert self._server is not None
        await stop_accepting(self._server.sockets)
        self._server.close()
        if self._writer is not None:
            self._writer.transport.abort()
        await cancel_other_tasks()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A handler that ends as cancelled is logged as an error by Python 3.11.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            async with self._one_at_a_time:
                self._writer = writer
                try:
                    while data := await reader.read(1024):
                        await self._has_room.wait()
                        self._receive(data)
                finally:
                    self._writer = None
        writer.transport.abort()

    def _receive(self, data: bytes) -> None:
        faults = self.faults
        self.bytes_received += len(data)
        if faults.dies_after_bytes is not None:
            data = data[: faults.dies_after_bytes]
            faults.dies_after_bytes -= len(data)
        if faults.hangs_up_after_bytes is not None:
            data = data[: faults.hangs_up_after_bytes]
            faults.hangs_up_after_bytes -= len(data)
        self._answer_real_time(data)
        self._buffer += data
        self._work_off(len(self._buffer) if faults.bytes_per_s is None else 0)
        if faults.hangs_up_after_bytes == 0 and self._writer is not None:
            faults.hangs_up_after_bytes = None
            self._writer.transport.abort()

    def _answer_real_time(self, data: bytes) -> None:
        """DLE EOT is answered as it comes in, wherever it stands: inside pictures too."""
        seen = self._tail + data
        start = 0
        while (found := seen.find(b"\x10\x04", start)) >= 0 and found + 2 < len(seen):
            self._send(self._answer_status(seen[found + 2]))
            start = found + 3
        self._tail = seen[max(start, len(seen) - 2) :]

    async def _work(self) -> None:
        """Goes on after stops, and works slowly where that is wanted."""
        while True:
            await asyncio.sleep(TICK_S)
            speed = self.faults.bytes_per_s
            self._work_off(len(self._buffer) if speed is None else max(1, int(speed * TICK_S)))

    def _work_off(self, count: int) -> None:
        if self._interpreter.is_stopped:
            self._interpreter.feed(b"")
        while count > 0 and self._buffer and not self._interpreter.is_stopped:
            piece = bytes(self._buffer[: min(count, 256)])
            del self._buffer[: len(piece)]
            count -= len(piece)
            self._interpreter.feed(piece)
        # Without room the host's bytes stay in the network, and its sending stands still.
        if len(self._buffer) > RECEIVE_BUFFER_BYTES:
            self._has_room.clear()
        else:
            self._has_room.set()

    def _send(self, data: bytes) -> None:
        is_dead = self.faults.dies_after_bytes == 0
        if data and not is_dead and self._writer is not None:
            self._writer.write(data)

    def _keep_sheet(self, sheet: Sheet) -> None:
        if sheet.is_blank:
            return
        with self._new_sheet:
            self.sheet_count += 1
            self.sheets = [*self.sheets[1 - SHEETS_KEPT :], sheet]
            if self._folder is not None:
                save_sheet(sheet, self._folder / f"paper-{self.sheet_count:04}.png")
            self._new_sheet.notify_all()


def save_sheet(sheet: Sheet, path: Path) -> None:
    """Write a sheet as a picture, with the edges of the paper that stay white.

    The file appears whole: whoever watches the folder never reads half a picture.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    paper = ImageOps.expand(sheet.picture.convert("L"), PAPER_EDGE_DOTS, fill=255)
    draft = path.with_suffix(".part")
    paper.save(draft, format="PNG")
    draft.replace(path)
