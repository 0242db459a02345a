"""Finds the console's plugins, asks them, and leaves out those that fail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Any, cast

import pluggy

from venue_suite.domain.facts import Fact
from venue_terminal.console import Console
from venue_terminal.declarations import BoardDeclaration, Note, ScreenDeclaration
from venue_terminal.hookspecs import PROJECT, TerminalHooks

GROUP = "venue_suite.terminal"
logger = logging.getLogger(__name__)


class Plugins:
    """The plugins of one console. `failed`: name -> why it is left out."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(TerminalHooks)
        self.failed: dict[str, str] = {}

    def load_entry_points(self) -> None:
        """Load every installed plugin; one that can't be imported is named in `failed`."""
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            try:
                plugin = entry.load()
            except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything
                self._leave_out(entry.name, error)
            else:
                self.register(entry.name, plugin)

    def register(self, name: str, plugin: object) -> None:
        """Take in one plugin object."""
        try:
            self._pluggy.register(plugin, name=name)
            self._pluggy.check_pending()
        except Exception as error:  # noqa: BLE001 - a stranger's object may raise anything
            self._leave_out(name, error)

    # --- the hooks, one method each --------------------------------------------------------

    def register_screens(self, console: Console) -> list[ScreenDeclaration]:
        """All screens, by function key and then by name."""
        found = [
            screen
            for some in self._ask("terminal_register_screens", console=console)
            for screen in cast("list[ScreenDeclaration]", some)
        ]
        return sorted(found, key=lambda screen: (screen.key or 99, screen.name))

    def register_boards(self, console: Console) -> list[BoardDeclaration]:
        """All parts of the boards screen, in their order."""
        found = [
            board
            for some in self._ask("terminal_register_boards", console=console)
            for board in cast("Sequence[BoardDeclaration]", some)
        ]
        return sorted(found, key=lambda board: (board.order, board.name))

    def register_texts(self) -> list[str]:
        return [
            package
            for some in self._ask("terminal_register_texts")
            for package in cast("Sequence[str]", some)
        ]

    def resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        """The first plugin's words for a fact."""
        for note in self._ask("terminal_resolve_fact", console=console, fact=fact):
            if note is not None:
                return cast(Note, note)
        return None

    # --- calling ---------------------------------------------------------------------------

    def _ask(self, hook: str, **arguments: Any) -> Iterator[object]:
        implementations = getattr(self._pluggy.hook, hook).get_hookimpls()
        for one in sorted(implementations, key=lambda one: one.plugin_name):
            call = cast(Callable[..., object], one.function)
            try:
                answer = call(**{name: arguments[name] for name in one.argnames})
            except Exception as error:  # noqa: BLE001 - a stranger's hook may raise anything
                self._leave_out(one.plugin_name, error)
            else:
                yield answer

    def _leave_out(self, name: str, error: BaseException) -> None:
        logger.error("plugin is not used", exc_info=error, extra={"plugin": name})
        self.failed[name] = f"{type(error).__name__}: {error}"
        if self._pluggy.get_plugin(name) is not None:
            self._pluggy.unregister(name=name)
