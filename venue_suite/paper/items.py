"""What a laid out paper consists of: things with a place, in dots from its top left corner."""

from __future__ import annotations

from dataclasses import dataclass

from venue_suite.typefaces import Weight

QUIET_MODULES = 4


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fill:
    """A rectangle of ink, or of bare paper."""

    area: Area
    is_ink: bool


@dataclass(frozen=True, slots=True)
class Dashes:
    """A broken line: `on` dots of ink, `off` dots of paper, from the left."""

    area: Area
    on: int
    off: int
    is_ink: bool


@dataclass(frozen=True, slots=True)
class Text:
    """One line or a part of it in one weight. `area` is its share of the line's room."""

    area: Area
    baseline: int
    text: str
    weight: Weight
    size: int
    tracking: float
    is_ink: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code; `area` includes its quiet zone, which is never inked."""

    area: Area
    module: int
    rows: tuple[bytes, ...]  # one byte a module, 1 is dark, without quiet zone


@dataclass(frozen=True, slots=True)
class Picture:
    area: Area
    file: str
    is_ink: bool


Item = Fill | Dashes | Text | Code | Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """A laid out paper.

    Attributes:
        width, height: dots.
        items: in the order in which they are drawn.
        cut_texts: texts that had to lose their end.
    """

    width: int
    height: int
    items: tuple[Item, ...]
    cut_texts: tuple[str, ...]
