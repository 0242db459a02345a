"""What a stream of keys means: typing, a scan, a function key, or a bounced Enter.

Pure: times come with the keys, so the rules can be tested without waiting.
"""

from __future__ import annotations

from dataclasses import dataclass

SCAN_GAP_S = 0.020  # a scanner types faster than any hand
SCAN_LENGTH_MIN = 8  # and sends more than a hand types between two frames of a slow line
ENTER_GAP_S = 0.120  # two Enters closer than this are one: a bounce or a stuck key
PREFIX = ";"  # for terminals that keep function keys for themselves


@dataclass(frozen=True, slots=True)
class Typed:
    """A character for the line. `fast`: it came within a scanner's gap of the one before."""

    character: str
    fast: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """Enter: the next step."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan ended; its `len(code)` characters were reported as typed and must leave the line."""

    code: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function key, 1 to 12, or the palette (0)."""

    number: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Any other key, by Textual's name: `up`, `escape`, `delete`."""

    key: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing happens: the first half of a two-key function key, or a bounced Enter."""


Reading = Typed | Entered | Scanned | Function | Moved | Ignored


class KeyReader:
    """Reads one keyboard, for all screens: an Enter can't bounce from one to the next."""

    def __init__(self) -> None:
        self._burst = ""
        self._last_s = float("-inf")
        self._last_enter_s = float("-inf")
        self._prefixed = False

    def read(self, key: str, character: str | None, at_s: float) -> Reading:
        """One key.

        Args:
            key: Textual's name of it.
            character: what it types, if anything.
            at_s: monotonic seconds.
        """
        fast = at_s - self._last_s < SCAN_GAP_S
        self._last_s = at_s
        if key == "enter":
            return self._read_enter(at_s, fast)
        if key.startswith("f") and key[1:].isdigit():
            self._burst = ""
            return Function(int(key[1:]))
        if character and character.isprintable():
            return self._read_character(character, fast)
        self._burst = ""
        self._prefixed = False
        return Moved(key)

    def _read_enter(self, at_s: float, fast: bool) -> Reading:
        burst, self._burst = self._burst, ""
        self._prefixed = False
        # Also an ignored Enter counts, so that a key that is stuck never gets through.
        bounced = at_s - self._last_enter_s < ENTER_GAP_S
        self._last_enter_s = at_s
        if fast and len(burst) >= SCAN_LENGTH_MIN:
            return Scanned(burst)
        return Ignored() if bounced else Entered()

    def _read_character(self, character: str, fast: bool) -> Reading:
        if self._prefixed and not fast:
            self._prefixed = False
            if character.isdigit():
                return Function(int(character) or 10)
            if character.casefold() == "p":
                return Function(0)
        elif character == PREFIX and not fast:
            self._prefixed = True
            self._burst = ""
            return Ignored()
        self._burst = self._burst + character if fast else character
        return Typed(character, fast)
