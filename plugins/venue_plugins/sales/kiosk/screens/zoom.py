"""Choosing seats one by one, big enough for a finger."""

from __future__ import annotations

from dataclasses import replace

from venue_kiosk.bare_screen import Spot
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button
from venue_kiosk.widgets.frame import MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.seat_plan_geometry import rows_in_view
from venue_kiosk.widgets.seat_zoom import SeatOverview, SeatZoom
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen
from venue_plugins.sales.kiosk.screens.plan import plan_seats, plan_sections, section_name
from venue_plugins.sales.kiosk.screens.seats import (
    PLAN_MARGIN_U,
    PLAN_WIDTH_U,
    QUESTION_SIZE_U,
    describe_choice,
    seat_spots,
)
from venue_plugins.sales.kiosk.state import BuyFlow

LOWER_HEIGHT_U = 300
OVERVIEW_WIDTH_U = 288


class SeatZoomScreen(SalesScreen):
    """Seats with their numbers; dragging looks around, the overview jumps."""

    name = "seat_zoom"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._zoom = SeatZoom(self.look, lambda seat: self.buying.put(m.TouchSeat(seat)))
        self._zoom.on_view = self._say_rows
        self._overview = SeatOverview(self.look, self._zoom)
        self._place: tuple[int, tuple[float, float]] | None = None
        self._note: Text | None = None

    def update(self, before: BuyFlow) -> None:
        flow = self.flow
        if replace(before, plan=flow.plan) == flow and flow.plan and before.plan:
            self._zoom.update_states({seat.id: seat.state for seat in flow.plan.seats})
            return
        self.shell.deck.refresh()

    def compose(self) -> None:
        flow, look = self.flow, self.look
        plan = flow.plan
        top = self.put_sales_head()
        if plan is None or flow.detail is None:
            return
        seats, sections = plan_seats(self, plan), plan_sections(self, plan)
        self._zoom.set_plan(seats, sections)
        self._overview.set_plan(seats, sections)
        question = look.say("Choose your seats")
        y = self.put_question(question, top, size_u=QUESTION_SIZE_U, note=" ")
        self._note = Text(look, "label", "", "ink2", lines_max=1)
        self._note.resize(1080 - 2 * MARGIN_U)
        self.put(self._note, MARGIN_U, y - self._note.height_u)
        lower_top = look.bar_top_u - 36 - LOWER_HEIGHT_U
        top = max(y + 24, 368.0 if not look.needs.large else 0)
        self.put(self._zoom, PLAN_MARGIN_U, top, PLAN_WIDTH_U, lower_top - 24 - top)
        place = (plan.performance_id, flow.zoom_at)
        if place != self._place:
            self._place = place
            self._zoom.show_place(*flow.zoom_at)
        self._zoom.set_chosen(flow.chosen_seats)
        self.put(self._overview, MARGIN_U, lower_top, OVERVIEW_WIDTH_U, LOWER_HEIGHT_U)
        self._put_tools(lower_top)
        self._say_rows()
        self._put_bar()
        self.put_sales_rail()

    def _say_rows(self, section: str = "", first: str = "", last: str = "") -> None:
        """Which rows are seen, below the question."""
        plan = self.flow.plan
        if self._note is None or plan is None:
            return
        if not section:
            section, first, last = rows_in_view(self._zoom.layout, self._zoom.view)
        rows = self.look.say("rows {first}–{last}", first=first, last=last)
        said = f"{section_name(self, plan, section)} {rows}" if section else ""
        self._note.set(self.join(said, self.look.say("drag to look around")))

    def _put_tools(self, y: float) -> None:
        flow, look = self.flow, self.look
        x = MARGIN_U + OVERVIEW_WIDTH_U + 28
        width = (1080 - MARGIN_U - x - 20) / 2
        bottom = y + LOWER_HEIGHT_U
        chips_top = bottom - 88
        tools_top = chips_top - 20 - 120
        whole = self.tap(m.ZoomOut())
        suggest = self.tap(m.Others()) if flow.busy is None else None
        first = Button(look, "whole_plan", look.say("Whole plan"), whole, "middle", icon="minus")
        second = Button(look, "suggest", look.say("Suggest"), suggest, "middle", icon="swap")
        self.put(first, x, tools_top, width, 120)
        self.put(second, x + width + 20, tools_top, width, 120)
        known = {seat.id: seat for seat in flow.plan.seats} if flow.plan else {}
        left = float(x)
        for seat_id in flow.chosen_seats:
            if seat_id not in known:
                continue
            chip = self._make_chip(known[seat_id])
            if left + chip.width_u > 1080 - MARGIN_U:
                break
            self.put(chip, left, chips_top)
            left += chip.width_u + 20

    def _make_chip(self, seat: wire.Seat) -> Target:
        """A chosen seat; a touch gives it back."""
        look = self.look
        said = words.seat_chip_words(seat.row, seat.number, self.language)
        chip = Target(look, f"chosen/{seat.id}", self.tap(m.TouchSeat(seat.id)))
        text = Text(look, "label", said, bold=True)
        width = 26 + text.natural_width_u() + 20 + 40 + 22
        chip.resize(width, 88)
        _, fill = draw_box(
            chip, (0, 0, width, 88), look.colour("surface"), 16, look.colour("ink"), 4
        )
        chip.show_press_on(fill)
        text.resize(text.natural_width_u() + 1)
        chip.put(text, 26, (88 - text.height_u) / 2)
        chip.put(Icon(look, "x", 40), width - 62, 24)
        return chip

    def _put_bar(self) -> None:
        flow, look = self.flow, self.look
        count = len(flow.chosen_seats)
        left = self.hold_left()
        seats = look.say("{count} seats" if count != 1 else "1 seat", count=count)
        held = look.say("held for {time}", time=left) if left else ""
        label = Text(look, "caption", self.join(seats, held), "ink2", lines_max=1)
        is_current = flow.order is not None and flow.busy is None and count > 0
        total = self.amount(flow.order.total_minor) if flow.order and is_current else "…"
        price = Text(look, "price", total, "price")
        take = self.tap(m.TakeSeats()) if flow.can_take else None
        is_busy = flow.busy is not None and count > 0
        action = Button(
            look, "take_seats", look.say("Continue"), take, icon_after="right", is_busy=is_busy
        )
        self.put_bar(on_back=self.back(), middle=[label, price], actions=[action])

    def extra_targets(self) -> list[Spot]:
        shown = {f"seat/{seat_id}" for seat_id in self._zoom.seats_shown()}
        return [spot for spot in seat_spots(self, self._zoom) if spot[0] in shown]

    def describe(self) -> dict[str, object]:
        return describe_choice(self)
