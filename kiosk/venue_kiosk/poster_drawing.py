"""A poster for an event that has none: drawn from its title and its kind, the same every time."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable
from xml.sax.saxutils import escape

# Two shades of the ground, the motif, the light: dark enough below white words.
_PALETTES = (
    ("#0F2A4A", "#27608F", "#F2C57C", "#FFF3DC"),
    ("#3B1530", "#8C2F55", "#F3A683", "#FFE9DC"),
    ("#0C3B36", "#1F7A66", "#F0C95B", "#FFF6DA"),
    ("#2B1B4D", "#5D45A0", "#F5A3C7", "#FDEBFF"),
    ("#4A1D12", "#A5472B", "#F7C873", "#FFF2DC"),
    ("#14283B", "#3F6E8C", "#E8735A", "#FFEFE6"),
)
WIDTH = 600


def draw_poster(title: str, kind: str, aspect: float, *, titled: bool = False) -> str:
    """SVG text of a poster.

    Args:
        title: its first character stands large and faint in the picture.
        kind: film, show, exhibition, sport, open_admission; anything else is drawn as a show.
        aspect: width / height of the box.
        titled: keep the motif out of the upper left.
    """
    height = round(WIDTH / max(0.2, min(5.0, aspect)))
    chance = random.Random(zlib.crc32(f"{title}|{kind}".encode()))  # noqa: S311 - must repeat
    dark, mid, motif, light = _PALETTES[chance.randrange(len(_PALETTES))]
    x, y = (WIDTH * 0.66, height * 0.62) if titled else (WIDTH * 0.5, height * 0.48)
    draw = _MOTIFS.get(kind, _draw_curtain)
    parts = draw(chance, height, (x, y), (motif, light))
    letter = "" if titled else _letter(title, height, light)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' preserveAspectRatio="xMidYMid slice"><defs><linearGradient id="ground" x1="0" y1="0"'
        f' x2="0" y2="1"><stop offset="0" stop-color="{dark}"/><stop offset="1"'
        f' stop-color="{mid}"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{height}" fill="url(#ground)"/>{parts}{letter}</svg>'
    )


_Point = tuple[float, float]
_Colours = tuple[str, str]


def _letter(title: str, height: int, colour: str) -> str:
    size = min(WIDTH, height) * 0.5
    first = escape(title.strip()[:1].upper())
    return (
        f'<text x="{WIDTH / 2:.0f}" y="{height / 2 + size * 0.36:.0f}" text-anchor="middle"'
        f' font-family="serif" font-weight="700" font-size="{size:.0f}" fill="{colour}"'
        f' opacity=".92">{first}</text>'
    )


def _draw_film(chance: random.Random, height: int, at: _Point, colours: _Colours) -> str:
    """A beam of light from a corner, and dust in it."""
    (x, y), (motif, light) = at, colours
    beam = (
        f'<path d="M{WIDTH} 0 {x - 260:.0f} {y + 150:.0f} {x + 120:.0f} {height}z" fill="{light}"'
        ' opacity=".16"/>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="150" fill="{motif}" opacity=".9"/>'
    )
    dust = "".join(
        f'<circle cx="{chance.uniform(0.2, 1) * WIDTH:.0f}" cy="{chance.random() * height:.0f}"'
        f' r="{chance.choice((2, 3, 4))}" fill="{light}" opacity="{chance.uniform(0.3, 0.8):.2f}"/>'
        for _ in range(36)
    )
    return beam + dust


def _draw_curtain(chance: random.Random, height: int, at: _Point, colours: _Colours) -> str:
    """Folds of a curtain that opens on a disc of light."""
    (x, y), (motif, light) = at, colours
    disc = (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="190" fill="{light}" opacity=".14"/>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="148" fill="{motif}" opacity=".9"/>'
    )
    folds = ""
    for step in range(7):
        swing = chance.uniform(14, 34)
        left = step * 26 - 30
        opacity = 0.4 - step * 0.05
        for edge, sign in ((left, 1), (WIDTH - left, -1)):
            folds += (
                f'<path d="M{edge} -10C{edge + sign * swing:.0f} {height * 0.35:.0f}'
                f' {edge - sign * swing:.0f} {height * 0.7:.0f} {edge + sign * 10} {height + 10}"'
                f' fill="none" stroke="{light}" stroke-width="9" opacity="{opacity:.2f}"/>'
            )
    return disc + folds


def _draw_frames(chance: random.Random, height: int, at: _Point, colours: _Colours) -> str:
    """Frames on a wall, each with another shape inside."""
    motif, light = colours
    side, parts = 120, ""
    for row in range(math.ceil(height / side)):
        for column in range(WIDTH // side):
            x, y = column * side + 12, row * side + 12
            shade = chance.choice((motif, light))
            inner = chance.choice(("circle", "square", "half"))
            parts += f'<rect x="{x}" y="{y}" width="96" height="96" fill="{shade}" opacity=".22"/>'
            if inner == "circle":
                parts += f'<circle cx="{x + 48}" cy="{y + 48}" r="30" fill="{shade}" opacity=".7"/>'
            elif inner == "half":
                parts += f'<path d="M{x} {y}h96l-96 96z" fill="{shade}" opacity=".6"/>'
            else:
                parts += (
                    f'<rect x="{x + 26}" y="{y + 26}" width="44" height="44" fill="{shade}"'
                    ' opacity=".7"/>'
                )
    return parts


def _draw_lanes(chance: random.Random, height: int, at: _Point, colours: _Colours) -> str:
    """Lanes of a track that bend round."""
    (x, y), (motif, light) = at, colours
    lanes = "".join(
        f'<ellipse cx="{x:.0f}" cy="{y + 60:.0f}" rx="{130 + lane * 52}" ry="{78 + lane * 34}"'
        f' fill="none" stroke="{light}" stroke-width="6" opacity="{0.75 - lane * 0.09:.2f}"/>'
        for lane in range(7)
    )
    runner = chance.uniform(0.2, 1.2) * math.pi
    return lanes + (
        f'<circle cx="{x + 182 * math.cos(runner):.0f}" cy="{y + 60 + 112 * math.sin(runner):.0f}"'
        f' r="26" fill="{motif}"/>'
    )


def _draw_hills(chance: random.Random, height: int, at: _Point, colours: _Colours) -> str:
    """Sun and hills: a day out."""
    (x, y), (motif, light) = at, colours
    parts = f'<circle cx="{x:.0f}" cy="{y - 40:.0f}" r="120" fill="{motif}" opacity=".95"/>'
    for layer in range(3):
        top = height * (0.6 + layer * 0.13)
        one, two = chance.uniform(-60, 20), chance.uniform(-20, 60)
        parts += (
            f'<path d="M0 {top:.0f}C160 {top + one:.0f} 260 {top + two:.0f} 340 {top:.0f}'
            f'S520 {top + one:.0f} 600 {top - 20:.0f}V{height}H0z" fill="{light}"'
            f' opacity="{0.16 + layer * 0.12:.2f}"/>'
        )
    return parts


_Motif = Callable[[random.Random, int, _Point, _Colours], str]
_MOTIFS: dict[str, _Motif] = {
    "film": _draw_film,
    "show": _draw_curtain,
    "exhibition": _draw_frames,
    "sport": _draw_lanes,
    "open_admission": _draw_hills,
}
