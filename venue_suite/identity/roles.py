"""Roles as data: what the program declares, and where the venue differs from it.

A role that the venue never changed has what the permissions declare for it, so a plugin that is
installed later brings its own. Each difference is a row: granted within limits, or taken away.
Managers have everything and can't be changed: a venue can't shut itself out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View
from venue_suite.domain.actors import EVERYTHING, STATION_SCOPE, Actor, Grant
from venue_suite.domain.errors import NotAllowed, Refused
from venue_suite.identity.permissions import (
    BUILT_IN,
    MANAGER,
    ROLES,
    BuiltInRole,
    Permission,
    permissions_of,
)
from venue_suite.identity.tables import RoleGrantRow, RoleRow, StaffRow

ADMINISTRATION = "staff.manage"

_BASE = Statement(lambda: RoleRow.select(RoleRow.based_on).where(RoleRow.name == param("role")))
_GRANTS = Statement(
    lambda: (
        RoleGrantRow.select(
            RoleGrantRow.permission,
            RoleGrantRow.allowed,
            RoleGrantRow.scopes,
            RoleGrantRow.amount_minor_max,
            RoleGrantRow.count_per_day_max,
        )
        .where(RoleGrantRow.role == param("role"))
        .order_by(RoleGrantRow.permission)
    )
)


class LastAdministrator(Refused):
    """A venue always keeps somebody who may manage its staff."""

    code = "last_administrator"
    default_template = "{code} is the last one who may manage staff. Name another one first."


class RoleBook:
    """What each role may do now.

    Args:
        declared: all permissions of kernel and plugins.
    """

    def __init__(self, declared: Iterable[Permission]) -> None:
        self.declared: Mapping[str, Permission] = {one.name: one for one in declared}

    def rights_of(self, view: View, role: str) -> tuple[frozenset[str], dict[str, Grant]]:
        """The permissions of a role, and the limits of those that have any."""
        if role == MANAGER:
            return frozenset({EVERYTHING}), {}
        base = role if role in BUILT_IN else view.value(_BASE, role=role) or ""
        permissions = set(permissions_of(base, self.declared.values()))
        limited: dict[str, Grant] = {}
        for name, allowed, scopes, amount_max, count_max in view.all(_GRANTS, role=role):
            grant = Grant(frozenset(msgspec.json.decode(scopes)), amount_max, count_max)
            # A limit that nothing checks any more, after an upgrade of a plugin, would be none.
            unchecked = limits_of(grant) - self.limits_of_permission(name)
            if not allowed or unchecked or name not in self.declared:
                permissions.discard(name)
                continue
            permissions.add(name)
            if grant != Grant():
                limited[name] = grant
        return frozenset(permissions), limited

    def limits_of_permission(self, name: str) -> set[str]:
        """Which limits a grant of it can have."""
        declared = self.declared.get(name)
        return set() if declared is None else {STATION_SCOPE, *declared.limits}

    def staff_actor(self, view: View, staff: StaffRow, station: str) -> Actor:
        """A member of staff at a station."""
        permissions, limited = self.rights_of(view, staff.role)
        return Actor("staff", staff.code, staff.name, station, "console", permissions, limited)

    def station_actor(self, view: View, name: str, kind: str) -> Actor:
        """A station by itself."""
        permissions, limited = self.rights_of(view, kind)
        return Actor("station", name, name, name, kind, permissions, limited)

    def demand_cover(self, view: View, actor: Actor, role: str) -> None:
        """Whoever gives a role away, or has power over those who have it, holds all of it: else a
        right to manage staff would be a right to everything.

        Raises:
            NotAllowed: names the first permission that is missing.
        """
        authority = actor.approver or actor
        permissions, limited = self.rights_of(view, role)
        for name in sorted(permissions):
            has = authority.may(name)
            if not has or authority.limited.get(name, limited.get(name)) != limited.get(name):
                raise NotAllowed(permission=name)

    def demand_administrator(self, view: View, code: str) -> None:
        """After a change: somebody is still there who may manage staff, without limits.

        Args:
            code: whose account or role was changed.

        Raises:
            LastAdministrator: nobody would be.
        """
        can_sign_in = (StaffRow.pin_hash != "") | (StaffRow.password_hash != "")
        rows = StaffRow.select(StaffRow.role).where(StaffRow.active, can_sign_in).distinct()
        for row in rows:
            permissions, limited = self.rights_of(view, row.role)
            has = bool(permissions & {EVERYTHING, ADMINISTRATION})
            if has and ADMINISTRATION not in limited:
                return
        raise LastAdministrator(code=code)


def limits_of(grant: Grant) -> set[str]:
    """Which limits a grant has: the kinds of its scopes, `amount_minor`, `count_per_day`."""
    limits = {scope.partition("/")[0] for scope in grant.scopes}
    if grant.amount_minor_max is not None:
        limits.add("amount_minor")
    if grant.count_per_day_max is not None:
        limits.add("count_per_day")
    return limits


def check_staff_role(view: View, role: str) -> None:
    """Raises Refused: there is no such role, or it is one of stations."""
    known = find_roles(view)
    if role not in known or known[role].for_stations:
        people = sorted(name for name, one in known.items() if not one.for_stations)
        raise Refused(reason=f"there is no role {role}; there are {', '.join(people)}")


def find_roles(view: View) -> dict[str, BuiltInRole]:
    """All roles by name: those that every venue has, then those that this venue added."""
    added = {
        row.name: BuiltInRole(row.title, based_on=row.based_on)
        for row in RoleRow.select().order_by(RoleRow.name)
    }
    return {**{name: BUILT_IN[name] for name in ROLES}, **added}
