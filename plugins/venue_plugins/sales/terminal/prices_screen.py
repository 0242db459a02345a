"""Why this price (?): the server's own lines of the sum, each with its reason."""

from __future__ import annotations

from textual.app import ComposeResult
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen

from venue_plugins.sales.wire import Order


class PricesScreen(ConsoleScreen):
    """The explanation of one order's price. Any key closes it."""

    def __init__(self, console: Console, order: Order) -> None:
        super().__init__(console)
        self._order = order

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="body")

    def submit(self, text: str) -> None:
        self.dismiss()

    def move(self, key: str) -> None:
        self.dismiss()

    def type(self, text: str) -> None:
        self.dismiss()

    def _draw(self, canvas: Canvas) -> None:
        console, order = self.console, self._order
        title = console.say("Why {number} costs this", number=order.number)
        canvas.frame(title, console.say("any key closes this"), role="focus")
        edge, row = canvas.columns - 2, 2
        for line in order.prices:
            role = "fine" if line.amount_minor < 0 else "text"
            left = canvas.right(row, edge, console.money.format_plain(line.amount_minor), role)
            column = canvas.put(row, 2, shorten(console.name(line.text), 34), role)
            start = max(column + 2, 22)
            canvas.put(row, start, shorten(console.name(line.detail), left - start - 2), "dim")
            row += 1
        canvas.rule(row)
        canvas.put(row + 1, 2, console.say("To pay"), "strong")
        canvas.right(row + 1, edge, console.money.format(order.total_minor), "money")
        tax = console.money.format_plain(order.tax_included_minor)
        canvas.put(row + 2, 2, console.say("incl. tax {amount}", amount=tax), "dim")
        canvas.put(row + 4, 2, console.say("Every line is the venue server's own word."), "dim")
