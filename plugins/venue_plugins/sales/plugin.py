"""The sales plugin's wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from venue_plugins.sales.checks import CHECKS
from venue_plugins.sales.jobs import JOBS
from venue_plugins.sales.resources import PERMISSIONS as CATALOGUE_PERMISSIONS
from venue_plugins.sales.resources import RESOURCES
from venue_plugins.sales.routes import FACTS, PERMISSIONS, ROUTES
from venue_plugins.sales.services.accounts import HEADINGS
from venue_plugins.sales.services.entry_rights import resolve_token
from venue_plugins.sales.services.storing_sample import fill_sample
from venue_suite import __version__
from venue_suite.database import View, Work
from venue_suite.domain.accounts import Heading
from venue_suite.domain.facts import FactKind
from venue_suite.domain.rights import EntryRight
from venue_suite.hookspecs import Check, Job, PluginInfo, SampleWish, VenueHooks, hookimpl
from venue_suite.identity.permissions import Permission
from venue_suite.resources.declaration import Resource
from venue_suite.routing import Route


class SalesPlugin(VenueHooks):
    """Hook implementations; each hands over to the module that knows."""

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("sales", "Sell places and seats", __version__)

    @hookimpl
    def venue_register_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    @hookimpl
    def venue_register_routes(self) -> Sequence[Route]:
        return ROUTES

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        return (*PERMISSIONS, *CATALOGUE_PERMISSIONS)

    @hookimpl
    def venue_register_resources(self) -> Sequence[Resource]:
        return RESOURCES

    @hookimpl
    def venue_register_facts(self) -> Sequence[FactKind]:
        return FACTS

    @hookimpl
    def venue_register_jobs(self) -> Sequence[Job]:
        return JOBS

    @hookimpl
    def venue_register_accounts(self) -> Sequence[Heading]:
        return HEADINGS

    @hookimpl
    def venue_register_checks(self) -> Sequence[Check]:
        return CHECKS

    @hookimpl
    def venue_resolve_medium(self, view: View, code: str) -> EntryRight | None:
        return resolve_token(view, code)

    @hookimpl
    def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
        fill_sample(work, wish)


plugin = SalesPlugin()
