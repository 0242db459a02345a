"""Sell (F2): shows, ticket types, the cart, and the one line that does the work."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.widgets.bars import draw_answer, draw_line, draw_live

from venue_plugins.sales.terminal import sell_line
from venue_plugins.sales.terminal.cart import (
    wanted_less,
    wanted_more,
    wanted_without_last_group,
)
from venue_plugins.sales.terminal.desk import Desk, LastSale
from venue_plugins.sales.terminal.desk_screen import ORDERS, SEATS, DeskScreen
from venue_plugins.sales.terminal.paper_work import print_again
from venue_plugins.sales.terminal.prices_screen import PricesScreen
from venue_plugins.sales.terminal.seat_choice import seats_from
from venue_plugins.sales.terminal.sell_panels import draw_cart, draw_shows, draw_types
from venue_plugins.sales.wire import EventCard, PerformanceCard
from venue_suite.client import VenueClient
from venue_suite.domain.errors import VenueError
from venue_suite.texts import N_


async def load_days(client: VenueClient) -> list[str]:
    """The local days on which something is on sale."""
    events = await client.get("/sales/events", list[EventCard])
    return sorted({day for event in events for day in event.days})


class SellScreen(DeskScreen):
    """The counter's ready screen."""

    mnemonics = "*+?l"
    help_rows: ClassVar = (
        ("2", N_("two of the first ticket type, best seats")),
        ("2a1c", N_("two and one, by the letters of the ticket types")),
        ("3.2a", N_("two for show 3 of the list")),
        ("2a7.1", N_("two from row 7 seat 1 on")),
        ("-1c", N_("one less")),
        ("/words", N_("find shows by words or pinyin initials; / alone: the day's list")),
        ("#code", N_("open an order by number or pick-up code")),
        ("Enter", N_("hold; on an empty line: pay")),
        ("Del", N_("drop the last line of the cart")),
        ("*", N_("seat map")),
        ("+", N_("shows of the next day")),
        ("Up Down", N_("choose a show")),
        ("L", N_("print the last sale's paper that is still missing")),
    )
    DEFAULT_CSS = """
    SellScreen #left { width: 1fr; }
    SellScreen #shows { height: 1fr; min-height: 9; }
    SellScreen #types { height: 7; }
    SellScreen #cart { width: 32; }
    SellScreen.wide #cart { width: 44; }
    SellScreen.wide #types { height: 10; }
    SellScreen #answers { height: 2; }
    SellScreen #line { height: 3; }
    SellScreen #last { height: 1; }
    """

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, desk, place)
        self._loaded = False

    def compose_body(self) -> ComposeResult:
        console, desk = self.console, self.desk
        with Horizontal():
            with Vertical(id="left"):
                yield self.panel(lambda canvas: draw_shows(canvas, console, desk), id="shows")
                yield self.panel(lambda canvas: draw_types(canvas, console, desk), id="types")
            yield self.panel(lambda canvas: draw_cart(canvas, console, desk), id="cart")
        yield self.panel(self._draw_answers, id="answers")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(self._draw_last, id="last")

    # --- shows -----------------------------------------------------------------------------

    def arrive(self) -> None:
        if not self._loaded:
            self._loaded = True
            self.ask(load_days(self.console.client), self._take_days, self._not_loaded)
            self.list_day(self.console.today().isoformat())

    def _take_days(self, days: list[str]) -> None:
        self.desk.days = days

    def _not_loaded(self, error: VenueError) -> None:
        self._loaded = False
        self.tell_error(error)

    def list_day(self, day: str) -> None:
        """List the shows of a local day, `2026-11-28`."""
        self.desk.day = day
        call = self.console.client.get("/sales/performances", list[PerformanceCard], day=day)
        self.ask(call, lambda shows: self._take_shows(shows, ""), self._not_loaded, blocks=True)

    def find_shows(self, words: str) -> None:
        """List the shows of all days that the words fit."""
        if not words:
            self.list_day(self.desk.day)
            return
        call = self.console.client.get("/sales/performances", list[PerformanceCard])
        self.ask(call, lambda shows: self._take_shows(shows, words), blocks=True)

    def _take_shows(self, shows: list[PerformanceCard], words: str) -> None:
        self.desk.list_shows(shows, words)
        if words and not self.desk.shows:
            self.tell(self.console.say("No show fits “{words}”.", words=words), "careful")
        self.load_show()

    def choose(self, number: int) -> None:
        """Choose a show by its number in the list."""
        if not 1 <= number <= len(self.desk.shows):
            raise sell_line.LineUnclear("There is no show {number} in the list.", number=number)
        self.desk.row = number - 1
        self.load_show()

    # --- keys ------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        try:
            if text.strip():
                self._obey(sell_line.read_line(text), sell_line.fold(text))
            else:
                self.pay()
        except sell_line.LineUnclear as error:
            self.tell_error(error)

    def _obey(self, command: sell_line.Command, typed: str) -> None:
        match command:
            case sell_line.Sell():
                self._sell(command, typed)
            case sell_line.Drop(groups):
                lines = self.desk.order.lines if self.desk.order else []
                self.change_cart(wanted_less(lines, self.desk.ticket_types, groups), typed)
            case sell_line.ChooseShow(show):
                self.choose(show)
            case sell_line.FindShows(words):
                self.find_shows(words)
            case sell_line.FindOrder(code):
                self.console_app.go(ORDERS)
                self.console_app.place(ORDERS).submit(code)

    def _sell(self, command: sell_line.Sell, typed: str) -> None:
        if command.show:
            self.choose(command.show)
        if self.desk.show is None:
            raise sell_line.LineUnclear("Choose a show first.")
        if self.asked:
            # The show's types are still on their way: the line goes on when they are here.
            self.console_app.typed_ahead.append(typed.partition(".")[2] if command.show else typed)
            return
        self.expect_same_show()
        desk, seat_ids = self.desk, list[int]()
        if command.seat is not None:
            count = sum(group.count for group in command.groups)
            seat_ids = seats_from(desk.chosen_seats, command.seat, count)
        lines = desk.order.lines if desk.order else []
        desk.letter = command.groups[-1].letter or desk.letter
        self.change_cart(wanted_more(lines, desk.ticket_types, command.groups, seat_ids), typed)

    def mnemonic(self, letter: str) -> bool:
        if letter == "*":
            self.console_app.go(SEATS)
        elif letter == "+":
            self.list_day(self.desk.next_day())
        elif letter == "?":
            if self.desk.order is not None:
                self.app.push_screen(PricesScreen(self.console, self.desk.order))
        elif self.desk.last_sale is not None:
            print_again(self, self.desk.last_sale.order_id)
        return True

    def move(self, key: str) -> None:
        if key in ("up", "down"):
            self.desk.step(1 if key == "down" else -1)
            self.load_show()
        elif key == "delete" and self.desk.order is not None:
            self.change_cart(wanted_without_last_group(self.desk.order.lines), "Del")
        elif key == "escape":
            self.typed = ""
            self.tell("")

    # --- drawing ---------------------------------------------------------------------------

    def _draw_answers(self, canvas: Canvas) -> None:
        draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up:
            draw_live(canvas, self.console, 1, 1)

    def _draw_line(self, canvas: Canvas) -> None:
        say = self.console.say
        hint = say("2a  3.2a = show 3  2a7.1 = seats  Enter")
        draw_line(canvas, self.console, say("Sell"), self.typed, hint)

    def _draw_last(self, canvas: Canvas) -> None:
        say, sale, waiting = self.console.say, self.desk.last_sale, self.desk.unanswered
        if waiting is not None:
            words = say("{typed} was asked for; its answer is awaited.", typed=waiting.typed)
            canvas.run(0, 1, ("▲ ", "careful"), (words, "text"))
        elif sale is None:
            canvas.put(0, 1, say("No sale at this console yet."), "dim")
        else:
            self._draw_sale(canvas, sale)

    def _draw_sale(self, canvas: Canvas, sale: LastSale) -> None:
        say, say_count = self.console.say, self.console.say_count
        words = say_count(
            "{count} ticket, {tender}", "{count} tickets, {tender}", sale.tickets, tender=sale.words
        )
        column = canvas.run(
            0, 1, (say("Last") + " ", "dim"), (sale.number + " ", "text"), (words, "dim")
        )
        canvas.run(0, column + 3, ("L", "key"), (" " + say("again"), "dim"))
        canvas.right(
            0,
            canvas.columns - 1,
            say_count("{count} sale", "{count} sales", self.desk.sales),
            "dim",
        )
