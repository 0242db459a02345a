"""Keeps the buying flow of this kiosk: messages in, screens and commands out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from kivy.clock import Clock
from venue_kiosk.shell import Shell

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import failures
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.asking import Asking, screen_name
from venue_plugins.sales.kiosk.flow import advance, start
from venue_plugins.sales.kiosk.link import SalesLink
from venue_plugins.sales.kiosk.recovery import Recovery
from venue_plugins.sales.kiosk.screens.base import SalesScreen
from venue_plugins.sales.kiosk.screens.events import EventsScreen
from venue_plugins.sales.kiosk.state import BuyFlow, Screen
from venue_suite.seams import Seams

NOTICE_S = 2.5
CANCEL_DEADLINE_S = 8.0
EVENTS_AGAIN_S = 30.0
RECOVERY_PAGE_S = 180.0
_ORDER = [screen.value for screen in Screen]


class Buying:
    """One visitor after the other, on the window's thread.

    Attributes:
        flow: the present state; only `put` changes it.
    """

    def __init__(self, shell: Shell, seams: Seams | None = None) -> None:
        self.shell = shell
        self._seams = seams or Seams()
        self.flow, _ = start(shell.look.languages[0])
        self.link: SalesLink | None = None
        self._recovery: Recovery | None = None
        self._asking = Asking(shell, self.put)
        self._since_s = 0.0  # how long the present screen is shown
        self._busy_s = 0.0
        self._goes_back = False
        self._events_s = 0.0

    def connect(self, link: SalesLink, recovery: Recovery | None = None) -> None:
        """Give the flow its link, before `begin`."""
        self.link, self._recovery = link, recovery

    def begin(self) -> None:
        """The shell stands: show the attract loop."""
        self.shell.deck.show(self.flow.screen.value)
        self.shell.link.watch_server(self._server_changed)

    # --- messages --------------------------------------------------------------------------

    def put(self, message: m.Message) -> None:
        """Let the flow go on, draw what is different, and start what it asks for."""
        before = self.flow
        self._goes_back = isinstance(message, m.Back)
        self.flow, commands = advance(before, message, self._seams.make_id)
        for command in commands:
            self.execute(command)
        if self.flow is not before:
            self._draw(before)

    def execute(self, command: m.Command) -> None:
        if self.link is not None:
            self.link.execute(command)

    def server_now(self) -> datetime:
        return self.shell.link.server_now()

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self, before: BuyFlow) -> None:
        flow, shell = self.flow, self.shell
        if flow.language != shell.look.language:
            shell.look.change(language=flow.language)
        name = screen_name(flow)
        if shell.deck.screen is None or shell.deck.screen.name != name:
            self._since_s = 0.0
            shell.deck.show(name, backwards=self._is_backwards(name))
            if flow.screen is Screen.ATTRACT and before.screen is not Screen.ATTRACT:
                self._forget()
        else:
            cast(SalesScreen, shell.deck.screen).update(before)
        if flow.busy != before.busy:
            self._busy_s = 0.0
        self._asking.draw(before, flow)
        if flow.notice is not None and flow.notice != before.notice:
            shell.deck.say_notice(flow.notice.say(shell.look.speaker.say, flow.language))
            Clock.schedule_once(lambda _: self._notice_seen(flow.notice), NOTICE_S)
        elif flow.notice is None and before.notice is not None:
            shell.deck.clear_notice()

    def _is_backwards(self, name: str) -> bool:
        shown = self.shell.deck.screen.name if self.shell.deck.screen else name
        return _ORDER.index(name) < _ORDER.index(shown)

    def _notice_seen(self, notice: object) -> None:
        if self.flow.notice == notice:
            self.put(m.NoticeSeen())

    def _forget(self) -> None:
        """A session is over: nothing of it stays on any screen."""
        cast(EventsScreen, self.shell.deck.screen_named(Screen.EVENTS.value)).forget()
        if not self._goes_back:  # a visitor who only steps back keeps language and large text
            self.shell.forget_visitor()

    # --- what the shell tells --------------------------------------------------------------

    def call_staff(self) -> int:
        self.put(m.AskStaff())
        return self.flow.staff_calls

    def language_changed(self, language: str) -> None:
        if language != self.flow.language:
            self.put(m.SetLanguage(language))

    def paper_changed(self, state: str) -> None:
        if state != self.flow.paper:
            self.put(m.PaperSeen(state))

    def _server_changed(self, is_away: bool) -> None:
        if is_away:
            self.put(m.ServerAway())
            return
        self.put(m.ServerFound())
        self._recover()

    # --- time ------------------------------------------------------------------------------

    def tick(self, passed_s: float) -> None:
        """Once a second: what is due now."""
        self._since_s += passed_s
        flow = self.flow
        order = flow.order
        if order is not None and flow.holds and order.expires_at is not None:
            over_s = (self.server_now() - order.expires_at).total_seconds()
            # A moment later than the server, which decides; then again and again.
            if over_s >= 1 and int(over_s) % 3 == 1:
                self.put(m.HoldTimeOver())
        if isinstance(flow.busy, m.CancelQr):
            self._busy_s += passed_s
            if self._busy_s > CANCEL_DEADLINE_S:
                self._busy_s = 0.0
                self.put(m.AnswerOverdue())
        if flow.screen is Screen.THANKS and self.thanks_left_s() <= 0:
            self.put(m.TimeOut())
        self._load_events_again(passed_s)

    def _load_events_again(self, passed_s: float) -> None:
        self._events_s += passed_s
        looks = self.flow.screen in (Screen.ATTRACT, Screen.EVENTS)
        if looks and self._events_s >= EVENTS_AGAIN_S and not self.flow.server_away:
            self._events_s = 0.0
            self.execute(m.LoadEvents())

    def thanks_left_s(self) -> int:
        """Seconds until the thanks screen ends by itself."""
        return max(0, round(self.shell.look.tokens.time_s["thanks"] - self._since_s))

    # --- after a crash ---------------------------------------------------------------------

    def _recover(self) -> None:
        if self._recovery is not None:
            recovery, self._recovery = self._recovery, None
            self.shell.link.run(recovery.recover_when_possible(), self._found)

    def _found(self, order: wire.Order | None) -> None:
        """An earlier run of this program took money and did not print everything."""
        if order is None or self.flow.order is not None:
            return
        printed = tuple(line.id for line in order.lines if line.print_state == "printed")
        before = self.flow
        flow = replace(before, order=order, printed=printed)
        self.flow = replace(flow, screen=Screen.FAILURE, failure=failures.tickets_missing(flow))
        self.execute(m.CallStaff("W-01", order.number))
        self._draw(before)
        Clock.schedule_once(lambda _: self._leave_recovery(order.id), RECOVERY_PAGE_S)

    def _leave_recovery(self, order_id: int) -> None:
        """The visitor may be gone since the power went; the case is on the staff's list."""
        order = self.flow.order
        if self.flow.screen is Screen.FAILURE and order is not None and order.id == order_id:
            self.put(m.End())
