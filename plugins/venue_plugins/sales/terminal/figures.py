"""Figures five rows high, for the change: legible from where the money lies."""

from __future__ import annotations

from venue_terminal.canvas import Canvas

HEIGHT = 5
_SHAPES = {
    "0": ("████", "█  █", "█  █", "█  █", "████"),
    "1": (" █  ", "██  ", " █  ", " █  ", "███ "),
    "2": ("████", "   █", "████", "█   ", "████"),
    "3": ("████", "   █", " ███", "   █", "████"),
    "4": ("█  █", "█  █", "████", "   █", "   █"),
    "5": ("████", "█   ", "████", "   █", "████"),
    "6": ("████", "█   ", "████", "█  █", "████"),
    "7": ("████", "   █", "  █ ", " █  ", " █  "),
    "8": ("████", "█  █", "████", "█  █", "████"),
    "9": ("████", "█  █", "████", "   █", "████"),
    ".": (" ", " ", " ", " ", "█"),
    ",": ("", "", "", "", ""),
    "-": ("   ", "   ", "███", "   ", "   "),
}


def figures_width(text: str) -> int:
    return sum(len(_SHAPES[character][0]) + 1 for character in text if _SHAPES[character][0]) - 1


def draw_figures(canvas: Canvas, row: int, edge: int, text: str, role: str) -> None:
    """Draw an amount (digits, point, minus) so that it ends before column `edge`."""
    column = edge - figures_width(text)
    for character in text:
        shape = _SHAPES[character]
        for below, part in enumerate(shape):
            canvas.put(row + below, column, part, role)
        column += len(shape[0]) + bool(shape[0])
