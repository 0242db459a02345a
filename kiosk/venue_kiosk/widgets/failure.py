"""The failure page: what happened, whether money moved, what can be done now, a code for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from venue_kiosk.look import BAR_HEIGHT_U, Look
from venue_kiosk.widgets.frame import CONTENT_WIDTH_U, MARGIN_U
from venue_kiosk.widgets.icon import Icon
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Run, Text


@dataclass(frozen=True, slots=True)
class FailureWords:
    """All words of a failure page, in the visitor's language.

    Attributes:
        money: whether money moved; set in bold.
        code: staff reference, "P-02".
        place: which kiosk and when.
        pickup_code: eight digits that get the tickets elsewhere; empty if there are none.
        pickup_label: what the code is for.
    """

    title: str
    money: str
    advice: str
    code: str
    place: str
    icon: str = "info"
    pickup_code: str = ""
    pickup_label: str = ""


def put_failure(pane: Pane, words: FailureWords, boxes: Sequence[Pane] = ()) -> None:
    """Draw the page into a stage-sized pane, leaving strip, action bar and rail to the screen."""
    look = pane.look
    badge = Pane(look)
    badge.resize(240, 240)
    draw_box(badge, (0, 0, 240, 240), look.colour("warn"), 64)
    tint = "on_warn" if look.theme == "contrast" else "warn_part"
    badge.put(Icon(look, words.icon, 144, tint, stroke_u=3.2), 48, 48)
    pane.put(badge, MARGIN_U, 160)
    title = Text(look, "failure", words.title)
    y = pane.put(title, MARGIN_U, 432, CONTENT_WIDTH_U)
    lead = Text(look, "body", [Run(words.advice)], size_u=look.size_u("body") + 6)
    y = pane.put(lead, MARGIN_U, y + 20, CONTENT_WIDTH_U)
    money = Text(look, "body", words.money, size_u=look.size_u("body") + 6, bold=True)
    y = pane.put(money, MARGIN_U, y, CONTENT_WIDTH_U)
    bottom = look.height_u - look.rail_height_u - BAR_HEIGHT_U - 32
    reference = Text(
        look, "caption", [Run(words.place + " · "), Run(words.code, tint="ink", bold=True)], "ink2"
    )
    reference.resize(CONTENT_WIDTH_U)
    pane.put(reference, MARGIN_U, bottom - reference.height_u)
    top = bottom - reference.height_u - 40
    for box in reversed(boxes):
        top -= box.height_u
        pane.put(box, MARGIN_U, top)
        top -= 24
    if words.pickup_code:
        _put_code(pane, words, min(y + 48, top - 300))


def _put_code(pane: Pane, words: FailureWords, y: float) -> None:
    look = pane.look
    card = Pane(look)
    label = Text(look, "body", words.pickup_label)
    code = Text(look, "code", words.pickup_code, size_u=132)
    label.resize(CONTENT_WIDTH_U - 96)
    code.resize(CONTENT_WIDTH_U - 96)
    card.resize(CONTENT_WIDTH_U, label.height_u + code.height_u + 88)
    draw_box(
        card,
        (0, 0, CONTENT_WIDTH_U, card.height_u),
        look.colour("surface"),
        look.radius_u("card"),
        look.colour("primary"),
        look.stroke_u("chosen"),
    )
    card.put(code, 48, card.put(label, 48, 44))
    pane.put(card, MARGIN_U, y)


class OptionCard(Target):
    """A way on, as a wide card: icon, title, note, an arrow if it can be touched."""

    def __init__(
        self, look: Look, name: str, icon: str, title: str, note: str, on_tap: object = None
    ) -> None:
        super().__init__(look, name, on_tap)  # type: ignore[arg-type]
        heading = Text(look, "title", title, size_u=look.size_u("title") - 2)
        sentence = Text(look, "label", note, "ink2")
        width = CONTENT_WIDTH_U - 40 - 112 - (88 if on_tap else 40)
        heading.resize(width)
        sentence.resize(width)
        words = heading.height_u + sentence.height_u
        self.resize(CONTENT_WIDTH_U, max(176, words + 40))
        border = look.colour("outline") if look.theme == "contrast" else None
        _, fill = draw_box(
            self,
            (0, 0, CONTENT_WIDTH_U, self.height_u),
            look.colour("surface" if on_tap else "primary_soft"),
            look.radius_u("card"),
            border,
            look.stroke_u("part"),
        )
        self.show_press_on(fill)
        self.put(Icon(look, icon, 76, "primary"), 40, (self.height_u - 76) / 2)
        y = self.put(heading, 152, (self.height_u - words) / 2)
        self.put(sentence, 152, y)
        if on_tap:
            self.put(
                Icon(look, "right", 48, "primary"), CONTENT_WIDTH_U - 88, (self.height_u - 48) / 2
            )
