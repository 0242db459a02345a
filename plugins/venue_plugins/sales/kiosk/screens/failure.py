"""What happened, whether money moved, what can be done now, and a code for staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button
from venue_kiosk.widgets.cards import PerformanceCard, PerformanceWords
from venue_kiosk.widgets.failure import FailureWords, put_failure
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.sheets import INNER_U
from venue_kiosk.widgets.text import Text

from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen
from venue_plugins.sales.kiosk.state import Failure, Option


class FailureScreen(SalesScreen):
    """The page of a failure that has no screen below it."""

    name = "failure"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._since: tuple[Failure | None, datetime | None] = (None, None)

    def compose(self) -> None:
        look, failure = self.look, self.flow.failure
        self.put_head()
        if failure is None:
            return
        if self._since[0] is None or self._since[0].code != failure.code:
            self._since = (failure, self.shell.now())
        at = self._since[1] or self.shell.now()
        said = FailureWords(
            title=self.say_sentence(failure.title),
            money=self.say_sentence(failure.money),
            advice=self.say_sentence(failure.advice),
            code=failure.code,
            place=self.join(self.shell.station_name, f"{at.astimezone(self.zone):%H:%M:%S}"),
            icon=failure.icon,
            pickup_code=words.pickup_code_words(failure.pickup_code),
            pickup_label=look.say("Any member of staff can find your order with this code"),
        )
        put_failure(self, said, self._boxes(failure))
        buttons = [self.make_option(option) for option in failure.options]
        self.put_bar(actions=buttons, shares=[1.3 if o.primary else 1 for o in failure.options])
        self.put_sales_rail()

    def _boxes(self, failure: Failure) -> list[Pane]:
        card = failure.next_performance
        if card is None:
            return []
        sentence, tone = words.state_words(card.state, card.places_left)
        ends = self.look.say("ends {time}", time=words.clock_words(card.ends_at, self.zone))
        said = PerformanceWords(
            time=words.clock_words(card.starts_at, self.zone),
            ends=ends,
            hall=self.own(card.hall),
            state=self.say_sentence(sentence),
            tone=tone,
            price=words.price_range_words(
                card.from_price_minor, card.to_price_minor, self.shell.currency
            ),
        )
        tap = self.tap(m.ChoosePerformance(card.id))
        return [PerformanceCard(self.look, f"performance/{card.id}", said, tap)]

    def make_proposal(self) -> Pane | None:
        """Seat taken: what was found instead, as a box for the sheet; None while looking."""
        flow, look = self.flow, self.look
        failure, order = flow.failure, flow.order
        if failure is None or order is None or flow.busy is not None:
            return None
        if not any(isinstance(option.touch, m.TakeSeats) for option in failure.options):
            return None
        box = Pane(look)
        label = Text(look, "label", self.say_sentence(failure.advice), "ink2")
        price = Text(look, "price", self.amount(order.total_minor), "price", size_u=56)
        price.resize(price.natural_width_u() + 1)
        seats = Text(look, "title", words.seats_words(order.lines, self.language), lines_max=2)
        label.resize(INNER_U - 80)
        seats.resize(INNER_U - 80 - price.width_u - 24)
        box.resize(INNER_U, label.height_u + max(seats.height_u, price.height_u) + 64)
        draw_box(box, (0, 0, INNER_U, box.height_u), look.colour("bg"), look.radius_u("card"))
        y = box.put(label, 40, 32)
        box.put(seats, 40, y)
        box.put(price, INNER_U - 40 - price.width_u, y)
        return box

    def make_option(self, option: Option) -> Button:
        """A failure's button; its target is `option/<touch>`, or `option/yes` and `option/no`."""
        name = type(option.touch).__name__.lower()
        if isinstance(option.touch, m.AnswerDoubt):
            name = "yes" if option.touch.has_ticket else "no"
        after = option.icon if option.icon == "right" else ""
        return Button(
            self.look,
            f"option/{name}",
            self.look.say(option.label),
            self.option_tap(option),
            "primary" if option.primary else "secondary",
            icon="" if after else option.icon,
            icon_after=after,
        )

    def option_tap(self, option: Option) -> Callable[[], object]:
        if isinstance(option.touch, m.AskStaff):
            return self.shell.call_staff
        return self.tap(option.touch)
