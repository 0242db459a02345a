"""The kiosk's shell: shows one screen at a time, and everything that is the same on all of them.

Language, access panel, idle watch, banner, staff call and the way home live here; what is sold and
asked lives in the plugins' screens.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.uix.widget import Widget

from venue_kiosk.devices import Devices
from venue_kiosk.idle import IdleWatch, Presence
from venue_kiosk.journey import Journey, Service
from venue_kiosk.link import Link
from venue_kiosk.look import STAGE_WIDTH_U, Look
from venue_kiosk.screen import Screen
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.sheets import AccessSheet, IdleSheet, LanguageSheet, Sheet, StaffSheet
from venue_kiosk.widgets.text import Text
from venue_suite.domain.localized import localized
from venue_suite.wording import format_date, format_time

logger = logging.getLogger(__name__)

TOUCH_AGAIN_S = 0.3
TOUCH_AGAIN_U = 40
BACK_AGAIN_S = 5.0
STAFF_SHEET_S = 12.0
REFRESH_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class BannerWords:
    """A banner: two English msgids. `tone`: warn or ok."""

    title: str
    detail: str
    icon: str = "net"
    tone: str = "warn"


AWAY = BannerWords(
    "The network is down and this kiosk can't sell",
    "It goes on by itself when the network is back. Or please go to the desk.",
)
BACK_AGAIN = BannerWords("The network is back.", "", "check", "ok")


class Stage(Pane):
    """The column of 1080 u in the middle of the window, and whatever is drawn in it.

    Two touches within 0.3 s at one place count once: an unsure finger is not a second answer.

    Attributes:
        fingers: how many are down.
    """

    def __init__(self, look: Look, on_touch: Callable[[], None]) -> None:
        super().__init__(look)
        self._on_touch = on_touch
        self._last: tuple[float, float, float] = (0.0, 0.0, -1.0)
        self.fingers = 0

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is None:
            self.fingers = max(0, self.fingers - 1)
        return super().on_touch_up(touch)

    def on_touch_down(self, touch: Any) -> bool:
        self.fingers += 1
        self._on_touch()
        x, y, at = self._last
        self._last = (touch.x, touch.y, touch.time_start)
        near = max(abs(touch.x - x), abs(touch.y - y)) < TOUCH_AGAIN_U * self.look.u
        if near and touch.time_start - at < TOUCH_AGAIN_S:
            return True
        return super().on_touch_down(touch)


class Shell:
    """One kiosk window's content.

    Args:
        look: sizes, colours and words.
        link: network and devices.
        devices: printers and readers.
        data_path: folder for what plugins keep on this kiosk's disk.
        station_name: which kiosk this is, for staff.
        clock_s: a monotonic clock, in seconds.
        now: the present, aware UTC; by default the server's clock, as the venue's tickets go by it.

    Attributes:
        root: the widget to put into the window.
        banner: what is off, or None.
    """

    def __init__(
        self,
        look: Look,
        link: Link,
        devices: Devices,
        data_path: Path,
        station_name: str = "",
        clock_s: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.look, self.link, self.devices = look, link, devices
        self.data_path, self.station_name = data_path, station_name
        self._clock_s, self.now = clock_s, now or link.server_now
        self.root = Widget()
        self.stage = Stage(look, self._touched)
        self.root.add_widget(self.stage)
        self.root.bind(size=lambda *_: self._fit())
        self.journeys: list[Journey] = []
        self.banner: BannerWords | None = None
        self.screen: Screen | None = None
        self.sheet: Sheet | None = None
        self._notice: Pane | None = None
        self._screens: dict[str, Screen] = {}
        self._owners: dict[str, Journey] = {}
        self._idle = IdleWatch(look.time_s("idle_warn"), look.time_s("idle_count"))
        self._staff_calls = 0
        self._minute = ""
        self._zone = ZoneInfo("UTC")
        look.watch(self._look_changed)
        link.watch_server(self._server_changed)

    # --- plugins ---------------------------------------------------------------------------

    def take(self, journeys: list[Journey]) -> None:
        """Take the plugins' journeys in; the first that has a home becomes the home."""
        self.journeys = journeys
        for journey in journeys:
            for name, make in journey.screens.items():
                self._owners[name] = journey
                self._screens[name] = make(self)

    def start(self) -> None:
        """Show the first screen and begin to watch the clock."""
        for journey in self.journeys:
            journey.on_start()
        Clock.schedule_interval(lambda _passed: self.tick(), 1)

    @property
    def services(self) -> list[Service]:
        """What visitors can do here, over all plugins."""
        return [service for journey in self.journeys for service in journey.services]

    @property
    def is_moving(self) -> bool:
        """A screen is still sliding in."""
        return self.screen is not None and self.screen.opacity < 1

    @property
    def journey(self) -> Journey | None:
        """Whose screen is shown."""
        return self._owners.get(self.screen.name) if self.screen else None

    # --- screens ---------------------------------------------------------------------------

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
        self._idle.touch(self._clock_s())
        self._watch_idle()

    def _move_in(self, screen: Screen, backwards: bool) -> None:
        duration_s = self.look.motion_s("screen")
        screen.opacity = 1
        if duration_s <= 0:
            return
        screen.opacity = 0
        screen.x = self.look.px(-48 if backwards else 48)
        Animation(x=0, opacity=1, d=duration_s, t="out_cubic").start(screen)

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
        self._watch_idle()

    def _refresh_later(self, _passed_s: float) -> None:
        self.refresh()

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

    def screen_named(self, name: str) -> Screen:
        """The kept screen of a name, shown or not."""
        return self._screens[name]

    def say_notice(self, text: str) -> None:
        """One sentence above the action bar, until `clear_notice`."""
        self.clear_notice()
        look = self.look
        words = Text(look, "body", text, "bg", "center", bold=True, lines_max=2)
        words.resize(min(words.natural_width_u() + 1, CONTENT_WIDTH_U - 96))
        notice = Pane(look)
        notice.resize(words.width_u + 96, words.height_u + 48)
        draw_box(
            notice,
            (0, 0, notice.width_u, notice.height_u),
            look.colour("ink"),
            look.radius_u("card"),
        )
        notice.put(words, 48, 24)
        x = (STAGE_WIDTH_U - notice.width_u) / 2
        self.stage.put(notice, x, look.bar_top_u - 24 - notice.height_u)
        self._notice = notice

    def clear_notice(self) -> None:
        if self._notice is not None:
            self.stage.remove_widget(self._notice)
            self._notice = None

    # --- the rail --------------------------------------------------------------------------

    def end(self) -> None:
        """Home or End."""
        self.close_sheet()
        if self.journey is not None:
            self.journey.on_end()

    def switch_language(self) -> None:
        """To the other of two languages, or the sheet of many."""
        if self.look.other_language:
            self.look.change(language=self.look.other_language)
        else:
            self.open_sheet(LanguageSheet(self.look, self.close_sheet))

    def open_access(self) -> None:
        self.open_sheet(AccessSheet(self.look, self.close_sheet, self.call_staff))

    def call_staff(self) -> None:
        """Tell staff, and say so."""
        if self.journey is None:
            return
        self._staff_calls = self.journey.on_call_staff()
        sheet = StaffSheet(self.look, lambda: self._staff_calls, self.close_sheet)
        self.open_sheet(sheet)
        Clock.schedule_once(lambda _: self.close_sheet(StaffSheet.name), STAFF_SHEET_S)

    # --- idle ------------------------------------------------------------------------------

    def _touched(self) -> None:
        """Any touch, anywhere, says that somebody is here."""
        self._idle.touch(self._clock_s())
        self.close_sheet(IdleSheet.name)

    def _watch_idle(self) -> None:
        journey = self.journey
        at_home = journey is None or (self.screen is not None and self.screen.name == journey.home)
        is_fresh = at_home and not self._is_changed()
        may = journey is not None and journey.may_idle_out() and not is_fresh
        self._idle.suspend(not may, self._clock_s())

    def _is_changed(self) -> bool:
        """The visitor at the home screen left something to put back."""
        look = self.look
        return look.language != look.languages[0] or any(
            getattr(look.needs, need) for need in ("large", "contrast", "low", "slow")
        )

    def tick(self) -> None:
        """Once a second: clock, countdowns, idle watch."""
        slow = "_access" if self.look.needs.slow else ""
        self._idle.warn_s = self.look.time_s(f"idle_warn{slow}")
        self._idle.count_s = self.look.time_s(f"idle_count{slow}")
        self._tell_time()
        if self.screen is not None:
            self.screen.tick()
        self._watch_idle()
        presence = self._idle.presence(self._clock_s())
        if presence is Presence.GONE:
            self.time_out()
        elif presence is Presence.ASKED and not isinstance(self.sheet, IdleSheet):
            self.open_sheet(self._make_idle_sheet())
        elif presence is Presence.HERE:
            self.close_sheet(IdleSheet.name)
        if self.sheet is not None:
            self.sheet.tick()

    def _make_idle_sheet(self) -> IdleSheet:
        journey = self.journey
        assert journey is not None
        return IdleSheet(
            self.look,
            lambda: (self._idle.left_s(self._clock_s()), self._idle.count_s),
            journey.holds,
            self._touched,
            self.time_out,
        )

    def time_out(self) -> None:
        """Nobody is here: give back, forget, go home."""
        journey = self.journey
        self.close_sheet()
        self._idle.touch(self._clock_s())
        if journey is not None:
            journey.on_time_out()
        self.forget_visitor()

    def forget_visitor(self) -> None:
        """The next visitor finds the kiosk as if nobody had been here."""
        self._staff_calls = 0
        self.close_sheet()
        self.look.reset()

    # --- what changes by itself ------------------------------------------------------------

    def _server_changed(self, is_away: bool) -> None:
        if self.link.venue is not None:
            self._zone = ZoneInfo(self.link.venue.time_zone)
        if is_away:
            self.banner = AWAY
        elif self.banner is AWAY:
            self.banner = BACK_AGAIN
            Clock.schedule_once(lambda _: self._clear_banner(BACK_AGAIN), BACK_AGAIN_S)
        self.refresh()

    def _clear_banner(self, words: BannerWords) -> None:
        if self.banner is words:
            self.banner = None
            self.refresh()

    def _look_changed(self) -> None:
        for journey in self.journeys:
            journey.on_language(self.look.language)
        self._place_stage()
        self.refresh()

    def _fit(self) -> None:
        self.look.fit(self.root.width, self.root.height)
        self._place_stage()

    def _place_stage(self) -> None:
        self.stage.resize(STAGE_WIDTH_U, self.look.height_u)
        self.stage.pos = (round((self.root.width - self.stage.width) / 2), 0)

    def _tell_time(self) -> None:
        minute = self.say_now()[1]
        if minute != self._minute:
            self._minute = minute
            if self.screen is not None:
                self.screen.tell_time()

    # --- words -----------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """The venue's time zone."""
        return self._zone

    def say_now(self) -> tuple[str, str]:
        """Date and time, for the strip."""
        now = self.now()
        day = now.astimezone(self._zone).date()
        return format_date(day, self.look.language), format_time(now, self._zone)

    def venue_name(self) -> str:
        venue = self.link.venue
        return localized(venue.name, self.look.language) if venue else ""

    @property
    def currency(self) -> str:
        venue = self.link.venue
        return venue.currency if venue else "CNY"
