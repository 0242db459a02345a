"""Using a permission inside a service: its limits, its count per day, and whoever stands in."""

from __future__ import annotations

from collections.abc import Iterable

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import Work
from venue_suite.domain.actors import Actor, ApproverNotAllowed, refuse_beyond
from venue_suite.domain.errors import NotAllowed
from venue_suite.identity.tables import GrantUseRow
from venue_suite.settings import current_business_day

_BEGIN = Statement(
    lambda: GrantUseRow.insert(
        actor=param("actor"), permission=param("permission"), day=param("day"), used=0
    ).on_conflict_ignore()
)
_COUNT = Statement(
    lambda: GrantUseRow.update(used=GrantUseRow.used + 1).where(
        GrantUseRow.actor == param("actor"),
        GrantUseRow.permission == param("permission"),
        GrantUseRow.day == param("day"),
        GrantUseRow.used < param("most"),
    )
)


def use_permission(
    work: Work,
    permission: str,
    *,
    amount_minor: int | None = None,
    scope: Iterable[str] = (),
) -> None:
    """Go on only with this permission, as `Actor.demand`, and count the use where there is a limit
    per business day. A use is counted with this transaction or not at all.

    Args:
        permission: its name; its declaration must name the limits that are passed here.
        amount_minor: how much this act moves.
        scope: what it concerns, `event/3`.

    Raises:
        NotAllowed: names the permission, the limit and what was wanted.
        ApproverNotAllowed: the second person's own limits end before this.
    """
    actor = work.actor
    if permission not in actor.limited and actor.may(permission):
        return
    named = tuple(scope)
    approval = actor.approval
    alone = actor if approval is None else actor.alone()
    try:
        alone.demand(permission, amount_minor=amount_minor, scope=named)
        _count(work, alone, permission)
    except NotAllowed:
        if approval is None or not approval.covers(permission, amount_minor):
            raise
        approval.stand_in(amount_minor, named)
        try:
            _count(work, approval.approver, permission)
        except NotAllowed as refusal:
            raise ApproverNotAllowed(
                approver=approval.approver.code, permission=permission
            ) from refusal


def _count(work: Work, actor: Actor, permission: str) -> None:
    grant = actor.limited.get(permission)
    if grant is None or grant.count_per_day_max is None:
        return
    key = {"actor": f"{actor.kind}/{actor.code}", "permission": permission}
    key["day"] = current_business_day(work)
    work.put(_BEGIN, **key)
    if not work.run(_COUNT, **key, most=grant.count_per_day_max):
        wanted = grant.count_per_day_max + 1
        refuse_beyond(permission, "count_per_day", grant.count_per_day_max, wanted)
