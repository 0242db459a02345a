"""The base of all screens: one question each, in one frame."""

from __future__ import annotations

from collections.abc import Sequence

from venue_kiosk.bare_screen import BareScreen
from venue_kiosk.look import STAGE_WIDTH_U
from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button, Tap
from venue_kiosk.widgets.frame import (
    CONTENT_WIDTH_U,
    MARGIN_U,
    ActionBar,
    Banner,
    Rail,
    StepsBar,
    Strip,
    Tool,
)
from venue_kiosk.widgets.shapes import draw_box
from venue_kiosk.widgets.text import Text

STRIP_TOP_U = 28
STEPS_TOP_U = 116
QUESTION_TOP_U = 214
BANNER_TOP_U = 104
LOW_CONTROLS_U = 848.0


class Screen(BareScreen):
    """One screen in the frame: head, question, action bar and rail."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.look)
        self.shell = shell
        self._strip: Strip | None = None

    def reload(self) -> None:
        self._strip = None
        super().reload()

    def tell_time(self) -> None:
        if self._strip is not None:
            self._strip.tell(*self.shell.say_now())

    # --- the frame -------------------------------------------------------------------------

    def put_ground(self) -> None:
        draw_box(self, (0, 0, STAGE_WIDTH_U, self.height_u), self.look.colour("bg"))

    def put_head(self, steps: Sequence[str] = (), current: int = -1) -> float:
        """Ground, strip, steps, and the banner if something is off.

        Returns:
            Where the question begins, in u from the top.
        """
        self.put_ground()
        banner = self.make_banner()
        if banner is not None and steps:
            # The banner takes the place of what is information only, so that nothing below moves.
            return max(float(QUESTION_TOP_U), self.put(banner, 0, 0) + 10)
        self._strip = Strip(self.look, self.shell.venue_name(), *self.shell.say_now())
        self.put(self._strip, MARGIN_U, STRIP_TOP_U)
        if banner is not None:
            return self.put(banner, 0, BANNER_TOP_U) + 36
        if not steps:
            return 128
        bar = StepsBar(self.look, [self.look.say(step) for step in steps], current)
        self.put(bar, MARGIN_U, STEPS_TOP_U)
        return 172 if self.look.needs.large else QUESTION_TOP_U

    def make_banner(self) -> Banner | None:
        """The banner that is due now, without a place."""
        words = self.shell.banner
        if words is None:
            return None
        title, detail = self.look.say(words.title), self.look.say(words.detail)
        return Banner(self.look, title, detail, icon=words.icon, tone=words.tone)

    def control_top(self, y: float) -> float:
        """Where controls may begin: at `y`, or below the line that is reached from a seat."""
        return max(y, LOW_CONTROLS_U) if self.look.needs.low else y

    def put_question(
        self,
        text: str,
        y: float,
        *,
        size_u: float = 0,
        note: str = "",
        width: float = CONTENT_WIDTH_U,
    ) -> float:
        """The one question, and a quieter line below it; returns the lower edge."""
        look = self.look
        size_u = 0 if look.needs.large else size_u
        question = Text(look, "question", text, size_u=size_u, lines_max=2)
        y = self.put(question, MARGIN_U, y, width)
        if note:
            y = self.put(Text(look, "label", note, "ink2"), MARGIN_U, y + 4, CONTENT_WIDTH_U)
        return y

    def put_bar(
        self,
        *,
        on_back: Tap = None,
        middle: Sequence[Text] = (),
        actions: Sequence[Button] = (),
        shares: Sequence[float] = (),
    ) -> None:
        bar = ActionBar(self.look, on_back=on_back, middle=middle, actions=actions, shares=shares)
        self.put(bar, 0, self.look.bar_top_u)

    def put_rail(self, first: str = "home") -> None:
        """The rail; `first` is `home`, `end` or empty (printing)."""
        self.put(
            Rail(self.look, self.rail_tools(first)), 0, self.height_u - self.look.rail_height_u
        )

    def rail_tools(self, first: str = "") -> list[Tool]:
        """The tools in their one order."""
        look, shell = self.look, self.shell
        tools = []
        if first == "home":
            tools.append(Tool("rail/home", "home", look.say("Home"), shell.end))
        elif first == "end":
            tools.append(Tool("rail/end", "stop", look.say("End"), shell.end))
        if len(look.languages) > 1:
            own_name = {"zh": "中文", "en": "English"}
            label = own_name.get(look.other_language, look.say("Language"))
            tools.append(Tool("rail/language", "globe", label, shell.switch_language))
        tools.append(Tool("rail/access", "access", look.say("Access"), shell.open_access))
        tools.append(Tool("rail/staff", "bell", look.say("Call staff"), shell.call_staff))
        return tools
