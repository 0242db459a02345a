"""Which seats: the best ones are chosen already; the whole plan shows where they are."""

from __future__ import annotations

from dataclasses import replace

from venue_kiosk.bare_screen import Spot
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button, Stepper
from venue_kiosk.widgets.cards import draw_card
from venue_kiosk.widgets.frame import MARGIN_U
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.seat_plan import SeatPlan
from venue_kiosk.widgets.seat_zoom import SeatZoom
from venue_kiosk.widgets.text import Text

from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen
from venue_plugins.sales.kiosk.screens.plan import plan_legend, plan_seats, plan_sections
from venue_plugins.sales.kiosk.state import BuyFlow

PLAN_MARGIN_U, PLAN_WIDTH_U = 32, 1016
TOOLS_HEIGHT_U = 120
QUESTION_SIZE_U = 58
CHOOSE_YOURSELF = "Rather choose yourself? Touch the plan to zoom in."


class SeatsScreen(SalesScreen):
    """The plan, how many, others, wheelchair places; one touch takes what is proposed."""

    name = "seats"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._plan = SeatPlan(self.look, self._zoom_in)
        self._held: Text | None = None

    def _zoom_in(self, x_cm: float, y_cm: float) -> None:
        self.buying.put(m.ZoomIn(x_cm, y_cm))

    def update(self, before: BuyFlow) -> None:
        """Other people's seats change often; then only the plan's dots do."""
        flow = self.flow
        if replace(before, plan=flow.plan) == flow and flow.plan and before.plan:
            self._plan.update_states({seat.id: seat.state for seat in flow.plan.seats})
            return
        self.shell.deck.refresh()

    def compose(self) -> None:
        look = self.look
        top = self.put_sales_head()
        y = self.put_question(
            self._question(),
            top,
            size_u=QUESTION_SIZE_U,
            note="" if look.needs.low else look.say(CHOOSE_YOURSELF),
        )
        tools_top = look.bar_top_u - 24 - TOOLS_HEIGHT_U
        self._put_plan(max(y + 24, 368.0 if not look.needs.large else 0), tools_top - 16)
        self._put_tools(tools_top)
        self._put_bar()
        self.put_sales_rail()

    def _question(self) -> str:
        flow = self.flow
        if flow.order is None or not flow.holds:
            return self.look.say("Looking for the best seats")
        count = len(flow.order.lines)
        return words.seats_question(count, self.language, together=flow.order.together)

    def _put_plan(self, top: float, bottom: float) -> None:
        flow, plan = self.flow, self.flow.plan
        if plan is None or flow.detail is None:
            waiting = Pane(self.look)
            waiting.resize(PLAN_WIDTH_U, bottom - top)
            draw_card(waiting, bottom - top)
            text = Text(self.look, "body", self.look.say("One moment please"), "ink2", "center")
            text.resize(PLAN_WIDTH_U)
            waiting.put(text, 0, (bottom - top - text.height_u) / 2)
            self.put(waiting, PLAN_MARGIN_U, top)
            return
        # Low controls: the plan then only shows; "Others" finds other seats.
        self._plan.on_zoom_request = None if self.look.needs.low else self._zoom_in
        self._plan.set_plan(plan_seats(self, plan), plan_sections(self, plan))
        self._plan.set_words(self.own(plan.stage), plan_legend(self, plan))
        callout = words.callout_words(flow.order.lines, self.language) if flow.order else ""
        self._plan.set_chosen(flow.chosen_seats, callout)
        self.put(self._plan, PLAN_MARGIN_U, top, PLAN_WIDTH_U, bottom - top)

    def _put_tools(self, y: float) -> None:
        flow, look = self.flow, self.look
        count = flow.count
        less = self.tap(m.ChangeCount(-1)) if count > 1 and flow.holds else None
        more = self.tap(m.ChangeCount(1)) if count <= flow.count_limit and flow.holds else None
        self.put(Stepper(look, "count", count, less, more), MARGIN_U, y + 8)
        x = MARGIN_U + Stepper.WIDTH_U + 28
        width = (1080 - MARGIN_U - x - 28) / 2
        may = flow.holds
        others = self.tap(m.Others()) if may else None
        wheel = self.tap(m.Wheelchair()) if may else None
        kind = "primary" if flow.wheelchair else "middle"
        first = Button(look, "others", look.say("Others"), others, "middle", icon="swap")
        second = Button(look, "wheelchair", look.say("Wheelchair"), wheel, kind, icon="wheel")
        self.put(first, x, y, width, TOOLS_HEIGHT_U)
        self.put(second, x + width + 28, y, width, TOOLS_HEIGHT_U)

    def _put_bar(self) -> None:
        flow, look = self.flow, self.look
        order = flow.order
        middle: list[Text] = []
        if order is not None and flow.holds:
            said = words.seats_words(order.lines, self.language)
            seats = Text(look, "label", said, size_u=34, lines_max=1)
            middle = [seats, Text(look, "price", self.amount(order.total_minor), "price")]
        count = len(order.lines) if order else flow.count
        is_busy = flow.busy is not None and not flow.can_take
        take = self.tap(m.TakeSeats()) if flow.can_take else None
        label = words.take_words(count, self.language)
        action = Button(look, "take_seats", label, take, icon_after="right", is_busy=is_busy)
        self.put_bar(on_back=self.back(), middle=middle, actions=[action])

    def extra_targets(self) -> list[Spot]:
        return seat_spots(self, self._plan)

    def describe(self) -> dict[str, object]:
        return describe_choice(self)


def seat_spots(screen: SalesScreen, plan: SeatPlan | SeatZoom) -> list[Spot]:
    """Where the seats are in the window, for the inspection port."""
    shown = screen.flow.plan
    if shown is None or plan.parent is None:
        return []
    places = ((seat.id, plan.seat_target_rect(seat.id)) for seat in shown.seats)
    return [(f"seat/{seat_id}", *rect) for seat_id, rect in places if rect is not None]


def describe_choice(screen: SalesScreen) -> dict[str, object]:
    """Which seats are ours, and the order, for the inspection port."""
    flow = screen.flow
    free = [seat.id for seat in flow.plan.seats if seat.state == "free"] if flow.plan else []
    return {
        "order": flow.order.number if flow.order else "",
        "performance": flow.performance.id if flow.performance else 0,
        "chosen": list(flow.chosen_seats),
        "free": free,
    }
