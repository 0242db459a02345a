"""The trial balance: every account with what it has, and both sides of each currency."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import JOIN, fn

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View
from venue_suite.domain.localized import Localized
from venue_suite.ledger.chart import find_account
from venue_suite.ledger.tables import AccountRow, BalanceRow, PostingRow, TransactionRow
from venue_suite.ledger.wire import TrialBalance, TrialLine, TrialTotal

_BALANCES = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.id,
            AccountRow.code,
            AccountRow.name,
            AccountRow.kind,
            AccountRow.currency,
            fn.COALESCE(BalanceRow.amount_minor, 0),
        )
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .order_by(AccountRow.code)
    )
)


def _later() -> Any:
    some = TransactionRow.select(TransactionRow.id).where(
        TransactionRow.business_day > param("day")
    )
    return PostingRow.transaction.in_(some)


# What was posted for later days; counted off today's balance, it leaves the balance of the day.
# Asked this way round the usual question, about yesterday, takes no time.
_LATER = Statement(
    lambda: (
        PostingRow.select(PostingRow.account, fn.SUM(PostingRow.amount_minor))
        .where(_later())
        .group_by(PostingRow.account)
    )
)
_LATER_ON = Statement(
    lambda: PostingRow.select(fn.COALESCE(fn.SUM(PostingRow.amount_minor), 0)).where(
        (PostingRow.account + 0 == param("account")) & _later()
    )
)


def read_trial_balance(view: View, day: str = "") -> TrialBalance:
    """All accounts at the end of a business day (`2026-11-28`), or now."""
    later = dict(view.all(_LATER, day=day)) if day else {}
    lines = []
    totals: dict[str, list[int]] = {}
    for account, code, name, kind, currency, now_minor in view.all(_BALANCES):
        amount_minor = now_minor - later.get(account, 0)
        sides = max(amount_minor, 0), max(-amount_minor, 0)
        lines.append(
            TrialLine(
                path=code,
                name=msgspec.json.decode(name, type=Localized),
                kind=kind,
                currency=currency,
                debit_minor=sides[0],
                credit_minor=sides[1],
            )
        )
        total = totals.setdefault(currency, [0, 0])
        total[0] += sides[0]
        total[1] += sides[1]
    return TrialBalance(
        day=day,
        lines=lines,
        totals=[
            TrialTotal(currency=currency, debit_minor=debit, credit_minor=credit)
            for currency, (debit, credit) in sorted(totals.items())
        ],
    )


def read_balance(view: View, account: str, day: str = "") -> int:
    """One account's balance at the end of a business day, or now; debits positive, minor units.

    0 for an account that was never used.
    """
    found = find_account(view, account)
    if found is None:
        return 0
    later: int = view.value(_LATER_ON, account=found.id, day=day) if day else 0
    return found.amount_minor - later
