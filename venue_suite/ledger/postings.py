"""Posting: the one way that money moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from peewee import EXCLUDED

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


def _find_accounts(length: int) -> Statement:
    return Statement(
        lambda: AccountRow.select(AccountRow.code, AccountRow.id, AccountRow.currency).where(
            AccountRow.code.in_([param(f"code_{index}") for index in range(length)])
            & AccountRow.active
        )
    )


# How many accounts are looked for at once; a statement for each length, so few lengths.
_LENGTHS = (2, 4, 8)
_FIND_ACCOUNTS = {length: _find_accounts(length) for length in _LENGTHS}
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
        update={BalanceRow.amount_minor: BalanceRow.amount_minor + EXCLUDED.amount_minor},
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
    accounts = _find(work, legs, currency)
    work.put_all(
        _ADD_POSTING,
        [
            {
                "transaction": transaction,
                "account": accounts[leg.account],
                "amount_minor": leg.amount_minor,
                "quantity": leg.quantity,
            }
            for leg in legs
        ],
    )
    sums: dict[int, int] = {}
    for leg in legs:
        account = accounts[leg.account]
        sums[account] = sums.get(account, 0) + leg.amount_minor
    work.put_all(
        _ADD_TO_BALANCE,
        [{"account": account, "amount_minor": amount} for account, amount in sums.items()],
    )
    return transaction


def _find(work: Work, legs: Sequence[Leg], currency: str) -> dict[str, int]:
    """Code -> key of each account of the legs; one that is new is opened."""
    names = {leg.account: leg.name for leg in legs}
    codes = list(names)
    found: dict[str, int] = {}
    for begin in range(0, len(codes), _LENGTHS[-1]):
        some = codes[begin : begin + _LENGTHS[-1]]
        length = next(length for length in _LENGTHS if length >= len(some))
        some += some[-1:] * (length - len(some))
        values = {f"code_{index}": code for index, code in enumerate(some)}
        for code, account, its_currency in work.all(_FIND_ACCOUNTS[length], **values):
            if its_currency != currency:
                raise ValueError(f"account {code} keeps {its_currency}, not {currency}")
            found[code] = account
    for code in codes:
        if code not in found:
            found[code] = open_account(work, code, currency, names[code])
    return found
