"""When: the days of an event and the performances of the chosen day."""

from __future__ import annotations

from datetime import date

from venue_kiosk.widgets.buttons import StateChip
from venue_kiosk.widgets.cards import DayChip, PerformanceCard, PerformanceWords
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.poster import Poster
from venue_kiosk.widgets.text import Text
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import Pages, SalesScreen

DAYS_PER_PAGE = 6
CARD_HEIGHT_U = 212


class EventHead:
    """The poster and facts of an event, above its performances."""

    @staticmethod
    def put(screen: SalesScreen, event: wire.EventCard, y: float, has_wheelchair: bool) -> None:
        look = screen.look
        poster = Poster(look, event.art, event.kind, 264, 352)
        screen.put(poster, MARGIN_U, y)
        x, width = MARGIN_U + 304, CONTENT_WIDTH_U - 304
        facts = Text(look, "label", screen.join(screen.own(event.genre), screen.own(event.length)))
        facts.tint, facts.lines_max = "ink2", 1
        title = Text(look, "question", screen.own(event.title), lines_max=2)
        about = Text(look, "body", screen.own(event.about), lines_max=3)
        top = screen.put(facts, x, y, width) + 6
        top = screen.put(title, x, top, width) + 14
        if top < y + 250:
            top = screen.put(about, x, top, width) + 20
        if has_wheelchair and top < y + 310:
            screen.put(StateChip(look, look.say("Wheelchair"), icon="wheel"), x, top)


class PerformanceScreen(SalesScreen):
    """Which performance? Each card is one touch to its seats."""

    name = "performance"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
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
        EventHead.put(self, event, y, any(card.wheelchair_left > 0 for card in cards))
        question = look.say("Which performance?")
        y = self.put_question(question, y + 400) + 34
        y = self._put_days(event, y) + 36
        y = self._put_heading(y) + 24
        room = look.bar_top_u - y - 16
        rows = max(1, int((room + 24) // (CARD_HEIGHT_U + 24)))
        first, last = self._cards.cut(cards, rows)
        for card in cards[first:last]:
            y = self.put(self._make_card(card), MARGIN_U, y) + 24
        self._put_advice(y)
        hint = Text(look, "label", look.say("Touch a time to go on"), "ink2")
        self.put_bar(on_back=self.back(), middle=[hint])
        if self._cards.is_needed:
            self._cards.put_buttons(look.bar_top_u + 60)
        self.put_sales_rail()

    def _put_days(self, event: wire.EventCard, y: float) -> float:
        first, last = self._days.cut(event.days, DAYS_PER_PAGE)
        if self._days.is_needed:
            self._days.put_buttons(y - 34 - 86)
        for index, day in enumerate(event.days[first:last]):
            weekday, number = words.day_cell(day, self.shell.now(), self.zone, self.language)
            chip = DayChip(
                self.look,
                f"day/{day}",
                weekday,
                number,
                lambda day=day: self._choose_day(day),
                chosen=day == self.flow.day,
            )
            self.put(chip, MARGIN_U + index * 164, y)
        return y + 168

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

    def _put_advice(self, y: float) -> None:
        look = self.look
        advice = Text(look, "label", look.say("Late entry is possible for 15 minutes."), "ink2")
        advice.lines_max = 1
        advice.resize(CONTENT_WIDTH_U - 62)
        if not self.flow.performances or y + advice.height_u > look.bar_top_u - 16:
            return
        self.put(Icon(look, "info", 44, "ink2"), MARGIN_U, y + (advice.height_u - 44) / 2)
        self.put(advice, MARGIN_U + 62, y)

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
