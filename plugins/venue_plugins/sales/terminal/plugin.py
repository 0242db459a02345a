"""What sales adds to the console."""

from __future__ import annotations

from collections.abc import Sequence

from venue_terminal.console import Console
from venue_terminal.hookspecs import (
    BoardDeclaration,
    Note,
    ScreenDeclaration,
    TerminalHooks,
    hookimpl,
)

from venue_plugins.sales.terminal.board import ShowsBoard
from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.terminal.desk_screen import ORDERS, SEATS, SELL, TENDER
from venue_plugins.sales.terminal.facts import note_of
from venue_plugins.sales.terminal.orders_screen import OrdersScreen
from venue_plugins.sales.terminal.seats_screen import SeatsScreen
from venue_plugins.sales.terminal.sell_screen import SellScreen
from venue_plugins.sales.terminal.tender_screen import TenderScreen
from venue_suite.domain.facts import Fact
from venue_suite.texts import N_


class SalesTerminal(TerminalHooks):
    """Sell, Seats, Tender, Find."""

    @hookimpl
    def terminal_register_texts(self) -> Sequence[str]:
        return ("venue_plugins.sales.terminal", "venue_plugins.sales")

    @hookimpl
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        desk = Desk(console)
        return (
            ScreenDeclaration(
                name=SELL,
                title=N_("Sell tickets"),
                label=N_("Sell"),
                key=2,
                permission="sales.sell",
                make=lambda: SellScreen(console, desk, SELL),
                codes=("ts",),
            ),
            ScreenDeclaration(
                name=ORDERS,
                title=N_("Find an order"),
                label=N_("Find"),
                key=3,
                permission="sales.orders",
                make=lambda: OrdersScreen(console, desk, ORDERS),
                codes=("of",),
                opens_scans=True,
            ),
            ScreenDeclaration(
                name=SEATS,
                title=N_("Seat map"),
                label=N_("Seats"),
                key=4,
                permission="sales.sell",
                make=lambda: SeatsScreen(console, desk, SEATS),
                codes=("sm",),
            ),
            ScreenDeclaration(
                name=TENDER,
                title=N_("Take the money"),
                label=N_("Pay"),
                key=0,
                permission="sales.sell",
                make=lambda: TenderScreen(console, desk, TENDER),
                listed=False,
            ),
        )

    @hookimpl
    def terminal_register_boards(self, console: Console) -> Sequence[BoardDeclaration]:
        return (
            BoardDeclaration(
                name="sales.shows",
                order=30,
                wide=True,
                rows=8,
                permission="sales.view",
                make=lambda: ShowsBoard(console),
            ),
        )

    @hookimpl
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        return note_of(console, fact)


plugin = SalesTerminal()
