"""Draws a laid out paper as a one bit picture, a pixel a printer dot."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps

from venue_suite.paper import items
from venue_suite.paper.design import picture_bytes
from venue_suite.paper.typeset import advances
from venue_suite.ports import Raster
from venue_suite.typefaces import Weight, typeface

_INK = 1
# Grey from which a dot is printed. Half covered dots print: heated dots spread a little, and
# thin strokes of small Chinese characters would else break.
_THRESHOLD = 110


@lru_cache(maxsize=4096)
def _glyph(char: str, weight: Weight, size: int) -> tuple[Image.Image, int, int] | None:
    """A character's dots and their place relative to pen and baseline; None if it has none."""
    font = typeface("sans", weight, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(char, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    grey = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(grey).text((-left, -top), char, fill=255, font=font, anchor="ls")
    table = [255 if level >= _THRESHOLD else 0 for level in range(256)]
    return grey.point(table, "1"), left, top


@lru_cache(maxsize=16)
def _picture(file: str) -> Image.Image:
    """The picture as a mask: its black dots are set."""
    with Image.open(io.BytesIO(picture_bytes(file))) as picture:
        return ImageOps.invert(picture.convert("L")).convert("1")


def draw_sheet(sheet: items.Sheet, paper_width_dots: int) -> Raster:
    """The dots of a paper, in the middle of a paper that may be wider.

    Args:
        sheet: laid out, at most `paper_width_dots` wide.
        paper_width_dots: of the printer; the raster is the next smaller multiple of 8 wide.
    """
    width = max(sheet.width, paper_width_dots - paper_width_dots % 8)
    left = (width - sheet.width) // 2
    paper = Image.new("1", (sheet.width, max(8, sheet.height)))
    for item in sheet.items:
        _draw(paper, item)
    if left:
        wide = Image.new("1", (width, paper.height))
        wide.paste(paper, (left, 0))
        paper = wide
    return Raster(paper.width, paper.height, paper.tobytes())


def _draw(paper: Image.Image, item: items.Item) -> None:
    if isinstance(item, items.Text):
        _draw_text(paper, item)
    elif isinstance(item, items.Fill):
        paper.paste(_INK if item.is_ink else 0, _corners(item.area))
    elif isinstance(item, items.Dashes):
        _draw_dashes(paper, item)
    elif isinstance(item, items.Code):
        paper.paste(_code(item.rows, item.module), (item.area.x, item.area.y))
    else:
        mask = _picture(item.file)
        paper.paste(_INK if item.is_ink else 0, _corners(item.area), mask)


def _corners(area: items.Area) -> tuple[int, int, int, int]:
    return area.x, area.y, area.x + area.width, area.y + area.height


def _draw_text(paper: Image.Image, item: items.Text) -> None:
    colour = _INK if item.is_ink else 0
    pen = float(item.area.x)
    steps = advances(item.text, item.weight, item.size, item.tracking)
    for char, step in zip(item.text, steps, strict=True):
        if glyph := _glyph(char, item.weight, item.size):
            mask, left, top = glyph
            x, y = round(pen) + left, item.baseline + top
            paper.paste(colour, (x, y, x + mask.width, y + mask.height), mask)
        pen += step


def _draw_dashes(paper: Image.Image, item: items.Dashes) -> None:
    colour = _INK if item.is_ink else 0
    area = item.area
    end = area.x + area.width
    for x in range(area.x, end, item.on + item.off):
        paper.paste(colour, (x, area.y, min(x + item.on, end), area.y + area.height))


def _code(rows: tuple[bytes, ...], module: int) -> Image.Image:
    """A QR code with its quiet zone."""
    count = len(rows)
    small = Image.new("L", (count + 2 * items.QUIET_MODULES,) * 2)
    dark = Image.frombytes("L", (count, count), b"".join(rows)).point([0, 255] + [0] * 254)
    small.paste(dark, (items.QUIET_MODULES, items.QUIET_MODULES))
    side = small.width * module
    return small.resize((side, side), Image.Resampling.NEAREST).convert(
        "1", dither=Image.Dither.NONE
    )


def raster_to_png(raster: Raster) -> bytes:
    """A raster as a one bit PNG file, black on white, for previews and e-mail."""
    size = (raster.width_dots, raster.height_dots)
    picture = Image.frombytes("1", size, raster.bits, "raw", "1;I")
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(203, 203))
    return file.getvalue()
