"""Verbs on roles. Nobody gives away what they don't hold themselves."""

from __future__ import annotations

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import View, Work
from venue_suite.domain.actors import STATION_SCOPE, Grant
from venue_suite.domain.errors import AlreadyExists, NotFound, Refused
from venue_suite.identity import wire
from venue_suite.identity.permissions import BUILT_IN, MANAGER, BuiltInRole, permissions_of
from venue_suite.identity.roles import RoleBook, find_roles, limits_of
from venue_suite.identity.tables import RoleGrantRow, RoleRow, StaffRow
from venue_suite.routing import Nothing


class LimitUnknown(Refused):
    """A limit that nothing would ever check is worse than none."""

    code = "limit_unknown"
    http_status = 400
    default_template = "The permission {permission} can't be limited by {limit}."


def list_roles(view: View, roles: RoleBook) -> list[wire.RoleLine]:
    """All roles with what they may do."""
    return [_line(view, roles, name, role) for name, role in find_roles(view).items()]


def read_role(view: View, roles: RoleBook, name: str) -> wire.RoleLine:
    """One role. Raises NotFound."""
    return _line(view, roles, name, _find(view, name))


def list_permissions(roles: RoleBook) -> list[wire.PermissionLine]:
    """What can be granted."""
    return [
        wire.PermissionLine(name=one.name, summary=one.summary, limits=[STATION_SCOPE, *one.limits])
        for one in sorted(roles.declared.values(), key=lambda one: one.name)
    ]


def add_role(work: Work, roles: RoleBook, wanted: wire.NewRole) -> wire.RoleLine:
    """Add a role of people.

    Raises AlreadyExists, Refused; NotAllowed: it would hold more than whoever adds it.
    """
    known = find_roles(work)
    if wanted.name in known:
        raise AlreadyExists(what="Role", key=wanted.name)
    base = BUILT_IN.get(wanted.based_on)
    if wanted.based_on and (base is None or base.for_stations or wanted.based_on == MANAGER):
        raise Refused(reason="a role can be based on a built-in role of people, but not on manager")
    title = {language: text.strip() for language, text in wanted.title.items() if text.strip()}
    if not title:
        raise Refused(reason="a role needs a title")
    RoleRow.create(name=wanted.name, title=title, based_on=wanted.based_on)
    roles.demand_cover(work, work.actor, wanted.name)
    _told(work, wanted.name, "role.add", after={"title": title, "based_on": wanted.based_on})
    return read_role(work, roles, wanted.name)


def change_grant(work: Work, roles: RoleBook, name: str, wanted: wire.ChangeGrant) -> wire.RoleLine:
    """Grant, limit or take away one permission; counts at once, also in open sessions.

    Raises:
        NotFound: no such role or permission.
        Refused: the role is the manager's.
        LimitUnknown: the permission has no such limit.
        NotAllowed: whoever changes it does not hold it themselves.
        LastAdministrator: nobody could manage staff any more.
    """
    _find(work, name)
    if name == MANAGER:
        raise Refused(reason="managers may do everything; that can't be changed")
    if wanted.permission not in roles.declared:
        raise NotFound(what="The permission", key=wanted.permission)
    _check_limits(roles, wanted)
    roles.demand_cover(work, work.actor, name)
    key = (RoleGrantRow.role == name) & (RoleGrantRow.permission == wanted.permission)
    before = _grants(work, roles, name).get(wanted.permission)
    RoleGrantRow.delete().where(key).execute()
    if wanted.allowed is not None:
        RoleGrantRow.create(
            role=name,
            permission=wanted.permission,
            allowed=wanted.allowed,
            scopes=sorted(set(wanted.scopes)),
            amount_minor_max=wanted.amount_minor_max,
            count_per_day_max=wanted.count_per_day_max,
        )
    roles.demand_cover(work, work.actor, name)
    roles.demand_administrator(work, name)
    after = _grants(work, roles, name).get(wanted.permission)
    _told(work, name, "role.change", before=before, after=after)
    return read_role(work, roles, name)


def remove_role(work: Work, roles: RoleBook, name: str) -> Nothing:
    """Remove a role that nobody has. Raises NotFound, Refused, NotAllowed."""
    _find(work, name)
    if name in BUILT_IN:
        raise Refused(reason="a built-in role can't be removed")
    if StaffRow.select().where(StaffRow.role == name).exists():
        raise Refused(reason="somebody still has this role")
    roles.demand_cover(work, work.actor, name)
    RoleRow.delete().where(RoleRow.name == name).execute()
    RoleGrantRow.delete().where(RoleGrantRow.role == name).execute()
    _told(work, name, "role.remove")
    return Nothing()


def _check_limits(roles: RoleBook, wanted: wire.ChangeGrant) -> None:
    asked = limits_of(
        Grant(frozenset(wanted.scopes), wanted.amount_minor_max, wanted.count_per_day_max)
    )
    if asked and not wanted.allowed:
        raise Refused(reason="only what is granted can have limits")
    for limit in sorted(asked - roles.limits_of_permission(wanted.permission)):
        raise LimitUnknown(permission=wanted.permission, limit=limit)


def _find(view: View, name: str) -> BuiltInRole:
    role = find_roles(view).get(name)
    if role is None:
        raise NotFound(what="Role", key=name)
    return role


def _line(view: View, roles: RoleBook, name: str, role: BuiltInRole) -> wire.RoleLine:
    return wire.RoleLine(
        name=name,
        title=role.title,
        built_in=name in BUILT_IN,
        for_stations=role.for_stations,
        based_on=role.based_on,
        everything=name == MANAGER,
        people=StaffRow.select().where(StaffRow.role == name, StaffRow.active).count(),
        grants=list(_grants(view, roles, name).values()),
    )


def _grants(view: View, roles: RoleBook, name: str) -> dict[str, wire.GrantLine]:
    """What is granted or was taken away, by permission."""
    base = name if name in BUILT_IN else find_roles(view)[name].based_on
    found = {
        permission: wire.GrantLine(permission=permission, allowed=True, changed=False)
        for permission in sorted(permissions_of(base, roles.declared.values()) - {"*"})
    }
    for row in RoleGrantRow.select().where(RoleGrantRow.role == name):
        if row.permission in roles.declared:
            found[row.permission] = wire.GrantLine(
                permission=row.permission,
                allowed=row.allowed,
                changed=True,
                scopes=row.scopes,
                amount_minor_max=row.amount_minor_max,
                count_per_day_max=row.count_per_day_max,
            )
    return dict(sorted(found.items()))


def _told(
    work: Work, name: str, action: str, *, before: object = None, after: object = None
) -> None:
    work.record("identity.role_changed", f"role/{name}")
    write_entry(work, action, f"role/{name}", before=before, after=after)
