"""Every hook that the console calls.

Entry points of the group `venue_suite.terminal` point at plugin objects. Each hook is called in
exactly one method of `Plugins`, which isolates failures and gives the result its type.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from venue_suite.domain.facts import Fact
from venue_terminal.console import Console
from venue_terminal.declarations import Board, BoardDeclaration, Note, ScreenDeclaration

# A plugin finds here all that it answers the hooks with.
__all__ = [
    "PROJECT",
    "Board",
    "BoardDeclaration",
    "Note",
    "ScreenDeclaration",
    "TerminalHooks",
    "hookimpl",
    "hookspec",
]

PROJECT = "venue_terminal"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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
