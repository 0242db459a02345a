"""The ledger's invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from venue_suite.database.statements import Statement
from venue_suite.database.work import View
from venue_suite.ledger.tables import AccountRow, BalanceRow, PostingRow, TransactionRow

_UNBALANCED = Statement(
    lambda: (
        PostingRow.select(
            PostingRow.transaction, AccountRow.currency, fn.SUM(PostingRow.amount_minor)
        )
        .join(AccountRow, JOIN.LEFT_OUTER)
        .group_by(PostingRow.transaction, AccountRow.currency)
        .having(fn.SUM(PostingRow.amount_minor) != 0)
        .limit(20)
    )
)
_BROKEN = Statement(
    lambda: (
        PostingRow.select(PostingRow.id, PostingRow.transaction, PostingRow.amount_minor)
        .where(fn.TYPEOF(PostingRow.amount_minor) != "integer")
        .limit(20)
    )
)
_EMPTY = Statement(
    lambda: (
        TransactionRow.select(TransactionRow.id)
        .where(TransactionRow.id.not_in(PostingRow.select(PostingRow.transaction)))
        .limit(20)
    )
)
_SUMS = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.code,
            fn.COALESCE(fn.SUM(PostingRow.amount_minor), 0),
            fn.COALESCE(BalanceRow.amount_minor, 0),
        )
        .join(PostingRow, JOIN.LEFT_OUTER, on=PostingRow.account == AccountRow.id)
        .switch(AccountRow)
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .group_by(AccountRow.code, BalanceRow.amount_minor)
    )
)


def check_balanced(view: View) -> Iterator[str]:
    """Every transaction has legs, of whole minor units, that sum to zero in each currency."""
    for transaction, currency, amount_minor in view.all(_UNBALANCED):
        yield f"ledger transaction {transaction} sums to {amount_minor} {currency}, not 0"
    for posting, transaction, amount_minor in view.all(_BROKEN):
        yield f"posting {posting} of ledger transaction {transaction} is {amount_minor!r}"
    for (transaction,) in view.all(_EMPTY):
        yield f"ledger transaction {transaction} has no postings"


def check_balances(view: View) -> Iterator[str]:
    """Every stored balance is the sum of its account's postings."""
    for code, posted_minor, stored_minor in view.all(_SUMS):
        if posted_minor != stored_minor:
            yield f"account {code} shows {stored_minor}, its postings sum to {posted_minor}"
