"""Posters of events."""

from __future__ import annotations

from kivy.graphics import Color, RoundedRectangle

from venue_kiosk.art import poster_texture
from venue_kiosk.look import Look
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box

Corners = tuple[float, float, float, float]


class Poster(Pane):
    """The drawing of an event, filling its box.

    Args:
        art: name of the drawing; an event without one gets one from its title and kind.
        corners_u: radius at upper left, upper right, lower right, lower left.
        titled: a title will be set on it.
        grey: sold out.
    """

    def __init__(
        self,
        look: Look,
        art: str,
        title: str,
        kind: str,
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
            art, width, height, title=title, kind=kind, titled=titled, grey=grey
        )
        with self.canvas:
            Color(1, 1, 1, 1)
            RoundedRectangle(
                texture=texture,
                size=self.size,
                radius=[(corner * look.u,) * 2 for corner in corners_u],
            )
        if look.theme == "contrast":
            frame = (0.0, 0.0, *size_u)
            draw_box(self, frame, (0, 0, 0, 0), corners_u[0], look.colour("outline"), 4)
