"""What plugins declare the console's places, boards and notes with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from venue_suite.domain.facts import Fact
from venue_terminal.canvas import Canvas
from venue_terminal.screens.place import PlaceScreen


@dataclass(frozen=True, slots=True)
class ScreenDeclaration:
    """One place of the console.

    Attributes:
        name: unique, for example `sales.sell`.
        title: English sentence, key of its translation; stands in the palette.
        label: at most eight cells, for the key bar.
        key: its function key, 2 to 9; places that share one take turns. 0: only the palette or
            other screens lead there.
        permission: staff without it don't see the place.
        make: makes the screen, a `ConsoleScreen` as a rule, when it is first opened.
        codes: what else finds it in the palette, for example `vr` for "voucher receive".
        listed: False for steps inside a piece of work, such as a tender.
        opens_scans: a code that is scanned on any other screen is shown here.
    """

    name: str
    title: str
    label: str
    key: int
    permission: str
    make: Callable[[], PlaceScreen]
    codes: tuple[str, ...] = ()
    listed: bool = True
    opens_scans: bool = False


class Board(Protocol):
    """A part of the boards screen: it asks the venue, keeps the answer, and draws it."""

    def ask(self) -> Coroutine[Any, Any, Any]:
        """The request for fresh figures; its answer goes to `take`."""
        ...

    def take(self, answer: Any) -> None:
        """Keep an answer."""
        ...

    def hear(self, fact: Fact) -> bool:
        """Take in a fact of the feed. Returns True if fresh figures are needed."""
        ...

    def draw(self, canvas: Canvas) -> None:
        """Draw with frame and title."""
        ...


@dataclass(frozen=True, slots=True)
class BoardDeclaration:
    """One part of the boards screen.

    Attributes:
        name: unique, for example `reports.today`.
        order: parts stand in this order, small numbers first.
        wide: over the whole width; else two stand beside each other.
        rows: its height at 24 rows, frame included; larger terminals give more to wide parts.
        permission: staff without it don't see the part.
        make: makes it, when the screen is first opened.
    """

    name: str
    order: int
    wide: bool
    rows: int
    permission: str
    make: Callable[[], Board]


@dataclass(frozen=True, slots=True)
class Note:
    """A fact in words, for the live line. `role` is a colour role."""

    text: str
    role: str = "text"
