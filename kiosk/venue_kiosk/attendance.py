"""Asks "Are you still there?" and ends the session of a visitor who is not."""

from __future__ import annotations

from collections.abc import Callable

from venue_kiosk.deck import Deck
from venue_kiosk.idle import IdleWatch, Presence
from venue_kiosk.journey import Journey
from venue_kiosk.look import Needs
from venue_kiosk.widgets.sheets import IdleSheet


class Attendance:
    """The idle watch of a shell, with its sheet.

    Args:
        deck: where the sheet is shown, and whose touches say that somebody is here.
        find_journey: whose screen is shown.
        on_gone: nobody is here any more.
        clock_s: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        deck: Deck,
        find_journey: Callable[[], Journey | None],
        on_gone: Callable[[], None],
        clock_s: Callable[[], float],
    ) -> None:
        self._deck, self._find_journey = deck, find_journey
        self._on_gone, self._clock_s = on_gone, clock_s
        times = deck.look.tokens.time_s
        self._watch = IdleWatch(times["idle_warn"], times["idle_count"])
        deck.stage.on_touch = self.touched

    def touched(self) -> None:
        """Any touch, anywhere, says that somebody is here."""
        self._watch.touch(self._clock_s())
        self._deck.close_sheet(IdleSheet.name)

    def consider(self) -> None:
        """Watch, or not: another screen is shown, or the visitor changed something."""
        journey, screen = self._find_journey(), self._deck.screen
        if journey is None:
            may = False
        elif screen is not None and screen.name == journey.home:
            may = self._is_changed()
        else:
            may = journey.may_idle_out()
        self._watch.suspend(not may, self._clock_s())

    def _is_changed(self) -> bool:
        """The visitor at the home screen left something to put back."""
        look = self._deck.look
        return look.language != look.languages[0] or look.needs != Needs()

    def tick(self) -> None:
        """Once a second."""
        look = self._deck.look
        suffix = "_access" if look.needs.slow else ""
        self._watch.warn_s = look.tokens.time_s[f"idle_warn{suffix}"]
        self._watch.count_s = look.tokens.time_s[f"idle_count{suffix}"]
        self.consider()
        presence = self._watch.presence(self._clock_s())
        if presence is Presence.GONE:
            self._give_up()
        elif presence is Presence.ASKED and not isinstance(self._deck.sheet, IdleSheet):
            self._deck.open_sheet(self.make_sheet())
        elif presence is Presence.HERE:
            self._deck.close_sheet(IdleSheet.name)

    def make_sheet(self) -> IdleSheet:
        """The sheet with its ring, as it counts now."""
        journey = self._find_journey()
        return IdleSheet(
            self._deck.look,
            lambda: (self._watch.left_s(self._clock_s()), self._watch.count_s),
            journey.holds if journey else lambda: False,
            self.touched,
            self._give_up,
        )

    def _give_up(self) -> None:
        self._deck.close_sheet()
        self._watch.touch(self._clock_s())
        self._on_gone()
