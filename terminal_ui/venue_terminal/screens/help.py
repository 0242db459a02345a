"""F1: what the keys of the screen below do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen

EVERYWHERE: tuple[tuple[str, str], ...] = (
    ("F2 - F9", N_("the places, from anywhere; unsaved work is kept")),
    ("Ctrl+P", N_("every screen by name")),
    ("; digit", N_("the function key, where the terminal keeps it for itself")),
    ("Esc", N_("one step back; held seats stay held")),
    ("Ctrl+L", N_("lock; work stays as it is")),
    ("Ctrl+Q", N_("leave")),
)


class HelpScreen(ConsoleScreen):
    """A list of keys. Any key closes it."""

    def __init__(self, console: Console, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(console)
        self._title = title
        self._rows = rows

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="body")

    def submit(self, text: str) -> None:
        self.dismiss()

    def move(self, key: str) -> None:
        self.dismiss()

    def type(self, text: str) -> None:
        self.dismiss()

    def _draw(self, canvas: Canvas) -> None:
        say = self.console.say
        canvas.frame(self._title, say("any key closes this"), role="focus")
        row = 1
        for group in (self._rows, EVERYWHERE):
            for key, sentence in group:
                canvas.put(row, 2, key, "key", 22)
                canvas.put(row, 22, shorten(say(sentence), canvas.columns - 24))
                row += 1
            row += 1
