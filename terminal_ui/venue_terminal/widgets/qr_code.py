"""A QR code in a terminal: half blocks, two modules a cell, dark on light with its quiet zone."""

from __future__ import annotations

import segno

from venue_terminal.canvas import Canvas

QUIET = 2  # four are asked for by the standard; phones read two, and the panel around is dark


def draw_code(canvas: Canvas, text: str, row: int, rows: int, *, left: int | None = None) -> bool:
    """Draw the code on the canvas, from `row` on, `rows` high at most.

    Args:
        left: its first column; None for the middle.

    Returns:
        False if it doesn't fit; nothing is drawn then.
    """
    modules = segno.make_qr(text, error="l").matrix
    size = len(modules) + 2 * QUIET
    height = (size + 1) // 2
    if height > rows or size > canvas.columns - 2:
        return False
    if left is None:
        left = (canvas.columns - size) // 2
    top = row + (rows - height) // 2
    for cell_row in range(height):
        line = "".join(
            _half(_dark(modules, x, 2 * cell_row), _dark(modules, x, 2 * cell_row + 1))
            for x in range(size)
        )
        canvas.put(top + cell_row, left, line, "paper")
    return True


def _dark(modules: tuple[bytearray, ...], x: int, y: int) -> bool:
    x, y = x - QUIET, y - QUIET
    return 0 <= y < len(modules) and 0 <= x < len(modules) and bool(modules[y][x])


def _half(upper: bool, lower: bool) -> str:
    if upper and lower:
        return "█"
    return "▀" if upper else "▄" if lower else " "
