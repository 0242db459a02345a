"""Text as white textures, measured and drawn once and then kept.

White, because the colour is given when it is drawn: a change of theme costs nothing, and a screen
that comes again finds its words ready.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import Any, NamedTuple

from kivy.core.text import Label as CoreLabel

TEXTURES_KEPT = 900


class Face(NamedTuple):
    """A registered font at one size. `size_px` is whole, as the renderer wants it."""

    name: str
    bold: bool
    size_px: int


class Extent(NamedTuple):
    """Pixels above and below the baseline; both positive."""

    ascent: int
    descent: int


@lru_cache(maxsize=256)
def _label(face: Face) -> Any:
    label = CoreLabel(
        text="", font_name=face.name, bold=face.bold, font_size=face.size_px, font_hinting="light"
    )
    label.resolve_font_name()
    return label


@lru_cache(maxsize=8192)
def measure_width(text: str, face: Face) -> float:
    """The width of a text in pixels, spaces at its end included."""
    return float(_label(face).get_extents(text)[0]) if text else 0.0


@lru_cache(maxsize=256)
def measure_extent(face: Face) -> Extent:
    label = _label(face)
    return Extent(int(label.get_ascent()), abs(int(label.get_descent())))


_textures: OrderedDict[tuple[str, Face], Any] = OrderedDict()


def draw_text(text: str, face: Face) -> Any:
    """A texture of one line of text, white on nothing. Its top is `ascent` above the baseline."""
    key = (text, face)
    if key in _textures:
        _textures.move_to_end(key)
        return _textures[key]
    label = CoreLabel(
        text=text,
        font_name=face.name,
        bold=face.bold,
        font_size=face.size_px,
        font_hinting="light",
        color=(1, 1, 1, 1),
    )
    label.refresh()
    _textures[key] = label.texture
    if len(_textures) > TEXTURES_KEPT:
        _textures.popitem(last=False)
    return label.texture
