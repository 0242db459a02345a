"""Seats (F4): the live seat map of the chosen show."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten
from venue_terminal.console import Console
from venue_terminal.screens.base import COLUMNS_WIDE
from venue_terminal.widgets.bars import draw_answer

from venue_plugins.sales.terminal import sell_line
from venue_plugins.sales.terminal.cart import find_type, kept, wanted_anew, wanted_more
from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.terminal.desk_screen import SELL, DeskScreen
from venue_plugins.sales.terminal.seat_choice import find_seat, seats_from
from venue_plugins.sales.terminal.seat_layout import lay_out
from venue_plugins.sales.terminal.seats_panels import (
    LABEL_COLUMNS,
    MapView,
    draw_legend,
    draw_map,
    draw_yours,
    here_words,
)
from venue_plugins.sales.terminal.sell_line import Group, LineUnclear
from venue_plugins.sales.wire import TicketType, Wanted
from venue_suite.texts import N_

SIDE_COLUMNS = 32


class SeatsScreen(DeskScreen):
    """The seat map of the show that is chosen on the sell screen."""

    mnemonics = "bt []"
    help_rows: ClassVar = (
        ("Arrows", N_("move from seat to seat")),
        ("Space", N_("take this seat, or give it back")),
        ("T", N_("the ticket type that Space takes")),
        ("B", N_("best seats; again: others")),
        ("7.1", N_("jump to row 7 seat 1")),
        ("2a7.1", N_("two from row 7 seat 1 on")),
        ("PgDn  ]", N_("next floor")),
        ("Enter", N_("pay")),
        ("Esc", N_("back to selling; held seats stay held")),
    )
    DEFAULT_CSS = """
    SeatsScreen #right { width: 32; }
    SeatsScreen.wide #right { width: 40; }
    SeatsScreen #legend { height: 10; }
    SeatsScreen #here { height: 1; }
    """

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, desk, place)
        self._view: MapView | None = None

    def compose_body(self) -> ComposeResult:
        console, desk = self.console, self.desk
        with Horizontal():
            yield self.panel(self._draw_map, id="map")
            with Vertical(id="right"):
                yield self.panel(lambda canvas: draw_legend(canvas, console, desk), id="legend")
                yield self.panel(
                    lambda canvas: draw_yours(canvas, console, desk, self._kind()), id="yours"
                )
        yield self.panel(self._draw_here, id="here")

    # --- the view --------------------------------------------------------------------------

    def arrive(self) -> None:
        self._view = None
        self.load_show()
        self.show_loaded()

    def show_loaded(self) -> None:
        shown = self.desk.chosen_seats
        if shown is None or not shown.plan.sections:
            return
        mine = [line.seat_id for line in self.desk.order.lines] if self.desk.order else []
        seat = next((one for one in shown.plan.seats if one.id in mine), None)
        self._look_at(seat.section if seat else shown.plan.sections[0].code)
        if seat is not None:
            self._put_cursor(seat.id)

    def _look_at(self, section: str) -> None:
        """Show a floor; the cursor begins in the middle of its front row."""
        shown = self.desk.chosen_seats
        if shown is None:
            return
        floor = lay_out(shown.plan, section)
        room = self.size.width - SIDE_COLUMNS - 4 - 2 * LABEL_COLUMNS
        if self.size.width >= COLUMNS_WIDE and 2 * floor.columns <= room:
            floor = lay_out(shown.plan, section, step=2)
        middle = (floor.left + floor.right) // 2
        self._view = MapView(floor, 0, floor.nearest(0, middle) if floor.rows else 0)

    def _put_cursor(self, seat_id: int) -> None:
        view = self._view
        place = view.floor.place_of(seat_id) if view else None
        if view is not None and place is not None:
            view.row, view.index = place

    def _change_floor(self, by: int) -> None:
        shown, view = self.desk.chosen_seats, self._view
        if shown is not None and view is not None:
            codes = [one.code for one in shown.plan.sections]
            at = codes.index(view.floor.section) + by
            self._look_at(codes[at % len(codes)])

    # --- keys ------------------------------------------------------------------------------

    def move(self, key: str) -> None:
        view = self._view
        if key == "escape":
            self.typed = ""
            self.console_app.go(SELL)
        elif key in ("pagedown", "pageup"):
            self._change_floor(1 if key == "pagedown" else -1)
        elif view is not None and view.here is not None:
            self.answer = type(self.answer)()
            self._step(view, key)

    @staticmethod
    def _step(view: MapView, key: str) -> None:
        rows, here = view.floor.rows, view.here
        if key in ("left", "right"):
            last = len(rows[view.row].seats) - 1
            view.index = max(0, min(last, view.index + (1 if key == "right" else -1)))
        elif key in ("up", "down") and here is not None:
            row = view.row + (1 if key == "down" else -1)
            if 0 <= row < len(rows):
                view.index = view.floor.nearest(row, here.column)
                view.row = row
        elif key in ("home", "end"):
            view.index = 0 if key == "home" else len(rows[view.row].seats) - 1

    def mnemonic(self, letter: str) -> bool:
        try:
            if letter == " ":
                self._take_here()
            elif letter == "b":
                self._take_best()
            elif letter == "t":
                self._next_type()
            else:
                self._change_floor(1 if letter == "]" else -1)
        except LineUnclear as error:
            self.tell_error(error)
        return True

    def submit(self, text: str) -> None:
        try:
            if text.strip():
                self._obey(sell_line.read_map_line(text), sell_line.fold(text))
            else:
                self.pay()
        except LineUnclear as error:
            self.tell_error(error)

    def _obey(self, command: sell_line.Command, typed: str) -> None:
        shown, section = self.desk.chosen_seats, self._view.floor.section if self._view else ""
        match command:
            case sell_line.Jump(seat):
                found = find_seat(shown, seat, section)
                if found.section != section:
                    self._look_at(found.section)
                self._put_cursor(found.id)
            case sell_line.Sell(groups, 0, seat):
                self.expect_same_show()
                count = sum(group.count for group in groups)
                ids = seats_from(shown, seat, count, section) if seat else []
                lines = self.desk.order.lines if self.desk.order else []
                self.change_cart(wanted_more(lines, self.desk.ticket_types, groups, ids), typed)
            case _:
                raise LineUnclear("Here only seats: 7.1 jumps, 2a7.1 takes.")

    # --- the cart --------------------------------------------------------------------------

    def _kind(self) -> TicketType | None:
        types = self.desk.ticket_types
        return find_type(types, self.desk.letter) if types else None

    def _next_type(self) -> None:
        types = self.desk.ticket_types
        kind = self._kind()
        if kind is not None:
            after = types[(types.index(kind) + 1) % len(types)]
            self.desk.letter = after.code.casefold()

    def _take_here(self) -> None:
        """Add this seat to the cart, or give it back."""
        here, kind = self._view.here if self._view else None, self._kind()
        if here is None or kind is None:
            return
        self.expect_same_show()
        lines = self.desk.order.lines if self.desk.order else []
        seat = here.seat
        name = f"{seat.row}.{seat.number}"
        left = [line for line in lines if line.seat_id != seat.id]
        if len(left) < len(lines):
            self.change_cart(kept(left), name)
        else:
            wanted = wanted_more(lines, [kind], [Group(1)], [seat.id])
            self.change_cart(wanted, name)

    def _take_best(self) -> None:
        """As many as are in the cart on other seats; one if there is none."""
        kind = self._kind()
        self.expect_same_show()
        if self.desk.order is not None:
            lines = self.desk.order.lines
            self.change_cart(wanted_anew(lines), "B", [line.seat_id for line in lines])
        elif kind is not None:
            self.change_cart([Wanted(ticket_type_id=kind.id, count=1)], "B")

    # --- drawing ---------------------------------------------------------------------------

    def _mine(self) -> frozenset[int]:
        order = self.desk.order
        return frozenset(line.seat_id for line in order.lines) if order else frozenset()

    def _draw_map(self, canvas: Canvas) -> None:
        draw_map(canvas, self.console, self.desk, self._view, self._mine())

    def _draw_here(self, canvas: Canvas) -> None:
        if self.typed:
            canvas.run(0, 1, ("> ", "key"), (self.typed, "strong"), (" ", "mine"))
        elif self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
        elif self._view is not None:
            column = canvas.put(0, 1, self.console.say("Here") + " ", "dim")
            words = here_words(self.console, self.desk, self._view, self._mine())
            canvas.put(0, column, shorten(words, canvas.columns - column - 1))
