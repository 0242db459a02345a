"""Boxes that hold no others: text, lines, pictures, codes.

Each `prepare_*` fits a box into a width and returns a `Node`, or None if there is nothing to show.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from PIL import Image

from venue_suite.paper import items
from venue_suite.paper.design import (
    Align,
    LeaderBox,
    PictureBox,
    QrBox,
    RuleBox,
    TextBox,
    picture_bytes,
)
from venue_suite.paper.errors import PaperValueInvalid
from venue_suite.paper.qr import qr_rows
from venue_suite.paper.template import parse_template
from venue_suite.paper.typeset import (
    Fitted,
    Line,
    advances,
    fit,
    join_runs,
    natural_width,
    vertical_metrics,
)
from venue_suite.paper.values import Values
from venue_suite.typefaces import Weight

MODULE_MIN = 4  # dots; below it phones and gates fail on worn paper


class Node(Protocol):
    """A box that is fitted into a width."""

    @property
    def height(self) -> int: ...

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        """Add its things at a place; `is_ink` False inside white on black."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What templates see, and what is noted on the way."""

    design_name: str
    values: Values
    cut_texts: list[str] = field(default_factory=list)

    def fill(self, template: str) -> str:
        return parse_template(template).fill(self.values.text)

    def fill_exactly(self, template: str) -> str:
        """The same for codes: nothing is cleaned away."""
        return parse_template(template).fill(self.values.exact)

    def with_row(self, row: Values) -> Scope:
        return replace(self, values=row)


def aligned(align: Align, room: int, width: int) -> int:
    """The indent of something `width` wide in `room`."""
    free = max(0, room - width)
    return {"left": 0, "center": free // 2, "right": free}[align]


def prepare_leaf(
    box: TextBox | QrBox | RuleBox | LeaderBox | PictureBox, width: int, scope: Scope
) -> Node | None:
    """Fit a box that holds no others; None if it has nothing to show."""
    if isinstance(box, TextBox):
        return prepare_text(box, width, scope)
    if isinstance(box, QrBox):
        return prepare_qr(box, width, scope)
    if isinstance(box, RuleBox):
        return RuleNode(box, width)
    if isinstance(box, LeaderBox):
        return LeaderNode(box, width)
    return PictureNode(box, width)


# --- text --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextNode:
    box: TextBox
    fitted: Fitted
    width: int

    @property
    def height(self) -> int:
        return self._line_height() * len(self.fitted.lines)

    def _line_height(self) -> int:
        return round(self.fitted.size * self.box.line_height)

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        for line in self.fitted.lines:
            self._emit_line(line, x, y, is_ink, out)
            y += self._line_height()

    def _emit_line(self, line: Line, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        size, tracking = self.fitted.size, self.box.tracking
        pen = float(x + aligned(self.box.align, self.width, line.width))
        for text, weight in line.pieces:
            share = sum(advances(text, weight, size, tracking))
            area = items.Area(int(pen), y, int(share + 0.999), self._line_height())
            baseline = y + self._baseline(weight)
            out.append(items.Text(area, baseline, text, weight, size, tracking, is_ink))
            pen += share

    def _baseline(self, weight: Weight) -> int:
        ascent, descent = vertical_metrics(weight)
        size = self.fitted.size
        return round((self._line_height() - (ascent + descent) * size) / 2 + ascent * size)


def text_pieces(box: TextBox, scope: Scope) -> tuple[tuple[str, Weight], ...]:
    """The text of a box as it is with these values; empty if there is none."""
    return join_runs([(scope.fill(run.text), run.weight) for run in box.all_runs()])


def prepare_text(box: TextBox, width: int, scope: Scope) -> TextNode | None:
    pieces = text_pieces(box, scope)
    if not pieces:
        return None
    fitted = fit(pieces, box.size, box.tracking, width, box.lines, box.shrink)
    if fitted.is_cut:
        scope.cut_texts.append("".join(text for text, _ in pieces))
    return TextNode(box, fitted, width)


def text_width(box: TextBox, scope: Scope) -> int:
    return natural_width(text_pieces(box, scope), box.size, box.tracking)


# --- lines -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleNode:
    box: RuleBox
    width: int

    @property
    def height(self) -> int:
        return self.box.thickness

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        area = items.Area(x, y, self.width, self.box.thickness)
        if self.box.dash:
            out.append(items.Dashes(area, self.box.dash, self.box.dash * 2 // 3, is_ink))
        else:
            out.append(items.Fill(area, is_ink))


@dataclass(frozen=True, slots=True)
class LeaderNode:
    """Dots just above the baseline of text of the same size and line height beside it."""

    box: LeaderBox
    width: int

    @property
    def height(self) -> int:
        return round(self.box.size * self.box.line_height)

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        ascent, descent = vertical_metrics("regular")
        size = self.box.size
        baseline = round((self.height - (ascent + descent) * size) / 2 + ascent * size)
        out.append(items.Dashes(items.Area(x, y + baseline - 4, self.width, 2), 2, 3, is_ink))


# --- pictures and codes ------------------------------------------------------------------------


@lru_cache(maxsize=32)
def picture_size(file: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture_bytes(file))) as picture:
        return picture.size


@dataclass(frozen=True, slots=True)
class PictureNode:
    box: PictureBox
    width: int

    @property
    def height(self) -> int:
        return picture_size(self.box.file)[1]

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        width, height = picture_size(self.box.file)
        x += aligned(self.box.align, self.width, width)
        out.append(items.Picture(items.Area(x, y, width, height), self.box.file, is_ink))


@dataclass(frozen=True, slots=True)
class QrNode:
    box: QrBox
    rows: tuple[bytes, ...]
    module: int
    width: int

    @property
    def height(self) -> int:
        return (len(self.rows) + 2 * items.QUIET_MODULES) * self.module

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        x += aligned(self.box.align, self.width, self.height)
        area = items.Area(x, y, self.height, self.height)
        out.append(items.Code(area, self.module, self.rows))


def prepare_qr(box: QrBox, width: int, scope: Scope) -> QrNode | None:
    """Raises PaperValueInvalid if the code has no room at the smallest module."""
    rows = _modules(box, scope)
    if not rows:
        return None
    module = min(box.module, width // (len(rows) + 2 * items.QUIET_MODULES))
    if module < MODULE_MIN:
        raise PaperValueInvalid(
            design=scope.design_name, field=box.text, reason="its QR code is too wide"
        )
    return QrNode(box, rows, module, width)


def qr_width(box: QrBox, scope: Scope) -> int:
    """The dots that the code wants at its own module; 0 if there is none."""
    rows = _modules(box, scope)
    return (len(rows) + 2 * items.QUIET_MODULES) * box.module if rows else 0


def _modules(box: QrBox, scope: Scope) -> tuple[bytes, ...]:
    text = scope.fill_exactly(box.text)
    try:
        return qr_rows(text) if text else ()
    except ValueError as error:
        raise PaperValueInvalid(
            design=scope.design_name, field=box.text, reason=str(error)
        ) from error
