"""Find (F3): one order on one screen, found by number, last digits, code or a scan of its paper."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.widgets.bars import draw_answer, draw_live

from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.terminal.orders_panels import (
    draw_actions,
    draw_history,
    draw_order,
    why_no_reprint,
)
from venue_plugins.sales.terminal.paper_work import print_again
from venue_plugins.sales.wire import Order
from venue_suite.domain.facts import Fact
from venue_suite.paging import Page
from venue_suite.texts import N_

SELL = "sales.sell"


class OrdersScreen(ConsoleScreen):
    """Find an order, look at it, print it again."""

    mnemonics = "plo"
    help_rows: ClassVar = (
        ("0931 Enter", N_("find by the last four digits, the number, or the pick-up code")),
        ("Enter", N_("the newest orders")),
        ("Up Down", N_("other orders that were found")),
        ("P Enter", N_("print its paper anew; the old tickets become void")),
        ("L", N_("print what is missing")),
        ("O", N_("open an unpaid order in the cart")),
        ("Esc", N_("back to selling")),
    )
    DEFAULT_CSS = """
    OrdersScreen #find { height: 4; }
    OrdersScreen #actions { width: 28; }
    OrdersScreen #history { height: 5; }
    OrdersScreen.wide #history { height: 10; }
    OrdersScreen #foot { height: 2; }
    """

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, place)
        self.desk = desk
        self.orders: list[Order] = []
        self.row = 0
        self.found = ""
        self.wants_reprint = False
        console.listeners.append(self._hear)

    @property
    def order(self) -> Order | None:
        return self.orders[self.row] if self.orders else None

    def compose_body(self) -> ComposeResult:
        console = self.console
        yield self.panel(self._draw_find, id="find")
        with Horizontal():
            yield self.panel(lambda canvas: draw_order(canvas, console, self.order), id="order")
            yield self.panel(lambda canvas: draw_actions(canvas, console, self.order), id="actions")
        yield self.panel(lambda canvas: draw_history(canvas, console, self.order), id="history")
        yield self.panel(self._draw_foot, id="foot")

    # --- finding ---------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        if self.wants_reprint and not text:
            self._reprint()
            return
        self.wants_reprint = False
        self._find(text.strip())

    def scan(self, code: str) -> None:
        self._find(code)

    def _find(self, text: str) -> None:
        began_s = time.monotonic()
        call = self.console.client.get("/sales/orders", Page[Order], find=text)
        self.ask(call, lambda page: self._take(page.items, text, began_s), blocks=True)

    def _take(self, orders: list[Order], text: str, began_s: float) -> None:
        self.orders, self.row = orders, 0
        self.answer = type(self.answer)()
        took_ms = round((time.monotonic() - began_s) * 1000)
        words = self.console.say_count(
            "{count} order in {time} ms", "{count} orders in {time} ms", len(orders), time=took_ms
        )
        self.found = words if orders else ""
        if not orders:
            shown = shorten(text, 40)
            self.tell(self.console.say("Nothing is found by “{text}”.", text=shown), "careful")

    def _hear(self, fact: Fact) -> None:
        """The order on the screen has changed somewhere."""
        order = self.order
        if order is not None and fact.subject == f"order/{order.id}" and self.is_running:
            self._look_again(order)

    def _look_again(self, order: Order) -> None:
        call = self.console.client.get(f"/sales/orders/{order.id}", Order)
        self.ask(call, self._replace)

    def _replace(self, fresh: Order) -> None:
        self.orders = [fresh if one.id == fresh.id else one for one in self.orders]

    # --- keys ------------------------------------------------------------------------------

    def move(self, key: str) -> None:
        if key == "escape":
            if self.wants_reprint:
                self.wants_reprint = False
                self.tell("")
            elif self.typed:
                self.typed = ""
            else:
                self.console_app.go(SELL)
        elif key in ("up", "down") and self.orders:
            self.wants_reprint = False
            self.row = (self.row + (1 if key == "down" else -1)) % len(self.orders)

    def mnemonic(self, letter: str) -> bool:
        order = self.order
        if order is None:
            return False
        if letter == "p":
            self._offer_reprint(order)
        elif letter == "l":
            print_again(self, order.id)
        elif order.state == "held":
            self.desk.take_order(order)
            self.console_app.go(SELL)
        return True

    def _offer_reprint(self, order: Order) -> None:
        reason = why_no_reprint(self.console, order)
        if reason:
            self.tell(self.console.say("Not possible: {reason}.", reason=reason), "careful")
            return
        self.wants_reprint = True
        words = N_("Reprint {number}? The old tickets become void. Enter prints, Esc leaves it.")
        self.tell(self.console.say(words, number=order.number), "careful")

    def _reprint(self) -> None:
        self.wants_reprint = False
        if self.order is not None:
            print_again(self, self.order.id, reprint=True)

    # --- drawing ---------------------------------------------------------------------------

    def _draw_find(self, canvas: Canvas) -> None:
        say = self.console.say
        canvas.frame(say("Find"), say("number, last 4 digits, pick-up code, ticket"), role="focus")
        column = canvas.run(1, 2, ("> ", "key"), (self.typed, "strong"))
        canvas.put(1, column, " ", "mine")
        column = canvas.put(2, 2, self.found, "fine")
        if self.found and len(self.orders) > 1:
            at = say("this is {at}", at=self.row + 1)
            column = canvas.put(2, column + 2, at, "text")
        hint = say("a scan of any ticket works on every screen")
        canvas.put(2, column + (2 if self.found else 0), hint, "dim", canvas.columns - 2)

    def _draw_foot(self, canvas: Canvas) -> None:
        say = self.console.say
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up:
            column = canvas.run(
                1,
                1,
                ("Esc", "key"),
                (f" {say('back')}  ", "dim"),
                (say("Up Down"), "key"),
                (f" {say('other orders')}   ", "dim"),
            )
            draw_live(canvas, self.console, 1, column)
