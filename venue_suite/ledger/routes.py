"""What the ledger shows over HTTP, and what it gives the server."""

from __future__ import annotations

import msgspec

from venue_suite.context import Context
from venue_suite.database.work import View
from venue_suite.hookspecs import Job
from venue_suite.identity.permissions import Permission
from venue_suite.ledger.account_statement import read_day, read_span, read_statement
from venue_suite.ledger.chart import ChartLine, list_chart
from venue_suite.ledger.holds import expire_holds, list_due_holds
from venue_suite.ledger.trial_balance import read_trial_balance
from venue_suite.ledger.wire import (
    Account,
    AskStatement,
    AskTrialBalance,
    Statement,
    TrialBalance,
)
from venue_suite.routing import Call, Route

VIEW = "ledger.view"


async def get_accounts(call: Call) -> list[Account]:
    """The chart of accounts with what each account has."""
    return await call.read(read_accounts)


async def get_statement(call: Call) -> Statement:
    """What happened on one account, with the balance before, after and in between."""
    asked = call.asked(AskStatement)
    span = read_span(asked.start, asked.end)
    after = asked.after_number()
    return await call.read(read_statement, call.number("id"), span, after, asked.limit)


async def get_trial_balance(call: Call) -> TrialBalance:
    """All accounts at the end of a business day, or now, and both sides of each currency."""
    day = call.asked(AskTrialBalance).day
    return await call.read(read_trial_balance, read_day(day).isoformat() if day else "")


def read_accounts(view: View) -> list[Account]:
    """The chart of accounts, by path."""
    return [_show(line) for line in list_chart(view)]


def _show(line: ChartLine) -> Account:
    heading = Account(id=0, path=line.path, parent=line.parent, kind=line.kind, name=line.name)
    account = line.account
    if account is None:
        return heading
    return msgspec.structs.replace(
        heading,
        id=account.id,
        currency=account.currency,
        active=bool(account.active),
        balance_minor=account.amount_minor,
        held_minor=account.held_minor,
        available_minor=account.available_minor,
    )


async def expire_due_holds(context: Context) -> None:
    """Let go of holds whose time is over, until none is due."""
    while await context.database.read(list_due_holds):
        if await context.database.write(expire_holds) == 0:
            return


PERMISSIONS = (
    Permission(VIEW, "See accounts, statements and the trial balance", ("finance", "auditor")),
)
JOBS = (Job("expire_holds", 5.0, expire_due_holds),)
ROUTES = (
    Route("GET", "/ledger/accounts", get_accounts, VIEW, reply=list[Account]),
    Route(
        "GET",
        "/ledger/accounts/{id}/statement",
        get_statement,
        VIEW,
        query=AskStatement,
        reply=Statement,
    ),
    Route(
        "GET",
        "/ledger/trial-balance",
        get_trial_balance,
        VIEW,
        query=AskTrialBalance,
        reply=TrialBalance,
    ),
)
