"""The frame around every screen: strip, steps, action bar, rail, banner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from venue_kiosk.look import BAR_HEIGHT_U, STAGE_WIDTH_U, Look
from venue_kiosk.theme import Rgba
from venue_kiosk.widgets.buttons import Button, Tap
from venue_kiosk.widgets.icon import Icon, Mark
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box, draw_rule
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Run, Text, put_line

MARGIN_U = 56
MIDDLE_WIDTH_MIN_U = 270
CONTENT_WIDTH_U = STAGE_WIDTH_U - 2 * MARGIN_U


class Strip(Pane):
    """The top line: mark, venue, date, clock. Information only, never a control."""

    def __init__(self, look: Look, venue: str, date: str, time: str) -> None:
        super().__init__(look)
        self.resize(CONTENT_WIDTH_U, 64)
        self.put(Mark(look, 46), 0, 9)
        name = Text(look, "caption", venue, bold=True, size_u=look.size_u("caption") + 2)
        put_line(self, name, 62, 0, 64)
        self._clock = Text(look, "caption", self._runs(date, time), "ink2", "right")
        self._clock.resize(600)
        self.put(self._clock, CONTENT_WIDTH_U - 600, (64 - self._clock.height_u) / 2)

    @staticmethod
    def _runs(date: str, time: str) -> list[Run]:
        return [Run(date), Run("   "), Run(time, latin=True)]

    def tell(self, date: str, time: str) -> None:
        self._clock.set(self._runs(date, time))


class StepsBar(Pane):
    """Where the visitor is on the way; in large text one line says it."""

    def __init__(self, look: Look, steps: Sequence[str], current: int) -> None:
        super().__init__(look)
        self.resize(CONTENT_WIDTH_U, 74)
        if look.needs.large:
            line = look.say("Step {step} of {steps}", step=current + 1, steps=len(steps))
            put_line(self, Text(look, "caption", line, "primary", bold=True), 0, 0, 60)
            return
        gap = 12
        width = (CONTENT_WIDTH_U - gap * (len(steps) - 1)) / len(steps)
        for index, step in enumerate(steps):
            x = index * (width + gap)
            token = "primary" if index <= current else "line"
            draw_box(self, (x, 0, width, 8), look.colour(token))
            is_current = index == current
            text = Text(
                look, "caption", step, "ink" if is_current else "ink2", bold=is_current, lines_max=1
            )
            text.resize(width)
            self.put(text, x, 28)


class ActionBar(Pane):
    """Back at the left, what and how much in the middle, the one primary action at the right.

    Args:
        on_back: None leaves Back out.
        middle: lines of the middle, as texts without size yet.
        actions: buttons from left to right; with no Back they share the whole width.
        shares: how wide each action is compared with the others, when they share.
    """

    def __init__(
        self,
        look: Look,
        *,
        on_back: Tap = None,
        middle: Sequence[Text] = (),
        actions: Sequence[Button] = (),
        shares: Sequence[float] = (),
    ) -> None:
        super().__init__(look)
        self.resize(STAGE_WIDTH_U, BAR_HEIGHT_U)
        draw_box(self, (0, 0, STAGE_WIDTH_U, BAR_HEIGHT_U), look.colour("surface"))
        draw_rule(self, 0, 0, STAGE_WIDTH_U, look.colour("line"))
        left, right = float(MARGIN_U), float(STAGE_WIDTH_U - MARGIN_U)
        if on_back is not None:
            left = self._put_back(on_back) + 32
        if shares:
            self._share(actions, shares, left, right)
        else:
            room = MIDDLE_WIDTH_MIN_U if middle else 0
            right = self._put_actions(actions, right, left + room) - 24
            self._put_middle(middle, left, right - left)

    def _put_back(self, on_back: Tap) -> float:
        look = self.look
        width = 264 if look.needs.large else 208
        back = Button(look, "back", look.say("Back"), on_back, "secondary", icon="left", gap_u=8)
        self.put(back, MARGIN_U, 32, width, 144)
        return MARGIN_U + width

    def _share(
        self, actions: Sequence[Button], shares: Sequence[float], left: float, right: float
    ) -> None:
        gap = 24
        unit = (right - left - gap * (len(actions) - 1)) / sum(shares)
        for action, share in zip(actions, shares, strict=True):
            self.put(action, left, 32, unit * share, 144)
            left += unit * share + gap

    def _put_actions(self, actions: Sequence[Button], right: float, left: float) -> float:
        for action in reversed(actions):
            # A long label wraps before it pushes out what it costs.
            width = min(max(240, action.natural_width_u(36)), max(240, right - left - 24))
            self.put(action, right - width, 32, width, 144)
            right -= width + 24
        return right

    def _put_middle(self, middle: Sequence[Text], left: float, width: float) -> None:
        """What does not fit is left out from the top; what it costs comes last and stays."""
        middle = list(middle)
        for text in middle:
            text.resize(width)
        while len(middle) > 1 and sum(text.height_u for text in middle) > BAR_HEIGHT_U - 16:
            middle.pop(0)
        y = (BAR_HEIGHT_U - sum(text.height_u for text in middle)) / 2
        for text in middle:
            y = self.put(text, left, y)


@dataclass(frozen=True, slots=True)
class Tool:
    """One place of the rail."""

    name: str
    icon: str
    label: str
    on_tap: Callable[[], object]


class Rail(Pane):
    """The tools at the bottom of every screen, always in the same order.

    Args:
        ink, ground: exact colours on the attract screen, whose poster has its own.
    """

    def __init__(
        self,
        look: Look,
        tools: Sequence[Tool],
        *,
        ink: Rgba | None = None,
        ground: Rgba | None = None,
        height_u: float = 0,
    ) -> None:
        super().__init__(look)
        height = height_u or look.rail_height_u
        self.resize(STAGE_WIDTH_U, height)
        draw_box(self, (0, 0, STAGE_WIDTH_U, height), ground or look.colour("sunken"))
        if look.theme == "contrast":
            draw_box(self, (0, 0, STAGE_WIDTH_U, 4), look.colour("outline"))
        gap, edge = 8, 40
        width = (STAGE_WIDTH_U - 2 * edge - gap * (len(tools) - 1)) / max(1, len(tools))
        for index, tool in enumerate(tools):
            place = _ToolTarget(look, tool, ink)
            self.put(place, edge + index * (width + gap), 12, width, height - 24)


class _ToolTarget(Target):
    def __init__(self, look: Look, tool: Tool, ink: Rgba | None) -> None:
        super().__init__(look, tool.name, tool.on_tap)
        self._tool, self._ink = tool, ink

    def resize(self, width_u: float, height_u: float) -> None:
        super().resize(width_u, height_u)
        self.empty()
        look, tool = self.look, self._tool
        clear = self._ink is not None
        ground = look.colour("sunken", 0.0 if clear else 1.0)
        _, fill = draw_box(self, (0, 0, width_u, height_u), ground, 24)
        if not clear:
            self.show_press_on(fill)
        role = "caption" if look.needs.large else "label"
        text = Text(look, role, tool.label, colour=self._ink, align="center", lines_max=1)
        size = 52 if look.needs.large else 44
        icon = Icon(look, tool.icon, size, colour=self._ink)
        if look.needs.large:
            text.resize(width_u)
            self.put(icon, (width_u - size) / 2, 16)
            self.put(text, 0, height_u - text.height_u - 12)
            return
        natural = min(text.natural_width_u() + 1, width_u - size - 16)
        text.resize(natural)
        x = (width_u - size - 16 - natural) / 2
        self.put(icon, x, (height_u - size) / 2)
        self.put(text, x + size + 16, (height_u - text.height_u) / 2)


class Banner(Pane):
    """A degraded state in two sentences: what is off, what still works. 196 u high."""

    def __init__(
        self, look: Look, title: str, detail: str, *, icon: str = "net", tone: str = "warn"
    ) -> None:
        super().__init__(look)
        ground, ink = ("warn", "on_warn") if tone == "warn" else ("ok_soft", "ok")
        width = STAGE_WIDTH_U - 2 * MARGIN_U - 116
        first = Text(look, "title", title, ink, size_u=look.size_u("title") - 2)
        second = Text(look, "label", detail, ink)
        first.resize(width)
        if detail:
            second.resize(width)
        words = first.height_u + second.height_u
        height = max(196, words + 48)
        self.resize(STAGE_WIDTH_U, height)
        draw_box(self, (0, 0, STAGE_WIDTH_U, height), look.colour(ground))
        self.put(Icon(look, icon, 84, ink), MARGIN_U, (height - 84) / 2)
        y = self.put(first, MARGIN_U + 116, (height - words) / 2)
        if detail:
            self.put(second, MARGIN_U + 116, y)
