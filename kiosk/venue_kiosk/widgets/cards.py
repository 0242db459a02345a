"""Cards: events, performances, days, the explanation of a price, the payment code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import segno
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from venue_kiosk.look import Look
from venue_kiosk.widgets.buttons import StateChip, Tap
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.poster import EventArt, Poster
from venue_kiosk.widgets.shapes import draw_box, draw_rule
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Run, Text

QUIET_ZONE_MODULES = 4


def draw_card(pane: Pane, height_u: float, radius: str = "card", fill: str = "surface") -> Any:
    """A card over the pane's whole width; returns its fill colour."""
    look = pane.look
    border = look.colour("outline") if look.theme == "contrast" else None
    _, colour = draw_box(
        pane,
        (0, 0, pane.width_u, height_u),
        look.colour(fill),
        look.radius_u(radius),
        border,
        look.stroke_u("part"),
    )
    return colour


@dataclass(frozen=True, slots=True)
class EventWords:
    """What an event card says.

    Attributes:
        art: the poster.
        when: the next time.
        price, price_after: "¥180" and " 起" / "+"; empty when it can't be bought.
        state, tone: words and tone of the chip.
    """

    art: EventArt
    title: str
    when: str
    price: str
    price_after: str
    state: str
    tone: str


class EventCard(Target):
    """Poster, chip, title, next time, from-price. 472 x 372; sold out is grey and deaf."""

    WIDTH_U, HEIGHT_U, POSTER_U = 472, 372, 236

    def __init__(self, look: Look, name: str, words: EventWords, on_tap: Tap) -> None:
        super().__init__(look, name, on_tap)
        self.resize(self.WIDTH_U, self.HEIGHT_U)
        self.show_press_on(draw_card(self, self.HEIGHT_U, "tile"))
        poster = Poster(
            look,
            words.art,
            (self.WIDTH_U, self.POSTER_U),
            corners_u=(look.radius_u("tile"), look.radius_u("tile"), 0, 0),
            grey=on_tap is None,
        )
        self.put(poster, 0, 0)
        title = Text(look, "title", words.title, size_u=40, lines_max=1)
        title.resize(self.WIDTH_U - 48)
        self.put(title, 24, 248)
        self._put_last_line(words)

    def _put_last_line(self, words: EventWords) -> None:
        look, y, height = self.look, 302, 52
        room = self.WIDTH_U - 48.0
        chip = StateChip(look, words.state, words.tone) if words.state else None
        if words.price:
            runs = [
                Run(words.price, tint="price", bold=True, latin=True, size_u=38),
                Run(words.price_after, tint="ink2"),
            ]
            price = Text(look, "caption", runs, align="right")
            price.resize(price.natural_width_u() + 1)
            room -= price.width_u + 12
            self.put(price, self.WIDTH_U - 24 - price.width_u, y + (height - price.height_u) / 2)
            if chip is not None:
                self.put(chip, 20, 20)
        elif chip is not None:
            room -= chip.width_u + 12
            self.put(chip, self.WIDTH_U - 24 - chip.width_u, y + (height - chip.height_u) / 2)
        when = Text(look, "caption", words.when, "ink2", lines_max=1)
        when.resize(room)
        self.put(when, 24, y + (height - when.height_u) / 2)


class DayChip(Target):
    """One cell of the date strip: 148 x 168."""

    def __init__(
        self, look: Look, name: str, weekday: str, day: str, on_tap: Tap, *, chosen: bool
    ) -> None:
        super().__init__(look, name, on_tap)
        self.resize(148, 168)
        ink = "on_primary" if chosen else "ink"
        fill = look.colour("primary" if chosen else "surface")
        border = fill if chosen else look.colour("outline")
        _, colour = draw_box(self, (0, 0, 148, 168), fill, look.radius_u("tile"), border, 4)
        self.show_press_on(colour)
        first = Text(look, "label", weekday, ink, "center", lines_max=1, bold=False)
        second = Text(look, "price", day, ink, "center")
        first.resize(140)
        second.resize(140)
        y = (168 - first.height_u - second.height_u) / 2 + 2
        self.put(second, 4, self.put(first, 4, y))


@dataclass(frozen=True, slots=True)
class PerformanceWords:
    """What a performance card says. `note`: a second chip (wheelchair places)."""

    time: str
    ends: str
    hall: str
    state: str
    tone: str
    price: str


class PerformanceCard(Target):
    """Time, end, hall, places left, price range; the whole card is the target."""

    def __init__(
        self, look: Look, name: str, words: PerformanceWords, on_tap: Tap, height_u: float = 212
    ) -> None:
        super().__init__(look, name, on_tap)
        self.resize(968, height_u)
        self.show_press_on(draw_card(self, height_u))
        tint = "ink" if on_tap else "ink2"
        time = Text(look, "code", words.time, tint, size_u=84)
        ends = Text(look, "caption", words.ends, "ink2")
        time.resize(260)
        ends.resize(260)
        y = (height_u - time.height_u - ends.height_u) / 2
        self.put(ends, 40, self.put(time, 40, y))
        right = 928.0
        if on_tap is not None:
            self.put(Icon(look, "right", 52, "primary"), 876, (height_u - 52) / 2)
            right = 836.0
        price = Text(look, "price", words.price, "price", "right", size_u=50)
        price.resize(price.natural_width_u() + 1)
        self.put(price, right - price.width_u, (height_u - price.height_u) / 2)
        hall = Text(look, "body", words.hall, tint, lines_max=1)
        hall.resize(right - price.width_u - 320 - 24)
        chip = StateChip(look, words.state, words.tone)
        y = (height_u - hall.height_u - chip.height_u - 12) / 2
        self.put(chip, 320, self.put(hall, 320, y) + 12)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line of the explanation. `kind`: tickets, promotion, fee."""

    text: str
    detail: str
    amount: str
    kind: str


class PriceCard(Pane):
    """How the price adds up: one line a type, each promotion on its own green line."""

    def __init__(self, look: Look, title: str, rows: Sequence[PriceRow]) -> None:
        super().__init__(look)
        self.resize(968, 1)
        heading = Text(look, "subtitle", title)
        heading.resize(888)
        parts: list[tuple[Pane, float, float]] = [(heading, 40, 28)]
        y = 28.0 + heading.height_u + 10
        for row in rows:
            part = _PromotionRow(look, row) if row.kind == "promotion" else _PlainRow(look, row)
            x = 16 if row.kind == "promotion" else 40
            gap = 10 if row.kind == "promotion" else 0
            parts.append((part, x, y + gap))
            y += part.height_u + 2 * gap
        self.resize(968, y + 28)
        draw_card(self, self.height_u)
        for part, left, top in parts:
            self.put(part, left, top)


class _PlainRow(Pane):
    def __init__(self, look: Look, row: PriceRow) -> None:
        super().__init__(look)
        amount = Text(look, "body", [Run(row.amount, latin=True)], align="right")
        amount.resize(amount.natural_width_u() + 1)
        runs = [Run(row.text), Run("  " + row.detail, tint="ink2")]
        text = Text(look, "body", runs, lines_max=2)
        text.resize(888 - amount.width_u - 24)
        height = text.height_u + 18
        self.resize(888, height)
        self.put(text, 0, 9)
        self.put(amount, 888 - amount.width_u, 9 + (text.height_u - amount.height_u) / 2)


class _PromotionRow(Pane):
    def __init__(self, look: Look, row: PriceRow) -> None:
        super().__init__(look)
        amount = Text(look, "price", row.amount, "ok", "right", size_u=40)
        amount.resize(amount.natural_width_u() + 1)
        width = 936 - 24 - 56 - amount.width_u - 48
        text = Text(look, "body", row.text, "ok", bold=True)
        rule = Text(look, "caption", row.detail)
        text.resize(width)
        rule.resize(width)
        height = text.height_u + (rule.height_u if row.detail else 0) + 32
        self.resize(936, height)
        draw_box(self, (0, 0, 936, height), look.colour("ok_soft"), 20)
        self.put(Icon(look, "check", 40, "ok"), 24, (height - 40) / 2)
        y = self.put(text, 80, 16)
        if row.detail:
            self.put(rule, 80, y)
        self.put(amount, 936 - 24 - amount.width_u, (height - amount.height_u) / 2)


def make_qr_texture(text: str) -> tuple[Any, int]:
    """A code as a texture of one pixel a module, without quiet zone; and its modules a side.

    `make_qr` and not `make`: a short text would become a Micro QR, which phones don't read.
    """
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    side = len(rows)
    # Textures begin at the lower left.
    shade = bytes(0 if module else 255 for row in reversed(rows) for module in row)
    texture = Texture.create(size=(side, side), colorfmt="luminance", bufferfmt="ubyte")
    texture.blit_buffer(shade, colorfmt="luminance", bufferfmt="ubyte")
    texture.mag_filter = texture.min_filter = "nearest"
    return texture, side


class QrPanel(Pane):
    """A code to scan, black on white in every theme, with its quiet zone inside a border."""

    def __init__(self, look: Look, text: str, side_u: float = 560) -> None:
        super().__init__(look)
        outer = side_u + 24
        self.resize(outer, outer)
        draw_box(self, (0, 0, outer, outer), look.colour("qr_light"), 32, look.colour("outline"), 4)
        if not text:
            return
        texture, modules = make_qr_texture(text)
        whole = int(self.width - look.px(24))
        # Whole pixels a module keep the edges sharp for cameras.
        module = max(1, whole // (modules + 2 * QUIET_ZONE_MODULES))
        side = module * modules
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(
                texture=texture,
                pos=(round((self.width - side) / 2), round((self.height - side) / 2)),
                size=(side, side),
            )


class FactRows(Pane):
    """A card of facts, each with an icon, a bold line and a quiet one."""

    ROW_U = 136

    def __init__(self, look: Look, rows: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(look)
        texts = []
        for icon, title, note in rows:
            first = Text(look, "title", title, size_u=look.size_u("title") - 4)
            second = Text(look, "label", note, "ink2")
            first.resize(968 - 80 - 96)
            second.resize(968 - 80 - 96)
            texts.append((icon, first, second))
        heights = [max(self.ROW_U, a.height_u + b.height_u + 24) for _, a, b in texts]
        self.resize(968, sum(heights) + 24)
        draw_card(self, self.height_u)
        y = 12.0
        for index, ((icon, first, second), height) in enumerate(zip(texts, heights, strict=True)):
            if index:
                draw_rule(self, 40, y, 888, look.colour("line"))
            self.put(Icon(look, icon, 64, "primary"), 40, y + (height - 64) / 2)
            top = y + (height - first.height_u - (second.height_u if second.plain else 0)) / 2
            top = self.put(first, 136, top)
            if second.plain:
                self.put(second, 136, top)
            y += height
