"""Between the first factor and the second: a ticket for five minutes and five codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import View, Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn
from venue_suite.domain.localized import localized
from venue_suite.identity.rules import read_rules
from venue_suite.identity.sealing import Sealer
from venue_suite.identity.second_factor import (
    WrongCode,
    begin_enrolment,
    confirm_enrolment,
    key_uri,
    show_factor,
)
from venue_suite.identity.sessions import SignInFrom, open_session
from venue_suite.identity.tables import SignInTicketRow, StaffRow
from venue_suite.settings import read_identity

TICKET_LENGTH = timedelta(minutes=5)
TRIES_MAX = 5


class FactorWanted(NotSignedIn):
    """The first factor was right. `ticket` is worth a session together with a code; `enrol`: this
    account has no second factor yet and must set one up first."""

    code = "second_factor_needed"
    default_template = "Now the code of your authenticator app."


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a sign-in still lacks. `must_enrol`: there is no second factor to show yet."""

    must_enrol: bool


def open_or_ticket(work: Work, staff_id: int, token: str, where: SignInFrom) -> Ticket | None:
    """Open a session under `token`, or make it a ticket where a second factor is wanted.

    In a browser that is who has set a second factor up, and everywhere whose role the rules name.
    """
    staff = StaffRow.get_by_id(staff_id)
    has_factor = staff.totp_since is not None
    if not read_rules(work).wants_factor(staff.role, where.at_station, has_factor):
        open_session(work, staff_id, token, where.station, where)
        return None
    SignInTicketRow.delete().where(SignInTicketRow.expires_at < work.now).execute()
    SignInTicketRow.create(
        token_hash=hash_secret(token),
        staff=staff,
        station=where.station,
        origin=where.origin,
        address=where.address,
        way=where.way,
        at_station=where.at_station,
        expires_at=work.now + TICKET_LENGTH,
    )
    return Ticket(must_enrol=not has_factor)


def redeem_ticket(
    work: Work, sealer: Sealer, ticket: str, code: str, token: str
) -> list[str] | None:
    """Open the session of a ticket. Returns recovery codes if the factor was set up by it, None if
    the code was wrong: that try is counted.

    Raises:
        NotSignedIn: there is no such ticket (any more).
    """
    row = _find(work, ticket)
    staff = row.staff
    row.tries += 1
    row.save()
    codes: list[str] = []
    try:
        if staff.totp_since is None:
            codes = confirm_enrolment(work, staff, sealer, code)
            write_entry(work, "staff.add_factor", f"staff/{staff.code}")
        else:
            show_factor(work, staff, sealer, code)
    except WrongCode:
        return None
    row.delete_instance()
    where = SignInFrom(row.station, row.address, row.origin, row.way, row.at_station)
    open_session(work, staff.id, token, row.station, where, with_factor=True)
    return codes


def begin_ticket_enrolment(work: Work, sealer: Sealer, ticket: str) -> tuple[str, str]:
    """A new secret and its URI. Raises NotSignedIn: no ticket, or there is a factor already."""
    staff = _find(work, ticket).staff
    if staff.totp_since is not None:
        raise NotSignedIn
    secret = begin_enrolment(work, staff, sealer)
    return secret, uri_of(work, staff, secret)


def uri_of(view: View, staff: StaffRow, secret: str) -> str:
    """The text of the QR code for the authenticator app."""
    return key_uri(secret, staff.code, localized(read_identity(view).name, "en"))


def _find(view: View, ticket: str) -> SignInTicketRow:
    row: SignInTicketRow | None = (
        SignInTicketRow.select(SignInTicketRow, StaffRow)
        .join(StaffRow)
        .where(
            SignInTicketRow.token_hash == hash_secret(ticket),
            SignInTicketRow.expires_at > view.now,
            SignInTicketRow.tries < TRIES_MAX,
            StaffRow.active,
        )
        .first()
    )
    if row is None:
        raise NotSignedIn
    return row
