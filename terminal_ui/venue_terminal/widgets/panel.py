"""A part of a screen that is drawn cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.strip import Strip
from textual.widget import Widget

from venue_terminal.canvas import Canvas
from venue_terminal.roles import GROUND

Draw = Callable[[Canvas], None]


class Panel(Widget):
    """Shows what `draw` puts on a canvas of the panel's size. Never takes the focus.

    Args:
        draw: draws everything anew from the state; called when the state or the size has changed.
        glyphs: characters to replace, for terminals that can't show frames in one cell.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = f"""
    Panel {{ width: 1fr; height: 1fr; background: {GROUND}; }}
    """

    def __init__(
        self,
        draw: Draw,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
        glyphs: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._glyphs = glyphs
        self._canvas: Canvas | None = None

    def redraw(self) -> None:
        """The state has changed."""
        self._canvas = None
        self.refresh()

    @property
    def canvas(self) -> Canvas:
        """What is shown now."""
        columns, rows = self.size
        canvas = self._canvas
        if canvas is None or (canvas.columns, canvas.rows) != (columns, rows):
            canvas = self._canvas = Canvas(columns, rows)
            self._draw(canvas)
        return canvas

    def render_line(self, y: int) -> Strip:
        canvas = self.canvas
        if y >= canvas.rows or not canvas.columns:
            return Strip.blank(self.size.width)
        return canvas.strip(y, glyphs=self._glyphs)
