"""Staff accounts, roles and approvals over HTTP."""

from __future__ import annotations

import msgspec

from venue_suite.identity import role_changes, staff, wire
from venue_suite.identity.approvals import ApprovalWish
from venue_suite.identity.hashing import hash_password, hash_pin
from venue_suite.identity.places import find_place
from venue_suite.identity.rules import PIN, SignInRules, read_rules
from venue_suite.identity.secret_writes import operation_of
from venue_suite.identity.serving import people_of
from venue_suite.paging import Page
from venue_suite.routing import Call

# --- accounts ------------------------------------------------------------------------------------


async def get_staff_list(call: Call) -> Page[wire.StaffAccount]:
    """The accounts, by code."""
    return await call.read(staff.list_staff, call.asked(wire.FindStaff))


async def get_staff(call: Call) -> wire.StaffAccount:
    """One account."""
    return await call.read(staff.read_staff, call.text("code"))


async def post_staff(call: Call) -> msgspec.Raw:
    """Add somebody."""
    wanted = await call.body(wire.NewStaff)
    people = people_of(call)
    operation = await operation_of(call, people.bench, wanted, "pin")
    pin_hash = await people.bench.run(hash_pin, wanted.pin) if wanted.pin else ""
    return await call.write(staff.enlist_staff, people.roles, wanted, pin_hash, operation=operation)


async def post_change(call: Call) -> msgspec.Raw:
    """Another name or role; switch an account off or on."""
    wanted = await call.body(wire.StaffChange)
    return await call.write(staff.change_staff, people_of(call).roles, call.text("code"), wanted)


async def post_reset_pin(call: Call) -> msgspec.Raw:
    """Give somebody a new PIN; all their sessions end."""
    wanted = await call.body(wire.NewPin)
    people = people_of(call)
    operation = await operation_of(call, people.bench, wanted, "pin")
    pin_hash = await people.bench.run(hash_pin, wanted.pin)
    return await call.write(
        staff.set_pin, people.roles, call.text("code"), pin_hash, operation=operation
    )


async def post_reset_password(call: Call) -> msgspec.Raw:
    """Give somebody a new password; all their sessions end."""
    wanted = await call.body(wire.NewPassword)
    people, code = people_of(call), call.text("code")
    operation = await operation_of(call, people.bench, wanted, "password")
    person = await call.read(staff.read_staff, code)
    password_hash = await people.bench.run(hash_password, wanted.password, person.code, person.name)
    return await call.write(
        staff.set_password, people.roles, code, password_hash, operation=operation
    )


async def post_take_factor(call: Call) -> msgspec.Raw:
    """Take the second factor away from somebody who lost it."""
    return await call.write(staff.take_factor, people_of(call).roles, call.text("code"))


async def get_staff_sessions(call: Call) -> list[wire.SessionLine]:
    """The open sessions of somebody."""
    return await call.read(staff.list_sessions, call.text("code"))


async def post_end_staff_sessions(call: Call) -> msgspec.Raw:
    """End sessions of somebody."""
    wanted = await call.body(wire.EndSessions)
    return await call.write(staff.close_sessions, people_of(call).roles, call.text("code"), wanted)


async def get_rules(call: Call) -> SignInRules:
    """How long sessions last, and who needs a second factor."""
    return await call.read(read_rules)


async def post_rules(call: Call) -> msgspec.Raw:
    """Set how long sessions last, and who needs a second factor."""
    return await call.write(staff.change_rules, people_of(call).roles, await call.body(SignInRules))


# --- roles ---------------------------------------------------------------------------------------


async def get_roles(call: Call) -> list[wire.RoleLine]:
    """All roles and what they may do."""
    return await call.read(role_changes.list_roles, people_of(call).roles)


async def get_permissions(call: Call) -> list[wire.PermissionLine]:
    """What can be granted, and within which limits."""
    return role_changes.list_permissions(people_of(call).roles)


async def post_role(call: Call) -> msgspec.Raw:
    """Add a role."""
    wanted = await call.body(wire.NewRole)
    return await call.write(role_changes.add_role, people_of(call).roles, wanted)


async def post_grant(call: Call) -> msgspec.Raw:
    """Grant a role one permission, within limits or not, or take it away; counts at once."""
    wanted = await call.body(wire.ChangeGrant)
    roles = people_of(call).roles
    return await call.write(role_changes.change_grant, roles, call.text("role"), wanted)


async def post_remove_role(call: Call) -> msgspec.Raw:
    """Remove a role that nobody has."""
    return await call.write(role_changes.remove_role, people_of(call).roles, call.text("role"))


# --- approvals -----------------------------------------------------------------------------------


async def post_approval(call: Call) -> wire.Approved:
    """A second person approves one operation at this station, for a minute, once. Asking again
    gives another approval."""
    wanted = await call.body(wire.AskApproval)
    people = people_of(call)
    where = await find_place(call.request, people.doorkeeper, PIN, call.actor.station)
    wish = ApprovalWish(
        wanted.operation_id, wanted.permission, wanted.amount_minor, wanted.factor_code
    )
    token, row = await people.approve(call.actor, wanted.code, wanted.pin, wish, where)
    return wire.Approved(
        token=token,
        approver=row.approver.code,
        approver_name=row.approver.name,
        expires_at=row.expires_at,
    )
