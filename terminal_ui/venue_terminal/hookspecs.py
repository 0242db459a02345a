"""Every hook that the console calls, and what plugins declare with them.

Entry points of the group `venue_suite.terminal` point at plugin objects. Each hook is called in
exactly one method of `Plugins`, which isolates failures and gives the result its type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pluggy

from venue_suite.domain.facts import Fact

if TYPE_CHECKING:
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
        key: its function key, 2 to 9; 0 if only the palette or other screens lead there.
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
    def terminal_register_texts(self) -> Sequence[str]:
        """Name the packages whose `locale/` holds the translations of these screens."""
        raise NotImplementedError

    @hookspec
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        """Say in one short sentence what happened, in the console's language; None: not ours."""
        raise NotImplementedError
