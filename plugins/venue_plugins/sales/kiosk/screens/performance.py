"""When: the days of an event and the performances of the chosen day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from venue_kiosk.screen import LOW_CONTROLS_U
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import StateChip
from venue_kiosk.widgets.cards import DayChip, PerformanceCard, PerformanceWords
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.poster import Poster
from venue_kiosk.widgets.text import Text

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, Pages, SalesScreen
from venue_plugins.sales.kiosk.screens.events import art_of

DAYS_PER_PAGE = 6
CARD_HEIGHT_U = 212


class EventHead:
    """The poster and facts of an event, above its performances."""

    @staticmethod
    def put(
        screen: SalesScreen,
        event: wire.EventCard,
        y: float,
        *,
        has_wheelchair: bool = False,
        height: float = 352,
    ) -> float:
        """Draw it from `y` on; `height` is the poster's. Returns the lower edge."""
        look = screen.look
        size = (height * 0.75, height)
        poster = Poster(look, art_of(screen, event), size)
        screen.put(poster, MARGIN_U, y)
        x, width = MARGIN_U + size[0] + 40, CONTENT_WIDTH_U - size[0] - 40
        facts = Text(look, "label", screen.join(screen.own(event.genre), screen.own(event.length)))
        facts.tint, facts.lines_max = "ink2", 1
        title = Text(look, "question", screen.own(event.title), lines_max=2)
        about = Text(look, "body", screen.own(event.about), lines_max=3)
        top = screen.put(facts, x, y, width) + 6
        top = screen.put(title, x, top, width) + 14
        about.resize(width)
        if top + about.height_u <= y + height + 16:
            top = screen.put(about, x, top) + 20
        if has_wheelchair and top + 50 <= y + height:
            screen.put(StateChip(look, look.say("Wheelchair"), icon="wheel"), x, top)
        return y + height


def put_days(
    screen: SalesScreen,
    pages: Pages,
    event: wire.EventCard,
    question: str,
    choose: Callable[[str], object],
    y: float,
) -> float:
    """The question, and below it the days that have performances; returns the lower edge."""
    first, last = pages.cut(event.days, DAYS_PER_PAGE)
    if screen.look.needs.low and len(event.days) > 1:
        # The buttons beside the question are controls, too.
        y = max(y, LOW_CONTROLS_U - (0 if pages.is_needed else 110))
    width = CONTENT_WIDTH_U - 300 if pages.is_needed else CONTENT_WIDTH_U
    bottom = screen.put_question(question, y, width=width)
    if pages.is_needed:
        pages.put_buttons(screen.control_top((y + bottom - 88) / 2))
    if len(event.days) < 2:
        return bottom
    for index, day in enumerate(event.days[first:last]):
        weekday, number = words.day_cell(day, screen.shell.now(), screen.zone, screen.language)
        chip = DayChip(
            screen.look,
            f"day/{day}",
            weekday,
            number,
            partial(choose, day),
            chosen=day == screen.flow.day,
        )
        screen.put(chip, MARGIN_U + index * 164, bottom + 34)
    return bottom + 34 + 168


class PerformanceScreen(SalesScreen):
    """Which performance? Each card is one touch to its seats."""

    name = "performance"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._days = Pages(self, "days")
        self._cards = Pages(self, "pages")
        self._event_id = 0

    def compose(self) -> None:
        flow, look = self.flow, self.look
        event = flow.event
        if event is None:
            self.put_ground()
            return
        if event.id != self._event_id:
            self._event_id, self._days.page, self._cards.page = event.id, 0, 0
        y = self.put_sales_head() + 10
        cards = flow.performances
        has_wheelchair = any(card.wheelchair_left > 0 for card in cards)
        y = EventHead.put(self, event, y, has_wheelchair=has_wheelchair) + 48
        y = put_days(self, self._days, event, look.say("Which performance?"), self._choose_day, y)
        y += 36
        y = self._put_heading(y) + 24
        y = self.control_top(y)
        room = look.bar_top_u - y - 16
        rows = max(1, int((room + 24) // (CARD_HEIGHT_U + 24)))
        first, last = self._cards.cut(cards, rows)
        for card in cards[first:last]:
            y = self.put(self._make_card(card), MARGIN_U, y) + 24
        hint = Text(look, "label", look.say("Touch a time to go on"), "ink2")
        self.put_bar(on_back=self.back(), middle=[hint])
        if self._cards.is_needed:
            self._cards.put_buttons(look.bar_top_u + 60)
        self.put_sales_rail()

    def _choose_day(self, day: str) -> None:
        self._cards.page = 0
        self.buying.put(m.ChooseDay(day))

    def _put_heading(self, y: float) -> float:
        flow, look = self.flow, self.look
        if not flow.day:
            return y
        day = words.date_words(date.fromisoformat(flow.day), self.language, long=True)
        count = len(flow.performances)
        many = "{count} performances" if count != 1 else "1 performance"
        said = "" if flow.busy else look.say(many, count=count)
        heading = Text(look, "subtitle", self.join(day, said))
        return self.put(heading, MARGIN_U, y, CONTENT_WIDTH_U)

    def _make_card(self, card: wire.PerformanceCard) -> PerformanceCard:
        sentence, tone = words.state_words(card.state, card.places_left)
        if card.state == "plenty":
            state = self.look.say("{count} places left", count=card.places_left)
        else:
            state = self.say_sentence(sentence)
        ends = words.clock_words(card.ends_at, self.zone)
        said = PerformanceWords(
            time=words.clock_words(card.starts_at, self.zone),
            ends=self.look.say("ends {time}", time=ends),
            hall=self.own(card.hall),
            state=state,
            tone=tone,
            price=words.price_range_words(
                card.from_price_minor, card.to_price_minor, self.shell.currency
            ),
        )
        is_open = card.places_left > 0 and card.state not in ("sold_out", "stopped")
        tap = self.tap(m.ChoosePerformance(card.id)) if is_open else None
        return PerformanceCard(self.look, f"performance/{card.id}", said, tap, CARD_HEIGHT_U)
