"""Deny by default: every route that the application serves, by every role and by nobody.

The routes are those of the running application, so a new one is tested without being named here.
`docs/rights.md` says who may what; `make docs` writes it anew from the declarations, and its
difference is what a review of a change of rights looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import aiohttp
import msgspec
import pytest

from tests.tidy.doc_blocks.rights import NOBODY, ROLES, YES
from tests.tidy.generate_docs import DOCS
from venue_suite.database import Work
from venue_suite.identity import services as identity
from venue_suite.identity.permissions import OPEN
from venue_suite.identity.tables import StaffRow
from venue_suite.server.openapi import PREFIX
from venue_suite.server.route_table import ServedRoute
from venue_suite.testing import PIN, STAFF_ROLES, STATION_KINDS, ServedVenue, token_of

RIGHTS = DOCS / "rights.md"
NOBODIES = ("", "garbage")
# Looking at what stands on the door; signing in; a station that is being paired or renewed.
OPEN_TO_ALL = {
    *("kernel.get_docs", "kernel.get_health", "kernel.get_openapi", "kernel.get_venue"),
    *("kernel.post_sign_in", "kernel.post_password_sign_in"),
    *("kernel.post_factor", "kernel.post_begin_factor"),
    *("kernel.get_authority", "kernel.post_pair", "kernel.post_begin", "kernel.post_look"),
    *("kernel.post_reveal", "kernel.post_renew"),
}


def address_of(served: ServedRoute) -> str:
    """Its address, for objects that do not exist."""
    return PREFIX + re.sub(r"\{\w+\}", "999999999", served.route.path)


def in_order(table: list[ServedRoute]) -> list[ServedRoute]:
    """Those that end the session of whoever calls them come last."""
    return sorted(table, key=lambda one: one.route.path in ("/sign-out", "/me/sessions/end"))


@pytest.mark.parametrize("role", [*NOBODIES, *ROLES])
async def test_role_reaches_what_it_may_and_nothing_else(venue: ServedVenue, role: str) -> None:
    table = in_order(list(venue.server.table.served))
    rights = rights_in_snapshot()
    if role in ROLES and role not in (*STAFF_ROLES, *STATION_KINDS):
        await venue.server.database.write(hire, role)
    headers = {"Authorization": f"Bearer {token_of(role)}"} if role else {}
    async with aiohttp.ClientSession(venue.address, headers=headers) as http:
        for served in table:
            route = served.route
            # No body and no operation id: who gets past the door hears about those instead.
            async with http.request(route.method, address_of(served)) as response:
                told = (await response.json())["code"] if response.status >= 400 else ""
            where = f"{role} {route.method} {route.path}"
            if route.permission == OPEN or (served.id, role) in rights:
                assert told not in ("not_signed_in", "not_allowed") or _own_rule(served), where
                assert response.status < 500, where
            elif role in ROLES:
                assert (told, response.status) == ("not_allowed", 403), where
            else:
                assert (told, response.status) == ("not_signed_in", 401), where


def hire(work: Work, role: str) -> None:
    """Add a member of staff of a role that the test venue has not, signed in."""
    identity.add_staff(work, f"T-{role.upper()}", role, role, identity.hash_pin(PIN))
    staff = StaffRow.get(StaffRow.code == f"T-{role.upper()}")
    identity.open_session(work, staff.id, token_of(role), "console-1")


def _own_rule(served: ServedRoute) -> bool:
    """Whether its handler may say so, too: a factor that was not shown, an object of others."""
    return any(one.code in ("not_signed_in", "not_allowed") for one in served.route.refusals)


def rights_in_snapshot() -> set[tuple[str, str]]:
    """(operation, role) of all that docs/rights.md allows."""
    rows = [line.strip("|").split(" | ") for line in RIGHTS.read_text("utf-8").splitlines()]
    _, *roles = next(row[1:] for row in rows if row[0].strip() == "operation")
    return {
        (row[0].strip(" `"), role.strip(" |"))
        for row in rows
        if row[0].strip().startswith("`")
        for role, mark in zip(roles, row[2:], strict=True)
        if YES in mark
    }


@pytest.mark.parametrize("role", ["kiosk", "console", "gate"])
async def test_station_does_not_reach_the_order_of_another(venue: ServedVenue, role: str) -> None:
    """Own and other's object: what a kiosk may do to its order, no other station may."""
    order = await _order_of_the_counter(venue)
    table = [one for one in venue.server.table.served if one.places == ["order"]]
    assert len(table) > 5
    headers = {"Authorization": f"Bearer {token_of(role)}"}
    async with aiohttp.ClientSession(venue.address, headers=headers) as http:
        for served in table:
            path = PREFIX + served.route.path.replace("{order}", str(order))
            for body in _bodies(served):
                more = {"Idempotency-Key": f"{role}{served.id}"}
                async with http.request(
                    served.route.method, path, json=body, headers=more
                ) as response:
                    told = (await response.json())["code"]
                assert told in ("not_found", "not_allowed"), served.id


def _bodies(served: ServedRoute) -> Iterator[object]:
    if served.route.method == "GET":
        yield None
    else:
        example = served.route.example
        yield {} if example is None else msgspec.to_builtins(example)


async def _order_of_the_counter(venue: ServedVenue) -> int:
    """An order that a cashier placed."""
    from venue_plugins.sales import wire  # noqa: PLC0415 - an installed plugin, as a stranger's

    cashier = venue.client("cashier")
    for card in await cashier.get("/sales/performances", list[wire.PerformanceCard]):
        if card.seating == "open" and card.state == "plenty":
            detail = await cashier.get(f"/sales/performances/{card.id}", wire.PerformanceDetail)
            wanted = [wire.Wanted(ticket_type_id=detail.ticket_types[0].id, count=1)]
            body = wire.PlaceOrder(performance_id=card.id, wanted=wanted)
            return (await cashier.post("/sales/orders", body, wire.Order, operation_id="o")).id
    raise AssertionError("the sample has an open performance")


async def test_every_change_demands_an_operation_id(venue: ServedVenue) -> None:
    """A change without an id does nothing, whoever sends it and to whichever route."""
    changing = [one for one in venue.server.table.served if one.route.changes]
    assert len(changing) > 30
    headers = {"Authorization": f"Bearer {token_of('manager')}"}
    async with aiohttp.ClientSession(venue.address, headers=headers) as http:
        for served in changing:
            async with http.post(address_of(served), json={}) as response:
                assert (await response.json())["code"] == "operation_id_missing", served.id


async def test_refusal_names_the_missing_permission(venue: ServedVenue) -> None:
    headers = {"Authorization": f"Bearer {token_of('kiosk')}"}
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.get(f"{PREFIX}/reports/day", headers=headers) as response,
    ):
        problem = await response.json()
    assert problem["params"] == {"permission": "reports.view"}


def test_those_who_stand_in_public_take_no_cash_and_read_no_books() -> None:
    """Written out, so that a slip in a declaration is seen even if the snapshot is renewed."""
    rights = rights_in_snapshot()
    assert {role for _, role in rights} == {*ROLES, NOBODY}
    for role in ("kiosk", "gate"):
        allowed = {operation for operation, one in rights if one == role}
        assert not {one for one in allowed if one.startswith(("audit.", "ledger.", "staff."))}
        assert not allowed & {"sales.pay_cash", "sales.find_orders", "reports.get_day"}


def test_only_these_are_open() -> None:
    assert {operation for operation, role in rights_in_snapshot() if role == NOBODY} == OPEN_TO_ALL
