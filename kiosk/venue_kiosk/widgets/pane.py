"""The base of all widgets: children lie where they are put, in u from the upper left corner."""

from __future__ import annotations

from typing import Any

from kivy.graphics import PopMatrix, PushMatrix, Translate
from kivy.uix.widget import Widget

from venue_kiosk.look import Look


class Pane(Widget):
    """A rectangle with its own coordinates.

    Kivy counts pixels from the lower left; the design counts u from the upper left. `put` takes the
    design's measures. A pane's children move with it at the cost of one matrix.
    """

    def __init__(self, look: Look, **kwargs: Any) -> None:
        kwargs.setdefault("size_hint", (None, None))
        super().__init__(**kwargs)
        self.look = look
        self.width_u = 0.0
        self.height_u = 0.0
        with self.canvas.before:
            PushMatrix()
            self._shift = Translate(0, 0, 0)
        with self.canvas.after:
            PopMatrix()
        self.bind(pos=self._follow_pos)

    def _follow_pos(self, *_: object) -> None:
        self._shift.xyz = (*self.pos, 0)

    def apply_class_lang_rules(self, *_: Any, **__: Any) -> None:
        """Kivy's own style sheet goes by class names; a pane named like one of its is no such."""

    # --- placing ---------------------------------------------------------------------------

    def resize(self, width_u: float, height_u: float) -> None:
        """Take a size; done before children are put."""
        self.width_u, self.height_u = width_u, height_u
        self.size = (self.look.px(width_u), self.look.px(height_u))

    def put(self, child: Any, x: float, y: float, *size: float) -> float:
        """Add a child with its upper left corner at (x, y) and, if given, (width, height).

        Returns:
            The y of its lower edge, in u.
        """
        if size:
            child.resize(*size)
        look = self.look
        child.pos = (look.px(x), self.height - look.px(y) - child.height)
        if child.parent is None:
            self.add_widget(child)
        return y + child.height_u

    def empty(self) -> None:
        """Take all children out and wipe what was drawn on the pane itself."""
        self.clear_widgets()
        self.canvas.clear()

    # --- coordinates -----------------------------------------------------------------------

    def to_parent(self, x: float, y: float, relative: bool = False) -> tuple[float, float]:
        return x + self.x, y + self.y

    def to_local(self, x: float, y: float, relative: bool = False) -> tuple[float, float]:
        return x - self.x, y - self.y

    def _pass_on(self, event: str, touch: Any) -> bool:
        touch.push()
        touch.apply_transform_2d(self.to_local)
        try:
            return bool(getattr(super(), event)(touch))
        finally:
            touch.pop()

    def on_touch_down(self, touch: Any) -> bool:
        return self._pass_on("on_touch_down", touch)

    def on_touch_move(self, touch: Any) -> bool:
        return self._pass_on("on_touch_move", touch)

    def on_touch_up(self, touch: Any) -> bool:
        return self._pass_on("on_touch_up", touch)
