"""Every hook that the console calls, and what plugins declare with them.

Entry points of the group `venue_suite.terminal` point at plugin objects. Each hook is called in
exactly one method of `Plugins`, which isolates failures and gives the result its type.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

from venue_suite.domain.facts import Fact

if TYPE_CHECKING:
    from venue_terminal.canvas import Canvas
    from venue_terminal.console import Console
    from venue_terminal.screens.base import ConsoleScreen

PROJECT = "venue_terminal"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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
        make: makes the screen, when it is first opened.
        codes: what else finds it in the palette, for example `vr` for "voucher receive".
        listed: False for steps inside a piece of work, such as a tender.
        opens_scans: a code that is scanned on any other screen is shown here.
    """

    name: str
    title: str
    label: str
    key: int
    permission: str
    make: Callable[[], ConsoleScreen]
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


class TerminalHooks:
    """The hooks. A plugin subclasses this, overrides some, and marks them with `hookimpl`."""

    @hookspec
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        """Declare screens. Called once, before anybody signs in; `console` is what they share."""
        raise NotImplementedError

    @hookspec
    def terminal_register_boards(self, console: Console) -> Sequence[BoardDeclaration]:
        """Declare parts of the boards screen. Called once, when it is first opened."""
        raise NotImplementedError

    @hookspec
    def terminal_register_texts(self) -> Sequence[str]:
        """Name the packages whose `locale/` holds the translations of these screens."""
        raise NotImplementedError

    @hookspec
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        """Say in one short sentence what happened, in the console's language; None: not ours."""
        raise NotImplementedError
