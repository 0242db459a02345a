"""Verbs on staff, stations and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from venue_suite.database.rows import to_ms
from venue_suite.database.work import Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import AlreadyExists, NotSignedIn, Refused
from venue_suite.identity.permissions import ROLES
from venue_suite.identity.tables import SessionRow, StaffRow

SESSION_LENGTH = timedelta(hours=12)
FAILURES_FREE = 5
BLOCK_S_MAX = 900
PIN_LENGTH_MIN = 4

# A PIN is short, so a guess must cost; 19 MiB keeps ten sign-ins at once within a small server.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WrongPin(NotSignedIn):
    code = "wrong_pin"
    default_template = "Number or PIN is not right."


class SignInBlocked(NotSignedIn):
    code = "sign_in_blocked"
    http_status = 429
    default_template = "Too many wrong PINs. Please wait {wait_s} seconds."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is needed to check a PIN outside the database."""

    staff_id: int
    pin_hash: str


def hash_pin(pin: str) -> str:
    """Argon2id of a PIN. Takes some 30 ms on purpose: call it outside the writer and the loop."""
    if len(pin) < PIN_LENGTH_MIN or not (pin.isascii() and pin.isdigit()):
        raise Refused(reason=f"a PIN has at least {PIN_LENGTH_MIN} digits")
    return _HASHER.hash(pin)


def pin_matches(pin: str, pin_hash: str) -> bool:
    """Compare in constant time; some 30 ms."""
    try:
        return _HASHER.verify(pin_hash, pin)
    except (Argon2Error, InvalidHashError):
        return False


def begin_sign_in(work: Work, code: str) -> Credentials | None:
    """What to check the PIN of `code` against; None if nobody has that code.

    The try counts as wrong until `open_session`: a hundred guesses at once are not checked at once.
    After five, each further one doubles the wait, up to 15 minutes.

    Raises:
        SignInBlocked: too many tries were wrong.
    """
    row = StaffRow.get_or_none(StaffRow.code == code.upper(), StaffRow.active)
    if row is None:
        return None
    blocked_s = (row.blocked_until - work.now).total_seconds()
    if blocked_s > 0:
        raise SignInBlocked(wait_s=int(blocked_s) + 1)
    row.failures += 1
    over = row.failures - FAILURES_FREE
    if over >= 0:
        row.blocked_until = work.now + timedelta(seconds=min(BLOCK_S_MAX, 2**over * 5))
    row.save()
    return Credentials(row.id, row.pin_hash)


def open_session(work: Work, staff_id: int, token: str, station: str) -> str:
    """Remember a sign-in; returns the staff code."""
    row = StaffRow.get_by_id(staff_id)
    row.failures = 0
    row.blocked_until = 0
    row.save()
    SessionRow.create(
        token_hash=hash_secret(token),
        staff=row,
        station=station,
        opened_at=work.now,
        expires_at=work.now + SESSION_LENGTH,
    )
    work.record("identity.signed_in", f"staff/{row.code}", station=station)
    code: str = row.code
    return code


def end_session(work: Work, token_hash: str) -> None:
    SessionRow.update(ended_at=to_ms(work.now)).where(
        SessionRow.token_hash == token_hash, SessionRow.ended_at.is_null()
    ).execute()


def add_staff(work: Work, code: str, name: str, role: str, pin_hash: str) -> None:
    """Add one member of staff. Raises Refused for a wrong role, AlreadyExists for a known code."""
    _check_role(role)
    if not code.strip():
        raise Refused(reason="a member of staff needs a code")
    if StaffRow.get_or_none(StaffRow.code == code.upper()) is not None:
        raise AlreadyExists(what="Staff", key=code.upper())
    StaffRow.create(code=code.upper(), name=name, role=role, pin_hash=pin_hash)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refused(reason=f"there is no role {role}; there are {', '.join(ROLES)}")
