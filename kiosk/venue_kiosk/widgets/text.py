"""Text, set in lines by the rules of the design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict, Unpack

from kivy.graphics import Color, Rectangle

from venue_kiosk.lines import break_lines
from venue_kiosk.look import Look
from venue_kiosk.textures import Face, draw_text, measure_extent, measure_width
from venue_kiosk.theme import Rgba
from venue_kiosk.typefaces import SERIF, choose_face
from venue_kiosk.widgets.pane import Pane


class Run(NamedTuple):
    """A stretch of text in one style. Empty fields are the widget's own."""

    text: str
    tint: str = ""
    bold: bool | None = None
    latin: bool | None = None
    size_u: float = 0


class _Style(NamedTuple):
    face: Face
    tint: str


class Setting(TypedDict, total=False):
    """How a text departs from its role.

    Attributes:
        colour: an exact colour instead of a token (on posters).
        size_u: another size.
        bold: another weight.
        serif: the serif face, for titles on posters.
        lines_max: if it does not fit in so many lines, it shrinks, down to the caption size.
    """

    colour: Rgba | None
    size_u: float
    bold: bool | None
    serif: bool
    lines_max: int


class Text(Pane):
    """A text of one role; its height follows from its width.

    Args:
        look: where sizes, faces and colours come from.
        role: type role, for example `question`.
        text: a string, or runs of different styles.
        tint: token of the colour.
        align: left, center or right.
        setting: see `Setting`.
    """

    def __init__(
        self,
        look: Look,
        role: str,
        text: str | Sequence[Run] = "",
        tint: str = "ink",
        align: str = "left",
        **setting: Unpack[Setting],
    ) -> None:
        super().__init__(look)
        self.role_name = role
        self.tint, self.align = tint, align
        self.colour = setting.get("colour")
        self.size_u = setting.get("size_u") or look.size_u(role)
        bold = setting.get("bold")
        self.bold = look.tokens.roles[role].bold if bold is None else bold
        self.serif = setting.get("serif", False)
        self.lines_max = setting.get("lines_max", 0)
        self.lines: list[list[tuple[str, _Style]]] = []
        self._runs: Sequence[Run] = ()
        self.value = text

    @property
    def value(self) -> str | Sequence[Run]:
        return self._runs

    @value.setter
    def value(self, text: str | Sequence[Run]) -> None:
        self._runs = [Run(text)] if isinstance(text, str) else list(text)

    @property
    def plain(self) -> str:
        """The words without styles."""
        return "".join(run.text for run in self._runs)

    def set(self, text: str | Sequence[Run]) -> None:
        """Show something else in the same width and at the same place (a countdown)."""
        self.value = text
        top = self.y + self.height
        self.resize(self.width_u)
        self.pos = (self.x, top - self.height)

    def natural_width_u(self) -> float:
        """The width of the text on one line, in u."""
        styled = self._styled(self.size_u)
        return sum(measure_width(text, style.face) for text, style in styled) / self.look.u

    def resize(self, width_u: float, height_u: float = 0) -> None:
        """Break into lines of this width; the height follows, whatever is given."""
        size_u = self.size_u
        self.lines = self._break(width_u, size_u)
        floor_u = self.look.size_u("caption")
        while self.lines_max and size_u > floor_u and not self._fits(width_u):
            size_u = max(floor_u, size_u - 2)
            self.lines = self._break(width_u, size_u)
        leading_u = size_u * self.look.leading(self.role_name)
        super().resize(width_u, max(1, len(self.lines)) * leading_u)
        self._draw(leading_u)

    def fits(self) -> bool:
        """It stands in its width and number of lines, shrunk or not."""
        return self._fits(self.width_u)

    def _fits(self, width_u: float) -> bool:
        """Few enough lines, and no word that is longer than a line."""
        width = width_u * self.look.u + 1
        return len(self.lines) <= self.lines_max and all(
            sum(measure_width(text, style.face) for text, style in line) <= width
            for line in self.lines
        )

    def _styled(self, size_u: float) -> list[tuple[str, _Style]]:
        role = self.look.tokens.roles[self.role_name]
        styled = []
        for run in self._runs:
            latin = role.latin if run.latin is None else run.latin
            name = SERIF if self.serif else choose_face(run.text, self.look.language, latin)
            bold = self.bold if run.bold is None else run.bold
            own_size_u = run.size_u * size_u / self.size_u if run.size_u else size_u
            face = Face(name, bold, max(1, self.look.px(own_size_u)))
            styled.append((run.text, _Style(face, run.tint or self.tint)))
        return styled

    def _break(self, width_u: float, size_u: float) -> list[list[tuple[str, _Style]]]:
        return break_lines(
            self._styled(size_u),
            # Half a pixel of grace: widths are rounded piece by piece.
            width_u * self.look.u + 0.5,
            lambda text, style: measure_width(text, style.face),
        )

    def _draw(self, leading_u: float) -> None:
        self.canvas.clear()
        leading = leading_u * self.look.u
        top = float(self.height)
        for line in self.lines:
            self._draw_line(line, top, leading)
            top -= leading

    def _draw_line(self, line: list[tuple[str, _Style]], top: float, leading: float) -> None:
        if not line:
            return
        biggest = max((style.face for _, style in line), key=lambda face: face.size_px)
        extent = measure_extent(biggest)
        baseline = top - (leading - extent.ascent - extent.descent) / 2 - extent.ascent
        width = sum(measure_width(text, style.face) for text, style in line)
        x = {"left": 0.0, "center": (self.width - width) / 2, "right": self.width - width}[
            self.align
        ]
        for text, style in line:
            texture = draw_text(text, style.face)
            bottom = baseline + measure_extent(style.face).ascent - texture.height
            with self.canvas:
                Color(*(self.colour or self.look.colour(style.tint)))
                Rectangle(texture=texture, pos=(round(x), round(bottom)), size=texture.size)
            x += measure_width(text, style.face)


def put_line(pane: Pane, text: Text, x: float, y: float, height: float, width: float = 0) -> None:
    """Put a one-line text so that it is centred in a row of `height`, as wide as it is."""
    text.resize(width or text.natural_width_u() + 1)
    pane.put(text, x, y + (height - text.height_u) / 2)


def list_texts(root: Any) -> list[str]:
    """All words that are shown below a widget, in drawing order."""
    found = [root.plain] if isinstance(root, Text) and root.plain else []
    for child in reversed(getattr(root, "children", ())):
        found += list_texts(child)
    return found
