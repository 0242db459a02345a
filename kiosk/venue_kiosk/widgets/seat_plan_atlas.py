"""The little pictures that seat plans are made of, all in one texture: dots, seats, figures.

Colours are baked in, so that a plan is drawn as one mesh whatever the states of its seats; another
theme makes another atlas. Sprites are whole pixels in size and drawn at whole pixels: always crisp.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from PIL import Image, ImageDraw

from venue_kiosk.art import Picture, draw_svg
from venue_kiosk.theme import Rgba
from venue_suite.typefaces import typeface

ATLAS_WIDTH_PX = 1024
NUMBER_U = 34
ROW_NAME_U = 32
SEAT_U = 76
CAP_MIDDLE = 0.355  # of the em: how far the middle of a figure lies above its baseline

TOKENS = (
    "seat1", "seat2", "seat3", "seat4", "seat_gone", "seat_access",
    "outline", "surface", "ink", "ink2", "bg",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sprite:
    """A part of the atlas.

    Attributes:
        width_px, height_px: its size; it is drawn around its centre.
        left, top, right, bottom: its corners as shares of the texture, top row first.
        advance_px: glyphs only: how far the next one stands to the right.
    """

    width_px: int
    height_px: int
    left: float
    top: float
    right: float
    bottom: float
    advance_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Atlas:
    picture: Picture
    sprites: Mapping[str, Sprite]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A sprite that waits for its place: a size, and what draws it."""

    name: str
    width_px: int
    height_px: int
    body: str = ""
    glyph: Image.Image | None = None
    advance_px: float = 0.0


@lru_cache(maxsize=6)
def build_atlas(
    colours: tuple[tuple[str, Rgba], ...], u: float, dots_u: tuple[float, ...], glyphs: str
) -> Atlas:
    """Draw all sprites.

    Args:
        colours: token -> colour for `TOKENS`, as pairs.
        u: pixels of one u.
        dots_u: for each plan drawn with dots, their diameter in u: sprites `0.free1`, `1.free1` ...
        glyphs: the characters of seat numbers and row names; empty without a zoom.
    """
    paint = {token: css_colour(colour) for token, colour in colours}
    cells: list[_Cell] = []
    for index, dot_u in enumerate(dots_u):
        cells += _dot_cells(f"{index}.", paint, u, dot_u)
    if glyphs:
        cells += _seat_cells(paint, u)
        fills = dict(colours)
        for glyph in sorted(set(glyphs)):
            cells.append(_glyph_cell("n." + glyph, glyph, NUMBER_U * u, fills["surface"]))
            cells.append(_glyph_cell("r." + glyph, glyph, ROW_NAME_U * u, fills["ink2"]))
    return _pack(cells, u)


def css_colour(colour: Rgba) -> str:
    """`#rrggbb`, for SVG."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour[:3])


# --- drawing -----------------------------------------------------------------------------------


def _shape(name: str, u: float, size_u: float, body: str) -> _Cell:
    side = max(2, math.ceil(size_u * u) + 2)
    return _Cell(name, side, side, body)


def _dot_cells(prefix: str, paint: Mapping[str, str], u: float, dot_u: float) -> list[_Cell]:
    """Seats of a whole plan, in the proportions of a dot of 16 u."""
    radius, step = dot_u / 2, dot_u / 16
    gone = f'<circle r="{radius / 2:g}" fill="{paint["seat_gone"]}"/>'
    ring, square = 2.5 * step, 2 * (radius + 1.4 * step)
    cells = [
        _shape(f"{prefix}free{rank}", u, dot_u, f'<circle r="{radius:g}" fill="{paint[token]}"/>')
        for rank, token in enumerate(("seat1", "seat2", "seat3", "seat4"), 1)
    ]
    cells.append(_shape(f"{prefix}gone", u, dot_u, gone))
    cells.append(
        _shape(
            f"{prefix}held",
            u,
            dot_u,
            f'<circle r="{radius - ring / 2:g}" fill="{paint["surface"]}"'
            f' stroke="{paint["outline"]}" stroke-width="{ring:g}"/>',
        )
    )
    cells.append(
        _shape(
            f"{prefix}access",
            u,
            square,
            f'<rect x="{-square / 2:g}" y="{-square / 2:g}" width="{square:g}" height="{square:g}"'
            f' rx="{4 * step:g}" fill="{paint["seat_access"]}"/>'
            f'<circle r="{3.4 * step:g}" fill="{paint["surface"]}"/>',
        )
    )
    mine = radius + 3 * step
    cells.append(
        _shape(
            f"{prefix}mine",
            u,
            2 * mine + 3 * step,
            f'<circle r="{mine:g}" fill="{paint["ink"]}" stroke="{paint["surface"]}"'
            f' stroke-width="{3 * step:g}"/>',
        )
    )
    return cells


def _seat_cells(paint: Mapping[str, str], u: float) -> list[_Cell]:
    """Seats of the zoom: 76 u squares."""
    cells = [
        _shape(f"z.free{rank}", u, SEAT_U, _square(SEAT_U, 22, paint[token]))
        for rank, token in enumerate(("seat1", "seat2", "seat3", "seat4"), 1)
    ]
    person = '<circle cy="-7" r="9"/><path d="M-18 20a18 17 0 0 1 36 0z"/>'
    held = (
        f'<rect x="-36" y="-36" width="72" height="72" rx="20" fill="none"'
        f' stroke="{paint["outline"]}" stroke-width="4"/><g fill="{paint["outline"]}">{person}</g>'
    )
    tick = (
        f'<path d="M-18 0l13 14 24-28" fill="none" stroke="{paint["bg"]}" stroke-width="8"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )
    wheel = _icon_body("wheel").replace("#fff", paint["surface"])
    access = _square(SEAT_U, 10, paint["seat_access"]) + (
        f'<g transform="translate(-24 -24)" fill="none" stroke="{paint["surface"]}"'
        f' stroke-width="4" stroke-linecap="round" stroke-linejoin="round">{wheel}</g>'
    )
    badge = (
        f'<circle r="18" fill="{paint["seat_access"]}" stroke="{paint["surface"]}"'
        f' stroke-width="4"/><g fill="{paint["surface"]}"'
        f' transform="translate(0 -2) scale(.55)">{person}</g>'
    )
    return [
        *cells,
        _shape("z.gone", u, 36, _square(36, 12, paint["seat_gone"])),
        _shape("z.held", u, SEAT_U, held),
        _shape("z.mine", u, 82, _square(82, 24, paint["ink"]) + tick),
        _shape("z.access", u, SEAT_U, access),
        _shape("z.companion", u, 42, badge),
    ]


def _square(side_u: float, radius_u: float, fill: str) -> str:
    return (
        f'<rect x="{-side_u / 2:g}" y="{-side_u / 2:g}" width="{side_u:g}" height="{side_u:g}"'
        f' rx="{radius_u:g}" fill="{fill}"/>'
    )


def _icon_body(name: str) -> str:
    svg = resources.files("venue_templates").joinpath("icons", f"{name}.svg").read_text("utf-8")
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")].strip()


def _glyph_cell(name: str, glyph: str, size_px: float, colour: Rgba) -> _Cell:
    """One figure or letter, its middle at the middle of the cell."""
    size = max(4, round(size_px))
    face = typeface("latin" if glyph.isascii() else "sans", "bold", size)
    advance = face.getlength(glyph)
    width, height = math.ceil(advance) + 4, round(size * 1.5)
    mask = Image.new("L", (width, height), 0)
    baseline = height / 2 + CAP_MIDDLE * size
    ImageDraw.Draw(mask).text(
        ((width - advance) / 2, round(baseline)), glyph, fill=255, font=face, anchor="ls"
    )
    red, green, blue = (round(part * 255) for part in colour[:3])
    picture = Image.new("RGBA", mask.size, (red, green, blue, 0))
    picture.putalpha(mask)
    return _Cell(name, width, height, glyph=picture, advance_px=advance)


# --- packing -----------------------------------------------------------------------------------


def _pack(cells: list[_Cell], u: float) -> Atlas:
    """On shelves, the highest first."""
    ordered = sorted(cells, key=lambda cell: -cell.height_px)
    places: dict[str, tuple[int, int]] = {}
    x = y = shelf = 0
    for cell in ordered:
        if x + cell.width_px > ATLAS_WIDTH_PX:
            x, y, shelf = 0, y + shelf, 0
        places[cell.name] = (x, y)
        x += cell.width_px
        shelf = max(shelf, cell.height_px)
    height_px = y + shelf
    parts = [
        f'<g transform="translate({px + cell.width_px / 2:g} {py + cell.height_px / 2:g})'
        f' scale({u:g})">{cell.body}</g>'
        for cell in ordered
        if cell.body
        for px, py in (places[cell.name],)
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ATLAS_WIDTH_PX} {height_px}">'
        + "".join(parts)
        + "</svg>"
    )
    drawn = draw_svg(svg, ATLAS_WIDTH_PX, height_px)
    image = Image.frombytes("RGBA", (drawn.width_px, drawn.height_px), drawn.rgba)
    for cell in ordered:
        if cell.glyph is not None:
            image.paste(cell.glyph, places[cell.name])
    picture = Picture(ATLAS_WIDTH_PX, height_px, image.tobytes())
    return Atlas(
        picture, {cell.name: _sprite(cell, places[cell.name], height_px) for cell in cells}
    )


def _sprite(cell: _Cell, place: tuple[int, int], height_px: int) -> Sprite:
    x, y = place
    return Sprite(
        cell.width_px,
        cell.height_px,
        x / ATLAS_WIDTH_PX,
        y / height_px,
        (x + cell.width_px) / ATLAS_WIDTH_PX,
        (y + cell.height_px) / height_px,
        cell.advance_px,
    )


def atlas_colours(colour: Callable[[str], Rgba]) -> tuple[tuple[str, Rgba], ...]:
    """The colours of the present theme, as `build_atlas` takes them."""
    return tuple((token, colour(token)) for token in TOKENS)
