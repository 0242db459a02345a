"""Deny by default: every route of the installed venue against every role."""

from __future__ import annotations

import re
from collections.abc import Iterator

import aiohttp
import pytest

from venue_suite.identity.permissions import MANAGER, OPEN, SIGNED_IN
from venue_suite.plugin_manager import PluginManager
from venue_suite.routing import Route
from venue_suite.server.app import KERNEL
from venue_suite.server.kernel_routes import KernelRoutes
from venue_suite.testing import STAFF_ROLES, STATION_KINDS, ServedVenue, token_of

ROLES = (*STAFF_ROLES, *STATION_KINDS)
OPEN_ROUTES = {"GET /health", "GET /venue", "POST /sign-in"}


@pytest.fixture(scope="module")
def plugins() -> PluginManager:
    plugins = PluginManager()
    plugins.load_entry_points()
    return plugins


def table_of(plugins: PluginManager) -> Iterator[tuple[str, Route]]:
    """Owner and route; the one that ends the session comes last."""
    kernel = KernelRoutes(None, None, list)  # type: ignore[arg-type]
    table = [
        (owner, route)
        for owner, routes in ({KERNEL: kernel.routes()} | plugins.routes()).items()
        for route in routes
    ]
    yield from sorted(table, key=lambda row: row[1].path == "/sign-out")


def rights_of(plugins: PluginManager, role: str) -> set[str]:
    """What a role may do, by the declarations alone."""
    declared = plugins.permissions()
    if role == MANAGER:
        return {SIGNED_IN, *(permission.name for permission in declared)}
    return {SIGNED_IN, *(one.name for one in declared if role in one.roles)}


def test_only_three_routes_are_open(plugins: PluginManager) -> None:
    found = {
        f"{route.method} {route.path}" for _, route in table_of(plugins) if route.permission == OPEN
    }
    assert found == OPEN_ROUTES


def test_every_declared_permission_is_somebodys_and_known(plugins: PluginManager) -> None:
    for permission in plugins.permissions():
        assert set(permission.roles) <= set(ROLES) - {MANAGER}, permission
        assert permission.name.split(".")[0] in plugins.routes(), permission
        assert permission.summary, permission


def test_kiosks_and_gates_take_no_cash_and_read_no_books(plugins: PluginManager) -> None:
    """The roles that stand in public, written out, so that a slip in a declaration is seen."""
    assert rights_of(plugins, "kiosk") == {SIGNED_IN, "sales.view", "sales.sell"}
    assert rights_of(plugins, "gate") == {SIGNED_IN, "admission.view", "admission.scan"}


@pytest.mark.parametrize("role", ["", "garbage", *ROLES])
async def test_role_reaches_what_it_may_and_nothing_else(
    venue: ServedVenue, plugins: PluginManager, role: str
) -> None:
    rights = rights_of(plugins, role) if role in ROLES else set()
    token = token_of(role) if role else ""
    async with aiohttp.ClientSession(venue.address) as http:
        for _, route in table_of(plugins):
            path = "/api/v1" + re.sub(r"\{\w+\}", "999999999", route.path)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            # No body and no operation id: who gets past the door hears about those instead.
            async with http.request(route.method, path, headers=headers) as response:
                told = (await response.json())["code"] if response.status >= 400 else ""
            if route.permission == OPEN or route.permission in rights:
                assert told not in ("not_signed_in", "not_allowed", "plugin_failed"), path
                assert response.status < 500, path
            elif role in ROLES:
                assert (told, response.status) == ("not_allowed", 403), path
            else:
                assert (told, response.status) == ("not_signed_in", 401), path


async def test_refusal_names_the_missing_permission(venue: ServedVenue) -> None:
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.get(
            "/api/v1/reports/day", headers={"Authorization": f"Bearer {token_of('kiosk')}"}
        ) as response,
    ):
        problem = await response.json()
    assert problem["params"] == {"permission": "reports.view"}


async def test_every_change_demands_an_operation_id(
    venue: ServedVenue, plugins: PluginManager
) -> None:
    """A POST without an id does nothing, whoever sends it and to whichever route."""
    free = {"/sign-in", "/sign-out"}
    before = await venue.server.database.read(last_seq)
    headers = {"Authorization": f"Bearer {token_of('manager')}"}
    async with aiohttp.ClientSession(venue.address) as http:
        for _, route in table_of(plugins):
            if route.method != "POST" or route.path in free:
                continue
            path = "/api/v1" + re.sub(r"\{\w+\}", "1", route.path)
            async with http.post(path, data=b"{}", headers=headers) as response:
                assert response.status in (400, 403, 404, 409, 503), path
    assert await venue.server.database.read(last_seq) == before


def last_seq(view) -> int:  # type: ignore[no-untyped-def]
    (count,) = view.connection.execute("SELECT max(seq) FROM feed").fetchone()
    return int(count)
