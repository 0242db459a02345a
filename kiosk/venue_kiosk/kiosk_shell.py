"""The kiosk's shell: everything that is the same on all screens.

Language, access panel, banner, staff call and the way home live here; what is sold and asked lives
in the plugins' screens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kivy.clock import Clock

from venue_kiosk.attendance import Attendance
from venue_kiosk.deck import Deck
from venue_kiosk.devices import Devices
from venue_kiosk.journey import Journey
from venue_kiosk.link import Link
from venue_kiosk.look import Look
from venue_kiosk.service import Service
from venue_kiosk.shell import BannerWords, Shell
from venue_kiosk.widgets.sheets import AccessSheet, LanguageSheet, StaffSheet
from venue_suite.domain.localized import localized
from venue_suite.wording import format_date, format_time

BACK_AGAIN_S = 5.0
STAFF_SHEET_S = 12.0


AWAY = BannerWords(
    "The network is down and this kiosk can't sell",
    "It goes on by itself when the network is back. Or please go to the desk.",
)
NOT_KNOWN = BannerWords(
    "This kiosk is not known at this venue yet",
    "Please go to the desk. Staff: give it the key of its station.",
    "info",
)
BACK_AGAIN = BannerWords("The network is back.", "", "check", "ok")


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies beyond the screen.

    Attributes:
        link: the connection to the venue.
        devices: printers and readers.
        data_path: folder for what plugins keep on this kiosk's disk.
        station_name: which kiosk this is, for staff.
        clock_s: a monotonic clock, in seconds.
        now: the present, aware UTC; None is the server's clock, which the venue's tickets go by.
    """

    link: Link
    devices: Devices
    data_path: Path
    station_name: str = ""
    clock_s: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] | None = None


class KioskShell(Shell):
    """The shell of one kiosk window; the window alone takes the journeys in and lets time pass.

    Args:
        look: sizes, colours and words.
        outside: network, devices, disk, clocks.

    Attributes:
        journeys: what the plugins gave.
    """

    def __init__(self, look: Look, outside: Outside) -> None:
        self.look, self.link, self.devices = look, outside.link, outside.devices
        self.data_path, self.station_name = outside.data_path, outside.station_name
        self.now = outside.now or self.link.server_now
        self.deck = Deck(look)
        self.attendance = Attendance(
            self.deck, lambda: self.journey, self.time_out, outside.clock_s
        )
        self.deck.on_shown = self.attendance.consider
        self.journeys: list[Journey] = []
        self.banner: BannerWords | None = None
        self._owners: dict[str, Journey] = {}
        self._staff_calls = 0
        self._minute = ""
        self._clock: Any = None
        look.watch(self._look_changed)
        self.link.watch_server(self._server_changed)

    # --- plugins ---------------------------------------------------------------------------

    def take(self, journeys: list[Journey]) -> None:
        """Take the plugins' journeys in."""
        self.journeys = journeys
        for journey in journeys:
            for name, make in journey.screens.items():
                self._owners[name] = journey
                self.deck.add(name, make(self))

    def start(self) -> None:
        """Show the first screen and begin to watch the clock."""
        for journey in self.journeys:
            journey.on_start()
        self._clock = Clock.schedule_interval(self.tick, 1)

    def stop(self) -> None:
        """The window closes: nothing is drawn any more."""
        if self._clock is not None:
            self._clock.cancel()

    @property
    def services(self) -> list[Service]:
        """What visitors can do here, over all plugins."""
        return [service for journey in self.journeys for service in journey.services]

    @property
    def journey(self) -> Journey | None:
        """Whose screen is shown."""
        return self._owners.get(self.deck.screen.name) if self.deck.screen else None

    # --- the rail --------------------------------------------------------------------------

    def end(self) -> None:
        """Home or End."""
        self.deck.close_sheet()
        if self.journey is not None:
            self.journey.on_end()

    def switch_language(self) -> None:
        """To the other of two languages, or the sheet of many."""
        if self.look.other_language:
            self.look.change(language=self.look.other_language)
        else:
            self.deck.open_sheet(LanguageSheet(self.look, self.deck.close_sheet))

    def open_access(self) -> None:
        self.deck.open_sheet(AccessSheet(self.look, self.deck.close_sheet, self.call_staff))

    def call_staff(self) -> None:
        """Tell staff, and say so."""
        if self.journey is None:
            return
        self._staff_calls = self.journey.on_call_staff()
        close = self.deck.close_sheet
        self.deck.open_sheet(StaffSheet(self.look, lambda: self._staff_calls, close))
        Clock.schedule_once(lambda _: close(StaffSheet.name), STAFF_SHEET_S)

    # --- sessions --------------------------------------------------------------------------

    def time_out(self) -> None:
        """Nobody is here: give back, forget, go home."""
        journey = self.journey
        if journey is not None:
            journey.on_time_out()
        self.forget_visitor()

    def forget_visitor(self) -> None:
        """The next visitor finds the kiosk as if nobody had been here."""
        self._staff_calls = 0
        self.deck.close_sheet()
        self.look.reset()

    def tick(self, passed_s: float = 1.0) -> None:
        """Once a second: clock, countdowns, idle watch."""
        for journey in self.journeys:
            journey.on_tick(passed_s)
        screen = self.deck.screen
        minute = self.say_now()[1]
        if screen is not None and minute != self._minute:
            self._minute = minute
            screen.tell_time()
        if screen is not None:
            screen.tick()
        self.attendance.tick()
        if self.deck.sheet is not None:
            self.deck.sheet.tick()

    # --- what changes by itself ------------------------------------------------------------

    def _server_changed(self, is_away: bool) -> None:
        if is_away:
            self.banner = NOT_KNOWN if self.link.refusal else AWAY
        elif self.banner is AWAY:
            self.banner = BACK_AGAIN
            Clock.schedule_once(lambda _: self._clear_banner(BACK_AGAIN), BACK_AGAIN_S)
        else:
            self.banner = None
        self.deck.refresh()

    def _clear_banner(self, words: BannerWords) -> None:
        if self.banner is words:
            self.banner = None
            self.deck.refresh()

    def _look_changed(self) -> None:
        for journey in self.journeys:
            journey.on_language(self.look.language)
        self.deck.place_stage()
        self.deck.refresh()

    # --- words -----------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """The venue's time zone; UTC before the venue is known."""
        return ZoneInfo(self.link.venue.time_zone if self.link.venue else "UTC")

    def say_now(self) -> tuple[str, str]:
        """Date and time, for the strip."""
        now, zone = self.now(), self.zone
        return format_date(now.astimezone(zone).date(), self.look.language), format_time(now, zone)

    def venue_name(self) -> str:
        venue = self.link.venue
        return localized(venue.name, self.look.language) if venue else ""

    @property
    def currency(self) -> str:
        venue = self.link.venue
        return venue.currency if venue else "CNY"
