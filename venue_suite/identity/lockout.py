"""Who guesses too often waits: per code and place, longer each time, never for ever.

A place is a station that proved who it is, or else an address. Where a person has signed in before,
only the failures at that place count, so whoever hammers elsewhere can't lock them out. Places
where that code never succeeded share a second count: many addresses don't give many guesses.
"""

from __future__ import annotations

from datetime import timedelta

from venue_suite.database.rows import from_ms
from venue_suite.database.work import Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn
from venue_suite.identity.tables import SignInTryRow

FAILURES_FREE = 5
BLOCK_FIRST_S = 5
BLOCK_S_MAX = 900
STRANGERS = "*"
STRANGE_FAILURES_FREE = 20
FORGET_AFTER = timedelta(days=1)
FORGET_PLACE_AFTER = timedelta(days=90)
NEVER = from_ms(0)


class SignInBlocked(NotSignedIn):
    code = "sign_in_blocked"
    http_status = 429
    default_template = "Too many wrong PINs. Please wait {wait_s} seconds."


def begin_try(work: Work, code: str, origin: str) -> bool:
    """Count a try, as wrong until `end_try`: a hundred guesses at once are not checked at once.

    Args:
        code: as typed; whether somebody has it makes no difference here.
        origin: the place.

    Returns:
        Whether this is the try after which the place has to wait.

    Raises:
        SignInBlocked: too many tries were wrong; nothing is counted.
    """
    who = _digest(code)
    here = _find(work, who, origin)
    is_strange = here.succeeded_at is None
    strangers = _find(work, who, STRANGERS)
    blocked_until = max(here.blocked_until, strangers.blocked_until if is_strange else NEVER)
    blocked_s = (blocked_until - work.now).total_seconds()
    if blocked_s > 0:
        raise SignInBlocked(wait_s=int(blocked_s) + 1)
    _count(work, here, FAILURES_FREE)
    # One place adds five at the most, so it takes four to make the others wait.
    adds = here.failures <= FAILURES_FREE or strangers.failures >= STRANGE_FAILURES_FREE
    if is_strange and adds:
        _count(work, strangers, STRANGE_FAILURES_FREE)
    return here.failures == FAILURES_FREE


def end_try(work: Work, code: str, origin: str) -> None:
    """It was right: this place is known from now on and its count begins anew."""
    row = _find(work, _digest(code), origin)
    row.failures = 0
    row.blocked_until = NEVER
    row.succeeded_at = row.at = work.now
    row.save()


def forget_tries(work: Work) -> None:
    """Failures count for a day; a place stays known for ninety."""
    strange = SignInTryRow.succeeded_at.is_null() & (SignInTryRow.at < work.now - FORGET_AFTER)
    old = SignInTryRow.at < work.now - FORGET_PLACE_AFTER
    SignInTryRow.delete().where(strange | old).execute()


def factor_tries(code: str) -> str:
    """Under what wrong codes of somebody's second factor are counted, apart from wrong PINs."""
    return f"{code.strip().upper()} second factor"


def _find(work: Work, who: str, origin: str) -> SignInTryRow:
    row = SignInTryRow.get_or_none(SignInTryRow.who == who, SignInTryRow.origin == origin)
    if row is None:
        return SignInTryRow(who=who, origin=origin, blocked_until=NEVER, at=work.now)
    if row.at < work.now - FORGET_AFTER:
        row.failures = 0
    return row


def _count(work: Work, row: SignInTryRow, free: int) -> None:
    row.failures += 1
    row.at = work.now
    over = row.failures - free
    if over >= 0:
        wait_s = min(BLOCK_S_MAX, 2 ** min(over, 16) * BLOCK_FIRST_S)
        row.blocked_until = work.now + timedelta(seconds=wait_s)
    row.save()


def _digest(code: str) -> str:
    return hash_secret(f"sign-in code {code.strip().upper()}")
