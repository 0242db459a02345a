"""The keyboard of a screen: one line to type in, letters that act, scans, function keys."""

from __future__ import annotations

from collections import deque
from typing import ClassVar, Protocol, cast

from textual.events import Key, Paste
from textual.screen import Screen
from textual.timer import Timer

from venue_terminal.cells import clean
from venue_terminal.keys import Entered, Function, KeyReader, Moved, Reading, Scanned, Typed

LINE_LENGTH_MAX = 512
MNEMONIC_WAIT_S = 0.03  # longer than a scanner's gap: the first letter of a scan is no command


class KeyboardApp(Protocol):
    """What the keyboard asks of the app, which all screens share.

    Attributes:
        keys: reads the keyboard.
        typed_ahead: Enters with their lines, kept while an answer is awaited.
    """

    keys: KeyReader
    typed_ahead: deque[str]

    def key_time_s(self, event: Key) -> float:
        """When a key arrived, in monotonic seconds."""

    def press_function(self, number: int) -> None:
        """F1 to F10, and the palette as 0."""

    def open_scan(self, code: str) -> None:
        """A code was scanned where nobody expects one: show what it is."""


class KeyboardScreen(Screen[None]):
    """A screen whose keys go into one line; the focus never wanders.

    Subclasses override `submit`, `scan`, `mnemonic`, `move` and `confirm`.
    """

    AUTO_FOCUS = ""
    mnemonics: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.typed = ""
        self.asked = 0  # answers that must come before the next step
        self._waiting_letter: tuple[str, Timer] | None = None

    # --- for subclasses --------------------------------------------------------------------

    def submit(self, text: str) -> None:
        """Enter was pressed with this text in the line, which is empty now."""

    def scan(self, code: str) -> None:
        """A code was scanned on this screen."""
        self.console_app.open_scan(code)

    def mnemonic(self, letter: str) -> bool:
        """One of `mnemonics` was typed on an empty line. Returns False to let it be typed."""
        return False

    def move(self, key: str) -> None:
        """Another key, by Textual's name: `up`, `escape`, `delete`."""

    def confirm(self) -> None:
        """F10."""

    def redraw(self) -> None:
        """Something in the state has changed."""

    # --- keys ------------------------------------------------------------------------------

    @property
    def console_app(self) -> KeyboardApp:
        return cast(KeyboardApp, self.app)

    def on_paste(self, event: Paste) -> None:
        event.stop()
        self.type(clean(event.text))

    def on_key(self, event: Key) -> None:
        if event.key.startswith(("ctrl+", "super+", "alt+")):
            return  # the app's own bindings: palette, lock, leave
        event.stop()
        event.prevent_default()
        reading = self.console_app.keys.read(
            event.key, event.character, self.console_app.key_time_s(event)
        )
        self._settle_letter(reading)
        match reading:
            case Typed(character):
                self._take_character(character)
            case Entered():
                self.enter()
            case Scanned(code):
                self.typed = self.typed[: max(0, len(self.typed) - len(code))]
                self.scan(code)
            case Function(number):
                self.console_app.press_function(number)
            case Moved("backspace"):
                self.typed = self.typed[:-1]
            case Moved(key):
                self.move(key)
        self.redraw()

    def enter(self) -> None:
        """The next step with what stands in the line; kept for later while an answer is awaited."""
        text, self.typed = self.typed, ""
        if self.asked:
            self.console_app.typed_ahead.append(text)
        else:
            self.submit(text)

    def type(self, text: str) -> None:
        """Add to the line."""
        self.typed = (self.typed + text)[:LINE_LENGTH_MAX]
        self.redraw()

    def _take_character(self, character: str) -> None:
        if not self.typed and character.casefold() in self.mnemonics:
            timer = self.set_timer(MNEMONIC_WAIT_S, self._use_letter)
            self._waiting_letter = (character, timer)
        else:
            self.type(character)

    def _settle_letter(self, reading: Reading) -> None:
        """Before the next key: the letter that waits is the start of a scan, or it is used now."""
        if self._waiting_letter is None:
            return
        if isinstance(reading, Typed) and reading.fast:
            character, timer = self._waiting_letter
            timer.stop()
            self._waiting_letter = None
            self.type(character)
        else:
            self._use_letter()

    def _use_letter(self) -> None:
        if self._waiting_letter is None:
            return
        character, timer = self._waiting_letter
        timer.stop()
        self._waiting_letter = None
        if not self.mnemonic(character.casefold()):
            self.type(character)
        self.redraw()
