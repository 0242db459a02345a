"""The attract loop: what is on next, and everything that can be done here. Also the home screen."""

from __future__ import annotations

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from venue_kiosk.look import STAGE_WIDTH_U
from venue_kiosk.shell import Shell
from venue_kiosk.theme import Rgba
from venue_kiosk.widgets.frame import Rail
from venue_kiosk.widgets.icon import Icon, Mark
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.poster import Poster
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Run, Text, put_line

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk import words
from venue_plugins.sales.kiosk.screens.base import FlowKeeper, SalesScreen
from venue_plugins.sales.kiosk.screens.events import art_of, say_when
from venue_plugins.sales.kiosk.state import BuyFlow

GROUND = (0.039, 0.071, 0.173)
INK: Rgba = (1.0, 0.973, 0.918, 1.0)
META: Rgba = (1.0, 0.906, 0.749, 1.0)
GOLD: Rgba = (0.949, 0.706, 0.314, 1.0)
ON_GOLD: Rgba = (0.106, 0.078, 0.027, 1.0)
RAIL_GROUND: Rgba = (0.027, 0.043, 0.106, 1.0)
TILE: Rgba = (0.149, 0.169, 0.247, 1.0)
POSTERS_MAX = 5
WIDE_TILES_MAX = 2
POSTER_HEIGHT_U = 1330
SIDE_U = 72


class AttractScreen(SalesScreen):
    """One poster at a time; each comes with its title, time, hall and price."""

    name = "attract"

    def __init__(self, shell: Shell, buying: FlowKeeper) -> None:
        super().__init__(shell, buying)
        self._at = 0
        self._seconds = 0

    @property
    def events(self) -> list[wire.EventCard]:
        """What can be bought next: the soonest first, then what is open at any time."""

        def key(card: wire.EventCard) -> tuple[bool, float]:
            at = card.next_starts_at
            return card.state == "any_time", at.timestamp() if at else float("inf")

        on_sale = [card for card in self.flow.events if card.next_performance_id]
        return sorted(on_sale, key=key)[:POSTERS_MAX]

    def update(self, before: BuyFlow) -> None:
        if before.events != self.flow.events or before.screen != self.flow.screen:
            self.shell.deck.refresh()

    def tick(self) -> None:
        self._seconds += 1
        hold_s = self.look.tokens.motion_ms["attract_hold"] / 1000
        if self._seconds >= hold_s and self.shell.deck.sheet is None and len(self.events) > 1:
            self._seconds = 0
            self._at = (self._at + 1) % len(self.events)
            self.shell.deck.refresh()

    def compose(self) -> None:
        draw_box(self, (0, 0, STAGE_WIDTH_U, self.height_u), (*GROUND, 1.0))
        events = self.events
        self._at = self._at % len(events) if events else 0
        shown = events[self._at] if events else None
        if shown is not None:
            self._put_poster(shown)
        self._put_strip()
        if shown is not None:
            self._put_words(shown)
            self._put_gold(shown)
        self._put_services()
        self._put_dots(len(events))
        tools = self.rail_tools()
        self.put(
            Rail(self.look, tools, ink=INK, ground=RAIL_GROUND, height_u=168),
            0,
            self.height_u - 168,
        )
        banner = self.make_banner()
        if banner is not None:
            self.put(banner, 0, 0)

    # --- the poster ------------------------------------------------------------------------

    def _put_poster(self, event: wire.EventCard) -> None:
        buy = self.tap(m.ChooseEvent(event.id))
        area = Target(self.look, "attract/poster", buy)
        top = self.control_top(136)
        area.resize(STAGE_WIDTH_U, POSTER_HEIGHT_U - top)
        self.put(area, 0, top)
        poster = Poster(
            self.look,
            art_of(self, event),
            (STAGE_WIDTH_U, POSTER_HEIGHT_U),
            corners_u=(0, 0, 0, 0),
            titled=True,
        )
        self.put(poster, 0, 0)
        self._put_fade(0, 760, 0.4, 0.0)
        self._put_fade(930, POSTER_HEIGHT_U - 930, 0.0, 1.0)

    def _put_fade(self, y: float, height: float, above: float, below: float) -> None:
        """A gradient of the ground over the poster, so that words stand out."""
        fade = Pane(self.look)
        fade.resize(STAGE_WIDTH_U, height)
        rows = 64
        alphas = [above + (below - above) * min(1.0, row / rows / 0.82) for row in range(rows)]
        texture = Texture.create(size=(1, rows), colorfmt="rgba", bufferfmt="ubyte")
        pixels = b"".join(bytes((255, 255, 255, round(255 * a))) for a in reversed(alphas))
        texture.blit_buffer(pixels, colorfmt="rgba", bufferfmt="ubyte")
        with fade.canvas:
            Color(*GROUND, 1.0)
            Rectangle(texture=texture, size=fade.size)
        self.put(fade, 0, y)

    def _put_strip(self) -> None:
        look = self.look
        self.put(Mark(look, 58, colour=GOLD), SIDE_U, 67)
        name = Text(look, "label", self.shell.venue_name(), colour=INK, bold=True, size_u=34)
        put_line(self, name, SIDE_U + 76, 64, 64)
        self._clock = Text(
            look,
            "title",
            [Run(self.shell.say_now()[1], latin=True)],
            colour=INK,
            align="right",
            size_u=44,
            bold=False,
        )
        self._clock.resize(300)
        self.put(self._clock, STAGE_WIDTH_U - SIDE_U - 300, 96 - self._clock.height_u / 2)

    def tell_time(self) -> None:
        self._clock.set([Run(self.shell.say_now()[1], latin=True)])

    def _put_words(self, event: wire.EventCard) -> None:
        look = self.look
        title = self.own(event.title)
        is_zh = self.language == "zh"
        big = Text(
            look,
            "display",
            title,
            colour=INK,
            size_u=title_size_u(title) if is_zh else 104,
            serif=True,
            lines_max=3 if is_zh else 4,
        )
        top = 190 if is_zh else 206
        if self.shell.banner is not None:
            top += 36
        self.put(big, SIDE_U, top, 540 if is_zh else 640)
        facts = [self.own(event.genre)]
        when = say_when(self, event)
        facts.append(when if is_zh else when[:1].lower() + when[1:])
        facts.append(self.own(event.next_hall))
        meta = Text(look, "title", self.join(*facts), colour=META, size_u=44, bold=False)
        meta.lines_max = 1
        meta.resize(STAGE_WIDTH_U - 2 * SIDE_U)
        self.put(meta, SIDE_U + 4, self.height_u - 716 - meta.height_u)

    # --- what can be touched ---------------------------------------------------------------

    def _put_gold(self, event: wire.EventCard) -> None:
        look = self.look
        button = Target(look, f"attract/event/{event.id}", self.tap(m.ChooseEvent(event.id)))
        width = STAGE_WIDTH_U - 2 * SIDE_U
        button.resize(width, 164)
        _, fill = draw_box(button, (0, 0, width, 164), GOLD, 36)
        button.show_press_on(fill)
        call = Text(look, "question", look.say(self._call(event)), colour=ON_GOLD, size_u=56)
        call.lines_max = 1
        price = words.from_price_words(event.from_price_minor, self.shell.currency, self.language)
        left = look.say("{count} places left", count=event.places_left)
        note = Text(look, "label", self.join(price, left), colour=ON_GOLD)
        call.resize(width - 56 - 172)
        note.resize(width - 56 - 172)
        y = (164 - call.height_u - note.height_u) / 2
        button.put(note, 56, button.put(call, 56, y))
        button.put(Icon(look, "hand", 76, colour=ON_GOLD), width - 132, 44)
        self.put(button, SIDE_U, self.height_u - 524 - 164)

    def _call(self, event: wire.EventCard) -> str:
        if event.state == "any_time":
            return "Touch to come in today"
        now, at = self.shell.now().astimezone(self.zone), event.next_starts_at
        if at is not None and at.astimezone(self.zone).date() == now.date():
            evening = at.astimezone(self.zone).hour >= words.EVENING_FROM_HOUR
            return "Touch to see tonight’s seats" if evening else "Touch to see today’s seats"
        return "Touch to see the seats"

    def _put_services(self) -> None:
        services = self.shell.services
        if not services:
            return
        gap = 20
        width = (STAGE_WIDTH_U - 2 * SIDE_U - gap * (len(services) - 1)) / len(services)
        for index, service in enumerate(services):
            tile = Target(self.look, f"service/{service.name}", service.open)
            tile.resize(width, 212)
            draw_box(tile, (0, 0, width, 212), (*INK[:3], 0.4), 32)
            _, fill = draw_box(tile, (3, 3, width - 6, 206), TILE, 29)
            tile.show_press_on(fill)
            icon = Icon(self.look, service.icon, 68, colour=INK)
            label = Text(self.look, "option", self.look.say(service.label), colour=INK)
            label.lines_max = 1
            if len(services) <= WIDE_TILES_MAX:
                self._fill_wide(tile, icon, label, self.look.say(service.note))
            else:
                label.align = "center"
                label.resize(width - 12)
                y = (212 - 84 - label.height_u) / 2
                tile.put(icon, (width - 68) / 2, y)
                tile.put(label, 6, y + 84)
            self.put(tile, SIDE_U + index * (width + gap), self.height_u - 272 - 212)

    def _fill_wide(self, tile: Target, icon: Icon, label: Text, note: str) -> None:
        """With few services there is room for what each is about."""
        second = Text(self.look, "label", note, colour=INK, lines_max=2)
        width = tile.width_u - 172 - 48
        label.resize(width)
        second.resize(width)
        y = (212 - label.height_u - second.height_u) / 2
        tile.put(icon, 56, 72)
        tile.put(second, 172, tile.put(label, 172, y))

    def _put_dots(self, count: int) -> None:
        if count < 2:
            return
        widths = [56 if index == self._at else 16 for index in range(count)]
        x = (STAGE_WIDTH_U - sum(widths) - 14 * (count - 1)) / 2
        for index, width in enumerate(widths):
            alpha = 1.0 if index == self._at else 0.45
            draw_box(self, (x, self.height_u - 222, width, 16), (*INK[:3], alpha), 8)
            x += width + 14


def title_size_u(title: str) -> int:
    """A Chinese title stands in lines of two characters, of three, or of four."""
    if len(title) <= 4:
        return 180
    return 160 if len(title) <= 6 else 128
