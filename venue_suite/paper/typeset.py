"""Fits text into boxes: cleans it, measures it, shrinks it, breaks it into lines, cuts it.

Widths are worked out from advances at one large size, so that a line can be fitted by a division
instead of trying sizes. Latin kerning is left out: at 203 dpi it is below a dot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from venue_suite.typefaces import Weight, typeface

_UNITS = 1000  # the size at which advances are measured
_MARKS_MAX = 2  # combining marks on one letter; more would climb into other boxes
SIZE_MIN = 20  # dots, 2.5 mm: nothing is shrunk below what people can read
TEXT_MAX = 2000  # characters of one value that are looked at

# Signs that may not begin or end a line of Chinese.
_NO_START = frozenset("，。、；：？！）》」』】〕’”…—～·％°,.;:?!)]}%")
_NO_END = frozenset("（《「『【〔‘“([{¥$€£")
_ELLIPSIS = "…"
_WIDE_SPACE = "\u3000"  # Chinese texts separate with it on purpose


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is set.

    Attributes:
        pieces: (text, weight), in order.
        width: in dots.
    """

    pieces: tuple[tuple[str, Weight], ...]
    width: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """A paragraph that is set: its lines, the size they need, and whether text was lost."""

    lines: tuple[Line, ...]
    size: int
    is_cut: bool


@lru_cache(maxsize=4096)
def clean_text(text: str) -> str:
    """Text as it can be printed: one line, no control or unassigned characters, few marks."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[:TEXT_MAX]):
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        if char == _WIDE_SPACE:
            kept.append(char)
        elif category.startswith("Z") or char in "\t\r\n":
            if kept and kept[-1] != " ":
                kept.append(" ")
        elif not (category.startswith("C") or _is_selector(char)) and marks <= _MARKS_MAX:
            kept.append(char)
    return "".join(kept).strip()


def _is_selector(char: str) -> bool:
    """Variation selectors ask for another drawing; a face that lacks them shows a box."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


@lru_cache(maxsize=16384)
def _advance(char: str, weight: Weight) -> float:
    """The width of a character as a share of the size."""
    return typeface("sans", weight, _UNITS).getlength(char) / _UNITS


@lru_cache(maxsize=4)
def vertical_metrics(weight: Weight) -> tuple[float, float]:
    """Ascent and descent of the face as shares of the size, both positive."""
    ascent, descent = typeface("sans", weight, _UNITS).getmetrics()
    return ascent / _UNITS, descent / _UNITS


def join_runs(
    runs: Sequence[tuple[str, Weight]],
) -> tuple[tuple[str, Weight], ...]:
    """Parts of a paragraph set one after another; Latin sentences get a space between them."""
    joined: list[tuple[str, Weight]] = []
    for text, weight in runs:
        if not text:
            continue
        is_latin = joined and not (_is_wide(joined[-1][0][-1]) or _is_wide(text[0]))
        needs_space = is_latin and " " not in (joined[-1][0][-1], text[0])
        joined.append((" " + text if needs_space else text, weight))
    return tuple(joined)


def advances(text: str, weight: Weight, size: int, tracking: float) -> list[float]:
    """How far each character moves the pen, in dots."""
    return [(_advance(char, weight) + tracking) * size for char in text]


def natural_width(pieces: tuple[tuple[str, Weight], ...], size: int, tracking: float) -> int:
    """The dots that the text needs in one line."""
    total = sum(_advance(char, weight) + tracking for text, weight in pieces for char in text)
    return int(total * size + 0.999)


@lru_cache(maxsize=2048)
def fit(
    pieces: tuple[tuple[str, Weight], ...],
    size: int,
    tracking: float,
    width: int,
    lines_max: int,
    shrink: float,
) -> Fitted:
    """Set a paragraph in a box.

    First one line is tried, down to `shrink` of the size; then up to `lines_max` lines at the
    largest size that takes the whole text; then it is cut with an ellipsis.

    Args:
        pieces: (clean text, weight) in order.
        size: wanted height of the em, in dots.
        tracking: added to each character, as a share of the size.
        width: of the box, in dots.
        lines_max: how many lines are allowed, at least 1.
        shrink: smallest allowed share of `size`, but never below `SIZE_MIN`.
    """
    chars = [(char, weight) for text, weight in pieces for char in text]
    ems = [_advance(char, weight) + tracking for char, weight in chars]
    smallest = max(int(size * shrink), min(size, SIZE_MIN))
    total = sum(ems)
    if total * smallest <= width:
        fitting = min(size, int(width / total)) if total > 0 else size
        return Fitted((_line(chars, ems, fitting),), fitting, is_cut=False)
    for tried in range(size, smallest - 1, -max(1, size // 24)):
        spans = _break(chars, [em * tried for em in ems], width)
        if len(spans) <= lines_max:
            return _set(chars, ems, spans, tried)
    spans = _break(chars, [em * smallest for em in ems], width)
    if len(spans) <= lines_max:
        return _set(chars, ems, spans, smallest)
    return _cut(chars, ems, spans[:lines_max], smallest, width, tracking)


def _set(
    chars: list[tuple[str, Weight]], ems: list[float], spans: list[tuple[int, int]], size: int
) -> Fitted:
    lines = tuple(_line(chars[start:end], ems[start:end], size) for start, end in spans)
    return Fitted(lines, size, is_cut=False)


def _cut(
    chars: list[tuple[str, Weight]],
    ems: list[float],
    spans: list[tuple[int, int]],
    size: int,
    width: int,
    tracking: float,
) -> Fitted:
    """The lines that there is room for, the last one ending in an ellipsis."""
    start, end = spans[-1]
    weight = chars[start][1]
    dots = _advance(_ELLIPSIS, weight) + tracking
    while end > start and (sum(ems[start:end]) + dots) * size > width:
        end -= 1
    whole = _set(chars, ems, spans[:-1], size).lines
    last = _line([*chars[start:end], (_ELLIPSIS, weight)], [*ems[start:end], dots], size)
    return Fitted((*whole, last), size, is_cut=True)


def _line(chars: list[tuple[str, Weight]], ems: list[float], size: int) -> Line:
    pieces: list[tuple[str, Weight]] = []
    for char, weight in chars:
        if pieces and pieces[-1][1] == weight:
            pieces[-1] = (pieces[-1][0] + char, weight)
        else:
            pieces.append((char, weight))
    return Line(tuple(pieces), int(sum(ems) * size + 0.999))


def _break(
    chars: list[tuple[str, Weight]], widths: list[float], width: int
) -> list[tuple[int, int]]:
    """Where lines start and end (without the spaces at breaks)."""
    spans: list[tuple[int, int]] = []
    start, allowed, used = 0, 0, 0.0
    index = 0
    while index < len(chars):
        if index > start and _may_break(chars[index - 1][0], chars[index][0]):
            allowed = index
        used += widths[index]
        if used > width and index > start and chars[index][0] != " ":
            # A word longer than the line is broken where it meets the edge.
            end = allowed if allowed > start else index
            spans.append((start, _without_spaces(chars, start, end)))
            start, used, index = end, 0.0, end
            continue
        index += 1
    if start < len(chars):
        spans.append((start, _without_spaces(chars, start, len(chars))))
    return spans


def _without_spaces(chars: list[tuple[str, Weight]], start: int, end: int) -> int:
    while end > start + 1 and chars[end - 1][0] in (" ", _WIDE_SPACE):
        end -= 1
    return end


@lru_cache(maxsize=8192)
def _may_break(before: str, after: str) -> bool:
    if after == " " or before in _NO_END or after in _NO_START:
        return False
    return before == " " or _is_wide(before) or _is_wide(after)


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
