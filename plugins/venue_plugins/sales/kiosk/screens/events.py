"""What is on: cards of events, and filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from venue_kiosk.screen import LOW_CONTROLS_U
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Pill
from venue_kiosk.widgets.cards import EventCard, EventWords
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.poster import EventArt, Poster
from venue_kiosk.widgets.text import Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, Pages, SalesScreen
from venue_plugins.sales.kiosk.state import BuyFlow

SHOWS = ("film", "show", "sport")
Keep = Callable[[wire.EventCard], bool]


class EventsScreen(SalesScreen):
    """Two columns of cards; what does not fit is on the next page."""

    name = "events"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._filter = "all"
        self._pages = Pages(self, "pages")

    def forget(self) -> None:
        """For the next visitor: all events, first page."""
        self._filter, self._pages.page = "all", 0

    def update(self, before: BuyFlow) -> None:
        if before.events != self.flow.events or before.server_away != self.flow.server_away:
            self.shell.deck.refresh()

    def compose(self) -> None:
        look = self.look
        y = self.put_question(look.say("What would you like to see?"), self.put_head()) + 26
        if look.needs.low:
            self._put_picture(y)
        y = self._put_filters(self.control_top(y))
        events = self._matching()
        bottom = look.bar_top_u
        rows = max(1, int((bottom - y - 8) // (EventCard.HEIGHT_U + 24)))
        first, last = self._pages.cut(events, rows * 2)
        for index, event in enumerate(events[first:last]):
            x = MARGIN_U + (index % 2) * (EventCard.WIDTH_U + 24)
            top = y + (index // 2) * (EventCard.HEIGHT_U + 24)
            self.put(self._make_card(event), x, top)
        hint = Text(look, "label", look.say("Touch a card to go on"), "ink2")
        self.put_bar(on_back=self.back(), middle=[hint])
        if self._pages.is_needed:
            self._pages.put_buttons(look.bar_top_u + 60)
        self.put_sales_rail()

    def _put_picture(self, y: float) -> None:
        """Above the low controls there is room for a poster."""
        if self.flow.events:
            size = (CONTENT_WIDTH_U, LOW_CONTROLS_U - 32 - y)
            self.put(Poster(self.look, art_of(self, self.flow.events[0]), size), MARGIN_U, y)

    def _put_filters(self, y: float) -> float:
        x = float(MARGIN_U)
        for name, (label, keep) in self._filters().items():
            if name != "all" and not any(keep(event) for event in self.flow.events):
                continue
            pill = Pill(
                self.look,
                f"filter/{name}",
                self.look.say(label),
                partial(self._choose, name),
                chosen=name == self._filter,
            )
            if x + pill.width_u > 1080 - MARGIN_U:
                break
            self.put(pill, x, y)
            x += pill.width_u + 16
        return y + 120

    def _choose(self, name: str) -> None:
        self._filter, self._pages.page = name, 0
        self.shell.deck.refresh()

    def _filters(self) -> dict[str, tuple[str, Keep]]:
        today = self.shell.now().astimezone(self.zone).date()
        saturday = today + timedelta(days=(5 - today.weekday()) % 7)
        if today.weekday() == 6:
            saturday = today - timedelta(days=1)
        weekend = {saturday.isoformat(), (saturday + timedelta(days=1)).isoformat()}
        return {
            "all": ("All", lambda event: True),
            "today": ("Today", lambda event: today.isoformat() in event.days),
            "weekend": ("Weekend", lambda event: bool(weekend & set(event.days))),
            "shows": ("Shows", lambda event: event.kind in SHOWS),
            "exhibitions": ("Exhibitions", lambda event: event.kind not in SHOWS),
        }

    def _matching(self) -> list[wire.EventCard]:
        keep = self._filters()[self._filter][1]
        return [event for event in self.flow.events if keep(event)]

    def _make_card(self, event: wire.EventCard) -> EventCard:
        sentence, tone = words.state_words(event.state, event.places_left)
        is_on_sale = event.state not in ("sold_out", "stopped")
        after = " 起" if self.language == "zh" else "+"
        said = EventWords(
            art=art_of(self, event),
            title=self.own(event.title),
            when=say_when(self, event),
            price=self.amount(event.from_price_minor) if is_on_sale else "",
            price_after=after,
            state=self.say_sentence(sentence),
            tone=tone,
        )
        tap = self.tap(m.ChooseEvent(event.id)) if is_on_sale else None
        return EventCard(self.look, f"event/{event.id}", said, tap)


def art_of(screen: SalesScreen, event: wire.EventCard) -> EventArt:
    """What the event's poster is drawn from."""
    return EventArt(event.art, screen.own(event.title), event.kind)


def say_when(screen: SalesScreen, event: wire.EventCard) -> str:
    """When an event can be visited next, in a few words."""
    now, zone, language = screen.shell.now(), screen.zone, screen.language
    end, start = event.last_ends_at, event.next_starts_at
    if event.state == "any_time" and end is not None:
        if end.astimezone(zone).date() == now.astimezone(zone).date():
            return words.until_words(end, now, zone, language)
        day = words.date_words(end.astimezone(zone).date(), language)
        return screen.look.say("until {day}", day=day)
    if start is not None and event.state != "sold_out":
        return words.when_words(start, now, zone, language)
    if start is not None:
        return words.date_words(start.astimezone(zone).date(), language)
    if event.days:
        return words.date_words(date.fromisoformat(event.days[0]), language)
    return screen.own(event.length)
