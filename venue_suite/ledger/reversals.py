"""Taking a transaction back: a new one with the opposite legs that names the old one, once."""

from __future__ import annotations

from collections import defaultdict

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import Work
from venue_suite.domain.accounts import sign_of
from venue_suite.domain.errors import NotFound
from venue_suite.ledger.chart import find_account
from venue_suite.ledger.errors import AlreadyReversed, NotReversible
from venue_suite.ledger.holds import demand_available
from venue_suite.ledger.postings import Leg, post
from venue_suite.ledger.tables import AccountRow, PostingRow, ReversalRow, TransactionRow

REVERSAL = "reversal"

_FIND = Statement(
    lambda: TransactionRow.select(TransactionRow.reference).where(TransactionRow.id == param("id"))
)
_LEGS = Statement(
    lambda: (
        PostingRow.select(
            AccountRow.code,
            PostingRow.amount_minor,
            PostingRow.quantity,
            AccountRow.currency,
            AccountRow.kind,
        )
        .join(AccountRow)
        .where(PostingRow.transaction == param("id"))
        .order_by(PostingRow.id)
    )
)
_REVERSAL_OF = Statement(
    lambda: ReversalRow.select(ReversalRow.transaction).where(ReversalRow.reverses == param("id"))
)
_REVERSED_BY = Statement(
    lambda: ReversalRow.select(ReversalRow.reverses).where(ReversalRow.transaction == param("id"))
)
_ADD = Statement(
    lambda: ReversalRow.insert(
        transaction=param("transaction"), reverses=param("reverses"), reason=param("reason")
    )
)


def reverse_transaction(work: Work, transaction: int, *, business_day: str, reason: str) -> int:
    """Take a transaction back; returns the new one.

    Args:
        business_day: the day it counts for; the old one's day may be closed.
        reason: why, in a person's words.

    Raises:
        AlreadyReversed: it was taken back before.
        NotReversible: it takes another one back itself.
        NotEnough: others hold what would be taken away again.
        NotFound.
    """
    reference = work.value(_FIND, id=transaction)
    if reference is None:
        raise NotFound(what="Transaction", key=transaction)
    known = work.value(_REVERSAL_OF, id=transaction)
    if known is not None:
        raise AlreadyReversed(transaction=transaction, reversal=known)
    if work.value(_REVERSED_BY, id=transaction) is not None:
        raise NotReversible(transaction=transaction)
    rows = work.all(_LEGS, id=transaction)
    _check_held(work, rows)
    new = post(
        work,
        REVERSAL,
        business_day=business_day,
        currency=rows[0][3],
        reference=reference,
        legs=[Leg(code, -amount_minor, -quantity) for code, amount_minor, quantity, *_ in rows],
    )
    work.run(_ADD, transaction=new, reverses=transaction, reason=reason)
    work.record("ledger.reversed", f"transaction/{new}", reverses=transaction, reason=reason)
    return new


def _check_held(work: Work, rows: list[tuple[str, int, int, str, str]]) -> None:
    """Where others hold something, only what is available can be taken away again."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for code, amount_minor, _, currency, kind in rows:
        taken[code, currency] += sign_of(kind) * amount_minor
    for (code, currency), amount_minor in taken.items():
        if amount_minor > 0 and _has_holds(work, code):
            demand_available(work, code, amount_minor, currency)


def _has_holds(work: Work, code: str) -> bool:
    account = find_account(work, code)
    return account is not None and account.held_minor > 0
