"""Verbs that people use on their own account."""

from __future__ import annotations

from typing import Any, Protocol

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import Work
from venue_suite.domain.errors import Refused
from venue_suite.identity.factor_tickets import uri_of
from venue_suite.identity.rules import PASSWORD
from venue_suite.identity.sealing import Sealer
from venue_suite.identity.second_factor import (
    begin_enrolment,
    confirm_enrolment,
    make_recovery_codes,
    remove_factor,
    show_factor,
)
from venue_suite.identity.sessions import end_sessions, renew_session
from venue_suite.identity.tables import StaffRow
from venue_suite.routing import Nothing


class FactorService(Protocol):
    """A verb that needs a code of the second factor."""

    def __call__(
        self, work: Work, staff: StaffRow, sealer: Sealer, code: str, *arguments: Any
    ) -> list[str]:
        """Returns recovery codes, if there are new ones."""


def change_secret(work: Work, staff_id: int, way: str, secret_hash: str, keep: str) -> Nothing:
    """A new PIN or password, after an old one was shown; all other sessions end.

    Args:
        way: pin or password.
        keep: token hash of the session that goes on.
    """
    row = StaffRow.get_by_id(staff_id)
    if way == PASSWORD:
        row.password_hash = secret_hash
    else:
        row.pin_hash = secret_hash
    row.save()
    told_secret(work, row, way)
    end_sessions(work, row, but=keep)
    return Nothing()


def told_secret(work: Work, row: StaffRow, way: str) -> None:
    """For feed and audit log: somebody has a new PIN or password."""
    work.record("identity.secret_changed", f"staff/{row.code}", way=way)
    write_entry(work, f"staff.set_{way}", f"staff/{row.code}")


def begin_factor(work: Work, sealer: Sealer, staff_id: int) -> tuple[str, str]:
    """A secret and its URI. Raises Refused: a factor that works must be removed first, with one of
    its codes."""
    row = StaffRow.get_by_id(staff_id)
    if row.totp_since is not None:
        raise Refused(reason="there is a second factor already; remove it first")
    secret = begin_enrolment(work, row, sealer)
    return secret, uri_of(work, row, secret)


def confirm_factor(
    work: Work, staff: StaffRow, sealer: Sealer, code: str, *arguments: Any
) -> list[str]:
    """The app works. Raises Refused, SecondFactorMissing, WrongCode."""
    if staff.totp_since is not None:
        raise Refused(reason="there is a second factor already; remove it first")
    codes = confirm_enrolment(work, staff, sealer, code)
    write_entry(work, "staff.add_factor", f"staff/{staff.code}")
    return codes


def renew_recovery(
    work: Work, staff: StaffRow, sealer: Sealer, code: str, *arguments: Any
) -> list[str]:
    """New recovery codes. Raises SecondFactorMissing, WrongCode."""
    show_factor(work, staff, sealer, code)
    work.record("identity.recovery_renewed", f"staff/{staff.code}")
    write_entry(work, "staff.renew_recovery", f"staff/{staff.code}")
    return make_recovery_codes(work, staff)


def drop_factor(
    work: Work, staff: StaffRow, sealer: Sealer, code: str, *arguments: Any
) -> list[str]:
    """No second factor any more. Raises SecondFactorMissing, WrongCode."""
    show_factor(work, staff, sealer, code)
    remove_factor(work, staff)
    write_entry(work, "staff.remove_factor", f"staff/{staff.code}")
    return []


def step_up(work: Work, staff: StaffRow, sealer: Sealer, code: str, *arguments: Any) -> list[str]:
    """The session goes on under another token. Raises SecondFactorMissing, WrongCode, NotSignedIn.

    Args:
        arguments: hash of the old token, and the new token.
    """
    show_factor(work, staff, sealer, code)
    token_hash, token = arguments
    renew_session(work, token_hash, token)
    return []
