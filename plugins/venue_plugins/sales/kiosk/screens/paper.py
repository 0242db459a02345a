"""Printing, and goodbye."""

from __future__ import annotations

from venue_kiosk.look import STAGE_WIDTH_U
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button
from venue_kiosk.widgets.cards import FactRows, draw_card, make_qr_texture
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box, draw_disc, draw_picture, draw_rule
from venue_kiosk.widgets.text import Run, Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen

PAPER = (1.0, 0.992, 0.965, 1.0)
PAPER_INK = (0.106, 0.102, 0.129, 1.0)
PAPER_INK2 = (0.337, 0.318, 0.361, 1.0)
PAPER_EDGE = (0.788, 0.749, 0.663, 1.0)
SLOT = (0.106, 0.102, 0.129, 1.0)
TICKET_WIDTH_U, TICKET_HEIGHT_U, STUB_U = 660, 296, 190


class TicketPicture(Pane):
    """A ticket as it comes out of the slot. Its code is the order number, never a token."""

    def __init__(self, screen: SalesScreen, order: wire.Order, line: wire.OrderLine) -> None:
        look = screen.look
        super().__init__(look)
        self.resize(TICKET_WIDTH_U, TICKET_HEIGHT_U)
        width, height = TICKET_WIDTH_U, TICKET_HEIGHT_U
        draw_box(self, (0, 8, width, height), (0, 0, 0, 0.12), 24)
        draw_box(self, (0, 0, width, height), PAPER, 24, PAPER_EDGE, 2)
        for dash in range(8, height - 12, 20):
            draw_box(self, (width - STUB_U - 2, dash, 4, 11), PAPER_EDGE)
        texture, _ = make_qr_texture(order.number)
        draw_picture(self, (width - STUB_U + 21, 74, 148, 148), texture)
        card, inner = order.performance, width - STUB_U - 64
        place = screen.join(screen.shell.venue_name(), screen.own(card.hall))
        local = card.starts_at.astimezone(screen.zone)
        day = words.date_words(local.date(), screen.language).split(" ", 1)
        date = day[0] if screen.language == "zh" else day[1]
        when = f"{date} {words.clock_words(card.starts_at, screen.zone)}"
        who = screen.join(words.seat_words(line, screen.language), screen.own(line.ticket_type))
        y = 26.0
        for text, size, bold, ink in (
            (place, 28, False, PAPER_INK2),
            (screen.own(card.title), 52 if screen.language == "zh" else 40, True, PAPER_INK),
            (when, 38, True, PAPER_INK),
            (who, 34, True, PAPER_INK),
        ):
            row = Text(look, "caption", text, colour=ink, size_u=size, bold=bold, lines_max=1)
            row.resize(inner)
            y = self.put(row, 32.0, y) + 4


class PrintingScreen(SalesScreen):
    """Ticket by ticket, with the code that gets the rest elsewhere."""

    name = "printing"

    def compose(self) -> None:
        flow, look = self.flow, self.look
        order = flow.order
        y = self.put_sales_head()
        if order is None:
            return
        self.put(Icon(look, "check", 56, "ok", stroke_u=6), MARGIN_U, y + 2)
        paid = look.say("Paid {amount}", amount=self.amount(order.total_minor, full=True))
        y = self.put(Text(look, "title", paid, "ok"), MARGIN_U + 76, y, CONTENT_WIDTH_U - 76) + 18
        title = Text(look, "question", look.say("Printing your tickets"), size_u=88, lines_max=1)
        self.put(title, MARGIN_U, y, CONTENT_WIDTH_U)
        self._put_progress(order)
        self._put_slot(order)
        self._put_code(order)
        self.put_rail("")

    def _put_progress(self, order: wire.Order) -> None:
        look, flow = self.look, self.flow
        total, done = len(order.lines), len(flow.printed)
        now = min(total, done + 1)
        count = Text(
            look,
            "code",
            [
                Run(str(now), tint="primary", bold=True, size_u=112),
                Run(f" / {total}", tint="ink2", bold=False, size_u=64),
            ],
            size_u=112,
        )
        count.resize(count.natural_width_u() + 1)
        self.put(count, MARGIN_U, 454)
        said = "All tickets are out" if done >= total else "Ticket {number} is on its way"
        note = Text(look, "body", look.say(said, number=now), "ink2", lines_max=1)
        note.resize(CONTENT_WIDTH_U - count.width_u - 28)
        self.put(note, MARGIN_U + count.width_u + 28, 454 + count.height_u - note.height_u - 20)
        draw_box(self, (MARGIN_U, 596, CONTENT_WIDTH_U, 20), look.colour("sunken"), 10)
        share = min(1.0, (done + 0.5) / max(1, total)) if done < total else 1.0
        draw_box(self, (MARGIN_U, 596, CONTENT_WIDTH_U * share, 20), look.colour("primary"), 10)

    def _put_slot(self, order: wire.Order) -> None:
        look, flow = self.look, self.flow
        bottom = self.height_u - look.rail_height_u
        draw_box(self, (0, 700, STAGE_WIDTH_U, bottom - 700), look.colour("sunken"), 48)
        draw_box(self, (0, 760, STAGE_WIDTH_U, bottom - 760), look.colour("sunken"))
        draw_box(self, (150, 760, 780, 76), SLOT, 38)
        draw_box(self, (183, 789, 714, 20), (0.29, 0.282, 0.337, 1.0), 10)
        draw_box(self, (186, 792, 708, 14), (0, 0, 0, 1), 7)
        waiting = [line for line in order.lines if line.id not in flow.printed]
        if order.lines:
            line = waiting[0] if waiting else order.lines[-1]
            self.put(TicketPicture(self, order, line), 210, 800)
        draw_disc(self, 540, 1224, 74, look.colour("accent"))
        self.put(Icon(look, "drop", 92, "on_accent", stroke_u=6), 494, 1178)
        take = Text(
            look,
            "title",
            look.say("Take your tickets from the slot below"),
            align="center",
            size_u=56,
            lines_max=1,
        )
        y = self.put(take, MARGIN_U, 1318, CONTENT_WIDTH_U)
        wait = Text(look, "body", self._wait_words(order), "ink2", "center", lines_max=1)
        self.put(wait, MARGIN_U, y + 16, CONTENT_WIDTH_U)

    def _wait_words(self, order: wire.Order) -> str:
        count = len(order.lines)
        if self.flow.receipt in ("due", "printed"):
            many = "{count} tickets and 1 receipt. Please wait for all of them."
            one = "1 ticket and 1 receipt. Please wait for both."
        else:
            many, one = "{count} tickets. Please wait for all of them.", "1 ticket. Please wait."
        return self.look.say(many if count != 1 else one, count=count)

    def _put_code(self, order: wire.Order) -> None:
        look = self.look
        card = Pane(look)
        height = 188 if look.needs.large else 180
        card.resize(CONTENT_WIDTH_U, height)
        draw_card(card, height)
        label = Text(
            look,
            "label",
            look.say("If anything is missing, show this code at the desk"),
            "ink2",
            lines_max=1,
        )
        code = Text(look, "code", words.pickup_code_words(order.pickup_code), size_u=68)
        label.resize(CONTENT_WIDTH_U - 80 - 96)
        code.resize(CONTENT_WIDTH_U - 80 - 96)
        y = (height - label.height_u - code.height_u) / 2
        card.put(code, 40, card.put(label, 40, y))
        card.put(Icon(look, "print", 72, "ink2"), CONTENT_WIDTH_U - 112, (height - 72) / 2)
        self.put(
            card,
            MARGIN_U,
            self.height_u - look.rail_height_u - (24 if look.needs.large else 48) - height,
        )
        draw_rule(self, 0, self.height_u - look.rail_height_u, STAGE_WIDTH_U, look.colour("line"))


class ThanksScreen(SalesScreen):
    """All tickets are out. It ends by itself after 20 seconds."""

    name = "thanks"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._done: Button | None = None

    def compose(self) -> None:
        look, flow = self.look, self.flow
        order = flow.order
        self.put_sales_head()
        draw_disc(self, MARGIN_U + 68, 316, 68, look.colour("ok"))
        self.put(Icon(look, "check", 88, "surface", stroke_u=6), MARGIN_U + 24, 272)
        kind = flow.event.kind if flow.event else "show"
        bye = "Enjoy the show!" if kind in ("show", "film") else "Enjoy your visit!"
        title = Text(look, "question", look.say(bye), size_u=96, lines_max=1)
        y = self.put(title, MARGIN_U, 416, CONTENT_WIDTH_U) + 12
        if order is None:
            return
        take = Text(look, "title", self._take_words(order), bold=False, lines_max=2)
        y = self.put(take, MARGIN_U, y, CONTENT_WIDTH_U)
        self._put_tickets(order, max(716.0, y + 40))
        self.put(self._make_facts(order), MARGIN_U, 1196)
        self._put_bar()
        self.put_rail("home")

    def _take_words(self, order: wire.Order) -> str:
        count = len(order.lines)
        if self.flow.receipt == "printed":
            many = "Please take {count} tickets and your receipt."
            one = "Please take your ticket and your receipt."
        else:
            many, one = "Please take {count} tickets.", "Please take your ticket."
        return self.look.say(many if count != 1 else one, count=count)

    def _put_tickets(self, order: wire.Order, y: float) -> None:
        shown = order.lines[:2]
        for index, line in reversed(list(enumerate(shown))):
            alone = len(shown) == 1
            x = 210 if alone else 116 + index * 128
            self.put(TicketPicture(self, order, line), x, y + (40 if alone else index * 100))

    def _make_facts(self, order: wire.Order) -> FactRows:
        look, card = self.look, order.performance
        starts = words.clock_words(card.starts_at, self.zone)
        if card.seating == "open":
            ends = words.clock_words(card.ends_at, self.zone)
            first = look.say("Your time is {start} to {end}", start=starts, end=ends)
            second = look.say("Show the code on each ticket at the gate")
        else:
            first = look.say("Starts {time}", time=starts)
            second = look.say("Please allow ten minutes to find your seats")
        place = self.own(card.hall)
        seats = words.seats_words(order.lines, self.language)
        return FactRows(look, [("clock", first, second), ("pin", place, seats)])

    def _put_bar(self) -> None:
        look = self.look
        more = Button(look, "buy_more", look.say("Buy more"), self.tap(m.BuyMore()), "secondary")
        left = str(self.buying.thanks_left_s())
        self._done = Button(look, "done", look.say("Done"), self.tap(m.End()), after=left)
        self.put_bar(actions=[more, self._done], shares=(1, 1.3))

    def tick(self) -> None:
        if self._done is not None:
            self._done.set_after(str(self.buying.thanks_left_s()))
