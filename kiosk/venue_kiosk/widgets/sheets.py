"""Sheets: one question above a darkened screen, at the bottom where hands are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from venue_kiosk.look import STAGE_WIDTH_U, Look
from venue_kiosk.widgets.buttons import Button, RoundButton
from venue_kiosk.widgets.frame import MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_arc, draw_box, draw_disc, draw_rule
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Text

SHADE = (0.043, 0.039, 0.063, 0.72)
WIDTH_U = STAGE_WIDTH_U - 2 * MARGIN_U
PADDING_U = 56
INNER_U = WIDTH_U - 2 * PADDING_U
Tap = Callable[[], object]


class Sheet(Pane):
    """Base: the shade over the whole stage and a card at its bottom.

    Subclasses put their content into `body` from (0, 0) on and return its height.

    Attributes:
        name: what the inspection port calls it.
    """

    name = "sheet"

    def compose(self) -> None:
        """Draw everything for the present look."""
        look = self.look
        self.resize(STAGE_WIDTH_U, look.height_u)
        self.empty()
        draw_box(self, (0, 0, STAGE_WIDTH_U, look.height_u), SHADE)
        body = Pane(look)
        body.resize(INNER_U, 1)
        height = self.fill(body)
        card = Pane(look)
        card.resize(WIDTH_U, height + 2 * PADDING_U)
        border = look.colour("outline") if look.theme == "contrast" else None
        draw_box(
            card,
            (0, 0, WIDTH_U, card.height_u),
            look.colour("surface"),
            look.radius_u("sheet"),
            border,
            look.stroke_u("part"),
        )
        children = list(reversed(body.children))
        body.clear_widgets()
        shift = card.height - look.px(PADDING_U) - body.height
        for child in children:
            child.pos = (child.x + look.px(PADDING_U), child.y + shift)
            card.add_widget(child)
        self.put(card, MARGIN_U, look.height_u - look.rail_height_u - 24 - card.height_u)

    def fill(self, body: Pane) -> float:
        """Put the content into `body`; return its height in u."""
        raise NotImplementedError

    def tick(self) -> None:
        """Once a second while the sheet is up."""

    def on_touch_down(self, touch: Any) -> bool:
        super().on_touch_down(touch)
        return True  # nothing below a sheet is touched

    def put_buttons(
        self, body: Pane, y: float, buttons: Sequence[Button], shares: Sequence[float]
    ) -> float:
        """Buttons side by side over the whole width; returns the lower edge."""
        gap = 24
        unit = (INNER_U - gap * (len(buttons) - 1)) / sum(shares)
        x = 0.0
        for button, share in zip(buttons, shares, strict=True):
            body.put(button, x, y, unit * share, 144)
            x += unit * share + gap
        return y + 144


@dataclass(frozen=True, slots=True)
class Question:
    """What a `QuestionSheet` asks; words and buttons are asked for anew in each language.

    Attributes:
        name: what the inspection port calls the sheet.
        buttons: from left to right.
        shares: their widths compared with each other.
        box: a proposal between question and buttons; None if there is none.
    """

    name: str
    icon: str
    title: Callable[[], str]
    detail: Callable[[], str]
    buttons: Callable[[], Sequence[Button]]
    shares: Sequence[float] = (1, 1.3)
    box: Callable[[], Pane | None] = lambda: None


class QuestionSheet(Sheet):
    """An icon, a question, a sentence, perhaps a box with a proposal, and buttons."""

    def __init__(self, look: Look, question: Question) -> None:
        super().__init__(look)
        self.name = question.name
        self._question = question

    def fill(self, body: Pane) -> float:
        asked = self._question
        y = put_heading(body, asked.icon, asked.title(), asked.detail())
        box = asked.box()
        if box is not None:
            y = body.put(box, 0, y + 40)
        return self.put_buttons(body, y + 48, asked.buttons(), asked.shares)


def put_heading(body: Pane, icon: str, title: str, detail: str) -> float:
    """A big icon on warn ground, a question and a sentence beside it."""
    look = body.look
    badge = Pane(look)
    badge.resize(136, 136)
    draw_box(badge, (0, 0, 136, 136), look.colour("warn"), look.radius_u("sheet"))
    badge.put(Icon(look, icon, 84, "on_warn"), 26, 26)
    body.put(badge, 0, 0)
    x, width = 168, INNER_U - 168
    question = Text(look, "question", title)
    sentence = Text(look, "body", detail, "ink2")
    question.resize(width)
    sentence.resize(width)
    y = max(0.0, (136 - question.height_u - sentence.height_u) / 2)
    y = body.put(question, x, y)
    return max(136.0, body.put(sentence, x, y))


class IdleSheet(Sheet):
    """ "Are you still there?", with a ring that counts down.

    Args:
        seconds: asked again and again: how many are left, and of how many.
        holds: places would go back.
    """

    name = "idle"

    def __init__(
        self,
        look: Look,
        seconds: Callable[[], tuple[float, float]],
        holds: Callable[[], bool],
        on_stay: Tap,
        on_end: Tap,
    ) -> None:
        super().__init__(look)
        self._seconds, self._holds = seconds, holds
        self._on_stay, self._on_end = on_stay, on_end
        self._ring: Any = None

    def fill(self, body: Pane) -> float:
        look = self.look
        ring = Pane(look)
        ring.resize(300, 300)
        draw_arc(ring, (150, 150), 128, 24, look.colour("sunken"))
        self._ring = draw_arc(ring, (150, 150), 128, 24, look.colour("primary"))
        self._number = Text(look, "code", "", align="center", size_u=112)
        self._number.resize(300)
        ring.put(self._number, 0, 150 - self._number.height_u / 2)
        body.put(ring, 0, 0)
        question = Text(look, "question", look.say("Are you still there?"))
        self._sentence = Text(look, "body", self._words(), "ink2")
        question.resize(INNER_U - 356)
        y = body.put(question, 356, 0)
        self._sentence.resize(INNER_U - 356)
        y = body.put(self._sentence, 356, y + 16)
        self.tick()
        buttons = (
            Button(look, "idle/end", look.say("End and clear"), self._on_end, "secondary"),
            Button(look, "idle/stay", look.say("Continue"), self._on_stay),
        )
        return self.put_buttons(body, max(300.0, y) + 48, buttons, (1, 1.5))

    def _words(self) -> str:
        left, _ = self._seconds()
        text = (
            "In {seconds} seconds we end and clear your details. Seats go back; nothing is charged."
            if self._holds()
            else "In {seconds} seconds we end and clear your details."
        )
        return self.look.say(text, seconds=int(left + 0.999))

    def tick(self) -> None:
        left, whole = self._seconds()
        self._number.set(str(int(left + 0.999)))
        self._sentence.set(self._words())
        look = self.look
        centre, radius = 150 * look.u, 128 * look.u
        share = max(0.0, min(1.0, left / whole)) if whole else 0.0
        self._ring.circle = (centre, centre, radius, 360 * (1 - share), 360)


class AccessSheet(Sheet):
    """The access panel. A switch works at once, behind the sheet."""

    name = "access"

    def __init__(self, look: Look, on_close: Tap, on_staff: Tap) -> None:
        super().__init__(look)
        self._on_close, self._on_staff = on_close, on_staff

    def fill(self, body: Pane) -> float:
        look = self.look
        title = Text(look, "question", look.say("What would help?"))
        title.resize(INNER_U - 128)
        body.put(RoundButton(look, "access/close", "x", self._on_close), INNER_U - 104, 0)
        body.put(title, 0, (104 - title.height_u) / 2)
        y = max(104.0, title.height_u) + 16
        rows = (
            ("large", "text", "Larger text", "Bigger words, fewer per screen"),
            ("contrast", "contrast", "High contrast", "Black, white and yellow"),
            ("low", "lower", "Lower controls", "Everything within seated reach"),
            ("slow", "clock", "More time", "Twice as long for every step"),
        )
        for index, (need, icon, label, note) in enumerate(rows):
            row = _SwitchRow(look, need, icon, look.say(label), look.say(note), index > 0)
            y = body.put(row, 0, y, INNER_U, row.natural_height_u())
        buttons = (
            Button(
                look,
                "access/staff",
                look.say("Ask for help"),
                self._on_staff,
                "secondary",
                icon="bell",
            ),
            Button(look, "access/done", look.say("Done"), self._on_close),
        )
        return self.put_buttons(body, y + 32, buttons, (1, 1.3))


class _SwitchRow(Target):
    def __init__(
        self, look: Look, need: str, icon: str, label: str, note: str, has_rule: bool
    ) -> None:
        super().__init__(look, f"access/{need}", lambda: look.toggle(need))
        self._need, self._icon, self._label, self._note = need, icon, label, note
        self._has_rule = has_rule

    def _make_words(self) -> list[Text]:
        """The label, and with room for it the note; in low mode the rows must be low."""
        look = self.look
        label = Text(look, "title", self._label, size_u=look.size_u("title") - 2, lines_max=1)
        note = Text(look, "label", self._note, "ink2", lines_max=2)
        words = [label] if look.needs.low else [label, note]
        for text in words:
            text.resize(INNER_U - 108 - 168 - 24)
        return words

    def natural_height_u(self) -> float:
        words = sum(text.height_u for text in self._make_words())
        return max(104.0 if self.look.needs.low else 152.0, words + 24)

    def resize(self, width_u: float, height_u: float) -> None:
        super().resize(width_u, height_u)
        self.empty()
        look = self.look
        if self._has_rule:
            draw_rule(self, 0, 0, width_u, look.colour("line"))
        self.put(Icon(look, self._icon, 72, "primary"), 0, (height_u - 72) / 2)
        words = self._make_words()
        y = (height_u - sum(text.height_u for text in words)) / 2
        for text in words:
            y = self.put(text, 108, y)
        self._put_switch(width_u - 168, (height_u - 96) / 2, getattr(look.needs, self._need))

    def _put_switch(self, x: float, y: float, is_on: bool) -> None:
        look = self.look
        switch = Pane(look)
        switch.resize(168, 96)
        if is_on:
            draw_box(switch, (0, 0, 168, 96), look.colour("primary"), 48)
            draw_disc(switch, 120, 48, 40, look.colour("on_primary"))
            switch.put(Icon(look, "check", 48, "primary", stroke_u=6), 96, 24)
        else:
            draw_box(switch, (0, 0, 168, 96), look.colour("surface"), 48, look.colour("outline"), 4)
            draw_disc(switch, 48, 48, 36, look.colour("outline"))
        self.put(switch, x, y)


class StaffSheet(Sheet):
    """Says that staff have been told."""

    name = "staff"

    def __init__(self, look: Look, calls: Callable[[], int], on_close: Tap) -> None:
        super().__init__(look)
        self._calls, self._on_close = calls, on_close

    def fill(self, body: Pane) -> float:
        look = self.look
        again = self._calls() > 1
        title = "They know, they are on their way" if again else "Staff have been told"
        y = put_heading(
            body,
            "bell",
            look.say(title),
            look.say("Someone is usually here within 2 minutes. You can go on meanwhile."),
        )
        button = Button(look, "staff/close", look.say("Continue"), self._on_close)
        return self.put_buttons(body, y + 48, (button,), (1,))


class LanguageSheet(Sheet):
    """All languages by their own names, with three or more of them."""

    name = "language"
    OWN_NAMES: ClassVar[dict[str, str]] = {"zh": "中文", "en": "English"}

    def __init__(self, look: Look, on_close: Tap) -> None:
        super().__init__(look)
        self._on_close = on_close

    def fill(self, body: Pane) -> float:
        look = self.look
        y = 0.0
        for code in look.languages:
            kind = "primary" if code == look.language else "middle"
            name = self.OWN_NAMES.get(code, code)
            row = Button(look, f"language/{code}", name, partial(self._choose, code), kind)
            y = body.put(row, 0, y, INNER_U, 120) + 16
        return y - 16

    def _choose(self, code: str) -> None:
        self.look.change(language=code)
        self._on_close()
