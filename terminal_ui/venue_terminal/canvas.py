"""A grid of terminal cells that panels draw on; each cell has a character and a role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from venue_terminal import roles
from venue_terminal.cells import clean, cut, width

Run = tuple[str, str]  # text, role

BARS = "▁▂▃▄▅▆▇█"
# For terminals in which frame characters take two cells, or none: the same drawing in ASCII.
PLAIN_GLYPHS = str.maketrans("─│┌┐└┘━█▇▆▅▄▃▂▁▀●✓✕▲", "-|++++=#####...'*vx!")


class Canvas:
    """`columns` x `rows` cells, blank at first. Nothing is ever drawn past an edge."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self._cells: list[list[Run]] = [[(" ", "text")] * columns for _ in range(rows)]

    def put(self, row: int, column: int, text: str, role: str = "text", edge: int = 0) -> int:
        """Write text; what would pass `edge` (else the right border) is cut between characters.

        Returns:
            The column after the text.
        """
        edge = edge or self.columns
        if not 0 <= row < self.rows or not 0 <= column < edge:
            return column
        line = self._cells[row]
        for character in cut(clean(text), edge - column):
            wide = get_character_cell_size(character) == 2
            self._free(line, column)
            line[column] = (character, role)
            if wide:
                self._free(line, column + 1)
                line[column + 1] = ("", role)
            column += 2 if wide else 1
        return column

    def run(self, row: int, column: int, *parts: Run, edge: int = 0) -> int:
        """Write several pieces, each in its role, one after the other."""
        for text, role in parts:
            column = self.put(row, column, text, role, edge)
        return column

    def right(self, row: int, edge: int, text: str, role: str = "text") -> int:
        """Write text that ends before column `edge`. Returns the column where it starts."""
        text = cut(clean(text), edge)
        self.put(row, edge - width(text), text, role)
        return edge - width(text)

    def fill(self, row: int, role: str, start: int = 0, end: int = 0) -> None:
        """Give a stretch of a row another role; its characters stay."""
        line = self._cells[row]
        for column in range(start, end or self.columns):
            line[column] = (line[column][0], role)

    def frame(
        self, title: str = "", note: str = "", *, role: str = "line", note_role: str = "dim"
    ) -> None:
        """A frame around the whole canvas, a title at its left, a note at its right."""
        last, edge = self.rows - 1, self.columns - 1
        self.put(0, 0, "┌" + "─" * (edge - 1) + "┐", role)
        for row in range(1, last):
            self.put(row, 0, "│", role)
            self.put(row, edge, "│", role)
        self.put(last, 0, "└" + "─" * (edge - 1) + "┘", role)
        start = self.right(0, edge - 1, f" {note} ", note_role) if note else edge - 1
        if title:
            self.put(0, 2, f" {title} ", "title" if role == "focus" else "head", edge=start)

    def rule(self, row: int, start: int = 1, end: int = 0) -> None:
        """A thin line across."""
        self.put(row, start, "─" * ((end or self.columns - 1) - start), "line")

    def meter(self, row: int, column: int, size: int, part: float, role: str = "bar_full") -> None:
        """A bar of `size` cells, filled to `part` (0 to 1)."""
        full = min(size, max(0, round(size * part)))
        self.put(row, column, "━" * full, role)
        self.put(row, column + full, "─" * (size - full), "bar_empty")

    def bar_up(self, row: int, column: int, height: int, part: float, wide: int, role: str) -> None:
        """An upright bar that stands on `row`, `height` rows at most, filled to `part`."""
        eighths = round(min(1.0, max(0.0, part)) * height * 8)
        if part > 0:
            eighths = max(1, eighths)
        for step in range(height):
            level = min(8, eighths - step * 8)
            if level > 0:
                self.put(row - step, column, BARS[level - 1] * wide, role)

    def paste(self, other: Canvas, row: int, column: int) -> None:
        """Put a smaller drawing on this one."""
        for y, line in enumerate(other._cells):
            for x, (character, role) in enumerate(line):
                if character and row + y < self.rows:
                    self.put(row + y, column + x, character, role)

    def line(self, row: int) -> str:
        """The characters of one row."""
        return "".join(character for character, _ in self._cells[row])

    def lines(self) -> list[str]:
        return [self.line(row) for row in range(self.rows)]

    def role_at(self, row: int, column: int) -> str:
        return self._cells[row][column][1]

    def strip(
        self,
        row: int,
        style: Callable[[str], Style] = roles.style,
        glyphs: Mapping[int, int] | None = None,
    ) -> Strip:
        """One row as Textual shows it; `glyphs` replaces characters, for plain terminals."""
        segments: list[Segment] = []
        text, role = "", self._cells[row][0][1] if self.columns else ""
        for character, its_role in self._cells[row]:
            if its_role != role:
                segments.append(Segment(text, style(role)))
                text, role = "", its_role
            text += character
        segments.append(Segment(text, style(role)))
        if glyphs:
            segments = [Segment(s.text.translate(glyphs), s.style) for s in segments]
        return Strip(segments, self.columns)

    def _free(self, line: list[Run], column: int) -> None:
        """Before a cell is written: the other half of a wide character becomes a blank."""
        if line[column][0] == "" and column > 0:
            line[column - 1] = (" ", line[column - 1][1])
        elif column + 1 < self.columns and line[column + 1][0] == "":
            line[column + 1] = (" ", line[column + 1][1])
