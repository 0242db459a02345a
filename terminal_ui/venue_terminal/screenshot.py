"""Pictures of the console without a browser: every character in its own cell, as terminals do.

Textual exports a screen as SVG whose Chinese is squeezed when other typefaces than its own draw it.
So the cells are read from that SVG and drawn anew: wide characters centred in their two cells,
frames and bars as lines and boxes.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import resvg_py

from venue_terminal.canvas import BARS
from venue_terminal.cells import width
from venue_terminal.roles import GROUND

if TYPE_CHECKING:
    from textual.app import App

# The grid of Textual's export, in its own units.
_CELL_X, _CELL_Y = 12.2, 24.4
_BASELINE = 20.0
# The grid of our pictures, in pixels.
WIDE, HIGH, MARGIN = 10, 21, 14
ZOOM = 1.6
_STYLE_RULE = re.compile(r"\.([\w-]+) \{ fill: (#[0-9a-f]{6});?([^}]*)\}")
_LINES = {  # ends of strokes in halves of a cell: (x, y, x, y)
    "─": ((0, 1, 2, 1),),
    "│": ((1, 0, 1, 2),),
    "┌": ((1, 1, 2, 1), (1, 1, 1, 2)),
    "┐": ((0, 1, 1, 1), (1, 1, 1, 2)),
    "└": ((1, 0, 1, 1), (1, 1, 2, 1)),
    "┘": ((1, 0, 1, 1), (0, 1, 1, 1)),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some cells of a row: text in a colour, or a background (`text` empty)."""

    row: int
    column: int
    columns: int
    text: str
    colour: str
    bold: bool = False


def save_screenshot(app: App[object], path: Path, zoom: float = ZOOM) -> Path:
    """Save what a running app shows now as a PNG file.

    Args:
        app: running, also without a terminal (`run_test`).
        path: where to; its folder must exist.
        zoom: 1.0 makes a cell 10 x 21 pixels.
    """
    columns, rows = app.size
    pieces = list(read_pieces(app.export_screenshot()))
    svg = draw_svg(pieces, columns, rows)
    path.write_bytes(
        bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg, zoom=zoom, monospace_family="DejaVu Sans Mono", background=GROUND
            )
        )
    )
    return path


def read_pieces(svg: str) -> Iterator[Piece]:
    """The cells of a screen that Textual exported, backgrounds first."""
    styles = {name: (fill, "bold" in rest) for name, fill, rest in _STYLE_RULE.findall(svg)}
    root = ET.fromstring(svg)  # noqa: S314 - made by this program a moment ago
    matrix = [node for node in root.iter() if node.get("clip-path", "").startswith("url(#")]
    for node in root.iter():
        if node.tag.endswith("}rect") and node.get("shape-rendering") == "crispEdges":
            row = round((float(node.get("y", 0)) - 1.5) / _CELL_Y)
            column = round(float(node.get("x", 0)) / _CELL_X)
            columns = round(float(node.get("width", 0)) / _CELL_X)
            yield Piece(row, column, columns, "", node.get("fill", GROUND))
    for node in matrix:
        text = (node.text or "").replace("\xa0", " ").rstrip("\n")
        if node.tag.endswith("}text") and text:
            row = round((float(node.get("y", 0)) - _BASELINE) / _CELL_Y)
            column = round(float(node.get("x", 0)) / _CELL_X)
            fill, bold = styles.get(node.get("class", ""), ("#ece8dd", False))
            yield Piece(row, column, width(text), text, fill, bold)


def draw_svg(pieces: list[Piece], columns: int, rows: int) -> str:
    """An SVG of the pieces in a grid of cells."""
    wide, high = columns * WIDE + 2 * MARGIN, rows * HIGH + 2 * MARGIN
    body = "\n".join(part for piece in pieces for part in _draw_piece(piece))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="{-MARGIN} {-MARGIN} {wide} {high}">'
        f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{wide}" height="{high}" fill="{GROUND}"/>'
        f"{body}</svg>"
    )


def _draw_piece(piece: Piece) -> Iterator[str]:
    x, y = piece.column * WIDE, piece.row * HIGH
    if not piece.text:
        if piece.colour.lower() != GROUND.lower():
            size = f'width="{piece.columns * WIDE}" height="{HIGH}"'
            yield f'<rect x="{x}" y="{y}" {size} fill="{piece.colour}"/>'
        return
    for character in piece.text:
        cells = width(character)
        if character in _LINES or character in BARS or character in "━▀":
            yield _draw_box(character, x, y, piece.colour)
        elif character != " ":
            yield _draw_character(character, x, y, cells, piece)
        x += cells * WIDE


def _draw_character(character: str, x: int, y: int, cells: int, piece: Piece) -> str:
    family = "Noto Sans CJK SC" if cells == 2 else "DejaVu Sans Mono, Noto Sans Mono CJK SC"
    size = 17.5 if cells == 2 else 16.6
    weight = ' font-weight="700"' if piece.bold else ""
    middle = x + cells * WIDE / 2
    return (
        f'<text x="{middle}" y="{y + HIGH * 0.76:.1f}" fill="{piece.colour}"{weight} '
        f'text-anchor="middle" font-family="{family}" font-size="{size}">'
        f"{html.escape(character)}</text>"
    )


def _draw_box(character: str, x: int, y: int, colour: str) -> str:
    """Frames and bars as shapes, so that they meet from cell to cell."""
    if character in _LINES:
        half_x, half_y = WIDE / 2, HIGH / 2
        path = "".join(
            f"M{x + a * half_x} {y + b * half_y}L{x + c * half_x} {y + d * half_y}"
            for a, b, c, d in _LINES[character]
        )
        return f'<path d="{path}" stroke="{colour}" stroke-width="1.2" stroke-linecap="square"/>'
    if character == "━":
        top, high = y + HIGH / 2 - 3, 6.0
    elif character == "▀":
        top, high = float(y), HIGH / 2
    else:
        high = HIGH * (BARS.index(character) + 1) / 8
        top = y + HIGH - high
    return f'<rect x="{x}" y="{top}" width="{WIDE + 0.3}" height="{high + 0.3}" fill="{colour}"/>'
