"""The second factor: RFC 6238 codes of an authenticator app, and codes for the day it is lost.

Written here rather than taken from a library: it is one HMAC, and what needs care is ours anyway: a
step that was used is never used again, also not by two sign-ins at once.
"""

from __future__ import annotations

import base64
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

from venue_suite.database.rows import to_ms
from venue_suite.database.work import Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn, Refused
from venue_suite.identity.sealing import Sealer
from venue_suite.identity.tables import RecoveryCodeRow, StaffRow
from venue_suite.seams import Seams

STEP_S = 30
DIGITS = 6
STEPS_OF_SKEW = 1
SECRET_BYTES = 20
RECOVERY_CODES = 8
RECOVERY_CODE_CHARS = 16


class WrongCode(NotSignedIn):
    code = "wrong_code"
    default_template = "This code is not right, or it was used already."


class SecondFactorMissing(Refused):
    code = "second_factor_missing"
    default_template = "{code} has no second factor."


def make_secret(seams: Seams) -> str:
    """A new secret as authenticator apps take it: base32, 160 bits."""
    return base64.b32encode(seams.random_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (HOTP with SHA-1, RFC 4226)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number: int = struct.unpack_from(">I", digest, offset)[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(at: datetime) -> int:
    """The time step of a moment."""
    return int(at.timestamp()) // STEP_S


def find_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, one step of clock error each way; None if it is no code.

    All candidates are compared in constant time.
    """
    now = step_at(at)
    found: int | None = None
    for step in range(now - STEPS_OF_SKEW, now + STEPS_OF_SKEW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "replace")):
            found = step
    return found


def key_uri(secret: str, code: str, venue: str) -> str:
    """What the QR code for the app says."""
    query = urlencode({"secret": secret, "issuer": venue}, quote_via=quote)
    return f"otpauth://totp/{quote(venue, safe='')}:{quote(code, safe='')}?{query}"


def begin_enrolment(work: Work, staff: StaffRow, sealer: Sealer) -> str:
    """Give a new secret; it counts once a code of it was shown. Returns it."""
    secret = make_secret(work.seams)
    staff.totp_sealed = sealer.seal(secret.encode(), _purpose(staff))
    staff.totp_since = None
    staff.totp_step = 0
    staff.save()
    return secret


def confirm_enrolment(work: Work, staff: StaffRow, sealer: Sealer, code: str) -> list[str]:
    """The app works: from now on its codes are asked for. Returns new recovery codes.

    Raises:
        SecondFactorMissing: nothing was begun.
        WrongCode: this is not its code.
    """
    if not staff.totp_sealed:
        raise SecondFactorMissing(code=staff.code)
    _use_code(work, staff, sealer, code)
    staff.totp_since = work.now
    staff.save()
    work.record("identity.factor_added", f"staff/{staff.code}")
    return make_recovery_codes(work, staff)


def make_recovery_codes(work: Work, staff: StaffRow) -> list[str]:
    """New codes, shown once; the old ones are void."""
    RecoveryCodeRow.delete().where(RecoveryCodeRow.staff == staff).execute()
    codes = []
    for _ in range(RECOVERY_CODES):
        code = base64.b32encode(work.seams.random_bytes(RECOVERY_CODE_CHARS * 5 // 8)).decode()
        RecoveryCodeRow.create(staff=staff, code_hash=_recovery_hash(code))
        codes.append("-".join(code[start : start + 4] for start in range(0, len(code), 4)))
    return codes


def show_factor(work: Work, staff: StaffRow, sealer: Sealer, code: str) -> None:
    """Check a code of the app or a recovery code, and use it up.

    Raises:
        SecondFactorMissing: there is none.
        WrongCode: it is none, or was used.
    """
    if staff.totp_since is None:
        raise SecondFactorMissing(code=staff.code)
    if len(code.strip()) <= DIGITS + 1:
        _use_code(work, staff, sealer, code)
        return
    used = (
        RecoveryCodeRow.update(used_at=to_ms(work.now))
        .where(
            RecoveryCodeRow.staff == staff,
            RecoveryCodeRow.code_hash == _recovery_hash(code),
            RecoveryCodeRow.used_at.is_null(),
        )
        .execute()
    )
    if not used:
        raise WrongCode
    left = RecoveryCodeRow.select().where(
        RecoveryCodeRow.staff == staff, RecoveryCodeRow.used_at.is_null()
    )
    work.record("identity.recovery_code_used", f"staff/{staff.code}", left=left.count())


def remove_factor(work: Work, staff: StaffRow) -> None:
    """Sign-ins ask for no second factor any more, where the rules allow that."""
    RecoveryCodeRow.delete().where(RecoveryCodeRow.staff == staff).execute()
    staff.totp_sealed, staff.totp_since = "", None
    staff.save()
    work.record("identity.factor_removed", f"staff/{staff.code}")


def _use_code(work: Work, staff: StaffRow, sealer: Sealer, code: str) -> None:
    secret = sealer.open(staff.totp_sealed, _purpose(staff)).decode()
    step = find_step(secret, code.strip().replace(" ", ""), work.now)
    if step is None:
        raise WrongCode
    # The guard is the database's: of two sign-ins with one code, one changes the row.
    used = (
        StaffRow.update(totp_step=step)
        .where(StaffRow.id == staff.id, StaffRow.totp_step < step)
        .execute()
    )
    if not used:
        raise WrongCode
    staff.totp_step = step


def _recovery_hash(code: str) -> str:
    """Eighty random bits need no slow hash. Dashes, blanks and case are for people."""
    return hash_secret("".join(code.split()).replace("-", "").upper())


def _purpose(staff: StaffRow) -> str:
    return f"totp/{staff.id}"
