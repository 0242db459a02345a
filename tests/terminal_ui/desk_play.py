"""Playing at the console: a real app, the fake venue, keys at a human pace, lines read back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.cells import cell_len
from textual.events import Key
from textual.pilot import Pilot
from venue_terminal.app import ConsoleApp
from venue_terminal.printing import Paper

from tests.terminal_ui.fake_venue import FakeVenue
from venue_suite.client import VenueClient
from venue_suite.seams import Seams


class PlayedConsole(ConsoleApp):
    """The console with a keyboard clock of the test's own."""

    keyboard_s = 0.0


@dataclass
class Play:
    """One console in a test."""

    app: PlayedConsole
    pilot: Pilot[int]
    venue: FakeVenue
    keys: int = 0

    async def press(self, *keys: str, gap_s: float = 0.25) -> None:
        """Press keys, so far apart from each other; each waits until the console is quiet."""
        for key in keys:
            self.keys += 1
            self._send(key, gap_s)
            await self.settle()

    async def press_at_once(self, *keys: str) -> None:
        """Keys at a human pace that don't wait for any answer."""
        for key in keys:
            self._send(key, 0.2)
            await self.pilot.pause()

    async def scan(self, code: str) -> None:
        """A scanner types the code and Enter, 2 ms a character."""
        self.keys += 1
        self.app.keyboard_s += 0.25
        for character in code:
            self._send(character, 0.002)
        self._send("enter", 0.002)
        await self.settle()

    def _send(self, key: str, gap_s: float) -> None:
        """One key, as the terminal's driver would send it."""
        self.app.keyboard_s += gap_s
        character = NAMES.get(key, key if len(key) == 1 else None)
        event = Key(key, character)
        event.time = self.app.keyboard_s
        self.app.screen.post_message(event)

    async def settle(self, seconds: float = 0.045) -> None:
        """Until letters have been used and answers are here; a lost link is not waited for."""
        await self.pilot.pause(seconds)
        for _ in range(20):
            if not any(worker.node is self.app.screen for worker in self.app.workers):
                break
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def until(self, check: Callable[[], object], timeout_s: float = 8.0) -> None:
        """Wait for something that takes the console a while."""
        for _ in range(int(timeout_s / 0.05)):
            if check():
                return
            await self.pilot.pause(0.05)
        raise AssertionError("it did not come:\n" + self.text())

    def lines(self) -> list[str]:
        """The screen as it is shown, row by row."""
        columns, rows = self.app.size
        found = [""] * rows
        for widget in self.app.screen.query("Panel"):
            if not widget.display or not widget.size:
                continue
            region = widget.region
            for row, line in enumerate(widget.canvas.lines()):  # type: ignore[attr-defined]
                y = region.y + row
                if 0 <= y < rows:
                    found[y] = _put(found[y], region.x, line)
        return [line + " " * (columns - cell_len(line)) for line in found]

    def text(self) -> str:
        return "\n".join(self.lines())


# Names of keys and what they type, where that is not the name itself.
NAMES = {
    "asterisk": "*",
    "enter": "\r",
    "full_stop": ".",
    "minus": "-",
    "number_sign": "#",
    "plus": "+",
    "question_mark": "?",
    "right_square_bracket": "]",
    "semicolon": ";",
    "slash": "/",
    "space": " ",
}


def _put(line: str, column: int, text: str) -> str:
    """Panels of one row come from left to right."""
    return line + " " * (column - cell_len(line)) + text


@contextlib.asynccontextmanager
async def played(
    venue: FakeVenue,
    state_dir: Path,
    *,
    language: str = "en",
    size: tuple[int, int] = (80, 24),
    paper: Paper | None = None,
    signed_in: bool = True,
) -> AsyncIterator[Play]:
    """A running console at window 2, signed in as C07."""

    async def connect() -> VenueClient:
        return VenueClient(venue.address)

    app = PlayedConsole(
        connect,
        language,
        station="Window 2",
        state_dir=state_dir,
        paper=paper,
    )
    started = app.venue_console.seams.time_s()
    app.venue_console.seams = Seams(
        time_s=lambda: venue.now.timestamp() + Seams().time_s() - started
    )
    async with app.run_test(size=size) as pilot:
        play = Play(app, pilot, venue)
        await play.until(lambda: app.venue_console.venue)
        if signed_in:
            await play.press_at_once("C", "0", "7", "enter", "4", "7", "1", "1", "enter")
            await play.until(lambda: app.venue_console.link.next_seq)
            await play.until(lambda: not app.screen.asked)
            play.keys = 0
        yield play


@dataclass
class FakePaper:
    """A printer that says what it is told to say. `printed`: designs, in order."""

    reason: str = ""
    outcomes: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    async def check(self) -> str:
        return self.reason

    async def print_sheet(self, design: str, values: Mapping[str, object]) -> str:
        self.printed.append(design)
        return self.outcomes.pop(0) if self.outcomes else "printed"
