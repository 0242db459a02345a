"""How the kiosk looks and speaks at this moment: size, theme, language, the visitor's needs.

One `Look` belongs to one window. Whatever draws asks it; whoever changes it calls `change`, and the
shell draws the present screen anew. No Kivy in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from venue_kiosk.theme import Rgba, load_tokens

STAGE_WIDTH_U = 1080
STAGE_HEIGHT_U = 1920
RAIL_HEIGHT_U = 136
RAIL_HEIGHT_LARGE_U = 172
BAR_HEIGHT_U = 208


class Speaker(Protocol):
    """What turns an English sentence into the visitor's language (`venue_suite.texts.Texts`)."""

    def say(self, text: str, language: str, /, **params: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class Needs:
    """What a visitor asked for in the access panel; all off again for the next visitor.

    Attributes:
        large: large text.
        contrast: the high-contrast theme.
        low: controls in the lower part only.
        slow: twice the time before the kiosk asks "Are you still there?".
    """

    large: bool = False
    contrast: bool = False
    low: bool = False
    slow: bool = False


class Look:
    """Sizes, colours and words for whatever draws.

    Args:
        speaker: translations.
        languages: codes that a visitor may choose, the default first.
        theme: `light` or `dark`; the contrast theme is a visitor's need.

    Attributes:
        u: pixels of one u.
        height_u: height of the stage; its width is always 1080 u.
        tokens: sizes, times and type roles that need no rule.
        is_still: no movement (software rendering, tests, reduced motion).
    """

    def __init__(
        self, speaker: Speaker, languages: tuple[str, ...] = ("zh", "en"), theme: str = "light"
    ) -> None:
        self.speaker = speaker
        self.languages = languages
        self.language = languages[0]
        self.day_theme = theme
        self.needs = Needs()
        self.u = 0.5
        self.height_u = float(STAGE_HEIGHT_U)
        self.is_still = True
        self.revision = 0
        self.tokens = load_tokens()
        self._watchers: list[Callable[[], None]] = []

    # --- changes ---------------------------------------------------------------------------

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after each change."""
        self._watchers.append(watcher)

    def change(self, *, language: str = "", theme: str = "", needs: Needs | None = None) -> None:
        """Change some of it and tell the watchers, if anything is different now."""
        before = (self.language, self.day_theme, self.needs)
        self.language = language or self.language
        self.day_theme = theme or self.day_theme
        self.needs = needs or self.needs
        if before != (self.language, self.day_theme, self.needs):
            self._tell()

    def toggle(self, need: str) -> None:
        """Switch one of the visitor's needs, for example `large`."""
        self.change(needs=replace(self.needs, **{need: not getattr(self.needs, need)}))

    def reset(self) -> None:
        """For the next visitor: the venue's language and no special needs."""
        self.change(language=self.languages[0], needs=Needs())

    def fit(self, width_px: float, height_px: float) -> None:
        """Take a window's size: the stage is 1080 u wide and at least 1920 u high."""
        u = min(width_px / STAGE_WIDTH_U, height_px / STAGE_HEIGHT_U)
        height_u = height_px / u
        if (u, height_u) != (self.u, self.height_u):
            self.u, self.height_u = u, height_u
            self._tell()

    def _tell(self) -> None:
        self.revision += 1
        for watcher in self._watchers:
            watcher()

    # --- what to draw with -----------------------------------------------------------------

    @property
    def theme(self) -> str:
        return "contrast" if self.needs.contrast else self.day_theme

    @property
    def other_language(self) -> str:
        """With two languages, the one that the rail offers; else empty."""
        others = [code for code in self.languages if code != self.language]
        return others[0] if len(others) == 1 else ""

    @property
    def rail_height_u(self) -> int:
        return RAIL_HEIGHT_LARGE_U if self.needs.large else RAIL_HEIGHT_U

    @property
    def bar_top_u(self) -> float:
        """Where the action bar begins, in u from the top."""
        return self.height_u - self.rail_height_u - BAR_HEIGHT_U

    def colour(self, token: str, alpha: float = 1.0) -> Rgba:
        return self.tokens.colour(self.theme, token, alpha)

    def size_u(self, role: str) -> int:
        """Type size of a role, in u."""
        found = self.tokens.roles[role]
        return found.large if self.needs.large else found.normal

    def leading(self, role: str) -> float:
        found = self.tokens.roles[role]
        return found.leading_zh if self.language == "zh" else found.leading_en

    def radius_u(self, name: str) -> int:
        return self.tokens.radius[name]

    def stroke_u(self, name: str) -> int:
        return self.tokens.stroke[name]

    def motion_s(self, name: str) -> float:
        """How long a movement takes, in seconds; 0 while the look is still."""
        return 0.0 if self.is_still else self.tokens.motion_ms[name] / 1000

    def say(self, text: str, /, **params: object) -> str:
        """An English sentence in the visitor's language."""
        return self.speaker.say(text, self.language, **params)

    def px(self, measure_u: float) -> int:
        """Whole pixels of a measure, so that edges are sharp."""
        return round(measure_u * self.u)
