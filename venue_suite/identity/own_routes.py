"""What people do with their own account: sign in, change secrets, second factor, sessions."""

from __future__ import annotations

import msgspec

from venue_suite.domain.actors import Actor
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import Refused
from venue_suite.identity import own_account, staff, wire
from venue_suite.identity.hashing import hash_password, hash_pin
from venue_suite.identity.people import People
from venue_suite.identity.places import bearer, find_place
from venue_suite.identity.rules import PASSWORD, PIN
from venue_suite.identity.secret_writes import find_reply, operation_of
from venue_suite.identity.serving import people_of
from venue_suite.routing import Call
from venue_suite.trust.peers import peer_of
from venue_suite.wire import Me, Session


async def post_password_sign_in(call: Call) -> Session:
    """Sign in from a browser."""
    wanted = await call.body(wire.PasswordSignIn)
    people = people_of(call)
    where = await find_place(call.request, people.doorkeeper, PASSWORD)
    token = await people.sign_in(wanted.code, wanted.password, where)
    return await session_of(call, token)


async def post_factor(call: Call) -> Session:
    """Finish a sign-in with the second factor. When it was just set up, recovery codes come too."""
    wanted = await call.body(wire.ShowFactor)
    token, codes = await people_of(call).finish_sign_in(wanted.ticket, wanted.code)
    return await session_of(call, token, codes)


async def post_begin_factor(call: Call) -> wire.FactorSecret:
    """Set the second factor up that this sign-in demands."""
    wanted = await call.body(wire.BeginFactor)
    secret, uri = await people_of(call).begin_factor_at_sign_in(wanted.ticket)
    return wire.FactorSecret(secret=secret, uri=uri)


async def session_of(call: Call, token: str, codes: list[str] | None = None) -> Session:
    """The answer to a sign-in."""
    actor = await people_of(call).doorkeeper.recognise(token, peer_of(call.request))
    return Session(token=token, me=me_of(actor), recovery_codes=codes or [])


def me_of(actor: Actor) -> Me:
    """Who somebody is, and what they may do."""
    return Me(
        kind=actor.kind,
        code=actor.code,
        name=actor.name,
        station_kind=actor.station_kind,
        permissions=sorted(actor.permissions),
    )


# --- PIN and password ----------------------------------------------------------------------------


async def post_pin(call: Call) -> msgspec.Raw:
    """Change the own PIN. All other sessions of this person end."""
    wanted = await call.body(wire.ChangeSecret)
    return await _change_secret(call, wanted, ("old", "new"), (PIN, wanted.old), PIN, wanted.new)


async def post_password(call: Call) -> msgspec.Raw:
    """Change the own password. All other sessions of this person end."""
    wanted = await call.body(wire.ChangeSecret)
    shown = (PASSWORD, wanted.old)
    return await _change_secret(call, wanted, ("old", "new"), shown, PASSWORD, wanted.new)


async def post_first_password(call: Call) -> msgspec.Raw:
    """Choose the own first password; the PIN proves who asks."""
    wanted = await call.body(wire.SetFirstPassword)
    person = await call.read(staff.read_staff, _own_code(call))
    if person.has_password:
        raise Refused(reason="there is a password already; change it with the old one")
    shown = (PIN, wanted.pin)
    return await _change_secret(call, wanted, ("pin", "password"), shown, PASSWORD, wanted.password)


async def _change_secret(
    call: Call,
    body: msgspec.Struct,
    fields: tuple[str, str],
    shown: tuple[str, str],
    way: str,
    new: str,
) -> msgspec.Raw:
    """`fields`: which of the body are secrets. `shown`: by which way, and what proves who asks."""
    people, code = people_of(call), _own_code(call)
    operation = await operation_of(call, people.bench, body, *fields)
    done = await call.read(find_reply, operation)
    if done is not None:
        return done  # the old secret, which would be shown now, is the new one already
    if way == PASSWORD:
        person = await call.read(staff.read_staff, code)
        new_hash = await people.bench.run(hash_password, new, person.code, person.name)
    else:
        new_hash = await people.bench.run(hash_pin, new)
    where = await find_place(call.request, people.doorkeeper, shown[0], call.actor.station)
    staff_id = await people.prove(code, shown[1], where)
    keep = hash_secret(bearer(call.request))
    return await call.write(
        own_account.change_secret, staff_id, way, new_hash, keep, operation=operation
    )


# --- the second factor ---------------------------------------------------------------------------


async def post_enrol(call: Call) -> wire.FactorSecret:
    """Begin to set a second factor up; it counts once it is confirmed."""
    wanted = await call.body(wire.Prove)
    people = people_of(call)
    where = await find_place(call.request, people.doorkeeper, wanted.way, call.actor.station)
    staff_id = await people.prove(_own_code(call), wanted.secret, where)
    database = call.context.database
    secret, uri = await database.write(own_account.begin_factor, people.sealer, staff_id)
    return wire.FactorSecret(secret=secret, uri=uri)


async def post_confirm(call: Call) -> wire.RecoveryCodes:
    """Show that the app works: from now on its codes are asked for."""
    return await _with_factor(call, own_account.confirm_factor)


async def post_recovery(call: Call) -> wire.RecoveryCodes:
    """New recovery codes; the old ones are void."""
    return await _with_factor(call, own_account.renew_recovery)


async def post_remove(call: Call) -> wire.RecoveryCodes:
    """Remove the own second factor."""
    return await _with_factor(call, own_account.drop_factor)


async def _with_factor(call: Call, service: own_account.FactorService) -> wire.RecoveryCodes:
    wanted = await call.body(wire.FactorCode)
    codes = await _people_with_place(call, service, wanted.code)
    return wire.RecoveryCodes(codes=codes)


async def post_step_up(call: Call) -> Session:
    """Show the second factor in an open session, which goes on under another token."""
    wanted = await call.body(wire.FactorCode)
    token = people_of(call).make_token()
    await _people_with_place(
        call, own_account.step_up, wanted.code, hash_secret(bearer(call.request)), token
    )
    return await session_of(call, token)


async def _people_with_place(
    call: Call, service: own_account.FactorService, code: str, *arguments: str
) -> list[str]:
    _own_code(call)
    people: People = people_of(call)
    where = await find_place(call.request, people.doorkeeper, PIN, call.actor.station)
    return await people.use_factor(call.actor, code, where, service, *arguments)


# --- sessions ------------------------------------------------------------------------------------


async def get_sessions(call: Call) -> list[wire.SessionLine]:
    """The own open sessions."""
    return await call.read(staff.list_sessions, _own_code(call))


async def post_end_sessions(call: Call) -> msgspec.Raw:
    """End own sessions, but not this one."""
    wanted = await call.body(wire.EndSessions)
    keep = hash_secret(bearer(call.request))
    roles = people_of(call).roles
    return await call.write(staff.close_sessions, roles, _own_code(call), wanted, keep)


def _own_code(call: Call) -> str:
    if call.actor.kind != "staff":
        raise Refused(reason="only people have an account, not stations")
    return call.actor.code
