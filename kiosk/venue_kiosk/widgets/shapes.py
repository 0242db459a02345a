"""Rectangles, discs and rings with smooth edges, drawn into a pane's own canvas."""

from __future__ import annotations

from typing import Any

from kivy.graphics import (
    Color,
    Rectangle,
    SmoothEllipse,
    SmoothLine,
    SmoothRoundedRectangle,
)

from venue_kiosk.theme import Rgba
from venue_kiosk.widgets.pane import Pane


def draw_box(
    pane: Pane,
    box_u: tuple[float, float, float, float],
    fill: Rgba,
    radius_u: float = 0,
    border: Rgba | None = None,
    stroke_u: float = 0,
) -> tuple[Any, Any]:
    """A rectangle (x, y, width, height in u from the upper left), rounded, with a border inside.

    Returns:
        The colours of border (or None) and fill, to change later.
    """
    outer = None
    with pane.canvas:
        if border is not None and stroke_u > 0:
            outer = Color(*border)
            _rounded(pane, box_u, radius_u)
            inset = max(1, pane.look.px(stroke_u)) / pane.look.u
            x, y, width, height = box_u
            box_u = (x + inset, y + inset, width - 2 * inset, height - 2 * inset)
            radius_u = max(0.0, radius_u - inset)
        inner = Color(*fill)
        _rounded(pane, box_u, radius_u)
    return outer, inner


def _rounded(pane: Pane, box_u: tuple[float, float, float, float], radius_u: float) -> None:
    pos, size = _pixels(pane, box_u)
    if radius_u <= 0:
        Rectangle(pos=pos, size=size)
    else:
        radius = min(radius_u * pane.look.u, min(size) / 2)
        SmoothRoundedRectangle(pos=pos, size=size, radius=[radius], segments=12)


def _pixels(
    pane: Pane, box_u: tuple[float, float, float, float]
) -> tuple[tuple[int, int], tuple[int, int]]:
    px = pane.look.px
    x, y, width, height = box_u
    left, right, top, bottom = px(x), px(x + width), px(y), px(y + height)
    return (left, int(pane.height) - bottom), (right - left, bottom - top)


def draw_disc(pane: Pane, x_u: float, y_u: float, radius_u: float, fill: Rgba) -> Any:
    """A filled circle about a centre. Returns its colour."""
    look = pane.look
    radius = radius_u * look.u
    with pane.canvas:
        colour = Color(*fill)
        SmoothEllipse(
            pos=(x_u * look.u - radius, pane.height - y_u * look.u - radius),
            size=(2 * radius, 2 * radius),
        )
    return colour


def draw_arc(
    pane: Pane, centre_u: tuple[float, float], radius_u: float, stroke_u: float, colour: Rgba
) -> Any:
    """A full ring; set `.circle` of what is returned to (x, y, radius, from, to) for a part."""
    look = pane.look
    x, y = centre_u[0] * look.u, pane.height - centre_u[1] * look.u
    with pane.canvas:
        Color(*colour)
        return SmoothLine(
            circle=(x, y, radius_u * look.u), width=stroke_u * look.u / 2, cap="round"
        )


def draw_rule(pane: Pane, x_u: float, y_u: float, width_u: float, colour: Rgba) -> None:
    """A hair line across."""
    look = pane.look
    height = max(1, look.px(look.stroke_u("hair")))
    with pane.canvas:
        Color(*colour)
        Rectangle(
            pos=(look.px(x_u), pane.height - look.px(y_u) - height),
            size=(look.px(width_u), height),
        )


def draw_picture(pane: Pane, box_u: tuple[float, float, float, float], texture: Any) -> Any:
    """A texture stretched over a box; returns the rectangle."""
    pos, size = _pixels(pane, box_u)
    with pane.canvas:
        Color(1, 1, 1, 1)
        return Rectangle(texture=texture, pos=pos, size=size)
