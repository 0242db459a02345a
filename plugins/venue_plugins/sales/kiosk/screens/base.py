"""What the sales screens share: the flow, and messages into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from venue_kiosk.screen import Screen as ShellScreen
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import RoundButton
from venue_kiosk.widgets.text import Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.state import STEPS, BuyFlow, Sentence, step_of
from venue_suite.domain.localized import Localized, localized


class FlowKeeper(Protocol):
    """Who keeps the buying flow that the screens are drawn from. On the window's thread."""

    @property
    def flow(self) -> BuyFlow:
        """The present state."""

    def put(self, message: m.Message) -> None:
        """Let the flow go on."""

    def server_now(self) -> datetime:
        """The server's present, aware UTC: what is held ends by its clock."""

    def thanks_left_s(self) -> int:
        """Seconds until the thanks screen ends by itself."""


class SalesScreen(ShellScreen):
    """A screen that is drawn from the buying flow."""

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell)
        self.buying = buying

    @property
    def flow(self) -> BuyFlow:
        return self.buying.flow

    def update(self, before: BuyFlow) -> None:
        """The flow changed while this screen is shown; redraw as little as needed."""
        self.shell.deck.refresh()

    def tap(self, message: m.Touch) -> Callable[[], None]:
        """What a target does: put a touch into the flow."""
        return lambda: self.buying.put(message)

    # --- frame -----------------------------------------------------------------------------

    def put_sales_head(self) -> float:
        """Ground, strip and steps; returns where the question begins."""
        step = step_of(self.flow.screen) if self.flow.screen.value == self.name else -1
        step = step if step >= 0 else self._own_step()
        return self.put_head(STEPS, step) if step >= 0 else self.put_head()

    def _own_step(self) -> int:
        """Below a sheet the flow is already on another screen; this one keeps its step."""
        return next((step_of(s) for s in type(self.flow.screen) if s.value == self.name), -1)

    def put_sales_rail(self) -> None:
        if not self.flow.has_end:
            self.put_rail("")
        else:
            self.put_rail("home" if self.flow.end_is_home else "end")

    def back(self) -> Callable[[], None]:
        return self.tap(m.Back())

    # --- words -----------------------------------------------------------------------------

    @property
    def language(self) -> str:
        return self.look.language

    @property
    def zone(self) -> ZoneInfo:
        return self.shell.zone

    def own(self, names: Localized) -> str:
        """A name in the visitor's language."""
        return localized(names, self.language)

    def say_sentence(self, sentence: Sentence) -> str:
        return sentence.say(self.look.speaker.say, self.language)

    def amount(self, amount_minor: int, *, full: bool = False) -> str:
        order = self.flow.order
        currency = order.currency if order else self.shell.currency
        return words.amount_words(amount_minor, currency, full=full)

    def work_title(self, title: Localized) -> str:
        """The name of a work: 《潮汐来信》 in Chinese."""
        text = self.own(title)
        return f"《{text}》" if self.language == "zh" else text

    def when(self, card: wire.PerformanceCard) -> str:
        return words.when_words(card.starts_at, self.shell.now(), self.zone, self.language)

    def hold_left(self) -> str:
        """ "9:42" until the places go back; empty if nothing is held."""
        order = self.flow.order
        if order is None or order.expires_at is None:
            return ""
        left_s = (order.expires_at - self.buying.server_now()).total_seconds()
        return words.countdown_words(left_s)

    def join(self, *parts: str) -> str:
        """Facts in a row: "话剧·100 分钟", "Drama · 100 min"."""
        return ("·" if self.language == "zh" else " · ").join(part for part in parts if part)


class Pages:
    """Which part of a long list is shown; two round buttons turn it.

    Args:
        screen: drawn anew after each turn.
        name: the buttons are `<name>/previous` and `<name>/next`.
    """

    def __init__(self, screen: SalesScreen, name: str) -> None:
        self._screen, self._name = screen, name
        self.page = 0

    def cut(self, items: Sequence[object], per_page: int) -> tuple[int, int]:
        """The slice to show, as (first, after last)."""
        self._pages = max(1, -(-len(items) // per_page))
        self.page = min(self.page, self._pages - 1)
        return self.page * per_page, min(len(items), (self.page + 1) * per_page)

    @property
    def is_needed(self) -> bool:
        return self._pages > 1

    def put_buttons(self, y: float, right: float = 1024) -> None:
        """Previous, "1 / 3", next, with the right edge at `right`."""
        screen, look = self._screen, self._screen.look
        before = (lambda: self._turn(-1)) if self.page > 0 else None
        after = (lambda: self._turn(1)) if self.page < self._pages - 1 else None
        screen.put(RoundButton(look, f"{self._name}/next", "right", after, 88), right - 88, y)
        count = Text(look, "label", f"{self.page + 1} / {self._pages}", "ink2", "center")
        count.resize(104)
        screen.put(count, right - 88 - 104, y + (88 - count.height_u) / 2)
        screen.put(RoundButton(look, f"{self._name}/previous", "left", before, 88), right - 280, y)

    def _turn(self, step: int) -> None:
        self.page += step
        self._screen.shell.deck.refresh()
