"""The state of a simulated ESC/POS printer and how it puts text and pictures on paper."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from PIL import Image

from venue_devices.simulated.paper import Sheet, Web
from venue_devices.simulated.type_face import CELL_DOTS, draw_text

TEXT_BYTES_MAX = 512
LINE_GAP_DOTS = 6
STOPPED = -1

# A generator that asks for a number of bytes and is sent them; `STOPPED` asks to be tried again.
Steps = Generator[int, bytes, None]


class Mechanism(Protocol):
    """The moving parts: what can fail between the bytes and the paper."""

    def advance(self) -> bool:
        """Move the paper on by one row of dots; False if it can't now (no paper, cover open)."""

    def cut(self) -> bool:
        """Cut; False if the cutter is blocked."""

    def answer_sensor(self) -> bytes:
        """What is sent back to GS r."""

    def answer_process(self, identifier: bytes) -> bytes:
        """What is sent back to GS ( H."""


@dataclass(frozen=True, slots=True)
class Style:
    align: int = 0
    width: int = 1
    height: int = 1
    bold: bool = False
    inverted: bool = False
    encoding: str = "cp437"
    is_chinese: bool = False


@dataclass(slots=True)
class QrCode:
    size: int = 3
    error: str = "L"
    data: bytes = b""


@dataclass(slots=True)
class Machine:
    """All that commands change.

    Attributes:
        web: the paper since the last cut.
        line: text that waits for its end of line, with the style of each run.
        stored: the picture that GS ( L holds for printing.
        answer: called with bytes that go back to the host.
        deliver: called with each sheet that was cut off.
    """

    web: Web
    mechanism: Mechanism
    answer: Callable[[bytes], None]
    deliver: Callable[[Sheet], None]
    style: Style = Style()
    line: list[tuple[bytes, Style]] = field(default_factory=list)
    stored: Image.Image | None = None
    qr: QrCode = field(default_factory=QrCode)

    def change_style(self, **changes: object) -> None:
        self.style = replace(self.style, **changes)  # type: ignore[arg-type]

    def add_text(self, byte: bytes) -> None:
        if not self.line or self.line[-1][1] != self.style:
            self.line.append((byte, self.style))
        elif len(self.line[-1][0]) < TEXT_BYTES_MAX:
            self.line[-1] = (self.line[-1][0] + byte, self.style)

    def print_line(self) -> Steps:
        """The waiting text, or an empty line."""
        if not self.line:
            self.web.add_line("")
            yield from self.feed_rows(CELL_DOTS + LINE_GAP_DOTS)
            return
        runs = [
            (data.decode("gb18030" if style.is_chinese else style.encoding, "replace"), style)
            for data, style in self.line
        ]
        self.line.clear()
        pictures = [
            draw_text(text, (style.width, style.height), style.bold, style.inverted)
            for text, style in runs
        ]
        line = Image.new("1", (sum(p.width for p in pictures), max(p.height for p in pictures)), 1)
        left = 0
        for picture in pictures:
            line.paste(picture, (left, line.height - picture.height))
            left += picture.width
        self.web.add_line("".join(text for text, _ in runs))
        yield from self.put_picture(line, runs[0][1].align)
        yield from self.feed_rows(LINE_GAP_DOTS)

    def finish_line(self) -> Steps:
        if self.line:
            yield from self.print_line()

    def put_picture(self, picture: Image.Image, align: int) -> Steps:
        room = self.web.width_dots - picture.width
        left = max(0, {1: room // 2, 2: room}.get(align, 0))
        wide = Image.new("1", (self.web.width_dots, picture.height), 1)
        wide.paste(picture, (left, 0))
        for row in _rows(wide):
            yield from self.put_row(row)

    def feed_rows(self, count: int) -> Steps:
        for _ in range(count):
            yield from self.put_row(b"")

    def put_row(self, row: bytes) -> Steps:
        while not self.mechanism.advance():
            yield STOPPED
        self.web.add_row(row)


def _rows(picture: Image.Image) -> Iterator[bytes]:
    """The rows of a mode "1" picture; 1 is black."""
    data, row_bytes = picture.tobytes(), (picture.width + 7) // 8
    for start in range(0, len(data), row_bytes):
        yield bytes(byte ^ 0xFF for byte in data[start : start + row_bytes])
