"""Verbs on staff accounts. Whoever has power over an account holds all that its role may do."""

from __future__ import annotations

from collections import Counter

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import View, Work
from venue_suite.domain.errors import NotFound
from venue_suite.identity import wire
from venue_suite.identity.naming import check_name, spell_code
from venue_suite.identity.own_account import told_secret
from venue_suite.identity.roles import RoleBook, check_staff_role
from venue_suite.identity.rules import RULES_KEY, SignInRules, read_rules
from venue_suite.identity.second_factor import remove_factor
from venue_suite.identity.services import add_staff
from venue_suite.identity.sessions import end_sessions, is_idle
from venue_suite.identity.tables import SessionRow, StaffRow
from venue_suite.paging import Page, page_of
from venue_suite.settings import put_setting


def find_staff(view: View, code: str) -> StaffRow:
    """The account of a code. Raises NotFound."""
    row: StaffRow | None = StaffRow.get_or_none(StaffRow.code == spell_code(code))
    if row is None:
        raise NotFound(what="Staff", key=spell_code(code))
    return row


def list_staff(view: View, asked: wire.FindStaff) -> Page[wire.StaffAccount]:
    """Accounts by code, a page."""
    rows = StaffRow.select().where(StaffRow.code > spell_code(asked.after))
    if asked.active is not None:
        rows = rows.where(StaffRow.active == asked.active)
    counts = _count_sessions(view)
    found = rows.order_by(StaffRow.code).limit(asked.limit + 1)
    accounts = [_account(row, counts[row.id]) for row in found]
    return page_of(accounts, asked.limit, lambda account: account.code)


def read_staff(view: View, code: str) -> wire.StaffAccount:
    """One account. Raises NotFound."""
    row = find_staff(view, code)
    return _account(row, _count_sessions(view)[row.id])


def enlist_staff(
    work: Work, roles: RoleBook, wanted: wire.NewStaff, pin_hash: str
) -> wire.StaffAccount:
    """Add somebody.

    Raises Refused, AlreadyExists; NotAllowed for a role that can do more than whoever adds.
    """
    check_staff_role(work, wanted.role)
    roles.demand_cover(work, work.actor, wanted.role)
    row = add_staff(work, wanted.code, wanted.name, wanted.role, pin_hash)
    return _account(row, 0)


def change_staff(
    work: Work, roles: RoleBook, code: str, wanted: wire.StaffChange
) -> wire.StaffAccount:
    """Another name or role, switched off or on again. A new role counts at once, also in sessions
    that are open; switching off ends them.

    Raises NotFound, Refused, NotAllowed, LastAdministrator.
    """
    row = find_staff(work, code)
    roles.demand_cover(work, work.actor, row.role)
    before = {"name": row.name, "role": row.role, "active": row.active}
    if wanted.name is not None:
        row.name = check_name(wanted.name)
    if wanted.role is not None:
        check_staff_role(work, wanted.role)
        roles.demand_cover(work, work.actor, wanted.role)
        row.role = wanted.role
    if wanted.active is not None:
        row.active = wanted.active
    after = {"name": row.name, "role": row.role, "active": row.active}
    if after == before:
        return read_staff(work, row.code)
    row.save()
    roles.demand_administrator(work, row.code)
    if not row.active:
        end_sessions(work, row)
    work.record("identity.staff_changed", f"staff/{row.code}", role=row.role, active=row.active)
    write_entry(work, "staff.change", f"staff/{row.code}", before=before, after=after)
    return read_staff(work, row.code)


def set_pin(work: Work, roles: RoleBook, code: str, pin_hash: str) -> wire.StaffAccount:
    """A PIN that somebody else chose: all sessions end. Raises NotFound, NotAllowed."""
    row = find_staff(work, code)
    roles.demand_cover(work, work.actor, row.role)
    row.pin_hash = pin_hash
    row.save()
    told_secret(work, row, "pin")
    end_sessions(work, row)
    return read_staff(work, row.code)


def set_password(work: Work, roles: RoleBook, code: str, password_hash: str) -> wire.StaffAccount:
    """The same with a password. Raises NotFound, NotAllowed."""
    row = find_staff(work, code)
    roles.demand_cover(work, work.actor, row.role)
    row.password_hash = password_hash
    row.save()
    told_secret(work, row, "password")
    end_sessions(work, row)
    return read_staff(work, row.code)


def take_factor(work: Work, roles: RoleBook, code: str) -> wire.StaffAccount:
    """Take the second factor away from somebody who lost it. Raises NotFound, NotAllowed."""
    row = find_staff(work, code)
    roles.demand_cover(work, work.actor, row.role)
    remove_factor(work, row)
    end_sessions(work, row)
    write_entry(work, "staff.remove_factor", f"staff/{row.code}")
    return read_staff(work, row.code)


def list_sessions(view: View, code: str) -> list[wire.SessionLine]:
    """The open sessions of somebody, the latest first. Raises NotFound."""
    row = find_staff(view, code)
    return [
        wire.SessionLine(
            id=one.id,
            station=one.station,
            address=one.address,
            way=one.way,
            opened_at=one.opened_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
            second_factor=one.factor_at is not None,
        )
        for one in _open_sessions(view)
        if one.staff == row
    ]


def close_sessions(
    work: Work, roles: RoleBook, code: str, wanted: wire.EndSessions, keep: str = ""
) -> wire.Ended:
    """End sessions of somebody. Raises NotFound, NotAllowed.

    Args:
        keep: token hash of one that goes on, for one's own.
    """
    row = find_staff(work, code)
    if row.code != work.actor.code:
        roles.demand_cover(work, work.actor, row.role)
    count = end_sessions(work, row, but=keep, ids=wanted.ids or None)
    if count:
        write_entry(work, "staff.end_sessions", f"staff/{row.code}", after={"count": count})
    return wire.Ended(count=count)


def change_rules(work: Work, roles: RoleBook, rules: SignInRules) -> SignInRules:
    """Set how long sessions last and who needs a second factor.

    Raises:
        Refused: there is no such role.
        NotAllowed: of a role that can do more than whoever changes it.
    """
    before = read_rules(work)
    for now, then in (
        (rules.factor_roles, before.factor_roles),
        (rules.station_factor_roles, before.station_factor_roles),
    ):
        for role in now:
            check_staff_role(work, role)
        for role in set(now) ^ set(then):
            roles.demand_cover(work, work.actor, role)
    put_setting(work, RULES_KEY, rules)
    work.record("identity.rules_changed", "staff/rules")
    write_entry(work, "staff.change_rules", "staff/rules", before=before, after=rules)
    return rules


def _open_sessions(view: View) -> list[SessionRow]:
    rows = (
        SessionRow.select(SessionRow, StaffRow)
        .join(StaffRow)
        .where(SessionRow.ended_at.is_null(), SessionRow.expires_at > view.now)
        .order_by(SessionRow.id.desc())
    )
    return [row for row in rows if not is_idle(row, view)]


def _count_sessions(view: View) -> Counter[int]:
    return Counter(row.staff.id for row in _open_sessions(view))


def _account(row: StaffRow, sessions: int) -> wire.StaffAccount:
    return wire.StaffAccount(
        code=row.code,
        name=row.name,
        role=row.role,
        active=row.active,
        has_pin=bool(row.pin_hash),
        has_password=bool(row.password_hash),
        second_factor=row.totp_since is not None,
        sessions=sessions,
    )
