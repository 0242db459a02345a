"""Paper of a simulated printer: rows of dots that come out, and sheets that are cut off."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Sheet:
    """One piece of paper.

    Attributes:
        picture: mode "1", as wide as the printer prints, 0 is black.
        lines: what was printed as text, line by line.
    """

    picture: Image.Image
    lines: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Nothing is printed on it."""
        return not any(self.bits)

    @property
    def bits(self) -> bytes:
        """The dots as in `venue_suite.ports.Raster`: 1 is black."""
        return bytes(byte ^ 0xFF for byte in self.picture.tobytes())


class Web:
    """The paper since the last cut."""

    def __init__(self, width_dots: int) -> None:
        self.width_dots = width_dots
        self._rows: list[bytes] = []
        self._lines: list[str] = []

    @property
    def is_blank(self) -> bool:
        """Nothing is printed on what hangs out."""
        return not any(any(row) for row in self._rows)

    def add_row(self, row: bytes) -> None:
        """One row of dots, 1 is black; cut or filled with white to the printable width."""
        row_bytes = self.width_dots // 8
        self._rows.append(row[:row_bytes].ljust(row_bytes, b"\0"))

    def add_line(self, text: str) -> None:
        self._lines.append(text)

    def cut_off(self) -> Sheet | None:
        """What came out so far, as a sheet; None if nothing did."""
        rows, lines = self._rows, self._lines
        self._rows, self._lines = [], []
        if not rows:
            return None
        dots = bytes(byte ^ 0xFF for byte in b"".join(rows))
        return Sheet(Image.frombytes("1", (self.width_dots, len(rows)), dots), tuple(lines))
