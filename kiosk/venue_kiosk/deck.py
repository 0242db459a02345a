"""What is on the stage: one screen, perhaps a sheet over it, perhaps a notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.uix.widget import Widget

from venue_kiosk.bare_screen import BareScreen
from venue_kiosk.look import STAGE_WIDTH_U, Look
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.sheets import Sheet
from venue_kiosk.widgets.text import Text

TOUCH_AGAIN_S = 0.3
TOUCH_AGAIN_U = 40
REFRESH_AGAIN_S = 0.05


class Stage(Pane):
    """The column of 1080 u in the middle of the window, and whatever is drawn in it.

    Two touches within 0.3 s at one place count once: an unsure finger is not a second answer.

    Attributes:
        fingers: how many are down.
        on_touch: called at each touch.
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.on_touch: Callable[[], object] = lambda: None
        self._last: tuple[float, float, float] = (0.0, 0.0, -1.0)
        self.fingers = 0

    def on_touch_down(self, touch: Any) -> bool:
        self.fingers += 1
        self.on_touch()
        x, y, at = self._last
        self._last = (touch.x, touch.y, touch.time_start)
        near = max(abs(touch.x - x), abs(touch.y - y)) < TOUCH_AGAIN_U * self.look.u
        if near and touch.time_start - at < TOUCH_AGAIN_S:
            return True
        return super().on_touch_down(touch)

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is None:
            self.fingers = max(0, self.fingers - 1)
        return super().on_touch_up(touch)


class Deck:
    """Keeps all screens and shows one of them.

    Attributes:
        root: the widget to put into the window.
        screen: what is shown; None before the first.
        sheet: what is over it, or None. Then nothing below it can be touched.
        on_shown: called when another screen is shown or the present one was drawn anew.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self.root = Widget()
        self.stage = Stage(look)
        self.root.add_widget(self.stage)
        self.root.bind(size=lambda *_: self._fit())
        self.screen: BareScreen | None = None
        self.sheet: Sheet | None = None
        self.on_shown: Callable[[], object] = lambda: None
        self._notice: Pane | None = None
        self._screens: dict[str, BareScreen] = {}

    # --- screens ---------------------------------------------------------------------------

    def add(self, name: str, screen: BareScreen) -> None:
        """Keep a screen under its name."""
        self._screens[name] = screen

    def screen_named(self, name: str) -> BareScreen:
        """The kept screen of a name, shown or not."""
        return self._screens[name]

    def show(self, name: str, *, backwards: bool = False) -> None:
        """Show a screen, or draw it anew if it is shown already."""
        screen = self._screens[name]
        if screen is self.screen:
            self.refresh()
            return
        if self.screen is not None:
            self.stage.remove_widget(self.screen)
        self.screen = screen
        screen.pos = (0, 0)
        screen.reload()
        self.stage.add_widget(screen, index=len(self.stage.children))
        self._move_in(screen, backwards)
        self.on_shown()

    def _move_in(self, screen: BareScreen, backwards: bool) -> None:
        duration_s = self.look.motion_s("screen")
        screen.opacity = 1
        if duration_s <= 0:
            return
        screen.opacity = 0
        screen.x = self.look.px(-48 if backwards else 48)
        Animation(x=0, opacity=1, d=duration_s, t="out_cubic").start(screen)

    @property
    def is_moving(self) -> bool:
        """A screen is still sliding in."""
        return self.screen is not None and self.screen.opacity < 1

    def refresh(self) -> None:
        """Draw the present screen and sheet anew; once the finger is up, if one is down, so that
        no button is taken away under it."""
        if self.stage.fingers:
            Clock.unschedule(self._refresh_later)
            Clock.schedule_once(self._refresh_later, REFRESH_AGAIN_S)
            return
        if self.screen is not None:
            self.screen.reload()
        if self.sheet is not None:
            self.sheet.compose()
        self.on_shown()

    def _refresh_later(self, _passed_s: float) -> None:
        self.refresh()

    # --- sheets and notices ----------------------------------------------------------------

    def open_sheet(self, sheet: Sheet) -> None:
        """Put a sheet over the screen, instead of another one."""
        self.close_sheet()
        self.sheet = sheet
        sheet.pos = (0, 0)
        sheet.compose()
        self.stage.add_widget(sheet)

    def close_sheet(self, name: str = "") -> None:
        """Take the sheet away; with `name` only if it is that one."""
        if self.sheet is not None and name in ("", self.sheet.name):
            self.stage.remove_widget(self.sheet)
            self.sheet = None

    def say_notice(self, text: str) -> None:
        """One sentence above the action bar, until `clear_notice`."""
        self.clear_notice()
        look = self.look
        words = Text(look, "body", text, "bg", "center", bold=True, lines_max=2)
        words.resize(min(words.natural_width_u() + 1, CONTENT_WIDTH_U - 96))
        notice = Pane(look)
        notice.resize(words.width_u + 96, words.height_u + 48)
        box = (0.0, 0.0, notice.width_u, notice.height_u)
        draw_box(notice, box, look.colour("ink"), look.radius_u("card"))
        notice.put(words, 48, 24)
        x = (STAGE_WIDTH_U - notice.width_u) / 2
        self.stage.put(notice, x, look.bar_top_u - 24 - notice.height_u)
        self._notice = notice

    def clear_notice(self) -> None:
        if self._notice is not None:
            self.stage.remove_widget(self._notice)
            self._notice = None

    # --- size ------------------------------------------------------------------------------

    def _fit(self) -> None:
        self.look.fit(self.root.width, self.root.height)
        self.place_stage()

    def place_stage(self) -> None:
        """Put the stage into the middle of the window."""
        self.stage.resize(STAGE_WIDTH_U, self.look.height_u)
        self.stage.pos = (round((self.root.width - self.stage.width) / 2), 0)
