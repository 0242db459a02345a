"""What the screens that fill the cart share: changing it, and going on to pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from venue_terminal.console import Console
from venue_terminal.outcomes import did_nothing
from venue_terminal.screens.base import ConsoleScreen

from venue_plugins.sales.terminal.desk import Desk, Unanswered
from venue_plugins.sales.terminal.sell_line import LineUnclear
from venue_plugins.sales.terminal.tender_screen import TenderScreen
from venue_plugins.sales.wire import (
    ChangeOrder,
    Order,
    PerformanceDetail,
    PlaceOrder,
    SeatPlan,
    Wanted,
)
from venue_suite.client import VenueClient
from venue_suite.domain.errors import VenueError
from venue_suite.texts import N_

TENDER = "sales.tender"
SEATS = "sales.seats"
SELL = "sales.sell"
ORDERS = "sales.orders"


async def load_detail(
    client: VenueClient, performance_id: int
) -> tuple[PerformanceDetail, SeatPlan | None]:
    """A show's types and prices, and its seats if it has any."""
    path = f"/sales/performances/{performance_id}"
    detail = await client.get(path, PerformanceDetail)
    if detail.card.seating != "reserved":
        return detail, None
    return detail, await client.get(f"{path}/seats", SeatPlan)


class DeskScreen(ConsoleScreen):
    """A screen at the sales desk."""

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, place)
        self.desk = desk

    # --- the chosen show -------------------------------------------------------------------

    def load_show(self) -> None:
        """Get types and seats of the chosen show, if they are not known."""
        show = self.desk.show
        if show is not None and show.id not in self.desk.details:
            self.ask(load_detail(self.console.client, show.id), self._take_detail, blocks=True)

    def _take_detail(self, found: tuple[PerformanceDetail, SeatPlan | None]) -> None:
        detail, plan = found
        self.desk.take_detail(detail, plan)
        self.show_loaded()

    def show_loaded(self) -> None:
        """The chosen show is known now."""

    # --- the cart --------------------------------------------------------------------------

    def change_cart(
        self, wanted: Sequence[Wanted], typed: str, avoid_seat_ids: Sequence[int] = ()
    ) -> None:
        """Make the cart hold this; nothing wanted gives everything back."""
        desk, order = self.desk, self.desk.order
        if desk.unanswered is not None:
            self.tell(self.console.say("The last step still waits for its answer."), "careful")
            return
        body: object
        if order is None:
            if desk.show is None:
                raise LineUnclear("Choose a show first.")
            path = "/sales/orders"
            body = PlaceOrder(
                performance_id=desk.show.id,
                wanted=list(wanted),
                avoid_seat_ids=list(avoid_seat_ids),
                language=self.console.language,
            )
            desk.began_s = self.console.now_s()
        elif wanted:
            path = f"/sales/orders/{order.id}/change"
            body = ChangeOrder(wanted=list(wanted), avoid_seat_ids=list(avoid_seat_ids))
        else:
            path, body = f"/sales/orders/{order.id}/release", {}
        operation_id = self.console.client.make_operation_id()
        desk.unanswered = Unanswered(operation_id, path, body, typed)
        self._send()

    def expect_same_show(self) -> None:
        """Raises `LineUnclear` when the cart belongs to another show than the chosen one."""
        order, show = self.desk.order, self.desk.show
        if order is not None and show is not None and order.performance.id != show.id:
            raise LineUnclear("The cart holds places of another show: pay or drop them first.")

    def _send(self) -> None:
        one = self.desk.unanswered
        if one is not None:
            call = self.console.client.post(
                one.path, one.body, Order, operation_id=one.operation_id
            )
            self.ask(call, self._take_order, self._not_done, blocks=True)

    def _take_order(self, order: Order) -> None:
        one, self.desk.unanswered = self.desk.unanswered, None
        self.desk.take_order(order)
        self.tell(held_words(self.console, order, one.typed if one else ""), "fine")

    def _not_done(self, error: VenueError) -> None:
        if not did_nothing(error):
            words = N_("No answer yet. It is asked again when the link is back, never twice.")
            self.tell(self.console.say(words), "careful")
            return
        self.desk.unanswered = None
        self.tell_error(error)

    def tick(self) -> None:
        desk = self.desk
        if self.console.link.is_up and not self.asked:
            if desk.unanswered is not None:
                self._send()
            elif desk.order is not None and (desk.order_is_stale or desk.hold_left_s() <= 0):
                self._refresh_order(desk.order.id)
        super().tick()

    def _refresh_order(self, order_id: int) -> None:
        self.desk.order_is_stale = False
        call = self.console.client.get(f"/sales/orders/{order_id}", Order)
        self.ask(call, self._take_refreshed, blocks=True)

    def _take_refreshed(self, order: Order) -> None:
        if self.desk.order is None or self.desk.order.id != order.id:
            return
        self.desk.take_order(order)
        if order.state in ("released", "expired"):
            words = N_("The time to pay is over; the places of {number} went back.")
            self.tell(self.console.say(words, number=order.number), "careful")

    # --- paying ----------------------------------------------------------------------------

    def confirm_label(self) -> str:
        return self.console.say("Pay")

    def confirm(self) -> None:
        self.pay()

    def pay(self) -> None:
        """On to the tender screen with the cart."""
        order = self.desk.order
        if order is None:
            self.tell(self.console.say("The cart is empty. Type how many, as in 2a."), "careful")
        elif not self.console.link.is_up:
            self.tell(self.console.say("Pay waits until the link is back."), "careful")
        else:
            screen = cast(TenderScreen, self.console_app.place(TENDER))
            screen.begin(order)
            screen.typed, self.typed = self.typed, ""
            self.console_app.go(TENDER)


def held_words(console: Console, order: Order, typed: str) -> str:
    """`2a1c: 3 seats together are held.`"""
    count = len(order.lines)
    if order.state != "held":
        return console.say("{typed}: the cart is empty.", typed=typed)
    if order.performance.seating != "reserved":
        sentence = N_("{typed}: {count} places are held.")
    elif order.together or count == 1:
        sentence = N_("{typed}: {count} seats together are held.")
    else:
        sentence = N_("{typed}: {count} seats are held, not all side by side.")
    return console.say(sentence, typed=typed, count=count)
