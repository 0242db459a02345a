"""Icons: white pictures of the shared set, tinted by a token; and the venue's mark."""

from __future__ import annotations

from kivy.graphics import Color, Rectangle

from venue_kiosk.art import icon_texture
from venue_kiosk.look import Look
from venue_kiosk.theme import Rgba
from venue_kiosk.widgets.pane import Pane


class Icon(Pane):
    """One icon, `size_u` square."""

    def __init__(
        self,
        look: Look,
        name: str,
        size_u: float = 48,
        tint: str = "ink",
        *,
        colour: Rgba | None = None,
        stroke_u: float = 4,
    ) -> None:
        super().__init__(look)
        self.resize(size_u, size_u)
        with self.canvas:
            Color(*(colour or look.colour(tint)))
            Rectangle(texture=icon_texture(name, look.px(size_u), stroke_u), size=self.size)


class Mark(Icon):
    """The venue's mark."""

    def __init__(self, look: Look, size_u: float, *, colour: Rgba | None = None) -> None:
        super().__init__(look, "mark", size_u, "primary", colour=colour)
