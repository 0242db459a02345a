"""Verbs on staff that programs beside the server use too: sign in, add, end."""

from __future__ import annotations

from dataclasses import dataclass

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import Work
from venue_suite.domain.errors import AlreadyExists, NotSignedIn
from venue_suite.identity.hashing import NOBODYS_HASH, hash_pin, pin_matches
from venue_suite.identity.lockout import SignInBlocked, begin_try
from venue_suite.identity.naming import check_code, check_name, spell_code
from venue_suite.identity.roles import check_staff_role
from venue_suite.identity.rules import PASSWORD, PIN
from venue_suite.identity.sessions import end_session, open_session
from venue_suite.identity.tables import StaffRow

__all__ = [
    "Credentials",
    "SignInBlocked",
    "WrongPin",
    "add_staff",
    "begin_password_sign_in",
    "begin_sign_in",
    "end_session",
    "hash_pin",
    "open_session",
    "pin_matches",
]


class WrongPin(NotSignedIn):
    code = "wrong_pin"
    default_template = "Number or PIN is not right."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is needed to check a PIN or a password outside the database.

    Attributes:
        staff_id: None if nobody has that code; then nothing matches the hash.
        pin_hash: checking it takes as long for everybody.
    """

    staff_id: int | None
    pin_hash: str


def begin_sign_in(work: Work, code: str, origin: str = "") -> Credentials:
    """What to check the PIN of `code` against. The try counts as wrong until `open_session`.

    Args:
        code: as typed.
        origin: the place, see `lockout`.

    Raises:
        SignInBlocked: too many tries were wrong.
    """
    return _begin(work, code, origin, PIN)


def begin_password_sign_in(work: Work, code: str, origin: str = "") -> Credentials:
    """The same for the password with which people sign in from a browser."""
    return _begin(work, code, origin, PASSWORD)


def _begin(work: Work, code: str, origin: str, way: str) -> Credentials:
    waits_now = begin_try(work, code, origin)
    row = StaffRow.get_or_none(StaffRow.code == spell_code(code), StaffRow.active)
    if waits_now:
        # Told of everybody alike; what was typed is not told unless it is somebody's code.
        subject = f"staff/{'' if row is None else row.code}"
        work.record("identity.sign_in_blocked", subject, place=origin)
        write_entry(work, "staff.sign_in_blocked", subject, after={"place": origin})
    if row is None:
        return Credentials(None, NOBODYS_HASH)
    secret_hash = row.password_hash if way == PASSWORD else row.pin_hash
    return Credentials(row.id, secret_hash or NOBODYS_HASH)


def add_staff(work: Work, code: str, name: str, role: str, pin_hash: str = "") -> StaffRow:
    """Add one member of staff. Without a PIN they can't sign in yet.

    Raises:
        Refused: a wrong role, or no code.
        AlreadyExists: the code is taken.
    """
    check_staff_role(work, role)
    code = check_code(code)
    if StaffRow.get_or_none(StaffRow.code == code) is not None:
        raise AlreadyExists(what="Staff", key=code)
    name = check_name(name)
    row: StaffRow = StaffRow.create(code=code, name=name, role=role, pin_hash=pin_hash)
    work.record("identity.staff_added", f"staff/{code}", role=role)
    write_entry(work, "staff.add", f"staff/{code}", after={"name": name, "role": role})
    return row
