"""Verbs on sessions: opened, used, listed, renewed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from venue_suite.database.rows import from_ms, to_ms
from venue_suite.database.work import View, Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn
from venue_suite.identity.lockout import end_try
from venue_suite.identity.rules import PIN, read_rules
from venue_suite.identity.tables import SessionRow, StaffRow


@dataclass(frozen=True, slots=True)
class SignInFrom:
    """Where a sign-in comes from, and how.

    Attributes:
        station: the station's name, "" for a browser.
        address: of the network.
        origin: the place that failures are counted for: a station that proved itself, or else an
            address.
        way: pin or password.
        at_station: the rules of stations count: longer sessions, as a rule no second factor. Not
            for passwords, and not for a PIN that comes from no station of the venue.
    """

    station: str = ""
    address: str = ""
    origin: str = ""
    way: str = PIN
    at_station: bool = True


HERE = SignInFrom()


def open_session(
    work: Work,
    staff_id: int,
    token: str,
    station: str,
    where: SignInFrom = HERE,
    *,
    with_factor: bool = False,
) -> str:
    """Remember a sign-in; returns the staff code.

    Raises:
        NotSignedIn: the account was switched off since its secret was checked.
    """
    row = StaffRow.get_by_id(staff_id)
    if not row.active:
        raise NotSignedIn
    end_try(work, row.code, where.origin)
    rules = read_rules(work)
    hours = rules.station_hours if where.at_station else rules.browser_hours
    minutes = rules.station_idle_minutes if where.at_station else rules.browser_idle_minutes
    SessionRow.create(
        token_hash=hash_secret(token),
        staff=row,
        station=station,
        opened_at=work.now,
        expires_at=work.now + timedelta(hours=hours),
        way=where.way,
        address=where.address,
        seen_at=work.now,
        idle_ms=minutes * 60_000,
        factor_at=work.now if with_factor else None,
    )
    work.record("identity.signed_in", f"staff/{row.code}", station=station)
    code: str = row.code
    return code


def end_session(work: Work, token_hash: str) -> None:
    """End one session; ended ones stay as they are."""
    SessionRow.update(ended_at=to_ms(work.now)).where(
        SessionRow.token_hash == token_hash, SessionRow.ended_at.is_null()
    ).execute()


def end_sessions(
    work: Work, staff: StaffRow, *, but: str = "", ids: list[int] | None = None
) -> int:
    """End sessions of one person; returns how many.

    Args:
        but: token hash of the one that goes on.
        ids: only these; None means all.
    """
    wanted = (SessionRow.staff == staff) & SessionRow.ended_at.is_null()
    if but:
        wanted &= SessionRow.token_hash != but
    if ids is not None:
        wanted &= SessionRow.id.in_(ids)
    ended: int = SessionRow.update(ended_at=to_ms(work.now)).where(wanted).execute()
    if ended:
        work.record("identity.sessions_ended", f"staff/{staff.code}", count=ended)
    return ended


def renew_session(work: Work, token_hash: str, token: str) -> None:
    """The second factor was shown: the session goes on under another token, so that an older copy
    of it is worth nothing. Raises NotSignedIn: it has ended."""
    row = find_session(work, token_hash)
    if row is None:
        raise NotSignedIn
    row.token_hash = hash_secret(token)
    row.seen_at = row.factor_at = work.now
    row.save()
    work.record("identity.session_renewed", f"staff/{row.staff.code}", station=row.station)


def note_seen(work: Work, token_hash: str, seen_ms: int) -> None:
    """The session was used at that moment, in milliseconds since 1970."""
    SessionRow.update(seen_at=seen_ms).where(
        SessionRow.token_hash == token_hash,
        SessionRow.ended_at.is_null(),
        SessionRow.seen_at < from_ms(seen_ms),
    ).execute()


def find_session(view: View, token_hash: str, grace_ms: int = 0) -> SessionRow | None:
    """The open session of a token with its member of staff, None if it has ended in any way.

    Args:
        grace_ms: how long after its last use a session may be told of it.
    """
    row: SessionRow | None = (
        SessionRow.select(SessionRow, StaffRow)
        .join(StaffRow)
        .where(
            SessionRow.token_hash == token_hash,
            SessionRow.ended_at.is_null(),
            SessionRow.expires_at > from_ms(view.now_ms),
            StaffRow.active,
        )
        .first()
    )
    return None if row is None or is_idle(row, view, grace_ms) else row


def is_idle(row: SessionRow, view: View, grace_ms: int = 0) -> bool:
    """Whether a session has ended because nobody used it."""
    idle_ms = view.now_ms - to_ms(row.seen_at)
    return bool(row.idle_ms) and idle_ms >= row.idle_ms + grace_ms
