"""Open admission: when, and how many."""

from __future__ import annotations

from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button, OptionChip, Stepper
from venue_kiosk.widgets.cards import draw_card
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.text import Text, put_line

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, Pages, SalesScreen
from venue_plugins.sales.kiosk.screens.performance import EventHead, put_days

SLOT_HEIGHT_U = 116
SLOT_HEIGHT_LARGE_U = 152
SLOTS_PER_ROW = 3


class SlotsScreen(SalesScreen):
    """The next slot and one adult are filled in; other times and more people are one touch."""

    name = "slots"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._days = Pages(self, "days")
        self._slots = Pages(self, "pages")
        self._shown: tuple[int, str] = (0, "")
        self._marked = 0

    def compose(self) -> None:
        flow, look = self.flow, self.look
        event = flow.event
        if event is None:
            self.put_ground()
            return
        if (event.id, flow.day) != self._shown:
            if event.id != self._shown[0]:
                self._days.page = 0
            self._shown = (event.id, flow.day)
            self._slots.page = 0
        y = self.put_sales_head() + 10
        y = EventHead.put(self, event, y, height=264) + 40
        choose = lambda day: self.buying.put(m.ChooseDay(day))  # noqa: E731
        y = put_days(self, self._days, event, look.say("When, and how many?"), choose, y) + 32
        y = self.control_top(y)
        count_top = look.bar_top_u - 24 - 152
        self._put_slots(y, count_top - 24)
        self._put_count(count_top)
        self._put_bar()
        self.put_sales_rail()

    def _put_slots(self, y: float, bottom: float) -> None:
        slots = self.flow.performances
        gap = 20
        height = SLOT_HEIGHT_LARGE_U if self.look.needs.large else SLOT_HEIGHT_U
        if len(slots) > SLOTS_PER_ROW * int((bottom - y + gap) // (height + gap)):
            bottom -= 88 + gap
        width = (CONTENT_WIDTH_U - gap * (SLOTS_PER_ROW - 1)) / SLOTS_PER_ROW
        per_page = SLOTS_PER_ROW * max(1, int((bottom - y + gap) // (height + gap)))
        self._turn_to_choice(per_page)
        first, last = self._slots.cut(slots, per_page)
        for index, slot in enumerate(slots[first:last]):
            x = MARGIN_U + (index % SLOTS_PER_ROW) * (width + gap)
            top = y + (index // SLOTS_PER_ROW) * (height + gap)
            self.put(self._make_slot(slot), x, top, width, height)
        if self._slots.is_needed:
            self._slots.put_buttons(bottom + gap)

    def _turn_to_choice(self, per_page: int) -> None:
        """Show the marked slot when another one was marked."""
        marked = self.flow.performance.id if self.flow.performance else 0
        if marked == self._marked:
            return
        self._marked = marked
        ids = [slot.id for slot in self.flow.performances]
        if marked in ids:
            self._slots.page = ids.index(marked) // per_page

    def _make_slot(self, slot: wire.PerformanceCard) -> OptionChip:
        chosen = self.flow.performance is not None and self.flow.performance.id == slot.id
        is_open = slot.places_left > 0 and slot.state not in ("sold_out", "stopped")
        left = "{count} places left" if is_open else "Sold out"
        return OptionChip(
            self.look,
            f"performance/{slot.id}",
            words.clock_words(slot.starts_at, self.zone),
            self.tap(m.ChoosePerformance(slot.id)) if is_open else None,
            note=self.look.say(left, count=slot.places_left),
            chosen=chosen,
        )

    def _put_count(self, y: float) -> None:
        flow, look = self.flow, self.look
        card = Pane(look)
        card.resize(CONTENT_WIDTH_U, 152)
        draw_card(card, 152)
        label = Text(look, "title", look.say("How many people?"), size_u=40)
        put_line(card, label, 40, 0, 152)
        less = self.tap(m.ChangeCount(-1)) if flow.count > 1 else None
        left = flow.performance.places_left if flow.performance else 0
        more = self.tap(m.ChangeCount(1)) if flow.count < min(left, flow.count_limit + 1) else None
        card.put(
            Stepper(look, "count", flow.count, less, more),
            CONTENT_WIDTH_U - 40 - Stepper.WIDTH_U,
            24,
        )
        self.put(card, MARGIN_U, y)

    def _put_bar(self) -> None:
        flow, look = self.flow, self.look
        busy = isinstance(flow.busy, m.PlaceOrder | m.ChangeOrder)
        take = self.tap(m.TakeSeats()) if flow.can_take else None
        action = Button(
            look, "take_seats", look.say("Continue"), take, icon_after="right", is_busy=busy
        )
        self.put_bar(on_back=self.back(), middle=self._middle(), actions=[action])

    def _middle(self) -> list[Text]:
        """What one place costs; the total is the server's, on the next screen."""
        flow, look = self.flow, self.look
        if flow.performance is None:
            return []
        each = words.price_range_words(
            flow.performance.from_price_minor,
            flow.performance.to_price_minor,
            self.shell.currency,
        )
        people = words.tickets_words(flow.count, self.language)
        label = Text(look, "caption", self.join(people, look.say("each")), "ink2", lines_max=1)
        price = Text(look, "price", each, "price", lines_max=1)
        return [label, price]
