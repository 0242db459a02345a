"""The admission plugin's wiring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from venue_plugins.admission.checks import CHECKS
from venue_plugins.admission.routes import FACTS, PERMISSIONS, ROUTES
from venue_plugins.admission.services import find_entries, store_sample_lanes
from venue_suite import __version__
from venue_suite.database import View, Work
from venue_suite.domain.facts import FactKind
from venue_suite.hookspecs import Check, PluginInfo, SampleWish, VenueHooks, hookimpl
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Route


class AdmissionPlugin(VenueHooks):
    """Hook implementations; each hands over to the module that knows."""

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("admission", "Let people in, once", __version__)

    @hookimpl
    def venue_register_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    @hookimpl
    def venue_register_routes(self) -> Sequence[Route]:
        return ROUTES

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        return PERMISSIONS

    @hookimpl
    def venue_register_facts(self) -> Sequence[FactKind]:
        return FACTS

    @hookimpl
    def venue_register_checks(self) -> Sequence[Check]:
        return CHECKS

    @hookimpl
    def venue_resolve_entries(self, view: View, right_ids: Sequence[str]) -> Mapping[str, datetime]:
        return find_entries(view, right_ids)

    @hookimpl
    def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
        store_sample_lanes()


plugin = AdmissionPlugin()
