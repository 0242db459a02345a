"""An imaginary plugin with money to give out, and what tests of people ask of a served venue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.database import View, Work
from venue_suite.hookspecs import PluginInfo, VenueHooks, hookimpl
from venue_suite.identity import wire
from venue_suite.identity.limits import use_permission
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Nothing, Route
from venue_suite.settings import put_setting, read_setting
from venue_suite.testing import PIN, ServedVenue

PAID = "vault.paid"


class Pay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount_minor: int
    event: int = 1


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    total_minor: int
    approver: str


def pay(work: Work, wanted: Pay) -> Paid:
    """Give money out; what was given so far, and who approved it."""
    use_permission(
        work, "vault.pay", amount_minor=wanted.amount_minor, scope=[f"event/{wanted.event}"]
    )
    total = read_paid(work) + wanted.amount_minor
    put_setting(work, PAID, total)
    work.record("vault.paid", "vault/1", amount=wanted.amount_minor)
    approver = work.actor.approver
    return Paid(total_minor=total, approver="" if approver is None else approver.code)


def read_paid(view: View) -> int:
    return read_setting(view, PAID, int, 0)


async def post_pay(call: Call) -> msgspec.Raw:
    return await call.write(pay, await call.body(Pay))


async def post_open(call: Call) -> msgspec.Raw:
    """Its door is the permission itself."""
    return await call.write(pay_one)


def pay_one(work: Work) -> Paid:
    work.actor.demand("vault.open")
    put_setting(work, PAID, read_paid(work) + 1)
    approver = work.actor.approver
    return Paid(total_minor=read_paid(work), approver="" if approver is None else approver.code)


async def post_peek(call: Call) -> dict[str, int]:
    """A change by its method that writes nothing."""
    return {"paid": await call.read(read_paid)}


async def get_peek(call: Call) -> dict[str, int]:
    return {"paid": await call.read(read_paid)}


class Vault(VenueHooks):
    """Cashiers may come in; only managers may pay."""

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("vault", "Gives money out", "1.0")

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        limits = ("amount_minor", "count_per_day", "event")
        return [
            Permission("vault.enter", "come in", ("cashier", "usher")),
            Permission("vault.pay", "give money out", (), limits),
            Permission("vault.open", "open the vault"),
            Permission("vault.view", "look into the vault"),
        ]

    @hookimpl
    def venue_register_routes(self) -> Sequence[Route]:
        return [
            Route("POST", "/vault/pay", post_pay, "vault.enter", body=Pay, reply=Paid),
            Route("POST", "/vault/open", post_open, "vault.open", reply=Paid),
            Route("POST", "/vault/peek", post_peek, "vault.open"),
            Route("GET", "/vault/peek", get_peek, "vault.open"),
            Route("POST", "/vault/enter", post_enter, "vault.enter", reply=Nothing),
        ]


async def post_enter(call: Call) -> Nothing:
    return Nothing()


async def ask(
    client: VenueClient, path: str, body: Any = None, operation_id: str = "", approval: str = ""
) -> dict[str, Any]:
    """POST as plain data."""
    operation_id = operation_id or client.make_operation_id()
    return await client.post(
        path,
        {} if body is None else body,
        dict[str, Any],
        operation_id=operation_id,
        approval=approval,
    )


async def refusal(awaitable: Any) -> ServerRefused:
    """The refusal that something ends with."""
    try:
        answer = await awaitable
    except ServerRefused as refused:
        return refused
    raise AssertionError(f"it was not refused: {answer}")


async def approve(
    client: VenueClient,
    operation_id: str,
    permission: str = "vault.pay",
    amount_minor: int | None = None,
    code: str = "T-MANAGER",
    pin: str = PIN,
) -> str:
    """A second person's token for an operation of this client."""
    wanted = wire.AskApproval(
        code=code,
        pin=pin,
        operation_id=operation_id,
        permission=permission,
        amount_minor=amount_minor,
    )
    given = await client.post("/approvals", wanted, wire.Approved, operation_id="-")
    assert given.approver == code
    return given.token


async def paid(venue: ServedVenue) -> int:
    """What the vault has given out so far."""
    return await venue.server.database.read(read_paid)
