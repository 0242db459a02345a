"""Who acts: a member of staff, a station, or the system itself; and within which limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from venue_suite.domain.errors import NotAllowed

EVERYTHING = "*"
STATION_SCOPE = "station"


class ApproverNotAllowed(NotAllowed):
    """Whoever approves must hold the right themselves, and within its limits."""

    code = "approver_not_allowed"
    default_template = (
        "{approver} may not approve this: the permission {permission} is missing or limited."
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission with limits. One without any needs no grant: its name is enough.

    Attributes:
        scopes: what it is for, `event/3`, `station/window-1`; empty: everything. Of each kind that
            is named here, an act must name its own, and all of them must be here.
        amount_minor_max: how much one act may move.
        count_per_day_max: how many acts a business day; counted by `identity.limits`.
    """

    scopes: frozenset[str] = frozenset()
    amount_minor_max: int | None = None
    count_per_day_max: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's word for one operation; it was checked when the operation began.

    Attributes:
        permission: for which right they stood in.
        amount_minor: exactly how much they signed; None for acts without an amount.
        approver: who they are and what they may do.
    """

    permission: str
    amount_minor: int | None
    approver: Actor

    def covers(self, permission: str, amount_minor: int | None) -> bool:
        """Whether this is what was approved: the same right, and the same sum."""
        return (permission, amount_minor) == (self.permission, self.amount_minor)

    def stand_in(self, amount_minor: int | None, scope: Iterable[str]) -> None:
        """The second person's own right counts now. Raises ApproverNotAllowed."""
        try:
            self.approver.demand(self.permission, amount_minor=amount_minor, scope=scope)
        except NotAllowed as refusal:
            raise ApproverNotAllowed(
                approver=self.approver.code, permission=self.permission
            ) from refusal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        kind: staff, station, system or nobody.
        code: staff code or station name.
        name: for people.
        station: the station it happens at, "" if none.
        station_kind: kiosk, console, gate, "".
        permissions: what it may do, also within limits; `*` is everything.
        limited: permission -> its limits, for those that have any.
        approval: a second person's word, during the one operation that it is for.
    """

    kind: str
    code: str
    name: str = ""
    station: str = ""
    station_kind: str = ""
    permissions: frozenset[str] = frozenset()
    limited: Mapping[str, Grant] = field(default_factory=dict, hash=False)
    approval: Approval | None = None

    @property
    def approver(self) -> Actor | None:
        """The second person of this operation, None without one."""
        return None if self.approval is None else self.approval.approver

    def may(self, permission: str) -> bool:
        """Whether it has a permission, be it within limits."""
        return permission in self.permissions or EVERYTHING in self.permissions

    def demand(
        self,
        permission: str,
        *,
        amount_minor: int | None = None,
        scope: Iterable[str] = (),
    ) -> None:
        """Go on only with this permission, or with a second person's word for it.

        Args:
            permission: its name, `sales.refund`.
            amount_minor: how much this act moves, for permissions that can have such a limit.
            scope: what it concerns, `event/3`; the actor's own station needs no naming.

        Raises:
            NotAllowed: names the permission and, where it is a limit, the limit and what was
                wanted.
        """
        if permission not in self.limited and self.may(permission):
            return
        named = tuple(scope)
        try:
            self._demand_within(permission, amount_minor, named)
        except NotAllowed as refusal:
            if self.approval is None or not self.approval.covers(permission, amount_minor):
                if amount_minor is not None:  # so that a screen can ask for exactly this approval
                    refusal.params["amount_minor"] = amount_minor
                raise
            self.approval.stand_in(amount_minor, named)

    def demand_some(self, permission: str) -> None:
        """For a door: the permission within whatever limits, at this station. What stands behind
        the door demands it again with the amount and the scope.

        Raises:
            NotAllowed: names the permission.
        """
        if permission not in self.limited and self.may(permission):
            return
        if not self.may(permission):
            raise NotAllowed(permission=permission)
        scopes = self.limited[permission].scopes
        here = frozenset(scope for scope in scopes if _kind(scope) == STATION_SCOPE)
        self._demand_inside(permission, here, ())

    def approved_by(self, approval: Approval) -> Actor:
        """The same actor with a second person's word."""
        return replace(self, approval=approval)

    def alone(self) -> Actor:
        """The same actor without it."""
        return replace(self, approval=None)

    def _demand_within(
        self, permission: str, amount_minor: int | None, scope: tuple[str, ...]
    ) -> None:
        if not self.may(permission):
            raise NotAllowed(permission=permission)
        grant = self.limited.get(permission, _UNLIMITED)
        self._demand_inside(permission, grant.scopes, scope)
        most = grant.amount_minor_max
        if most is not None and (amount_minor is None or amount_minor > most):
            refuse_beyond(permission, "amount_minor", most, amount_minor)

    def _demand_inside(
        self, permission: str, allowed: frozenset[str], scope: tuple[str, ...]
    ) -> None:
        named = {*scope, f"{STATION_SCOPE}/{self.station}"}
        for kind in sorted({_kind(one) for one in allowed}):
            of_kind = {one for one in named if _kind(one) == kind}
            if not of_kind or not of_kind <= allowed:
                known = sorted(one for one in allowed if _kind(one) == kind)
                refuse_beyond(permission, "scope", ", ".join(known), ", ".join(sorted(of_kind)))


def refuse_beyond(permission: str, limit: str, allowed: object, wanted: object) -> NoReturn:
    """Refuse an act beyond a limit.

    Raises:
        NotAllowed: which limit of which permission, how far it reaches, what was wanted.
    """
    raise NotAllowed(
        "You may do this ({permission}) only within a limit: {limit} {allowed}, not {wanted}.",
        permission=permission,
        limit=limit,
        allowed=allowed,
        wanted="-" if wanted in (None, "") else wanted,
    )


def _kind(scope: str) -> str:
    return scope.partition("/")[0]


_UNLIMITED = Grant()
SYSTEM = Actor("system", "system", "system", permissions=frozenset({EVERYTHING}))
NOBODY = Actor("nobody", "")
