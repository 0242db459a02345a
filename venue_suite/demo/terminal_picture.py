"""Draws what a terminal shows as a picture, cell by cell, for the record of a demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import ColorType
from rich.style import Style
from rich.text import Text

from venue_suite.typefaces import typeface

CELL_WIDTH, CELL_HEIGHT = 11, 24
MARGIN = 14
TEXT_SIZE = 18
# What the console assumes of its terminal where it names no colour itself.
GROUND, INK = (16, 25, 27), (236, 232, 221)

# Which halves of a cell a frame character draws: left, right, up, down.
_FRAMES = {
    "─": "lr", "━": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu",
    "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud",
}  # fmt: skip
_BLOCKS = "▁▂▃▄▅▆▇█"
_SIGNS = "●✕"  # too wide, or missing, in the faces that have all the rest


def draw_terminal(ansi: str, file: Path) -> None:
    """Draw lines with ANSI colours, as `tmux capture-pane -e` gives them, into a PNG file."""
    lines = [Text.from_ansi(line) for line in ansi.rstrip("\n").split("\n")]
    columns = max(80, *(cell_len(line.plain) for line in lines))
    size = (columns * CELL_WIDTH + 2 * MARGIN, len(lines) * CELL_HEIGHT + 2 * MARGIN)
    picture = Image.new("RGB", size, GROUND)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        for column, character, style in _cells(line):
            x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
            _draw_cell(pen, x, y, character, style)
    picture.save(file)


def _cells(line: Text) -> Iterator[tuple[int, str, Style]]:
    column = 0
    for index, character in enumerate(line.plain):
        style = Style.null()
        for span in line.spans:
            if span.start <= index < span.end:
                style += span.style if isinstance(span.style, Style) else Style.parse(span.style)
        yield column, character, style
        column += cell_len(character)


def _draw_cell(pen: ImageDraw.ImageDraw, x: int, y: int, character: str, style: Style) -> None:
    ink, ground = _colours(style)
    width = CELL_WIDTH * max(1, cell_len(character))
    if ground != GROUND:
        pen.rectangle((x, y, x + width - 1, y + CELL_HEIGHT - 1), fill=ground)
    if character in _FRAMES:
        _draw_frame(pen, x, y, character, ink)
    elif character in _BLOCKS:
        height = CELL_HEIGHT * (_BLOCKS.index(character) + 1) // len(_BLOCKS)
        top = y + CELL_HEIGHT - height
        pen.rectangle((x, top, x + CELL_WIDTH - 1, y + CELL_HEIGHT - 1), fill=ink)
    elif character in _SIGNS:
        _draw_sign(pen, x, y, character, ink)
    elif not character.isspace():
        font = _font(character, bold=bool(style.bold))
        left = x + (width - font.getlength(character)) / 2
        pen.text((left, y + CELL_HEIGHT - 6), character, font=font, fill=ink, anchor="ls")


def _draw_frame(
    pen: ImageDraw.ImageDraw, x: int, y: int, character: str, ink: tuple[int, int, int]
) -> None:
    middle_x, middle_y = x + CELL_WIDTH // 2, y + CELL_HEIGHT // 2
    ends = {
        "l": (x, middle_y),
        "r": (x + CELL_WIDTH - 1, middle_y),
        "u": (middle_x, y),
        "d": (middle_x, y + CELL_HEIGHT - 1),
    }
    thick = 3 if character == "━" else 1
    for half in _FRAMES[character]:
        pen.line((middle_x, middle_y, *ends[half]), fill=ink, width=thick)


def _draw_sign(
    pen: ImageDraw.ImageDraw, x: int, y: int, character: str, ink: tuple[int, int, int]
) -> None:
    box = (x + 1, y + 8, x + CELL_WIDTH - 2, y + 8 + CELL_WIDTH - 3)
    if character == "●":
        pen.ellipse(box, fill=ink)
    else:
        pen.line((box[0], box[1], box[2], box[3]), fill=ink, width=2)
        pen.line((box[0], box[3], box[2], box[1]), fill=ink, width=2)


def _font(character: str, *, bold: bool) -> ImageFont.FreeTypeFont:
    weight = "bold" if bold else "regular"
    family = "mono" if ord(character) < 0x2000 else "sans"
    return typeface(family, weight, TEXT_SIZE)  # type: ignore[arg-type]  # both are literals


def _colours(style: Style) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    ink = _rgb(style, INK, foreground=True)
    ground = _rgb(style, GROUND, foreground=False)
    return (ground, ink) if style.reverse else (ink, ground)


def _rgb(
    style: Style, otherwise: tuple[int, int, int], *, foreground: bool
) -> tuple[int, int, int]:
    colour = style.color if foreground else style.bgcolor
    if colour is None or colour.type is ColorType.DEFAULT:
        return otherwise
    triplet = colour.get_truecolor(foreground=foreground)
    return (triplet.red, triplet.green, triplet.blue)
