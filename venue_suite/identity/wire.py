"""The JSON shapes of staff, roles and approvals, shared by server and clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import PageQuery
from venue_suite.wire import Short

Secret = Annotated[str, msgspec.Meta(max_length=256)]
PermissionName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ScopeName = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+/[^\x00-\x1f/]{1,60}$")]
Amount = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**6)]
OperationId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what comes in."""


class _Out(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what goes out."""


# --- signing in ----------------------------------------------------------------------------------


class PasswordSignIn(_In, frozen=True):
    code: Short
    password: Secret


class ShowFactor(_In, frozen=True):
    """`ticket`: from the refusal `second_factor_needed`. `code`: of the app, or a recovery code."""

    ticket: Short
    code: Short


class BeginFactor(_In, frozen=True):
    """Set a second factor up at the sign-in that demands one."""

    ticket: Short


class FactorSecret(_Out, frozen=True):
    """What an authenticator app needs: the text of the QR code, or the secret to type."""

    secret: str
    uri: str


class FactorCode(_In, frozen=True):
    code: Short


class RecoveryCodes(_Out, frozen=True):
    """Shown once."""

    codes: list[str]


class Prove(_In, frozen=True):
    """The own PIN (`way` pin) or password once more."""

    secret: Secret
    way: Annotated[str, msgspec.Meta(pattern="^(pin|password)$")] = "pin"


class ChangeSecret(_In, frozen=True):
    """The own PIN or password: the old one shown, and the new one."""

    old: Secret
    new: Secret


class SetFirstPassword(_In, frozen=True):
    """The own first password; the PIN proves who asks."""

    pin: Secret
    password: Secret


# --- accounts ------------------------------------------------------------------------------------


class FindStaff(PageQuery, frozen=True):
    active: Annotated[
        bool | None, msgspec.Meta(description="only those in use, or only those that are not")
    ] = None


class StaffAccount(_Out, frozen=True):
    """One member of staff. `sessions`: how many are open."""

    code: str
    name: str
    role: str
    active: bool
    has_pin: bool
    has_password: bool
    second_factor: bool
    sessions: int


class NewStaff(_In, frozen=True):
    """`pin`: at least 6 digits; empty: they can't sign in at stations yet."""

    code: Short
    name: Short
    role: Short
    pin: Secret = ""


class StaffChange(_In, frozen=True):
    """What is left out stays."""

    name: Short | None = None
    role: Short | None = None
    active: bool | None = None


class NewPin(_In, frozen=True):
    pin: Secret


class NewPassword(_In, frozen=True):
    password: Secret


class SessionLine(_Out, frozen=True):
    """One open session. `way`: pin or password."""

    id: int
    station: str
    address: str
    way: str
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    second_factor: bool


class EndSessions(_In, frozen=True):
    """`ids`: which; none means all."""

    ids: Annotated[
        list[Annotated[int, msgspec.Meta(ge=0, le=2**53)]], msgspec.Meta(max_length=200)
    ] = []


class Ended(_Out, frozen=True):
    count: int


# --- roles ---------------------------------------------------------------------------------------


class GrantLine(_Out, frozen=True):
    """What a role may do. `changed`: the venue said so, else it is declared that way.

    `scopes` empty, maxima null: no limit.
    """

    permission: str
    allowed: bool
    changed: bool
    scopes: list[str] = []
    amount_minor_max: int | None = None
    count_per_day_max: int | None = None


class RoleLine(_Out, frozen=True):
    """A role. `everything`: it may do all, whatever `grants` say."""

    name: str
    title: Localized
    built_in: bool
    for_stations: bool
    based_on: str
    everything: bool
    people: int
    grants: list[GrantLine]


class PermissionLine(_Out, frozen=True):
    """A declared permission. `limits`: which limits a grant of it can have."""

    name: str
    summary: str
    limits: list[str]


class NewRole(_In, frozen=True):
    """`based_on`: it also has what is declared for that built-in role."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{1,31}$")]
    title: dict[Short, Short]
    based_on: Short = ""


class ChangeGrant(_In, frozen=True):
    """What a role may do with one permission. `allowed` false takes it away, null makes it as it is
    declared again."""

    permission: PermissionName
    allowed: bool | None
    scopes: Annotated[list[ScopeName], msgspec.Meta(max_length=200)] = []
    amount_minor_max: Amount | None = None
    count_per_day_max: Count | None = None


# --- approvals -----------------------------------------------------------------------------------


class AskApproval(_In, frozen=True):
    """A second person approves one operation at this station.

    Attributes:
        code, pin: theirs.
        operation_id: of the change that was refused; it will be sent again with the same id.
        permission, amount_minor: as the refusal named them.
        factor_code: of their second factor, where the venue's rules want it at stations.
    """

    code: Short
    pin: Short
    operation_id: OperationId
    permission: PermissionName
    amount_minor: Amount | None = None
    factor_code: Short = ""


class Approved(_Out, frozen=True):
    """`token` goes into the header `Approval` of that operation."""

    token: str
    approver: str
    approver_name: str
    expires_at: datetime
