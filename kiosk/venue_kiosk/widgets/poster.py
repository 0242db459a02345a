"""Posters of events."""

from __future__ import annotations

from typing import NamedTuple

from kivy.graphics import Color, RoundedRectangle

from venue_kiosk.art import poster_texture
from venue_kiosk.look import Look
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box

Corners = tuple[float, float, float, float]


class EventArt(NamedTuple):
    """What a poster is drawn from: the name of a drawing, or else title and kind of the event."""

    name: str
    title: str
    kind: str


class Poster(Pane):
    """The drawing of an event, filling its box.

    Args:
        art: whose.
        corners_u: radius at upper left, upper right, lower right, lower left.
        titled: a title will be set on it.
        grey: sold out.
    """

    def __init__(
        self,
        look: Look,
        art: EventArt,
        size_u: tuple[float, float],
        *,
        corners_u: Corners = (24, 24, 24, 24),
        titled: bool = False,
        grey: bool = False,
    ) -> None:
        super().__init__(look)
        self.resize(*size_u)
        width, height = int(self.width), int(self.height)
        texture = poster_texture(
            art.name, width, height, title=art.title, kind=art.kind, titled=titled, grey=grey
        )
        inset = 0
        if look.theme == "contrast":
            draw_box(self, (0.0, 0.0, *size_u), look.colour("outline"), corners_u[0])
            inset = look.px(look.stroke_u("part"))
        with self.canvas:
            Color(1, 1, 1, 1)
            RoundedRectangle(
                texture=texture,
                pos=(inset, inset),
                size=(self.width - 2 * inset, self.height - 2 * inset),
                radius=[(corner * look.u,) * 2 for corner in corners_u],
            )
