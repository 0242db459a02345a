"""Buttons, chips, the stepper: everything small that is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypedDict, Unpack

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle

from venue_kiosk.look import Look
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box, draw_disc
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Run, Text

Tap = Callable[[], object] | None
BUSY_BAR_AFTER_S = 0.3
BUSY_STEP_S = 0.05


@dataclass(frozen=True, slots=True)
class Dress:
    """How a kind of button is drawn: tokens of fill, ink and border, and its height in u."""

    fill: str
    ink: str
    border: str = ""
    height_u: int = 144


DRESSES = {
    "primary": Dress("primary", "on_primary"),
    "secondary": Dress("surface", "ink", "outline"),
    "middle": Dress("surface", "ink", "outline", 120),
    "quiet": Dress("bg", "primary", height_u=88),
    "accent": Dress("accent", "on_accent"),
    "disabled": Dress("sunken", "ink2"),
}


class ButtonExtras(TypedDict, total=False):
    """What a button may have besides its label.

    Attributes:
        icon, icon_after: names of icons before and after the label.
        after: text after the label in regular weight (seconds left).
        is_busy: shows a moving bar and ignores touches.
        gap_u: between icon and label; 20 as a rule.
    """

    icon: str
    icon_after: str
    after: str
    is_busy: bool
    gap_u: int


class Button(Target):
    """A button with a label and at most one icon on each side.

    Args:
        kind: a key of `DRESSES`; without `on_tap` it is `disabled`.
        extras: see `ButtonExtras`.
    """

    def __init__(
        self,
        look: Look,
        name: str,
        label: str,
        on_tap: Tap,
        kind: str = "primary",
        **extras: Unpack[ButtonExtras],
    ) -> None:
        is_busy = extras.get("is_busy", False)
        super().__init__(look, name, None if is_busy else on_tap)
        self.kind = kind if on_tap is not None or is_busy else "disabled"
        self.dress = DRESSES[self.kind]
        self.label = label
        self._icons = (extras.get("icon", ""), extras.get("icon_after", ""))
        self._gap_u = extras.get("gap_u", 20)
        role = "option" if kind == "middle" else "button"
        self._text = Text(look, role, label, self.dress.ink)
        after = extras.get("after", "")
        self._after = Text(look, "button", after, self.dress.ink, bold=False) if after else None
        self._bar: Any = None
        self._busy_s = 0.0
        if is_busy:
            Clock.schedule_interval(self._move_bar, BUSY_STEP_S)

    def natural_width_u(self, padding_u: int = 48) -> float:
        """The width that its words need."""
        return self._content_width_u() + 2 * padding_u

    def _content_width_u(self) -> float:
        width = self._text.natural_width_u()
        width += sum(48 + self._gap_u for icon in self._icons if icon)
        if self._after is not None:
            width += self._gap_u + self._after.natural_width_u()
        return width

    def resize(self, width_u: float, height_u: float = 0) -> None:
        super().resize(width_u, height_u or self.dress.height_u)
        self.empty()
        look = self.look
        border = look.colour(self.dress.border) if self.dress.border else None
        if look.theme == "contrast" and self.kind != "primary":
            border = look.colour("outline")
        _, fill = draw_box(
            self,
            (0, 0, self.width_u, self.height_u),
            look.colour(self.dress.fill),
            look.radius_u("button"),
            border,
            look.stroke_u("part"),
        )
        self.show_press_on(fill)
        self._lay_out()

    def _lay_out(self) -> None:
        # A long label takes two lines before it shrinks, and all the room before it is cut.
        self._text.lines_max, self._text.align = 2, "center"
        others, width = self._set_label()
        if not self._text.fits():
            self._icons = ("", "")
            others, width = self._set_label()
        x = (self.width_u - others - width) / 2
        before, after = self._icons
        if before:
            self._put_icon(before, x)
            x += 48 + self._gap_u
        self.put(self._text, x, (self.height_u - self._text.height_u) / 2)
        x += width
        if self._after is not None:
            x += self._gap_u
            self._after.resize(self._after.natural_width_u() + 1)
            self.put(self._after, x, (self.height_u - self._after.height_u) / 2)
        if after:
            self._put_icon(after, x + self._gap_u)

    def _set_label(self) -> tuple[float, float]:
        """Set the label in the room that the rest leaves it; returns (rest, label) in u."""
        others = self._content_width_u() - self._text.natural_width_u()
        width = min(self._text.natural_width_u() + 1, self.width_u - 24 - others)
        self._text.resize(width)
        return others, width

    def _put_icon(self, name: str, x: float) -> None:
        self.put(Icon(self.look, name, 48, self.dress.ink), x, (self.height_u - 48) / 2)

    def set_after(self, text: str) -> None:
        """Count on: another text after the label."""
        if self._after is not None:
            self._after.set(text)

    def _move_bar(self, passed_s: float) -> bool:
        if self.get_parent_window() is None and self._busy_s > 1:
            return False
        self._busy_s += passed_s
        if self._busy_s >= BUSY_BAR_AFTER_S:
            self._draw_bar()
        return True

    def _draw_bar(self) -> None:
        length, height = self.width / 4, max(2, self.look.px(8))
        if self._bar is None:
            with self.canvas.after:
                Color(*self.look.colour(self.dress.ink))
                self._bar = Rectangle(size=(length, height))
        phase = (self._busy_s % 1.2) / 1.2
        margin = self.look.px(24)
        x = self.x + margin + phase * (self.width - 2 * margin - length)
        self._bar.pos = (x, self.y + self.look.px(12))


class RoundButton(Target):
    """A round button of 104 u with one icon. At its limit it stays, greyed."""

    def __init__(self, look: Look, name: str, icon: str, on_tap: Tap, size_u: int = 104) -> None:
        super().__init__(look, name, on_tap)
        self.resize(size_u, size_u)
        tint = "ink" if on_tap else "ink2"
        fill = look.colour("surface" if on_tap else "sunken")
        border = look.colour("outline") if on_tap else fill
        _, colour = draw_box(
            self, (0, 0, size_u, size_u), fill, size_u / 2, border, look.stroke_u("part")
        )
        self.show_press_on(colour)
        self.put(Icon(look, icon, 48, tint), (size_u - 48) / 2, (size_u - 48) / 2)


class Stepper(Pane):
    """Fewer, the number, more: 104 - 72 - 104 with gaps of 24.

    Args:
        name: its targets are `<name>/less` and `<name>/more`.
        less, more: what the buttons do; None at the limit.
    """

    WIDTH_U = 328

    def __init__(self, look: Look, name: str, value: int, less: Tap, more: Tap) -> None:
        super().__init__(look)
        self.resize(self.WIDTH_U, 104)
        self.put(RoundButton(look, f"{name}/less", "minus", less), 0, 0)
        number = Text(look, "price", str(value), align="center", size_u=72)
        number.resize(72)
        self.put(number, 128, (104 - number.height_u) / 2)
        self.put(RoundButton(look, f"{name}/more", "plus", more), 224, 0)


class OptionChip(Target):
    """A choice among few: chosen is a soft fill, a thick border and a tick."""

    def __init__(
        self,
        look: Look,
        name: str,
        label: str,
        on_tap: Tap,
        *,
        note: str = "",
        chosen: bool = False,
    ) -> None:
        super().__init__(look, name, on_tap)
        self.label, self.note, self.chosen = label, note, chosen

    def resize(self, width_u: float, height_u: float = 132) -> None:
        super().resize(width_u, height_u)
        self.empty()
        look = self.look
        contrast_chosen = self.chosen and look.theme == "contrast"
        fill = "primary_soft" if self.chosen else "bg" if self.enabled else "sunken"
        ink = "on_primary" if contrast_chosen else "ink" if self.enabled else "ink2"
        border = look.colour("primary" if self.chosen else "outline")
        _, colour = draw_box(
            self,
            (0, 0, width_u, height_u),
            look.colour("primary" if contrast_chosen else fill),
            look.radius_u("button"),
            border,
            look.stroke_u("chosen" if self.chosen else "part"),
        )
        self.show_press_on(colour)
        label = Text(look, "option", self.label, ink, "center", lines_max=1)
        note = (
            Text(look, "label", [Run(self.note, latin=True)], ink, "center") if self.note else None
        )
        label.resize(width_u - 16)
        if note is not None:
            note.resize(width_u - 16)
        y = (height_u - label.height_u - (note.height_u if note else 0)) / 2
        y = self.put(label, 8, y)
        if note is not None:
            self.put(note, 8, y)
        if self.chosen:
            put_tick(self, width_u - 38, -14)


def put_tick(pane: Pane, x: float, y: float) -> None:
    """The round tick of 48 u that says "chosen", with its upper left corner at (x, y)."""
    look = pane.look
    tick = Pane(look)
    tick.resize(48, 48)
    draw_disc(tick, 24, 24, 28, look.colour("surface"))
    draw_disc(tick, 24, 24, 24, look.colour("primary"))
    tick.put(Icon(look, "check", 32, "on_primary", stroke_u=7), 8, 8)
    pane.put(tick, x, y)


class Pill(Target):
    """A filter: 88 high, round ends; the chosen one is inverted."""

    def __init__(self, look: Look, name: str, label: str, on_tap: Tap, *, chosen: bool) -> None:
        super().__init__(look, name, on_tap)
        text = Text(look, "label", label, "bg" if chosen else "ink", bold=chosen)
        padding = 36 if look.language == "zh" else 28
        self.resize(text.natural_width_u() + 2 * padding, 88)
        fill = look.colour("ink" if chosen else "surface")
        border = fill if chosen else look.colour("outline")
        _, colour = draw_box(self, (0, 0, self.width_u, 88), fill, 44, border, 3)
        self.show_press_on(colour)
        text.resize(text.natural_width_u() + 1)
        self.put(text, padding, (88 - text.height_u) / 2)


class StateChip(Pane):
    """A word on a soft ground: `ok` plenty, `few` hurry, `no` sold out, `plain` a fact."""

    TONES: ClassVar[dict[str, tuple[str, str]]] = {
        "ok": ("ok_soft", "ok"),
        "few": ("warn", "on_warn"),
        "no": ("sunken", "ink2"),
        "plain": ("sunken", "ink"),
    }

    def __init__(self, look: Look, label: str, tone: str = "plain", icon: str = "") -> None:
        super().__init__(look)
        ground, ink = self.TONES[tone]
        text = Text(look, "caption", label, ink)
        height = max(50, text.size_u * 1.3 + 14)
        x = 18 + (46 if icon else 0)
        self.resize(x + text.natural_width_u() + 18, height)
        border = look.colour("outline") if look.theme == "contrast" else None
        draw_box(
            self,
            (0, 0, self.width_u, height),
            look.colour(ground),
            look.radius_u("chip"),
            border,
            look.stroke_u("hair"),
        )
        if icon:
            self.put(Icon(look, icon, 36, ink), 18, (height - 36) / 2)
        text.resize(text.natural_width_u() + 1)
        self.put(text, x, (height - text.height_u) / 2)
