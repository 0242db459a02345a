"""Posters of events."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Rectangle

from venue_kiosk.art import poster_texture
from venue_kiosk.look import Look
from venue_kiosk.widgets.pane import Pane


class Poster(Pane):
    """The drawing of an event, filling its box, with round corners."""

    def __init__(
        self,
        look: Look,
        art: str,
        kind: str,
        width_u: float,
        height_u: float,
        *,
        radius_u: float = 24,
        round_bottom: bool = True,
        grey: bool = False,
    ) -> None:
        super().__init__(look)
        self.resize(width_u, height_u)
        texture: Any = poster_texture(art, int(self.width), int(self.height))
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(texture=texture, size=self.size)
