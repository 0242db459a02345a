"""Tender (F10): take the money once, give change, print. Only the server's answer makes it paid."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from venue_terminal.canvas import Canvas
from venue_terminal.journal import JournalUnusable
from venue_terminal.widgets.bars import draw_answer

from venue_plugins.sales.terminal.cash import chosen_tender, quick_amounts, read_amount
from venue_plugins.sales.terminal.tender import CASH, QR, Phase, Tender
from venue_plugins.sales.terminal.tender_asking import TenderAsking
from venue_plugins.sales.terminal.tender_panels import (
    TENDERS,
    draw_asked,
    draw_cash,
    draw_payer_code,
    draw_tender_order,
    draw_tenders,
)
from venue_suite.texts import N_


class TenderScreen(TenderAsking):
    """The tender of the desk's cart."""

    help_rows: ClassVar = (
        ("Enter", N_("exactly the due amount, in cash")),
        ("600 Enter", N_("600 were handed over; the change is shown")),
        ("+  ++", N_("the next fifty; the hundred after it")),
        ("3 Enter", N_("pay by code: the customer's phone scans the screen")),
        ("Esc", N_("back to the cart, the seats stay held; takes back a code")),
    )
    DEFAULT_CSS = """
    TenderScreen #left { width: 32; }
    TenderScreen.wide #left { width: 44; }
    TenderScreen #order { height: 1fr; min-height: 12; }
    TenderScreen #tenders { height: 8; }
    TenderScreen #answers { height: 2; }
    """

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="left"):
                yield self.panel(self._draw_order, id="order")
                yield self.panel(self._draw_tenders, id="tenders")
            yield self.panel(self._draw_money, id="money")
        yield self.panel(self._draw_answers, id="answers")

    # --- keys ------------------------------------------------------------------------------

    def may_leave(self) -> bool:
        """While an answer is awaited nothing else may hide it."""
        return self.tender is None or self.tender.phase in (Phase.ENTERING, Phase.PAID)

    def leave(self) -> None:
        if self.tender is not None and self.tender.phase is Phase.ENTERING:
            self.tender.leave()
            self.tender = None

    def submit(self, text: str) -> None:
        tender = self.tender
        if tender is None or tender.phase is Phase.PAID:
            self.back()
        elif tender.phase is Phase.ENTERING:
            self._pay(tender, text)

    def _pay(self, tender: Tender, text: str) -> None:
        console = self.console
        chosen = chosen_tender(text, tender.due_minor, console.money)
        received = read_amount(text, console.money) if text else tender.due_minor
        try:
            if chosen == QR:
                tender.ask_code(console.now_s())
            elif chosen == CASH:
                return
            elif chosen is not None:
                self.tell(console.say("There is no tender {number}.", number=chosen), "careful")
                return
            elif received is None:
                words = console.say("“{text}” is no amount.", text=text)
                self.tell(words, "careful")
                return
            else:
                tender.ask_cash(received, console.now_s())
        except JournalUnusable as error:
            self.tell_error(error)
            return
        self.send()

    def type(self, text: str) -> None:
        tender = self.tender
        if tender is None or tender.phase is Phase.PAID:
            self.back(typed=text)
        elif tender.phase is not Phase.ENTERING:
            return
        elif text == "+":
            self._add_quick(tender)
        else:
            super().type(text)

    def _add_quick(self, tender: Tender) -> None:
        """The first + gives the next fifty, the second the hundred after it."""
        quick, money = quick_amounts(tender.due_minor), self.console.money
        plus = money.format_plain(quick.plus_minor, short=True).replace(",", "")
        twice = money.format_plain(quick.plus_plus_minor, short=True).replace(",", "")
        self.typed = twice if self.typed == plus else plus

    def confirm_label(self) -> str:
        return self.console.say("Pay")

    def confirm(self) -> None:
        self.enter()

    def scan(self, code: str) -> None:
        """A scan here is no money; it must not open something else either."""
        self.tell(self.console.say("Finish or leave this tender first."), "careful")

    def move(self, key: str) -> None:
        tender = self.tender
        if tender is None or tender.phase is Phase.PAID:
            self.back()
        elif key == "escape" and tender.phase is Phase.ENTERING:
            tender.leave()
            self.back()
        elif key == "escape" and tender.phase is Phase.SHOWING_CODE:
            self.take_back(tender)

    # --- drawing ---------------------------------------------------------------------------

    def _draw_order(self, canvas: Canvas) -> None:
        if self.tender is not None:
            types = self.desk.ticket_types
            draw_tender_order(canvas, self.console, self.tender.order, types)

    def _draw_tenders(self, canvas: Canvas) -> None:
        chosen = CASH
        if self.tender is not None:
            typed = chosen_tender(self.typed, self.tender.due_minor, self.console.money)
            known = any(typed == number for number, _ in TENDERS)
            chosen = typed if typed is not None and known else self.tender.tender
        draw_tenders(canvas, self.console, chosen)

    def _draw_money(self, canvas: Canvas) -> None:
        tender, console = self.tender, self.console
        if tender is None:
            canvas.frame(console.say("Tender"), role="focus")
        elif tender.phase is Phase.ASKED:
            draw_asked(canvas, console, tender)
        elif tender.tender == QR:
            draw_payer_code(canvas, console, tender)
        else:
            received = read_amount(self.typed, console.money) if self.typed else tender.due_minor
            draw_cash(canvas, console, tender, self.typed, received)

    def _draw_answers(self, canvas: Canvas) -> None:
        draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up and self.desk.began_s:
            seconds = int(self.console.now_s() - self.desk.began_s)
            canvas.put(1, 1, self.console.say("Sale took {count} s so far", count=seconds), "dim")
