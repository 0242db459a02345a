"""What every screen of the console shares: the bars, answers, questions to the server.

A worker never touches a widget: it posts its result, and a handler of the screen takes it in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import msgspec
from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message

from venue_suite.domain.errors import VenueError
from venue_terminal.canvas import Canvas
from venue_terminal.cells import wrap
from venue_terminal.console import Console
from venue_terminal.roles import GROUND
from venue_terminal.screens.place import PlaceScreen
from venue_terminal.widgets.bars import Answer, draw_header, draw_keys
from venue_terminal.widgets.panel import Draw, Panel

T = TypeVar("T")

COLUMNS_MIN, ROWS_MIN = 80, 24
COLUMNS_WIDE = 120


class AnswerUnclear(VenueError):
    """The server's answer has another shape than this console knows."""

    code = "answer_unclear"
    http_status = 502  # whether something was done is not known
    default_template = (
        "The server's answer is not understood; is this console older than the server?"
    )


class Answered(Message):
    """A worker's result on its way to the screen that asked.

    Attributes:
        take: takes it in, called by the screen's handler.
        blocks: the next step has waited for it.
        error: why it was refused; None if it was not.
    """

    def __init__(self, take: Callable[[], None], blocks: bool, error: VenueError | None) -> None:
        super().__init__()
        self.take = take
        self.blocks = blocks
        self.error = error


class ConsoleScreen(PlaceScreen):
    """One place of the console, with its bars.

    Besides the keys, subclasses override `compose_body`, `confirm_label`, `tick` (each second),
    `arrive` (the screen comes to the front) and `resume` (an unfinished change).

    Args:
        console: what all screens share.
        place: the name that it is declared with.
    """

    DEFAULT_CSS = f"""
    ConsoleScreen {{ layout: vertical; background: {GROUND}; }}
    ConsoleScreen #header, ConsoleScreen #keys {{ height: 1; width: 100%; }}
    ConsoleScreen #too_small {{ display: none; }}
    ConsoleScreen.small > * {{ display: none; }}
    ConsoleScreen.small > #too_small {{ display: block; }}
    ConsoleScreen Horizontal {{ height: 1fr; }}
    ConsoleScreen Vertical {{ width: 1fr; }}
    """

    def __init__(self, console: Console, place: str = "") -> None:
        super().__init__(place)
        self.console = console
        self.answer = Answer()

    # --- for subclasses --------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """Everything between the header and the keys."""
        yield from ()

    # --- shared ----------------------------------------------------------------------------

    def panel(self, draw: Draw, *, id: str = "", classes: str = "") -> Panel:  # noqa: A002
        """A panel of this screen."""
        glyphs = self.console_app.glyphs
        return Panel(draw, id=id or None, classes=classes or None, glyphs=glyphs)

    def tell(self, text: str, role: str = "text") -> None:
        self.answer = Answer(text, role)
        self.redraw()

    def tell_error(self, error: VenueError) -> None:
        """Show a refusal, or that the answer did not come."""
        self.tell(self.console.explain(error), "wrong")

    def redraw(self) -> None:
        for panel in self.query(Panel):
            panel.redraw()

    def ask(
        self,
        call: Coroutine[Any, Any, T],
        then: Callable[[T], None],
        refused: Callable[[VenueError], None] | None = None,
        *,
        blocks: bool = False,
    ) -> None:
        """Wait for the server in a worker; the outcome comes back as a message to this screen.

        Args:
            call: the request.
            then: takes the answer, in this screen's handler.
            refused: takes a refusal or `ServerAway`; the default shows it.
            blocks: Enters are kept until the answer is here, then they go on; a refusal drops them.
        """
        self.asked += blocks
        self.run_worker(self._work(call, then, refused or self.tell_error, blocks))

    async def _work(
        self,
        call: Coroutine[Any, Any, T],
        then: Callable[[T], None],
        refused: Callable[[VenueError], None],
        blocks: bool,
    ) -> None:
        started_s = time.monotonic()
        try:
            value = await call
        except VenueError as error:
            self.post_message(Answered(partial(refused, error), blocks, error))
        except msgspec.MsgspecError:
            unclear = AnswerUnclear()
            self.post_message(Answered(partial(refused, unclear), blocks, unclear))
        else:
            self.console.link.measure(time.monotonic() - started_s, self.console.now_s())
            self.post_message(Answered(partial(then, value), blocks, None))

    def on_answered(self, message: Answered) -> None:
        message.stop()
        self.asked -= message.blocks
        if message.error is not None:
            self.console_app.typed_ahead.clear()
        message.take()
        self.redraw()
        if message.error is not None:
            self.console_app.check_session(message.error)
        self.console_app.go_on()

    # --- the terminal ----------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.panel(lambda canvas: draw_header(canvas, self.console), id="header")
        yield from self.compose_body()
        yield self.panel(self._draw_keys, id="keys")
        yield self.panel(self._draw_too_small, id="too_small")

    def _draw_keys(self, canvas: Canvas) -> None:
        draw_keys(canvas, self.console, self.place, self.confirm_label())

    def _draw_too_small(self, canvas: Canvas) -> None:
        words = self.console.say(
            "This terminal has {size} cells; the console needs {needed}. Please make it larger.",
            size=f"{self.size.width} x {self.size.height}",
            needed=f"{COLUMNS_MIN} x {ROWS_MIN}",
        )
        for row, line in enumerate(wrap(words, max(8, canvas.columns - 2))):
            canvas.put(row + 1, 1, line, "careful")

    def on_resize(self, event: Resize) -> None:
        small = event.size.width < COLUMNS_MIN or event.size.height < ROWS_MIN
        self.set_class(small, "small")
        self.set_class(event.size.width >= COLUMNS_WIDE, "wide")

    def on_screen_resume(self) -> None:
        self.arrive()
        self.redraw()
