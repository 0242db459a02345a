"""Words and the legend of seat plans, as canvas instructions.

A plan has a dozen short captions; widgets would always lie above its meshes, so the captions are
drawn between the layers of the plan instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from venue_kiosk.look import Look
from venue_kiosk.textures import Face, draw_text, measure_extent, measure_width
from venue_kiosk.typefaces import choose_face
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.seat_plan_atlas import Atlas

LEGEND_ROW_U = 52

Words = Sequence[tuple[str, str]]  # (text, colour token)


def atlas_texture(atlas: Atlas) -> Any:
    """The atlas on the graphics card, top row first as its sprites count."""
    picture = atlas.picture
    texture = Texture.create(size=(picture.width_px, picture.height_px), colorfmt="rgba")
    texture.blit_buffer(picture.rgba, colorfmt="rgba", bufferfmt="ubyte")
    return texture


def words_width(look: Look, text: str, role: str, *, is_bold: bool) -> float:
    """How wide a line of text is, in u."""
    face = Face(
        choose_face(text, look.language, False), is_bold, max(1, look.px(look.size_u(role)))
    )
    return measure_width(text, face) / look.u


def words_at(
    pane: Pane,
    words: Words,
    at_u: tuple[float, float],
    align: str,
    *,
    is_bold: bool = True,
    is_latin: bool = False,
) -> list[Any]:
    """Canvas instructions for one line of caption text around its middle line `at_u[1]`."""
    look = pane.look
    size = max(1, look.px(look.size_u("caption")))
    faces = [Face(choose_face(text, look.language, is_latin), is_bold, size) for text, _ in words]
    widths = [measure_width(text, face) for (text, _), face in zip(words, faces, strict=True)]
    x = at_u[0] * look.u - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * sum(widths)
    steps: list[Any] = []
    for (text, token), face, width in zip(words, faces, widths, strict=True):
        if text:
            texture, extent = draw_text(text, face), measure_extent(face)
            # The middle of a capital or a Chinese character, not of the line, stands on the line.
            baseline = pane.height - at_u[1] * look.u - 0.36 * size
            bottom = baseline + extent.ascent - texture.height
            steps.append(Color(*look.colour(token)))
            steps.append(
                Rectangle(texture=texture, pos=(round(x), round(bottom)), size=texture.size)
            )
        x += width
    return steps


def draw_words(
    pane: Pane,
    words: Words,
    at_u: tuple[float, float],
    align: str,
    *,
    is_bold: bool = True,
    is_latin: bool = False,
) -> None:
    """`words_at`, drawn on the pane."""
    for step in words_at(pane, words, at_u, align, is_bold=is_bold, is_latin=is_latin):
        pane.canvas.add(step)


def legend_rows(
    look: Look, legend: Sequence[tuple[str, str]], width_u: float
) -> list[list[tuple[str, str, float]]]:
    """The legend in as many rows as it needs: (sprite, words, width in u)."""
    rows: list[list[tuple[str, str, float]]] = []
    used = width_u + 1
    for sprite, words in legend:
        width = 42 + words_width(look, words, "caption", is_bold=False)
        if used + 16 + width > width_u:
            rows.append([])
            used = -16.0
        rows[-1].append((sprite, words, width))
        used += 16 + width
    return rows
