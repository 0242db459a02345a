"""Finds the kiosk's plugins by entry point. One that fails is logged and left out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import cast

import pluggy

from venue_kiosk.hookspecs import PROJECT, KioskHooks
from venue_kiosk.journey import Journey
from venue_kiosk.shell import Shell

logger = logging.getLogger(__name__)

GROUP = "venue_suite.kiosk"


class KioskPlugins:
    """The plugins of one kiosk.

    Args:
        disabled: names that configuration switches off.
        entries: where to look; the installed entry points unless a test says otherwise.
    """

    def __init__(
        self, disabled: Sequence[str] = (), entries: Iterable[EntryPoint] | None = None
    ) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(KioskHooks)
        found = entry_points(group=GROUP) if entries is None else entries
        for entry in sorted(found, key=lambda entry: entry.name):
            if entry.name not in disabled:
                self._load(entry)

    def _load(self, entry: EntryPoint) -> None:
        try:
            self._pluggy.register(entry.load(), name=entry.name)
            self._pluggy.check_pending()
        except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything
            self._leave_out(entry.name, error)

    @property
    def names(self) -> list[str]:
        return sorted(name for name, plugin in self._pluggy.list_name_plugin() if plugin)

    def register_screens(self, shell: Shell) -> list[Journey]:
        """Ask each plugin for its screens, by name; one that crashes is left out."""
        journeys: list[Journey] = []
        calls = self._pluggy.hook.kiosk_register_screens.get_hookimpls()
        for call in sorted(calls, key=lambda call: call.plugin_name):
            try:
                journeys.append(cast(Journey, call.function(shell=shell)))
            except Exception as error:  # noqa: BLE001 - a stranger's hook may raise anything
                self._leave_out(call.plugin_name, error)
        return journeys

    def _leave_out(self, name: str, error: Exception) -> None:
        logger.error("kiosk plugin is left out", exc_info=error, extra={"plugin": name})
        if self._pluggy.get_plugin(name) is not None:
            self._pluggy.unregister(name=name)
