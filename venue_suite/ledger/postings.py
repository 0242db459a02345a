"""Posting: the one way that money moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import Work
from venue_suite.domain.localized import Localized
from venue_suite.ledger.chart import open_account
from venue_suite.ledger.tables import AccountRow, BalanceRow, PostingRow, TransactionRow


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a movement: a positive amount debits the account, a negative one credits it.

    `name` is what people call the account; it is kept when the account is first used.
    """

    account: str
    amount_minor: int
    quantity: int = 0
    name: Localized = field(default_factory=dict)


_FIND_ACCOUNT = Statement(
    lambda: AccountRow.select(AccountRow.id, AccountRow.currency).where(
        (AccountRow.code == param("code")) & AccountRow.active
    )
)
_ADD_TRANSACTION = Statement(
    lambda: TransactionRow.insert(
        kind=param("kind"),
        at=param("at"),
        business_day=param("business_day"),
        reference=param("reference"),
        station=param("station"),
        actor=param("actor"),
    ).returning(TransactionRow.id)
)
_ADD_POSTING = Statement(
    lambda: PostingRow.insert(
        transaction=param("transaction"),
        account=param("account"),
        amount_minor=param("amount_minor"),
        quantity=param("quantity"),
    )
)
_ADD_TO_BALANCE = Statement(
    lambda: BalanceRow.insert(
        account=param("account"), amount_minor=param("amount_minor")
    ).on_conflict(
        conflict_target=[BalanceRow.account],
        update={BalanceRow.amount_minor: BalanceRow.amount_minor + param("amount_minor")},
    )
)


def post(
    work: Work,
    kind: str,
    *,
    business_day: str,
    currency: str,
    reference: str,
    legs: Sequence[Leg],
) -> int:
    """Post one balanced movement; returns its id.

    Args:
        kind: what it is: sale, refund, ...
        business_day: the day it counts for, `2026-11-28`.
        currency: ISO 4217; an account keeps one currency.
        reference: what it belongs to, `order/88`.
        legs: two or more whose amounts sum to zero; legs of zero are allowed (a free ticket).

    Raises:
        AccountClosed: an account is not active.
        ValueError: the legs are no whole numbers, do not sum to zero, or an account has another
            currency. This is a fault of the calling service, not a refusal: the whole operation is
            undone.
    """
    if any(type(leg.amount_minor) is not int for leg in legs):
        raise ValueError(f"{kind} for {reference} has amounts that are no whole numbers: {legs}")
    if len(legs) < 2 or sum(leg.amount_minor for leg in legs) != 0:
        raise ValueError(f"{kind} for {reference} is not balanced: {legs}")
    transaction = work.insert(
        _ADD_TRANSACTION,
        kind=kind,
        at=work.now_ms,
        business_day=business_day,
        reference=reference,
        station=work.actor.station,
        actor=work.actor.code,
    )
    rows = [
        {
            "transaction": transaction,
            "account": _account(work, leg, currency),
            "amount_minor": leg.amount_minor,
            "quantity": leg.quantity,
        }
        for leg in legs
    ]
    work.put_all(_ADD_POSTING, rows)
    work.put_all(_ADD_TO_BALANCE, rows)
    return transaction


def _account(work: Work, leg: Leg, currency: str) -> int:
    code = leg.account
    row = work.one(_FIND_ACCOUNT, code=code)
    if row is not None:
        if row[1] != currency:
            raise ValueError(f"account {code} keeps {row[1]}, not {currency}")
        account: int = row[0]
        return account
    return open_account(work, code, currency, leg.name)
