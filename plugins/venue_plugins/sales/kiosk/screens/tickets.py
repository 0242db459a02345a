"""Who is each ticket for, and how the price adds up."""

from __future__ import annotations

from collections.abc import Callable

from venue_kiosk.look import Look
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button, OptionChip
from venue_kiosk.widgets.cards import PriceCard, PriceRow, draw_card
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.sheets import INNER_U, Sheet
from venue_kiosk.widgets.text import Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, Pages, SalesScreen

TYPES_PER_ROW = 5
TYPES_PER_ROW_LARGE = 3


class TicketsScreen(SalesScreen):
    """One card a place with the ticket types on it; then the explanation of the price."""

    name = "tickets"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._pages = Pages(self, "pages")
        self._order_id = 0

    def compose(self) -> None:
        flow, look = self.flow, self.look
        order = flow.order
        if order is None:
            self.put_ground()
            return
        if order.id != self._order_id:
            self._order_id, self._pages.page = order.id, 0
        top = self.put_sales_head()
        y = self.put_question(look.say("Who is each ticket for?"), top) + 30
        last = self._make_explanation()
        if look.needs.low:
            y = self.control_top(self.put(last, MARGIN_U, y) + 24)
        room = look.bar_top_u - 24 - y - (0 if look.needs.low else last.height_u)
        height = self._make_line(0, order.lines[0]).height_u if order.lines else 1
        first, end = self._pages.cut(order.lines, max(1, int(room // (height + 24))))
        for index in range(first, end):
            y = self.put(self._make_line(index, order.lines[index]), MARGIN_U, y) + 24
        if self._pages.is_needed:
            self._pages.put_buttons(self._pages_top(top))
        if not look.needs.low:
            self.put(last, MARGIN_U, y)
        self._put_bar(order)
        self.put_sales_rail()

    def _pages_top(self, question_top: float) -> float:
        if self.look.needs.low:
            return self.look.bar_top_u - 24 - 88
        return question_top - 4

    # --- one place -------------------------------------------------------------------------

    def _make_line(self, index: int, line: wire.OrderLine) -> Pane:
        look = self.look
        kinds = self._types_for(line)
        card = Pane(look)
        card.resize(CONTENT_WIDTH_U, 1)
        title = words.seat_words(line, self.language) if line.number else ""
        heading = Text(look, "subtitle", title or look.say("Ticket {number}", number=index + 1))
        note = next((self.own(kind.note) for kind in kinds if kind.id == line.ticket_type_id), "")
        heading.resize(heading.natural_width_u() + 1)
        room = CONTENT_WIDTH_U - 88 - heading.width_u
        side = Text(look, "caption", note, "ink2", "right", lines_max=1)
        # In large text there is no room beside the seat; staff at the gate say it, too.
        side.value = note if side.natural_width_u() <= room else ""
        side.resize(max(1, room))
        chip_height = 176 if look.needs.large else 132
        top = 22 + heading.height_u + 14
        per_row = TYPES_PER_ROW_LARGE if look.needs.large else TYPES_PER_ROW
        rows = -(-len(kinds) // per_row)
        card.resize(CONTENT_WIDTH_U, top + rows * (chip_height + 16) + 12)
        draw_card(card, card.height_u)
        card.put(heading, 32, 22)
        card.put(side, 56 + heading.width_u, 22 + (heading.height_u - side.height_u) / 2)
        across = min(per_row, max(1, len(kinds)))
        width = (CONTENT_WIDTH_U - 64 - 16 * (across - 1)) / across
        for place, kind in enumerate(kinds):
            chip = self._make_chip(index, line, kind)
            x = 32 + (place % across) * (width + 16)
            card.put(chip, x, top + (place // across) * (chip_height + 16), width, chip_height)
        return card

    def _types_for(self, line: wire.OrderLine) -> list[wire.TicketType]:
        """The ticket types that may sit on the line's seat; all where there are no seats."""
        types = self.flow.detail.ticket_types if self.flow.detail else []
        seats = self.flow.plan.seats if self.flow.plan and line.seat_id else []
        seat_kind = next((seat.kind for seat in seats if seat.id == line.seat_id), "")
        return [one for one in types if not (seat_kind and one.kinds) or seat_kind in one.kinds]

    def _make_chip(self, index: int, line: wire.OrderLine, kind: wire.TicketType) -> OptionChip:
        price = kind.prices_minor.get(line.tier)
        if price is None and len(kind.prices_minor) == 1:
            price = next(iter(kind.prices_minor.values()))
        chosen = kind.id == line.ticket_type_id
        tap = self.tap(m.ChooseType(index, kind.id)) if price is not None else None
        return OptionChip(
            self.look,
            f"type/{index + 1}/{kind.code}",
            self.own(kind.name),
            tap,
            note=self.amount(price) if price is not None else "",
            chosen=chosen,
        )

    # --- the price -------------------------------------------------------------------------

    def _make_explanation(self) -> Pane:
        look = self.look
        if not look.needs.large:
            return PriceCard(look, look.say("How the price adds up"), self.price_rows())
        title = look.say("How the price adds up")
        button = Button(look, "price", title, self._explain, "secondary", icon="info")
        button.resize(CONTENT_WIDTH_U, 136)
        return button

    def _explain(self) -> None:
        deck = self.shell.deck
        deck.open_sheet(PriceSheet(self.look, self.price_rows, deck.close_sheet))

    def price_rows(self) -> list[PriceRow]:
        """The server's explanation, line by line; a missing fee is said."""
        order = self.flow.order
        if order is None:
            return []
        rows = [self._price_row(line) for line in order.prices]
        if not any(line.kind == "fee" for line in order.prices):
            rows.append(PriceRow(self.look.say("Service fee"), "", self.look.say("none"), "fee"))
        return rows

    def _price_row(self, line: wire.PriceLine) -> PriceRow:
        detail = self.own(line.detail)
        if line.kind == "fee" and line.amount_minor == 0:
            return PriceRow(self.own(line.text), "", self.look.say("none"), line.kind)
        if line.kind == "tickets":
            unit = f"{line.count} × {self.amount(line.unit_minor)}"
            if detail and detail not in unit and unit not in detail:
                space = "" if self.language == "zh" else " "
                opened, closed = ("（", "）") if self.language == "zh" else ("(", ")")
                unit = f"{unit}{space}{opened}{detail}{closed}"
            detail = unit
        return PriceRow(self.own(line.text), detail, self.amount(line.amount_minor), line.kind)

    def _put_bar(self, order: wire.Order) -> None:
        look, flow = self.look, self.flow
        people = words.tickets_words(len(order.lines), self.language)
        self._held = Text(look, "caption", self._held_words(people), "ink2", lines_max=1)
        total = Text(look, "price", self.amount(order.total_minor), "price")
        busy = isinstance(flow.busy, m.ChangeOrder | m.StartQr)
        pay = self.tap(m.Pay()) if flow.busy is None else None
        action = Button(look, "pay", look.say("To payment"), pay, icon_after="right", is_busy=busy)
        self.put_bar(on_back=self.back(), middle=[self._held, total], actions=[action])

    def _held_words(self, people: str) -> str:
        left = self.hold_left()
        return self.join(people, self.look.say("held for {time}", time=left) if left else "")

    def tick(self) -> None:
        order = self.flow.order
        if order is not None and self.children:
            people = words.tickets_words(len(order.lines), self.language)
            self._held.set(self._held_words(people))


class PriceSheet(Sheet):
    """The explanation on its own, for large text."""

    name = "price"

    def __init__(
        self,
        look: Look,
        rows: Callable[[], list[PriceRow]],
        close: Callable[[], None],
    ) -> None:
        super().__init__(look)
        self._rows, self._close = rows, close

    def fill(self, body: Pane) -> float:
        look = self.look
        y = body.put(Text(look, "title", look.say("How the price adds up")), 0, 0, INNER_U) + 16
        for row in self._rows():
            tint = "ok" if row.kind == "promotion" else "ink"
            amount = Text(look, "body", row.amount, tint, "right", bold=True)
            amount.resize(amount.natural_width_u() + 1)
            text = Text(look, "body", row.text, tint)
            text.resize(INNER_U - amount.width_u - 24)
            body.put(amount, INNER_U - amount.width_u, y)
            y = body.put(text, 0, y)
            if row.detail:
                y = body.put(Text(look, "caption", row.detail, "ink2"), 0, y, INNER_U)
            y += 16
        button = Button(look, "price/close", look.say("Continue"), self._close)
        return self.put_buttons(body, y + 24, (button,), (1,))
