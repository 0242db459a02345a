"""A second person's word for one operation (manager override).

The approver shows code and PIN at the station of whoever asks. The token that comes of it is worth
something only with that actor's own session, at that station, for that operation id, that
permission and that amount, for a minute, once. It is used up in the transaction of the operation
itself: if the operation is refused, the word still stands; if it was done, its reply is kept under
the operation id, and asking again needs no second word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from venue_suite.audit.entries import write_entry
from venue_suite.database.rows import to_ms
from venue_suite.database.work import View, Work
from venue_suite.domain.actors import Actor, Approval, ApproverNotAllowed
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotAllowed, NotSignedIn
from venue_suite.identity.lockout import end_try, factor_tries
from venue_suite.identity.roles import RoleBook
from venue_suite.identity.rules import read_rules
from venue_suite.identity.sealing import Sealer
from venue_suite.identity.second_factor import show_factor
from venue_suite.identity.sessions import SignInFrom
from venue_suite.identity.tables import ApprovalRow, StaffRow

HEADER = "Approval"
TOKEN_CHARS_MAX = 128
APPROVAL_LENGTH = timedelta(seconds=60)

Service = Callable[..., Any]


class ApprovalByOneself(NotAllowed):
    code = "approval_by_oneself"
    default_template = "Somebody else has to approve this."


class ApprovalInvalid(NotAllowed):
    code = "approval_invalid"
    default_template = "This approval can't be used: {reason}."


@dataclass(frozen=True, slots=True)
class ApprovalWish:
    """What shall be approved.

    Attributes:
        operation_id: of the change that was refused and will be sent again.
        permission: the right that was missing.
        amount_minor: how much it moves; None where no amount was named.
        factor_code: of the approver's second factor, where the rules want it at stations.
    """

    operation_id: str
    permission: str
    amount_minor: int | None = None
    factor_code: str = ""


def issue_approval(
    work: Work,
    roles: RoleBook,
    sealer: Sealer,
    staff_id: int,
    token: str,
    wish: ApprovalWish,
    where: SignInFrom,
) -> ApprovalRow:
    """Give the acting person the word of `staff_id`, who has proved who they are.

    Raises:
        ApprovalByOneself: they are the one who asks.
        ApproverNotAllowed: they lack the right too, or have it only within limits that end before.
        NotSignedIn: their account was switched off meanwhile.
        WrongCode, SecondFactorMissing: the rules want their second factor too.
    """
    actor = work.actor
    staff = StaffRow.get_or_none(StaffRow.id == staff_id, StaffRow.active)
    if staff is None:
        raise NotSignedIn
    if (actor.kind, actor.code) == ("staff", staff.code):
        raise ApprovalByOneself
    if read_rules(work).wants_factor(staff.role, True, staff.totp_since is not None):
        show_factor(work, staff, sealer, wish.factor_code)
        end_try(work, factor_tries(staff.code), where.origin)
    _demand_right(roles.staff_actor(work, staff, actor.station), wish)
    row: ApprovalRow = ApprovalRow.create(
        token_hash=hash_secret(token),
        operation_id=wish.operation_id,
        permission=wish.permission,
        amount_minor=wish.amount_minor,
        actor_kind=actor.kind,
        actor_code=actor.code,
        station=actor.station,
        approver=staff,
        issued_at=work.now,
        expires_at=work.now + APPROVAL_LENGTH,
    )
    told = {
        "permission": wish.permission,
        "operation_id": wish.operation_id,
        "amount_minor": wish.amount_minor,
    }
    work.record(
        "identity.approval_given", f"staff/{staff.code}", **told, to=actor.code, at=actor.station
    )
    write_entry(work, "approval.give", f"staff/{staff.code}", after=told)
    return row


def _demand_right(approver: Actor, wish: ApprovalWish) -> None:
    """What the operation concerns is not known yet; its service demands that of the approver."""
    refusal = ApproverNotAllowed(approver=approver.code, permission=wish.permission)
    try:
        approver.demand_some(wish.permission)
    except NotAllowed as missing:
        raise refusal from missing
    grant = approver.limited.get(wish.permission)
    most = None if grant is None else grant.amount_minor_max
    if most is not None and (wish.amount_minor is None or wish.amount_minor > most):
        raise refusal


def find_approval(view: View, actor: Actor, operation_id: str, token: str) -> ApprovalRow:
    """The unused approval of a token, if it is for this actor here and for this operation.

    Raises:
        ApprovalInvalid: it is not, or not any more.
    """
    row: ApprovalRow | None = ApprovalRow.get_or_none(ApprovalRow.token_hash == hash_secret(token))
    if row is None:
        raise ApprovalInvalid(reason="nobody gave it")
    if (row.actor_kind, row.actor_code) != (actor.kind, actor.code):
        raise ApprovalInvalid(reason="it was given to somebody else")
    if row.station != actor.station:
        raise ApprovalInvalid(reason="it was given at another station")
    if row.operation_id != operation_id:
        raise ApprovalInvalid(reason="it was given for another operation")
    if row.used_at is not None:
        raise ApprovalInvalid(reason="it was used already")
    # A clock that was set back does not make a minute longer.
    if not row.issued_at <= view.now < row.expires_at:
        raise ApprovalInvalid(reason="its minute is over")
    if not row.approver.active:
        raise ApprovalInvalid(reason="who gave it may not do anything any more")
    return row


class Offer:
    """An approval that came with a request; `wrap` lets a service use it.

    Args:
        roles: what the approver may do.
        token: as it stood in the header.
    """

    def __init__(self, roles: RoleBook, token: str) -> None:
        self._roles = roles
        self._token = token[:TOKEN_CHARS_MAX]

    def check(self, view: View, actor: Actor, operation_id: str, permission: str) -> None:
        """Whether it opens a door with this permission. Raises ApprovalInvalid."""
        row = find_approval(view, actor, operation_id, self._token)
        if row.permission != permission:
            raise ApprovalInvalid(reason="it was given for another permission")

    def wrap(self, service: Service) -> Service:
        """The service with the approver beside the actor, the approval used up with it."""

        def approved(work: Work, *arguments: Any) -> Any:
            row = self._take(work)
            value = service(work, *arguments)
            _tell(work, row)
            return value

        return approved

    def _take(self, work: Work) -> ApprovalRow:
        row = find_approval(work, work.actor, work.operation_id, self._token)
        taken = (
            ApprovalRow.update(used_at=to_ms(work.now))
            .where(ApprovalRow.id == row.id, ApprovalRow.used_at.is_null())
            .execute()
        )
        if not taken:
            raise ApprovalInvalid(reason="it was used already")
        approver = self._roles.staff_actor(work, row.approver, row.station)
        work.actor = work.actor.approved_by(Approval(row.permission, row.amount_minor, approver))
        return row


def _tell(work: Work, row: ApprovalRow) -> None:
    """Every fact of the operation names who approved it."""
    approver = row.approver.code
    work.facts[:] = [replace(fact, data={"approver": approver, **fact.data}) for fact in work.facts]
    work.record(
        "identity.approval_used",
        f"staff/{approver}",
        permission=row.permission,
        operation_id=row.operation_id,
        amount_minor=row.amount_minor,
        by=row.actor_code,
        station=row.station,
    )
    write_entry(
        work,
        "approval.use",
        f"staff/{approver}",
        after={"permission": row.permission, "amount_minor": row.amount_minor},
    )
