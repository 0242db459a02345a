"""Every hook that the kiosk shell calls. A plugin subclasses `KioskHooks` and overrides some.

Plugins are found by the entry points of group `venue_suite.kiosk`; the kiosk alone loads them.
"""

from __future__ import annotations

import pluggy

from venue_kiosk.journey import Journey
from venue_kiosk.shell import Shell

PROJECT = "venue_kiosk"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class KioskHooks:
    """The hooks of the kiosk."""

    @hookspec
    def kiosk_register_screens(self, shell: Shell) -> Journey:
        """Return the plugin's screens and services. Called once, before the window shows any.

        `shell` may be kept: screens reach sizes, words, the network thread and each other by it.
        """
        raise NotImplementedError
