"""Paying: one code for the visitor's phone, and what is known about the money."""

from __future__ import annotations

from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button
from venue_kiosk.widgets.cards import QrPanel, draw_card
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.text import Run, Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen

QR_SIDE_U = 760.0


class PayScreen(SalesScreen):
    """Amount, code, countdown; it goes on by itself once the payment is final."""

    name = "pay"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._wait: Text | None = None

    def compose(self) -> None:
        flow, look = self.flow, self.look
        order = flow.order
        self._wait = None
        if order is None:
            self.put_ground()
            return
        y = self.put_sales_head()
        y = self.put_question(look.say(self._question()), y) + 34
        card = Pane(look)
        card.resize(CONTENT_WIDTH_U, look.bar_top_u - 24 - y)
        draw_card(card, card.height_u)
        self._fill(card, order)
        self.put(card, MARGIN_U, y)
        keep = Text(look, "label", look.say("Going back keeps your seats"))
        by_itself = Text(look, "caption", look.say("Tickets print by themselves once paid"), "ink2")
        actions = []
        if self._is_over():
            new = self.tap(m.Pay())
            actions.append(Button(look, "pay/again", look.say("New code"), new))
        back = None if flow.leaving else self.back()
        self.put_bar(on_back=back, middle=[keep, by_itself], actions=actions)
        self.put_sales_rail()

    def _question(self) -> str:
        if self.flow.leaving:
            return "One moment, we check with the bank"
        if self.look.needs.large:
            return "Scan to pay"
        return "Scan with your phone to pay"

    def _is_over(self) -> bool:
        """The code is no longer valid and no new one is being made."""
        return self.flow.busy is None and not self.flow.qr_text and self.flow.holds

    def _fill(self, card: Pane, order: wire.Order) -> None:
        look, flow = self.look, self.flow
        width = CONTENT_WIDTH_U - 64
        amount = Text(look, "amount", self.amount(order.total_minor, full=True), "price", "center")
        y = card.put(amount, 32, 40, width)
        what = Text(look, "label", self._what(order), "ink2", "center", lines_max=2)
        y = card.put(what, 32, y + 4, width) + 24
        apps = Text(
            look,
            "body",
            look.say("WeChat Pay · Alipay · UnionPay: one code for all"),
            align="center",
            lines_max=1 if look.needs.large else 2,
        )
        apps.resize(width)
        below = apps.height_u + look.size_u("label") * 1.4 + 30 + 8 + 24
        panel = QrPanel(
            look,
            flow.qr_text if not flow.leaving else "",
            min(QR_SIDE_U, card.height_u - y - below - 24),
        )
        card.put(panel, (CONTENT_WIDTH_U - panel.width_u) / 2, y)
        if not flow.qr_text or flow.leaving:
            self._cover(panel)
        if not flow.leaving:
            y = card.put(apps, 32, y + panel.height_u + 30) + 8
            self._put_wait(card, y, width)

    def _cover(self, panel: Pane) -> None:
        """Words where the code will be, or was."""
        words = "This code is no longer valid" if self._is_over() else "One moment please"
        text = Text(self.look, "title", self.look.say(words), align="center")
        text.colour = (0, 0, 0, 1)
        text.resize(panel.width_u - 80)
        panel.put(text, 40, (panel.height_u - text.height_u) / 2)

    def _what(self, order: wire.Order) -> str:
        title = self.work_title(order.performance.title)
        count = len(order.lines)
        many = "{count} tickets" if count != 1 else "1 ticket"
        tickets = self.look.say(many, count=count)
        if self.language == "zh":
            return self.join(f"{title}{tickets}", self.when(order.performance))
        return self.join(title, tickets, self.when(order.performance))

    def _put_wait(self, card: Pane, y: float, width: float) -> None:
        look = self.look
        self._wait = Text(look, "label", self._wait_runs(), "ink2", lines_max=1)
        natural = self._wait.natural_width_u() + 4
        x = max(32.0, (CONTENT_WIDTH_U - natural - 56) / 2)
        self._wait.resize(min(width - 56, natural))
        card.put(Icon(look, "clock", 40, "ink2"), x, y + (self._wait.height_u - 40) / 2)
        card.put(self._wait, x + 56, y)

    def _wait_runs(self) -> list[Run]:
        look = self.look
        label = look.say("Waiting for payment. Seats held for")
        left = self.hold_left()
        return [Run(label), Run(" "), Run(left, tint="ink", bold=True, latin=True)]

    def tick(self) -> None:
        if self._wait is not None and self.children:
            self._wait.set(self._wait_runs())
