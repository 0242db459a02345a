"""Things that a finger may touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Scale

from venue_kiosk.look import Look
from venue_kiosk.theme import Rgba, darken
from venue_kiosk.widgets.pane import Pane

PRESS_DARKER = 0.12
PRESS_SCALE = 0.98


class Target(Pane):
    """A touchable area: it shows the press on touch down and acts on touch up inside.

    Args:
        name: stable name, for tests, automated demos and remote support: `pay`, `event/3`.
        on_tap: what it does; None makes it deaf.

    Attributes:
        enabled: deaf targets stay on screen but do nothing and are not listed.
    """

    def __init__(self, look: Look, name: str, on_tap: Callable[[], object] | None) -> None:
        super().__init__(look)
        self.target_name = name
        self.on_tap = on_tap
        self.enabled = on_tap is not None
        self._fill: tuple[Any, Rgba] | None = None
        with self.canvas.before:
            self._scale = Scale(1, 1, 1)

    def show_press_on(self, fill: Any) -> None:
        """Name the canvas colour that darkens while a finger is down."""
        self._fill = (fill, tuple(fill.rgba))

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        if super().on_touch_down(touch):
            return True
        if not self.enabled:
            return False
        touch.grab(self)
        self._press(True)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return super().on_touch_up(touch)
        touch.ungrab(self)
        if self.look.is_still:
            self._press(False)
        else:
            Clock.schedule_once(lambda _: self._press(False), self.look.motion_s("press"))
        if self.enabled and self.on_tap is not None and self.collide_point(*touch.pos):
            self.on_tap()
        return True

    def _press(self, is_down: bool) -> None:
        self._scale.origin = (self.width / 2, self.height / 2)
        scale = PRESS_SCALE if is_down else 1
        self._scale.xyz = (scale, scale, 1)
        if self._fill is not None:
            fill, normal = self._fill
            fill.rgba = darken(normal, PRESS_DARKER) if is_down else normal


def list_targets(root: Any) -> list[Target]:
    """The targets below a widget that work now, in drawing order."""
    found = [root] if isinstance(root, Target) and root.enabled else []
    for child in reversed(getattr(root, "children", ())):
        found += list_targets(child)
    return found
