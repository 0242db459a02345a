"""The one truth for colours, type, strokes and times of the kiosk, read from `tokens.json`.

All measures are u: 1 u is the screen's width / 1080 in portrait. No Kivy in here, so that the rules
of the theme can be checked without a window.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

Rgba = tuple[float, float, float, float]

TEXT_CONTRAST_MIN = 4.5
PART_CONTRAST_MIN = 3.0

# (ink, ground): every pair that a text is drawn in.
TEXT_PAIRS = (
    ("ink", "bg"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "primary_soft"),
    ("ink", "ok_soft"),
    ("bg", "ink"),
    ("ink2", "bg"),
    ("ink2", "surface"),
    ("ink2", "sunken"),
    ("on_primary", "primary"),
    ("on_accent", "accent"),
    ("primary", "bg"),
    ("primary", "surface"),
    ("price", "bg"),
    ("price", "surface"),
    ("ok", "bg"),
    ("ok", "surface"),
    ("ok", "ok_soft"),
    ("on_warn", "warn"),
    ("error", "surface"),
    ("error", "error_soft"),
)
# (part, ground): borders, icons and seats that carry meaning.
PART_PAIRS = (
    ("outline", "bg"),
    ("outline", "surface"),
    ("outline", "sunken"),
    ("warn_part", "surface"),
    ("seat1", "surface"),
    ("seat2", "surface"),
    ("seat3", "surface"),
    ("seat4", "surface"),
    ("seat_access", "surface"),
    ("focus", "bg"),
)


class TypeRole(msgspec.Struct, frozen=True, kw_only=True):
    """How a text of one role is set.

    Attributes:
        normal, large: size in u, the second in large-text mode.
        bold: weight.
        latin: figures and codes, in Roboto whatever the language.
        leading_zh, leading_en: line height as a multiple of the size.
    """

    normal: int
    large: int
    bold: bool
    latin: bool
    leading_zh: float
    leading_en: float


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """`tokens.json`: theme -> token -> "#RRGGBB"; role -> TypeRole; sizes in u; times."""

    themes: dict[str, dict[str, str]]
    roles: dict[str, TypeRole]
    radius: dict[str, int]
    stroke: dict[str, int]
    target: dict[str, int]
    motion_ms: dict[str, int]
    time_s: dict[str, int]

    def colour(self, theme: str, token: str, alpha: float = 1.0) -> Rgba:
        """The colour of a token, each part 0 to 1."""
        text = self.themes[theme][token]
        red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue, alpha


@cache
def load_tokens() -> Tokens:
    """Read the tokens once; a broken file is a broken package, so errors are not caught."""
    text = resources.files("venue_kiosk").joinpath("tokens.json").read_bytes()
    return msgspec.json.decode(text, type=Tokens)


def measure_contrast(one: Rgba, other: Rgba) -> float:
    """The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgba) -> float:
    def straighten(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (straighten(part) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def darken(colour: Rgba, share: float) -> Rgba:
    """The pressed state of a fill: `share` darker (lighter where it is nearly black already)."""
    red, green, blue, alpha = colour
    if _luminance(colour) < 0.02:
        return (
            red + (1 - red) * share,
            green + (1 - green) * share,
            blue + (1 - blue) * share,
            alpha,
        )
    return red * (1 - share), green * (1 - share), blue * (1 - share), alpha
