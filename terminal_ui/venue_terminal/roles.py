"""What each kind of text on the console means, and the colours that say it.

A colour never stands alone: every state also has a glyph or a word, so the console is usable with
NO_COLOR=1.
"""

from __future__ import annotations

from rich.style import Style
from textual.theme import Theme

GROUND = "#10191B"
FALLBACK = "text"

# role: (foreground, background, bold)
COLOURS: dict[str, tuple[str, str, bool]] = {
    "text": ("#ECE8DD", GROUND, False),
    "dim": ("#93A3A1", GROUND, False),
    "strong": ("#FFFFFF", GROUND, True),
    "head": ("#7FD3C6", GROUND, True),
    "line": ("#3B5553", GROUND, False),
    "focus": ("#F2B450", GROUND, False),
    "title": ("#F2B450", GROUND, True),
    "key": ("#F2B450", GROUND, True),
    "bar": ("#DCEBE6", "#0A4A46", False),
    "bar_strong": ("#FFFFFF", "#0A4A46", True),
    "bar_alarm": ("#FFFFFF", "#A3241C", True),
    "bar_careful": ("#14201F", "#F0B45A", True),
    "chosen": ("#14201F", "#F2B450", True),
    "field": ("#FFFFFF", "#1E2F31", True),
    "field_dim": ("#93A3A1", "#1E2F31", False),
    "key_number": ("#F2B450", GROUND, True),
    "key_label": (GROUND, "#8FCFC4", False),
    "key_here": ("#FFFFFF", "#0A5A55", True),
    "key_confirm": ("#14201F", "#F2B450", True),
    "fine": ("#6FD695", GROUND, True),
    "careful": ("#F0B45A", GROUND, True),
    "wrong": ("#FF8B7E", GROUND, True),
    "alarm": ("#FFFFFF", "#A3241C", True),
    "allowed": ("#0D1F15", "#6FD695", True),
    "money": ("#FFC66B", GROUND, True),
    "tier1": ("#E39BCB", GROUND, True),
    "tier2": ("#7DBBF5", GROUND, True),
    "tier3": ("#F0B45A", GROUND, True),
    "tier4": ("#B5BDC8", GROUND, True),
    "gone": ("#64797A", GROUND, False),
    "held": ("#93A3A1", GROUND, False),
    "mine": ("#14201F", "#F2B450", True),
    "cursor": ("#10191B", "#DCEBE6", True),
    "stage": ("#7FD3C6", "#18302F", False),
    "bar_full": ("#7FD3C6", GROUND, False),
    "bar_peak": ("#F0B45A", GROUND, False),
    "bar_empty": ("#2C4143", GROUND, False),
    "paper": ("#000000", "#FFFFFF", False),
}


def style(role: str) -> Style:
    """The Rich style of a role; an unknown role looks like plain text."""
    return _STYLES.get(role, _STYLES[FALLBACK])


def _make(foreground: str, background: str, bold: bool) -> Style:
    return Style(color=foreground, bgcolor=background, bold=bold)


_STYLES: dict[str, Style] = {role: _make(*colours) for role, colours in COLOURS.items()}


# For the toolkit's own parts, such as the palette.
THEME = Theme(
    name="venue",
    primary=COLOURS["title"][0],
    secondary=COLOURS["head"][0],
    foreground=COLOURS["text"][0],
    background=GROUND,
    surface="#16211F",
    panel="#1E2F31",
    success=COLOURS["fine"][0],
    warning=COLOURS["careful"][0],
    error=COLOURS["wrong"][0],
    dark=True,
)
