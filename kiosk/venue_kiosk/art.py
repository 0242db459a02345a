"""Pictures: posters of events and icons, drawn from SVG files at the size that is needed.

Rendered once a size and kept in a folder on disk, because a poster for a whole screen takes a tenth
of a second and the same ones are shown all day. A folder that can't be written is no fault: then
pictures are rendered again at the next start.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import resvg_py
from kivy.graphics.texture import Texture
from PIL import Image

from venue_kiosk.poster_drawing import draw_poster
from venue_suite.domain.errors import VenueError
from venue_suite.typefaces import TypefaceMissing, cache_folder, typeface_path

# A box this much wider than high gets the drawing that was made for it.
WIDE_FROM = 1.25
TEXTURES_KEPT = 128
SERIF_FAMILY = "Noto Serif CJK SC"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_DATA = resources.files("venue_templates")


class PictureUnknown(VenueError):
    """A screen asked for an icon that is not in the set."""

    code = "picture_unknown"
    default_template = "There is no picture named {name}."


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the graphics card wants it.

    Attributes:
        width_px, height_px: its size.
        rgba: four bytes a pixel, rows from the top, not premultiplied.
    """

    width_px: int
    height_px: int
    rgba: bytes


# --- posters -----------------------------------------------------------------------------------


def poster(
    name: str,
    width_px: int,
    height_px: int,
    *,
    title: str = "",
    kind: str = "",
    titled: bool = False,
    grey: bool = False,
) -> Picture:
    """The poster of an event, filling its box (what does not fit is cut at both sides).

    Args:
        name: the event's `art`. A name without a drawing gets one made from title and kind.
        width_px, height_px: size of the box.
        title, kind: of the event, for a poster that has to be made.
        titled: leave the upper left calm, because the title will be set there.
        grey: almost without colour and pale, for what is sold out.
    """
    svg = _poster_svg(name, width_px / height_px, titled) or draw_poster(
        title or name, kind, width_px / height_px, titled=titled
    )
    picture = _render(svg, name, width_px, height_px)
    return _faded(picture) if grey else picture


def has_poster(name: str) -> bool:
    """There is a drawing of this name."""
    return bool(_NAME.fullmatch(name)) and _DATA.joinpath("posters", f"{name}.svg").is_file()


def _poster_svg(name: str, aspect: float, titled: bool) -> str:
    if not has_poster(name):
        return ""
    shape = "-titled" if titled else "-wide" if aspect >= WIDE_FROM else ""
    file = _DATA.joinpath("posters", f"{name}{shape}.svg")
    if not file.is_file():
        file = _DATA.joinpath("posters", f"{name}.svg")
    return file.read_text("utf-8")


def _faded(picture: Picture) -> Picture:
    """85 % of the colour taken out, 60 % opaque."""
    image = Image.frombytes("RGBA", (picture.width_px, picture.height_px), picture.rgba)
    pale = Image.blend(image, image.convert("LA").convert("RGBA"), 0.85)
    pale.putalpha(pale.getchannel("A").point([round(step * 0.6) for step in range(256)]))
    return Picture(picture.width_px, picture.height_px, pale.tobytes())


# --- icons -------------------------------------------------------------------------------------


def icon(name: str, size_px: int, stroke_u: float = 4) -> Picture:
    """A white icon on nothing, to be tinted when it is drawn.

    Args:
        name: of the set in `venue_templates/icons`, for example `ticket`; `mark` is the venue's.
        size_px: width and height.
        stroke_u: width of its strokes on its 48 u grid.

    Raises:
        PictureUnknown: there is none of this name.
    """
    file = _DATA.joinpath("icons", f"{name}.svg")
    if not _NAME.fullmatch(name) or not file.is_file():
        raise PictureUnknown(name=name)
    svg = file.read_text("utf-8")
    svg = svg.replace('stroke-width="4"', f'stroke-width="{stroke_u:g}"', 1)
    return _render(svg, f"icon-{name}", size_px, size_px)


def icon_names() -> list[str]:
    """All icons of the set."""
    files = (file.name for file in _DATA.joinpath("icons").iterdir())
    return sorted(name.removesuffix(".svg") for name in files if name.endswith(".svg"))


# --- textures ----------------------------------------------------------------------------------


@lru_cache(maxsize=TEXTURES_KEPT)
def poster_texture(
    name: str,
    width_px: int,
    height_px: int,
    *,
    title: str = "",
    kind: str = "",
    titled: bool = False,
    grey: bool = False,
) -> Any:
    """`poster` as a texture. Only on the window's thread."""
    return make_texture(
        poster(name, width_px, height_px, title=title, kind=kind, titled=titled, grey=grey)
    )


@lru_cache(maxsize=4 * TEXTURES_KEPT)
def icon_texture(name: str, size_px: int, stroke_u: float = 4) -> Any:
    """`icon` as a white texture. Only on the window's thread."""
    return make_texture(icon(name, size_px, stroke_u))


def make_texture(picture: Picture) -> Any:
    """A texture that is drawn upright by `Rectangle`. Only on the window's thread."""
    texture = Texture.create(size=(picture.width_px, picture.height_px), colorfmt="rgba")
    texture.blit_buffer(picture.rgba, colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


# --- rendering ---------------------------------------------------------------------------------


def draw_svg(svg: str, width_px: int, height_px: int) -> Picture:
    """Render SVG text at once, without keeping it."""
    return _decode(_rasterise(svg, max(1, width_px), max(1, height_px)))


def _render(svg: str, name: str, width_px: int, height_px: int) -> Picture:
    width_px, height_px = max(1, width_px), max(1, height_px)
    digest = hashlib.sha256(f"{resvg_py.__version__}|{svg}".encode()).hexdigest()[:16]
    kept = _folder() / f"{_safe(name)}-{width_px}x{height_px}-{digest}.png"
    try:
        return _decode(kept.read_bytes())
    except (OSError, ValueError):  # not there yet, or cut short when the power went
        data = _rasterise(svg, width_px, height_px)
        _keep(kept, data)
        return _decode(data)


def _rasterise(svg: str, width_px: int, height_px: int) -> bytes:
    """PNG bytes. The outer size makes `preserveAspectRatio` cut instead of stretch."""
    sized = svg.replace("<svg ", f'<svg width="{width_px}" height="{height_px}" ', 1)
    fonts = _fonts() if "<text" in svg else []
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=sized, skip_system_fonts=True, font_files=fonts, serif_family=SERIF_FAMILY
        )
    )


def _fonts() -> list[str]:
    try:
        return [str(typeface_path("serif", "bold"))]
    except TypefaceMissing:  # the drawing then stands without its letter
        return []


def _decode(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data)) as image:
        rgba = image.convert("RGBA")
        return Picture(rgba.width, rgba.height, rgba.tobytes())


def _keep(file: Path, data: bytes) -> None:
    """Beside its name first and then moved, so that no other kiosk program reads a half."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            part.write(data)
        Path(part.name).replace(file)
    except OSError:  # a read-only or full disk: the picture is simply rendered again next time
        return


def _safe(name: str) -> str:
    return name if _NAME.fullmatch(name) else "drawn"


def _folder() -> Path:
    return cache_folder().parent / "pictures"
