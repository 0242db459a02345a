"""Roles as data: what is granted, within which limits, at once, and never more than one holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue_suite.people_world import Vault, approve, ask, paid, refusal
from venue_suite.client import VenueClient
from venue_suite.domain.actors import Actor, Approval, ApproverNotAllowed, Grant
from venue_suite.domain.errors import NotAllowed
from venue_suite.identity import wire
from venue_suite.identity.permissions import BUILT_IN, Permission, permissions_of
from venue_suite.identity.roles import RoleBook
from venue_suite.testing import PIN, MovableClock, ServedVenue
from venue_suite.wire import Me

PAY = "/vault/pay"


@pytest.fixture
async def house(bare_copy: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    async with ServedVenue(bare_copy, clock, plugins={"vault": Vault()}) as venue:
        yield venue


async def grant(house: ServedVenue, role: str, permission: str, **limits: Any) -> dict[str, Any]:
    body = {"permission": permission, "allowed": True, **limits}
    return await ask(house.client("manager"), f"/roles/{role}/grants", body)


async def pay(client: VenueClient, amount_minor: int, event: int = 1) -> str:
    """The code of the refusal, "" for none."""
    try:
        await ask(client, PAY, {"amount_minor": amount_minor, "event": event})
    except Exception as error:  # noqa: BLE001 - told by its code
        return str(getattr(error, "code", error))
    return ""


async def test_grant_counts_at_once_in_an_open_session(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    assert await pay(cashier, 5) == "not_allowed"
    line = await grant(house, "cashier", "vault.pay")
    assert [one["permission"] for one in line["grants"] if one["changed"]] == ["vault.pay"]
    assert await pay(cashier, 5) == ""
    assert "vault.pay" in (await cashier.get("/me", Me)).permissions
    await grant(house, "cashier", "vault.pay", allowed=False)
    assert await pay(cashier, 5) == "not_allowed"
    await grant(house, "cashier", "vault.enter", allowed=False)
    refused = await refusal(ask(cashier, "/vault/enter"))
    assert refused.params == {"permission": "vault.enter"}
    # As declared again.
    await grant(house, "cashier", "vault.enter", allowed=None)
    await ask(cashier, "/vault/enter")


async def test_another_role_counts_at_once(house: ServedVenue) -> None:
    usher = house.client("usher")
    await grant(house, "finance", "vault.pay")
    await grant(house, "finance", "vault.enter")
    assert await pay(usher, 5) == "not_allowed"
    await ask(house.client("manager"), "/staff/T-USHER", {"role": "finance"})
    assert await pay(usher, 5) == ""


async def test_limits_say_which_and_how_far(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    await grant(
        house, "cashier", "vault.pay",
        scopes=["event/1", "event/2"], amount_minor_max=500, count_per_day_max=3,
    )  # fmt: skip
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 501}))
    assert refused.code == "not_allowed"
    assert refused.params == {
        "permission": "vault.pay", "limit": "amount_minor", "allowed": 500, "wanted": 501,
        "amount_minor": 501,
    }  # fmt: skip
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 1, "event": 3}))
    assert refused.params["limit"] == "scope"
    assert (refused.params["allowed"], refused.params["wanted"]) == ("event/1, event/2", "event/3")
    assert [await pay(cashier, 500) for _ in range(4)] == ["", "", "", "not_allowed"]
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 1}))
    assert (refused.params["limit"], refused.params["allowed"]) == ("count_per_day", 3)
    # A second person goes on where the limit ends, and the next business day begins anew.
    token = await approve(cashier, "op-1", amount_minor=501)
    await ask(cashier, PAY, {"amount_minor": 501, "event": 9}, "op-1", token)
    assert await paid(house) == 3 * 500 + 501
    house.clock.advance(24 * 3600)
    again = house.client()
    await again.sign_in("T-CASHIER", PIN)
    assert await pay(again, 1) == ""


async def test_uses_at_once_stay_within_the_day(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    await grant(house, "cashier", "vault.pay", count_per_day_max=5)
    told = await asyncio.gather(*(pay(cashier, 1) for _ in range(30)))
    assert told.count("") == 5
    assert await paid(house) == 5


async def test_refused_operation_uses_nothing_up(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    await grant(house, "cashier", "vault.pay", count_per_day_max=1, amount_minor_max=10)
    assert [await pay(cashier, 11) for _ in range(3)] == ["not_allowed"] * 3
    assert [await pay(cashier, 10) for _ in range(2)] == ["", "not_allowed"]


async def test_station_scope_works_everywhere(house: ServedVenue) -> None:
    await grant(house, "cashier", "vault.enter", scopes=["station/console-1"])
    await ask(house.client("cashier"), "/vault/enter")
    elsewhere = house.client()
    await elsewhere.sign_in("T-CASHIER", PIN, station="console-2")
    refused = await refusal(ask(elsewhere, "/vault/enter"))
    assert (refused.params["limit"], refused.params["wanted"]) == ("scope", "station/console-2")


async def test_approver_has_limits_too(house: ServedVenue) -> None:
    manager, cashier = house.client("manager"), house.client("cashier")
    await grant(house, "finance", "vault.pay", scopes=["event/1"], amount_minor_max=100)
    await ask(manager, "/staff", {"code": "F1", "name": "Fan", "role": "finance", "pin": PIN})
    refused = await refusal(approve(cashier, "op-1", amount_minor=101, code="F1"))
    assert refused.code == "approver_not_allowed"
    refused = await refusal(approve(cashier, "op-1", code="F1"))
    assert refused.code == "approver_not_allowed"
    token = await approve(cashier, "op-2", amount_minor=100, code="F1")
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 100, "event": 2}, "op-2", token))
    assert refused.code == "approver_not_allowed"
    await ask(cashier, PAY, {"amount_minor": 100, "event": 1}, "op-2", token)


async def test_limit_that_nothing_checks_is_refused(house: ServedVenue) -> None:
    for permission, limits, limit in (
        ("vault.enter", {"amount_minor_max": 5}, "amount_minor"),
        ("vault.enter", {"count_per_day_max": 5}, "count_per_day"),
        ("vault.pay", {"scopes": ["event/1", "hall/1"]}, "hall"),
    ):
        refused = await refusal(grant(house, "cashier", permission, **limits))
        assert refused.code == "limit_unknown"
        assert refused.params == {"permission": permission, "limit": limit}
    refused = await refusal(grant(house, "cashier", "vault.pay", allowed=False, scopes=["event/1"]))
    assert refused.code == "refused"
    for scopes in (["event"], ["event/"], ["/1"], ["event/1/2"], ["event/\n"]):
        assert (await refusal(grant(house, "cashier", "vault.pay", scopes=scopes))).code == (
            "bad_request"
        )


async def test_new_role_of_the_venue(house: ServedVenue) -> None:
    manager = house.client("manager")
    body = {"name": "night", "title": {"zh": "夜班", "en": "Night"}, "based_on": "cashier"}
    line = await ask(manager, "/roles", body)
    assert not line["built_in"]
    assert "vault.enter" in [one["permission"] for one in line["grants"]]
    assert (await refusal(ask(manager, "/roles", body))).code == "already_exists"
    await grant(house, "night", "vault.pay")
    await ask(manager, "/staff", {"code": "N1", "name": "Ning", "role": "night", "pin": PIN})
    night = house.client()
    await night.sign_in("N1", PIN)
    assert await pay(night, 5) == ""
    assert (await refusal(ask(manager, "/roles/night/remove"))).code == "refused"
    await ask(manager, "/staff/N1", {"role": "cashier"})
    await ask(manager, "/roles/night/remove")
    assert (await refusal(ask(manager, "/roles/night/remove"))).code == "not_found"
    assert await pay(night, 5) == "not_allowed"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/roles/manager/grants", {"permission": "vault.pay", "allowed": False}, "refused"),
        ("/roles/nobody/grants", {"permission": "vault.pay", "allowed": True}, "not_found"),
        ("/roles/cashier/grants", {"permission": "no.such", "allowed": True}, "not_found"),
        ("/roles/cashier/remove", {}, "refused"),
        ("/roles", {"name": "Night", "title": {"en": "x"}}, "bad_request"),
        ("/roles", {"name": "night", "title": {}}, "refused"),
        ("/roles", {"name": "night", "title": {"en": "x"}, "based_on": "manager"}, "refused"),
        ("/roles", {"name": "night", "title": {"en": "x"}, "based_on": "kiosk"}, "refused"),
        ("/roles", {"name": "gate", "title": {"en": "x"}}, "already_exists"),
        ("/staff", {"code": "X1", "name": "X", "role": "kiosk"}, "refused"),
        ("/staff", {"code": "X1", "name": "X", "role": "king"}, "refused"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    house: ServedVenue, path: str, body: dict[str, Any], code: str
) -> None:
    assert (await refusal(ask(house.client("manager"), path, body))).code == code


async def test_limit_that_is_checked_no_more_takes_the_permission_away(
    house: ServedVenue, bare_copy: Path
) -> None:
    """A plugin's new version that forgets a limit does not lift it."""
    await grant(house, "cashier", "vault.pay", amount_minor_max=5)
    declared = [Permission("vault.pay", "give money out", ())]
    rights = await house.server.database.read(RoleBook(declared).rights_of, "cashier")
    assert rights == (frozenset(), {})
    declared = [Permission("vault.pay", "give money out", (), ("amount_minor",))]
    rights = await house.server.database.read(RoleBook(declared).rights_of, "cashier")
    assert rights == (frozenset({"vault.pay"}), {"vault.pay": Grant(amount_minor_max=5)})
    assert await house.server.database.read(RoleBook([]).rights_of, "cashier") == (frozenset(), {})


async def test_nobody_gives_away_what_they_do_not_hold(house: ServedVenue) -> None:
    """A right to manage staff is no right to everything."""
    manager = house.client("manager")
    await ask(manager, "/roles", {"name": "office", "title": {"en": "Office"}})
    await grant(house, "office", "staff.manage")
    await grant(house, "office", "staff.view")
    await ask(manager, "/staff", {"code": "O1", "name": "Ou", "role": "office", "pin": PIN})
    office = house.client()
    await office.sign_in("O1", PIN)
    pay_all = {"permission": "vault.pay", "allowed": True}
    for path, body in (
        ("/staff/O1", {"role": "manager"}),
        ("/staff", {"code": "O2", "name": "Ou", "role": "manager", "pin": PIN}),
        ("/staff/rules", {"factor_roles": ["finance"]}),
        ("/staff/rules", {"station_factor_roles": ["manager"]}),
        ("/staff/T-MANAGER/pin", {"pin": "975310"}),
        ("/staff/T-MANAGER/password", {"password": "quiet river lantern"}),
        ("/staff/T-MANAGER/second-factor/remove", {}),
        ("/staff/T-MANAGER/sessions/end", {}),
        ("/staff/T-MANAGER", {"active": False}),
        ("/roles/office/grants", pay_all),
        ("/roles/cashier/grants", pay_all),
        ("/staff/T-CASHIER/pin", {"pin": "975310"}),
        ("/roles", {"name": "more", "title": {"en": "More"}, "based_on": "cashier"}),
    ):
        assert (await refusal(ask(office, path, body))).code == "not_allowed", path
    # With those rights, and not within narrower limits, it may.
    for permission in permissions_of("usher", house.server.plugins.permissions()) | {"feed.calls"}:
        await grant(house, "office", permission)
    await ask(office, "/staff/T-USHER/pin", {"pin": "975310"})


async def test_last_administrator_stays(house: ServedVenue) -> None:
    manager = house.client("manager")
    for body in ({"active": False}, {"role": "cashier"}):
        refused = await refusal(ask(manager, "/staff/T-MANAGER", body))
        assert refused.code == "last_administrator"
    # Somebody who can't sign in is no administrator.
    await ask(manager, "/staff", {"code": "M2", "name": "Mo", "role": "manager"})
    refused = await refusal(ask(manager, "/staff/T-MANAGER", {"active": False}))
    assert refused.code == "last_administrator"
    await ask(manager, "/staff/M2/pin", {"pin": PIN})
    # Of two who switch each other off at once, one stays.
    second = house.client()
    await second.sign_in("M2", PIN)
    await asyncio.gather(
        ask(manager, "/staff/M2", {"active": False}),
        ask(second, "/staff/T-MANAGER", {"active": False}),
        return_exceptions=True,
    )
    found = await asyncio.gather(
        manager.get("/staff/rules", dict[str, Any]),
        second.get("/staff/rules", dict[str, Any]),
        return_exceptions=True,
    )
    assert sum(isinstance(one, dict) for one in found) == 1


async def test_role_of_the_last_administrator_keeps_its_right(house: ServedVenue) -> None:
    manager = house.client("manager")
    await ask(manager, "/roles", {"name": "office", "title": {"en": "Office"}})
    await grant(house, "office", "staff.manage")
    await ask(manager, "/staff", {"code": "O1", "name": "Ou", "role": "office", "pin": PIN})
    await ask(manager, "/staff/T-MANAGER", {"role": "office"})
    office = house.client()
    await office.sign_in("O1", PIN)
    for change in ({"allowed": False}, {"allowed": None}, {"scopes": ["station/console-1"]}):
        body = {"permission": "staff.manage", "allowed": True, **change}
        refused = await refusal(ask(office, "/roles/office/grants", body))
        assert refused.code == "last_administrator", change


async def test_roles_and_permissions_are_listed(house: ServedVenue) -> None:
    manager = house.client("manager")
    roles = await manager.get("/roles", list[wire.RoleLine])
    assert [one.name for one in roles] == list(BUILT_IN)
    assert {one.name for one in roles if one.for_stations} == {"kiosk", "console", "gate"}
    assert next(one for one in roles if one.name == "manager").everything
    auditor = next(one for one in roles if one.name == "auditor")
    assert {one.permission for one in auditor.grants} >= {"staff.view", "vault.view"}
    assert not [one for one in auditor.grants if not one.permission.endswith(".view")]
    permissions = await manager.get("/roles/permissions", list[wire.PermissionLine])
    pays = next(one for one in permissions if one.name == "vault.pay")
    assert pays.limits == ["station", "amount_minor", "count_per_day", "event"]
    assert (await refusal(house.client("cashier").get("/roles", object))).code == "not_allowed"


def test_senior_cashier_has_what_cashiers_have() -> None:
    declared = [
        Permission("a.sell", "", ("cashier",)),
        Permission("a.void", "", ("senior_cashier",)),
        Permission("a.see", ""),
    ]
    assert permissions_of("senior_cashier", declared) == {"a.sell", "a.void"}
    assert permissions_of("cashier", declared) == {"a.sell"}
    assert permissions_of("nobody", declared) == frozenset()


# --- against a plain model -------------------------------------------------------------

NAMES = ("a.do", "b.do")
SCOPES = ("event/1", "event/2", "hall/1", "station/w1", "station/w2")
limits = st.builds(
    Grant,
    st.frozensets(st.sampled_from(SCOPES), max_size=4),
    st.none() | st.integers(0, 3),
)
actors = st.builds(
    lambda rights, limited, station: Actor(
        "staff", "C", station=station, permissions=rights | set(limited), limited=limited
    ),
    st.frozensets(st.sampled_from((*NAMES, "*")), max_size=2),
    st.dictionaries(st.sampled_from(NAMES), limits, max_size=2),
    st.sampled_from(("w1", "w2", "")),
)


def model_allows(actor: Actor, name: str, amount: int | None, scope: set[str]) -> bool:
    """What the words of the grant mean, without any cleverness."""
    if name not in actor.limited:
        return name in actor.permissions or "*" in actor.permissions
    grant = actor.limited[name]
    if grant.amount_minor_max is not None and (amount is None or amount > grant.amount_minor_max):
        return False
    named = scope | {"station/" + actor.station}
    for kind in ("event", "hall", "station"):
        allowed = {one for one in grant.scopes if one.startswith(kind + "/")}
        wanted = {one for one in named if one.startswith(kind + "/")}
        if allowed and not (wanted and all(one in allowed for one in wanted)):
            return False
    return True


@settings(max_examples=400, deadline=None)
@given(
    actors,
    st.none() | actors,
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 4),
    st.sets(st.sampled_from(SCOPES[:3]), max_size=2),
)
def test_demand_is_what_the_model_says(
    actor: Actor,
    approver: Actor | None,
    name: str,
    approved: str,
    amount: int | None,
    signed: int | None,
    scope: set[str],
) -> None:
    allowed = model_allows(actor, name, amount, scope)
    covered = False
    if approver is not None:
        actor = actor.approved_by(Approval(approved, signed, approver))
        covered = approved == name and signed == amount
        allowed = allowed or (covered and model_allows(approver, name, amount, scope))
    refused = None
    try:
        actor.demand(name, amount_minor=amount, scope=scope)
    except NotAllowed as refusal:
        refused = refusal
    assert (refused is None) == allowed
    if refused is not None:
        assert refused.params["permission"] == name
        assert isinstance(refused, ApproverNotAllowed) == covered
    if model_allows(actor, name, amount, scope):
        actor.demand_some(name)  # no door is shut before somebody who may do it
