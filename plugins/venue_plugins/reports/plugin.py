"""The reports plugin's wiring."""

from __future__ import annotations

from collections.abc import Sequence

from venue_plugins.reports.routes import PERMISSIONS, ROUTES
from venue_suite import __version__
from venue_suite.hookspecs import PluginInfo, VenueHooks, hookimpl
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Route


class ReportsPlugin(VenueHooks):
    """Hook implementations; each hands over to the module that knows."""

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("reports", "What was sold and taken, from the ledger", __version__)

    @hookimpl
    def venue_register_routes(self) -> Sequence[Route]:
        return ROUTES

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        return PERMISSIONS


plugin = ReportsPlugin()
