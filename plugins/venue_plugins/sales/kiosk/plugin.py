"""Sales on the kiosk: wiring only."""

from __future__ import annotations

from collections.abc import Callable

from venue_kiosk.hookspecs import KioskHooks, hookimpl
from venue_kiosk.journal import Journal
from venue_kiosk.journey import Journey, Service
from venue_kiosk.screen import Screen as ShellScreen
from venue_kiosk.shell import Shell

from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.buying import Buying
from venue_plugins.sales.kiosk.link import SalesLink
from venue_plugins.sales.kiosk.records import Records
from venue_plugins.sales.kiosk.recovery import Recovery
from venue_plugins.sales.kiosk.screens import SCREENS
from venue_plugins.sales.kiosk.sheets import SheetPrinter
from venue_plugins.sales.kiosk.state import Screen
from venue_suite.paper import render_sheet

JOURNAL_FILE = "kiosk-sales.jsonl"


class SalesKiosk(KioskHooks):
    """The buying flow as the kiosk's home."""

    @hookimpl
    def kiosk_register_screens(self, shell: Shell) -> Journey:
        buying = Buying(shell)
        records = Records(Journal(shell.data_path / JOURNAL_FILE))
        printer = SheetPrinter(shell.link, shell.devices, render_sheet, records)
        link = SalesLink(shell.link, buying.put, records, printer)
        buying.connect(link, Recovery(shell.link, records, printer))
        shell.devices.watch_paper(
            lambda state: shell.link.hand_over(lambda: buying.paper_changed(state))
        )
        return make_journey(buying)


def make_journey(buying: Buying) -> Journey:
    """What the shell needs to know about the buying flow."""

    def make(screen: type) -> Callable[[Shell], ShellScreen]:
        return lambda shell: screen(shell, buying)

    buy = Service(
        "buy", "ticket", "Buy", "tickets for today and later", lambda: buying.put(m.Buy())
    )
    return Journey(
        name="sales",
        screens={screen.name: make(screen) for screen in SCREENS},
        texts=("venue_plugins.sales.kiosk", "venue_plugins.sales", "venue_plugins.sales.domain"),
        services=(buy,),
        home=Screen.ATTRACT.value,
        on_start=buying.begin,
        on_tick=buying.tick,
        on_end=lambda: buying.put(m.End()),
        on_time_out=lambda: buying.put(m.TimeOut()),
        on_call_staff=buying.call_staff,
        on_language=buying.language_changed,
        may_idle_out=lambda: buying.flow.may_idle_out,
        holds=lambda: buying.flow.holds,
    )


plugin = SalesKiosk()
