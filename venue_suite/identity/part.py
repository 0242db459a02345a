"""What the room of people adds to the server: its routes, permissions and jobs."""

from __future__ import annotations

from venue_suite.context import Context
from venue_suite.domain.actors import ApproverNotAllowed
from venue_suite.domain.errors import AlreadyExists, NotFound, NotSignedIn, Refused
from venue_suite.hookspecs import Job
from venue_suite.identity import own_routes as own
from venue_suite.identity import staff_routes as office
from venue_suite.identity import wire
from venue_suite.identity.approvals import ApprovalByOneself
from venue_suite.identity.factor_tickets import FactorWanted
from venue_suite.identity.hashing import PasswordTooWeak, PinTooWeak
from venue_suite.identity.lockout import SignInBlocked, forget_tries
from venue_suite.identity.permissions import OPEN, SIGNED_IN, Permission
from venue_suite.identity.role_changes import LimitUnknown
from venue_suite.identity.roles import LastAdministrator
from venue_suite.identity.rules import SignInRules
from venue_suite.identity.second_factor import SecondFactorMissing, WrongCode
from venue_suite.identity.services import WrongPin
from venue_suite.paging import Page
from venue_suite.routing import Nothing, Route
from venue_suite.wire import Session

VIEW, MANAGE = "staff.view", "staff.manage"
FORGET_EVERY_S = 3600.0

PERMISSIONS = (
    Permission(VIEW, "see staff, roles and open sessions"),
    Permission(MANAGE, "add, change and switch off staff; change roles"),
)
_PROOF = (WrongPin, SignInBlocked)
_CODE = (WrongCode, SecondFactorMissing, SignInBlocked)
_THEM = (NotFound, Refused)

# What a lost answer would keep for ever if it were kept under an operation id (tokens, secrets,
# recovery codes) is not: those routes have none, and asking again gives another one.
SIGN_IN_ROUTES = (
    Route(
        "POST", "/sign-in/password", own.post_password_sign_in, OPEN, keyed=False,
        body=wire.PasswordSignIn, reply=Session, refusals=(*_PROOF, FactorWanted),
        example=wire.PasswordSignIn(code="C03", password="quiet river lantern"),  # noqa: S106
    ),
    Route(
        "POST", "/sign-in/second-factor", own.post_factor, OPEN, keyed=False,
        body=wire.ShowFactor, reply=Session, refusals=(WrongCode, NotSignedIn),
        example=wire.ShowFactor(ticket="5f" * 32, code="287082"),
    ),
    Route(
        "POST", "/sign-in/second-factor/begin", own.post_begin_factor, OPEN, keyed=False,
        body=wire.BeginFactor, reply=wire.FactorSecret, refusals=(NotSignedIn,),
        example=wire.BeginFactor(ticket="5f" * 32),
    ),
)  # fmt: skip

OWN_ROUTES = (
    Route(
        "POST", "/me/pin", own.post_pin, SIGNED_IN,
        body=wire.ChangeSecret, reply=Nothing, refusals=(*_PROOF, PinTooWeak),
        example=wire.ChangeSecret(old="246801", new="801246"),
    ),
    Route(
        "POST", "/me/password", own.post_password, SIGNED_IN,
        body=wire.ChangeSecret, reply=Nothing, refusals=(*_PROOF, PasswordTooWeak),
        example=wire.ChangeSecret(old="quiet river lantern", new="seven paper boats"),
    ),
    Route(
        "POST", "/me/password/first", own.post_first_password, SIGNED_IN,
        body=wire.SetFirstPassword, reply=Nothing, refusals=(*_PROOF, PasswordTooWeak, Refused),
        example=wire.SetFirstPassword(pin="246801", password="quiet river lantern"),  # noqa: S106
    ),
    Route(
        "POST", "/me/second-factor/begin", own.post_enrol, SIGNED_IN, keyed=False,
        body=wire.Prove, reply=wire.FactorSecret, refusals=(*_PROOF, Refused),
        example=wire.Prove(secret="246801"),  # noqa: S106
    ),
    Route(
        "POST", "/me/second-factor/confirm", own.post_confirm, SIGNED_IN, keyed=False,
        body=wire.FactorCode, reply=wire.RecoveryCodes, refusals=(*_CODE, Refused),
        example=wire.FactorCode(code="287082"),
    ),
    Route(
        "POST", "/me/second-factor/recovery", own.post_recovery, SIGNED_IN, keyed=False,
        body=wire.FactorCode, reply=wire.RecoveryCodes, refusals=_CODE,
        example=wire.FactorCode(code="287082"),
    ),
    Route(
        "POST", "/me/second-factor/remove", own.post_remove, SIGNED_IN, keyed=False,
        body=wire.FactorCode, reply=wire.RecoveryCodes, refusals=_CODE,
        example=wire.FactorCode(code="287082"),
    ),
    Route(
        "POST", "/me/step-up", own.post_step_up, SIGNED_IN, keyed=False,
        body=wire.FactorCode, reply=Session, refusals=_CODE,
        example=wire.FactorCode(code="287082"),
    ),
    Route(
        "GET", "/me/sessions", own.get_sessions, SIGNED_IN, reply=list[wire.SessionLine],
        refusals=(Refused,),
    ),
    Route(
        "POST", "/me/sessions/end", own.post_end_sessions, SIGNED_IN,
        body=wire.EndSessions, reply=wire.Ended, refusals=(Refused,),
    ),
    Route(
        "POST", "/approvals", office.post_approval, SIGNED_IN, keyed=False,
        body=wire.AskApproval, reply=wire.Approved,
        refusals=(*_PROOF, *_CODE, ApprovalByOneself, ApproverNotAllowed),
        example=wire.AskApproval(
            code="C03", pin="975303", operation_id="01KB4W8Q3M0000000000000000",
            permission="sales.reprint",
        ),
    ),
)  # fmt: skip

STAFF_ROUTES = (
    Route(
        "GET", "/staff", office.get_staff_list, VIEW,
        reply=Page[wire.StaffAccount], query=wire.FindStaff,
    ),
    Route(
        "POST", "/staff", office.post_staff, MANAGE,
        body=wire.NewStaff, reply=wire.StaffAccount,
        refusals=(Refused, AlreadyExists, PinTooWeak),
        example=wire.NewStaff(code="C06", name="Lin", role="cashier", pin="246801"),
    ),
    Route("GET", "/staff/rules", office.get_rules, VIEW, reply=SignInRules),
    Route(
        "POST", "/staff/rules", office.post_rules, MANAGE,
        body=SignInRules, reply=SignInRules, refusals=(Refused,),
    ),
    Route(
        "GET", "/staff/{code}", office.get_staff, VIEW,
        reply=wire.StaffAccount, refusals=(NotFound,), texts=("code",),
    ),
    Route(
        "POST", "/staff/{code}", office.post_change, MANAGE,
        body=wire.StaffChange, reply=wire.StaffAccount, texts=("code",),
        refusals=(*_THEM, LastAdministrator), example=wire.StaffChange(role="senior_cashier"),
    ),
    Route(
        "POST", "/staff/{code}/pin", office.post_reset_pin, MANAGE,
        body=wire.NewPin, reply=wire.StaffAccount, texts=("code",),
        refusals=(NotFound, PinTooWeak), example=wire.NewPin(pin="801246"),
    ),
    Route(
        "POST", "/staff/{code}/password", office.post_reset_password, MANAGE,
        body=wire.NewPassword, reply=wire.StaffAccount, texts=("code",),
        refusals=(NotFound, PasswordTooWeak),
        example=wire.NewPassword(password="quiet river lantern"),  # noqa: S106
    ),
    Route(
        "POST", "/staff/{code}/second-factor/remove", office.post_take_factor, MANAGE,
        reply=wire.StaffAccount, texts=("code",), refusals=(NotFound,),
    ),
    Route(
        "GET", "/staff/{code}/sessions", office.get_staff_sessions, VIEW,
        reply=list[wire.SessionLine], texts=("code",), refusals=(NotFound,),
    ),
    Route(
        "POST", "/staff/{code}/sessions/end", office.post_end_staff_sessions, MANAGE,
        body=wire.EndSessions, reply=wire.Ended, texts=("code",), refusals=(NotFound,),
    ),
    Route("GET", "/roles", office.get_roles, VIEW, reply=list[wire.RoleLine]),
    Route(
        "GET", "/roles/permissions", office.get_permissions, VIEW,
        reply=list[wire.PermissionLine],
    ),
    Route(
        "POST", "/roles", office.post_role, MANAGE,
        body=wire.NewRole, reply=wire.RoleLine, refusals=(Refused, AlreadyExists),
        example=wire.NewRole(name="refunds", title={"en": "Refunds"}, based_on="cashier"),
    ),
    Route(
        "POST", "/roles/{role}/grants", office.post_grant, MANAGE,
        body=wire.ChangeGrant, reply=wire.RoleLine, texts=("role",),
        refusals=(*_THEM, LimitUnknown, LastAdministrator),
        example=wire.ChangeGrant(
            permission="sales.reprint", allowed=True, count_per_day_max=10
        ),
    ),
    Route(
        "POST", "/roles/{role}/remove", office.post_remove_role, MANAGE,
        reply=Nothing, texts=("role",), refusals=_THEM,
    ),
)  # fmt: skip

ROUTES = (*SIGN_IN_ROUTES, *OWN_ROUTES, *STAFF_ROUTES)


async def forget_old_tries(context: Context) -> None:
    """Failed sign-ins count for a day."""
    await context.database.write(forget_tries)


JOBS = (Job("staff.forget_tries", FORGET_EVERY_S, forget_old_tries),)
