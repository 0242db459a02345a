"""Boards (F9 F9): how the venue does, live, from the parts that plugins declare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Resize

from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact
from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten
from venue_terminal.console import Console
from venue_terminal.declarations import Board, BoardDeclaration
from venue_terminal.screens.base import ROWS_MIN, ConsoleScreen
from venue_terminal.widgets.bars import GLYPHS, draw_answer
from venue_terminal.widgets.panel import Panel

BOARDS = "venue.boards"
REFRESH_S = 30  # figures that no fact tells of, such as the hour


@dataclass(slots=True)
class _Part:
    """A part of the boards and how fresh it is."""

    declared: BoardDeclaration
    board: Board
    panel: Panel | None = None
    is_stale: bool = True
    is_asked: bool = False

    def take(self, answer: object) -> None:
        self.is_asked = False
        self.board.take(answer)


class BoardsScreen(ConsoleScreen):
    """Parts beside and below each other; at the bottom what needs somebody and what happens."""

    help_rows: ClassVar = (("F9", N_("the day report, and back")),)
    DEFAULT_CSS = """
    BoardsScreen Horizontal { height: auto; }
    BoardsScreen #notes { height: 1fr; min-height: 4; }
    BoardsScreen #foot { height: 1; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self._parts = [_Part(one, one.make()) for one in console.plugins.register_boards(console)]
        self._ticks = 0
        console.listeners.append(self._hear)

    def compose_body(self) -> ComposeResult:
        narrow = [part for part in self._parts if not part.declared.wide]
        for first in range(0, len(narrow), 2):
            with Horizontal():
                for part in narrow[first : first + 2]:
                    yield self._show(part)
        for part in self._parts:
            if part.declared.wide:
                yield self._show(part)
        yield self.panel(self._draw_notes, id="notes")
        yield self.panel(self._draw_foot, id="foot")

    def _show(self, part: _Part) -> Panel:
        part.panel = self.panel(part.board.draw)
        part.panel.styles.height = part.declared.rows
        return part.panel

    def on_resize(self, event: Resize) -> None:
        """Half of what a larger terminal has goes to the wide parts, half to what happens."""
        wide = [part for part in self._parts if part.declared.wide]
        more = max(0, event.size.height - ROWS_MIN) // 2 // max(1, len(wide))
        for part in wide:
            if part.panel is not None:
                part.panel.styles.height = part.declared.rows + more

    # --- figures ---------------------------------------------------------------------------

    def arrive(self) -> None:
        for part in self._parts:
            part.is_stale = True
            if part.panel is not None:
                part.panel.display = self.console.may(part.declared.permission)
        self._refresh()

    def tick(self) -> None:
        self._ticks += 1
        if self._ticks % REFRESH_S == 0:
            for part in self._parts:
                part.is_stale = True
        self._refresh()
        super().tick()

    def _hear(self, fact: Fact) -> None:
        for part in self._parts:
            part.is_stale |= part.board.hear(fact)

    def _refresh(self) -> None:
        """Ask for what is old, each part at most once at a time and once a second."""
        if not self.console.link.is_up:
            return
        for part in self._parts:
            if part.is_stale and not part.is_asked and self.console.may(part.declared.permission):
                part.is_stale, part.is_asked = False, True
                self.ask(part.board.ask(), part.take, partial(self._refuse, part))

    def _refuse(self, part: _Part, error: VenueError) -> None:
        part.is_asked = False
        self.tell_error(error)

    # --- drawing ---------------------------------------------------------------------------

    def _draw_notes(self, canvas: Canvas) -> None:
        draw_notes(canvas, self.console)

    def _draw_foot(self, canvas: Canvas) -> None:
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
            return
        say = self.console.say
        canvas.run(0, 1, ("Ctrl+P", "key"), (f" {say('commands')}", "dim"))
        at = f"{self.console.local(self.console.now()):%H:%M:%S}"
        canvas.right(0, canvas.columns - 1, say("as of {time}", time=at), "dim")


def draw_notes(canvas: Canvas, console: Console) -> None:
    """Calls and troubles first, then what happens; newest first."""
    say = console.say
    urgent = [one for one in console.notes if one[1].role in ("careful", "wrong")]
    others = [one for one in console.notes if one[1].role not in ("careful", "wrong")]
    note = str(len(urgent)) if urgent else ""
    canvas.frame(say("Needs somebody, and what happens"), note, note_role="careful")
    if not console.notes:
        canvas.put(1, 2, say("quiet so far"), "dim")
    for row, (at, one) in enumerate((*urgent, *others)[: canvas.rows - 2], start=1):
        canvas.put(row, 2, fit(GLYPHS.get(one.role, ""), 2), one.role)
        canvas.put(row, 5, f"{console.local(at):%H:%M:%S}", "dim")
        canvas.put(row, 15, shorten(one.text, canvas.columns - 17), one.role)
