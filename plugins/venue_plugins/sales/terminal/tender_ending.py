"""How a tender ends: paid and printed, or back to the ready screen."""

from __future__ import annotations

from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen

from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.terminal.paper_work import PaperReport, paper_words, print_order
from venue_plugins.sales.terminal.tender import Tender
from venue_suite.domain.errors import VenueError

SELL = "sales.sell"


class TenderEnding(ConsoleScreen):
    """The end of a tender; `TenderAsking` adds the conversation before it."""

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, place)
        self.desk = desk
        self.tender: Tender | None = None

    def finish(self, tender: Tender) -> None:
        order, console = tender.order, self.console
        self.desk.finish_sale(order, self._tender_words(tender))
        change = tender.cash_payment.change_minor if tender.cash_payment else 0
        if console.paper is not None:
            call = print_order(console.client, console.paper, order.id)
            self.ask(call, self._printed, self._not_printed)
        if not change:
            words = console.say("{number} is paid.", number=order.number)
            if console.paper is None:
                words += " " + console.say("Pick-up code {code}.", code=order.pickup_code)
            self.back(words, "fine")

    def _tender_words(self, tender: Tender) -> str:
        console, payment = self.console, tender.cash_payment
        if payment is None:
            return console.say("QR payment")
        if not payment.change_minor:
            return console.say("cash")
        change = console.money.format_plain(payment.change_minor)
        return console.say("cash, change {amount}", amount=change)

    def _printed(self, report: PaperReport) -> None:
        """The sheets are out, or not: said on whatever screen is in front."""
        self._tell_in_front(*paper_words(self, report))

    def _not_printed(self, error: VenueError) -> None:
        words = self.console.say(
            "Paid, but not printed. L prints it. {reason}", reason=self.console.explain(error)
        )
        self._tell_in_front(words, "wrong")

    def _tell_in_front(self, words: str, role: str) -> None:
        front = self.app.screen
        if isinstance(front, ConsoleScreen):
            front.tell(words, role)

    def back(self, words: str = "", role: str = "text", typed: str = "") -> None:
        """To the ready screen; what was typed already begins the next sale."""
        self.tender = None
        self.typed = ""
        self.console_app.go(SELL)
        sell = self.console_app.place(SELL)
        if words:
            sell.tell(words, role)
        if typed:
            sell.type(typed)
